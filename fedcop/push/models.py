"""Devices that show what a member is told."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedcop.accounts.models import Account, Session
from fedcop.apps.models import AppToken
from fedcop.core.ids import new_id


class PushSubscription(Model):
    """A place at a push service that leads to one device of a member. It ends with the session of a browser, or the token of an app, that made it."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedcop.Account", related_name="push_subscriptions", on_delete=fields.CASCADE
    )
    account_id: int
    session: fields.OneToOneNullableRelation[Session] = fields.OneToOneField(
        "fedcop.Session", related_name="push_subscription", null=True, on_delete=fields.CASCADE
    )
    session_id: int | None
    token: fields.ForeignKeyNullableRelation[AppToken] = fields.ForeignKeyField(
        "fedcop.AppToken", related_name="push_subscriptions", null=True, on_delete=fields.CASCADE
    )
    token_id: int | None
    # Of an app: its token as it showed it, by which it knows whose device a message is for; nobody else is ever shown it.
    known_by = fields.CharField(max_length=200, default="", db_default="")
    policy = fields.CharField(max_length=10, default="all", db_default="all")  # of an app: from whom
    endpoint = fields.CharField(max_length=2000)  # who knows it can ring there: a secret
    p256dh = fields.CharField(max_length=100)  # the device's public key, base64url
    auth = fields.CharField(max_length=30)  # what only the device and we know, base64url
    encoding = fields.CharField(max_length=20)  # aes128gcm (RFC 8291), or aesgcm: its draft, for older apps
    topics = fields.JSONField[list[str]](
        default=list
    )  # what is shown there: keys of TOPICS, of an app names of APPS (notifications.topics)
    device = fields.CharField(max_length=100, default="")  # "Firefox, Android": by which its owner knows it
    failures = fields.SmallIntField(default=0)  # refusals since something was taken
    created_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)
    stopped_at = fields.DatetimeField(null=True)  # refused too often; its owner is told so

    class Meta:
        table = "push_subscription"
        app = "fedcop"
        indexes = [Index(fields=("account_id",)), Index(fields=("endpoint",)), Index(fields=("token_id",))]
