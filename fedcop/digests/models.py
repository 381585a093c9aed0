"""When a member wants their letters, how often from each community, and what they have been sent."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedcop.accounts.models import Account
from fedcop.communities.models import Community
from fedcop.core.ids import new_id


class Plan(Model):
    """The day and hour of a member's summaries; `next_at` is how those that are due are found."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    account: fields.OneToOneRelation[Account] = fields.OneToOneField(
        "fedcop.Account", related_name="digest_plan", on_delete=fields.CASCADE
    )
    account_id: int
    weekday = fields.SmallIntField(default=1)  # 0 is Monday
    hour = fields.SmallIntField(default=8)  # in the account's time zone
    next_at = fields.DatetimeField()

    class Meta:
        table = "digest_plan"
        app = "fedcop"
        indexes = [Index(fields=("next_at",))]


class Rhythm(Model):
    """How often a member wants to hear of a community. There is a row only for who chose; all others hear weekly."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedcop.Account", related_name="rhythms", on_delete=fields.CASCADE
    )
    account_id: int
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField(
        "fedcop.Community", related_name="rhythms", on_delete=fields.CASCADE
    )
    community_id: int
    rhythm = fields.CharField(max_length=10)  # rhythms.py names them
    chosen_at = fields.DatetimeField()

    class Meta:
        table = "digest_rhythm"
        app = "fedcop"
        unique_together = (("account", "community"),)
        indexes = [Index(fields=("community_id", "rhythm"))]


class Sent(Model):
    """A summary that was handed over, or is about to be: of one period there is never a second."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedcop.Account", related_name="digests", on_delete=fields.CASCADE
    )
    account_id: int
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField(
        "fedcop.Community", related_name="digests", on_delete=fields.CASCADE
    )
    community_id: int
    period = fields.CharField(max_length=12)  # d2026-11-29, w2026-48, m2026-11
    until = fields.DatetimeField()  # what happened up to then is told in it
    sent_at = fields.DatetimeField()

    class Meta:
        table = "digest_sent"
        app = "fedcop"
        unique_together = (("account", "community", "period"),)
        indexes = [Index(fields=("sent_at",))]


class Told(Model):
    """A post of which a member had a letter: it is not told to them twice."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedcop.Account", related_name="told_posts", on_delete=fields.CASCADE
    )
    account_id: int
    post_id = fields.BigIntField()
    sent_at = fields.DatetimeField()

    class Meta:
        table = "digest_told"
        app = "fedcop"
        unique_together = (("account", "post_id"),)
        indexes = [Index(fields=("sent_at",))]
