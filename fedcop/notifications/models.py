"""What a member is told."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedcop.accounts.models import Account
from fedcop.core.ids import new_id, new_notification_id
from fedcop.core.indexes import IndexOfSome


class Notification(Model):
    """One line in the notification centre; several of one thread and kind are shown as a group."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_notification_id)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedcop.Account", related_name="notifications", on_delete=fields.CASCADE
    )
    account_id: int
    kind = fields.CharField(
        max_length=20
    )  # mention, reply, reaction, join_asked, accepted, refused, invited, moderation, follow, answer_accepted
    from_actor_id = fields.BigIntField(null=True)
    community_id = fields.BigIntField(null=True)
    post_id = fields.BigIntField(null=True)
    root_id = fields.BigIntField(null=True)
    detail = fields.JSONField[dict[str, Any]](default=dict)  # the reaction's kind, the moderator's reason …
    unique_key = fields.CharField(max_length=200, unique=True)  # the same thing is told once
    created_at = fields.DatetimeField()
    read_at = fields.DatetimeField(null=True)
    mailed_at = fields.DatetimeField(null=True)
    filtered = fields.BooleanField(
        default=False, db_default=False
    )  # set aside (policy.py): not read, shown, mailed, counted

    class Meta:
        table = "notification"
        app = "fedcop"
        indexes = [
            Index(fields=("account_id", "read_at", "id")),
            # What waits may be very much, and nothing of it is looked at to count what is new.
            IndexOfSome(
                fields=("account_id", "kind", "root_id", "community_id", "from_actor_id"),
                name="idx_notification_unread",
                where="read_at IS NULL AND NOT filtered",
            ),
            IndexOfSome(
                fields=("account_id", "from_actor_id", "post_id", "id"),
                name="idx_notification_filtered",
                where="filtered",
            ),
        ]


class QuietThread(Model):
    """A discussion of which a member wants to hear no more; they read it as before."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedcop.Account", related_name="quiet_threads", on_delete=fields.CASCADE
    )
    account_id: int
    root_id = fields.BigIntField()
    since = fields.DatetimeField()

    class Meta:
        table = "quiet_thread"
        app = "fedcop"
        unique_together = (("account", "root_id"),)


class NotificationRequest(Model):
    """Somebody of whom something was set aside; once accepted, what comes from them is told whatever the policy says."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedcop.Account", related_name="notification_requests", on_delete=fields.CASCADE
    )
    account_id: int
    from_actor_id = fields.BigIntField()
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()  # when the latest of it came
    accepted_at = fields.DatetimeField(null=True)

    class Meta:
        table = "notification_request"
        app = "fedcop"
        unique_together = (("account", "from_actor_id"),)
