"""Registered applications, what people let them do, and how far somebody has read in them. Of secrets only hashes are kept."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.core.ids import new_id


class App(Model):
    """A program that registered itself. What it says of itself is not proven by anything."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    client_id = fields.CharField(max_length=64, unique=True)
    secret_hash = fields.CharField(max_length=64)
    name = fields.CharField(max_length=100)
    website = fields.CharField(max_length=2048, default="")
    redirect_uris = fields.JSONField[list[Any]](default=list)  # compared byte for byte
    scopes = fields.CharField(max_length=1000)  # with spaces between: the most that it may ask for
    created_at = fields.DatetimeField()

    class Meta:
        table = "app"
        app = "fedcop"
        indexes = [Index(fields=("created_at",))]


class AppCode(Model):
    """What a person allowed an application a moment ago; it comes for its token with this code, once."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    app: fields.ForeignKeyRelation[App] = fields.ForeignKeyField(
        "fedcop.App", related_name="codes", on_delete=fields.CASCADE
    )
    app_id: int
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedcop.Account", related_name="app_codes", on_delete=fields.CASCADE
    )
    account_id: int
    acts_as: fields.ForeignKeyNullableRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="app_codes", null=True, on_delete=fields.CASCADE
    )
    acts_as_id: int | None  # the community that they chose to sign in as
    code_hash = fields.CharField(max_length=64, unique=True)
    scopes = fields.CharField(max_length=1000)
    redirect_uri = fields.CharField(max_length=2048)
    challenge = fields.CharField(max_length=128, default="")  # PKCE, S256
    expires_at = fields.DatetimeField()

    class Meta:
        table = "app_code"
        app = "fedcop"
        indexes = [Index(fields=("account_id", "app_id")), Index(fields=("expires_at",))]


class AppToken(Model):
    """What an application shows with each request: in somebody's name, in a community's by somebody, or in nobody's (client credentials)."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    app: fields.ForeignKeyRelation[App] = fields.ForeignKeyField(
        "fedcop.App", related_name="tokens", on_delete=fields.CASCADE
    )
    app_id: int
    account: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "fedcop.Account", related_name="app_tokens", null=True, on_delete=fields.CASCADE
    )
    account_id: int | None
    # The community in whose name it speaks; `account` is who acts for it, as long as their role there lets them.
    acts_as: fields.ForeignKeyNullableRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="app_tokens", null=True, on_delete=fields.CASCADE
    )
    acts_as_id: int | None
    marks: dict[str, Any] | None = fields.JSONField(null=True)  # of a community: how far one has read in it here
    sign_up_id = fields.BigIntField(null=True)  # of who asked for an account in this application, until it opens
    token_hash = fields.CharField(max_length=64, unique=True)
    code_hash = fields.CharField(max_length=64, null=True)  # of the code that it was given for
    scopes = fields.CharField(max_length=1000)
    created_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "app_token"
        app = "fedcop"
        indexes = [
            Index(fields=("account_id",)),
            Index(fields=("app_id",)),
            Index(fields=("code_hash",)),
            Index(fields=("sign_up_id",)),
            Index(fields=("acts_as_id",)),
        ]


class ReadingMark(Model):
    """How far somebody has read in a list, for all their applications alike."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedcop.Account", related_name="reading_marks", on_delete=fields.CASCADE
    )
    account_id: int
    timeline = fields.CharField(max_length=20)  # home, notifications
    last_read_id = fields.BigIntField()
    version = fields.IntField(default=1)
    updated_at = fields.DatetimeField()

    class Meta:
        table = "reading_mark"
        app = "fedcop"
        unique_together = (("account", "timeline"),)
