"""Who may log in here: accounts, their sessions, invitations and one-time links."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedcop.actors.models import Actor
from fedcop.core.ids import new_id


class Account(Model):
    """The private half of a local person."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    actor: fields.OneToOneRelation[Actor] = fields.OneToOneField(
        "fedcop.Actor", related_name="account", on_delete=fields.CASCADE
    )
    actor_id: int
    email = fields.CharField(max_length=254, unique=True)  # lower case
    password_hash = fields.CharField(max_length=255)
    role = fields.CharField(max_length=20, default="member")  # owner, admin, moderator, member
    language = fields.CharField(max_length=10, default="fr-CA")
    time_zone = fields.CharField(max_length=60, default="America/Montreal")
    created_at = fields.DatetimeField()
    confirmed_at = fields.DatetimeField(null=True)
    approved_at = fields.DatetimeField(null=True)
    suspended_at = fields.DatetimeField(null=True)
    deleting_at = fields.DatetimeField(null=True)
    reason = fields.TextField(default="")  # why they ask to join, registration on approval
    preferences = fields.JSONField[dict[str, Any]](default=dict)  # feed choices, e-mail choices
    filters = fields.JSONField[list[Any] | None](null=True)  # what they do not want to meet (fedcop/filters/words.py)
    last_seen_at = fields.DatetimeField(null=True)
    # Of the address: letters that came back for good lately, what was said the last time, and since when none go there.
    bounces = fields.SmallIntField(default=0, db_default=0)
    bounced_at = fields.DatetimeField(null=True)
    bounce_said = fields.CharField(max_length=300, default="", db_default="")
    mail_paused_at = fields.DatetimeField(null=True)

    class Meta:
        table = "account"
        app = "fedcop"


class Session(Model):
    """One device that is logged in; only a hash of its token is kept."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedcop.Account", related_name="sessions", on_delete=fields.CASCADE
    )
    account_id: int
    token_hash = fields.CharField(max_length=64, unique=True)
    created_at = fields.DatetimeField()
    seen_at = fields.DatetimeField()
    user_agent = fields.CharField(max_length=300, default="")
    address = fields.CharField(max_length=60, default="")

    class Meta:
        table = "session"
        app = "fedcop"


class SignUp(Model):
    """Somebody who asked for an account and is not in yet; no actor exists before the door is open."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    name = fields.CharField(max_length=100, unique=True)
    email = fields.CharField(max_length=254, unique=True)
    password_hash = fields.CharField(max_length=255)
    display_name = fields.CharField(max_length=300, default="")
    language = fields.CharField(max_length=10, default="fr-CA")
    reason = fields.TextField(default="")
    invite: fields.ForeignKeyNullableRelation[Invite] = fields.ForeignKeyField(
        "fedcop.Invite", related_name="sign_ups", null=True, on_delete=fields.SET_NULL
    )
    invite_id: int | None
    created_at = fields.DatetimeField()
    confirmed_at = fields.DatetimeField(null=True)
    next = fields.CharField(max_length=300, default="", db_default="")  # the page that they came from

    class Meta:
        table = "sign_up"
        app = "fedcop"
        indexes = [Index(fields=("confirmed_at",))]


class OneTimeLink(Model):
    """A link that works once: confirm an address, reset a password, log in, become the first owner."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    account: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "fedcop.Account", related_name="links", null=True, on_delete=fields.CASCADE
    )
    account_id: int | None
    sign_up: fields.ForeignKeyNullableRelation[SignUp] = fields.ForeignKeyField(
        "fedcop.SignUp", related_name="links", null=True, on_delete=fields.CASCADE
    )
    sign_up_id: int | None
    kind = fields.CharField(max_length=20)  # confirm, reset, email, login, first, owner
    token_hash = fields.CharField(max_length=64, unique=True)
    value = fields.CharField(max_length=254, default="")  # the new address of "email", the page that "login" leads to
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "one_time_link"
        app = "fedcop"


class Invite(Model):
    """An invitation to this instance, by link, with an expiry and a limit."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    creator: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "fedcop.Account", related_name="invites", null=True, on_delete=fields.SET_NULL
    )
    creator_id: int | None
    code = fields.CharField(max_length=64, unique=True)
    email = fields.CharField(max_length=254, default="")
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)
    uses_left = fields.IntField(default=1)

    class Meta:
        table = "invite"
        app = "fedcop"
        indexes = [Index(fields=("creator_id",))]


class Export(Model):
    """A copy of somebody's data, made by a job and kept for a week."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedcop.Account", related_name="exports", on_delete=fields.CASCADE
    )
    account_id: int
    requested_at = fields.DatetimeField()
    ready_at = fields.DatetimeField(null=True)
    key = fields.CharField(max_length=200, default="")  # in the storage
    size = fields.BigIntField(default=0)

    class Meta:
        table = "export"
        app = "fedcop"
        indexes = [Index(fields=("account_id",))]
