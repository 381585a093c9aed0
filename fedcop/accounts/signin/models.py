"""What somebody signs in with besides a password, what is under way, and what was changed."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedcop.accounts.models import Account
from fedcop.core.ids import new_id


class Authenticator(Model):
    """The app that shows codes (RFC 6238). Without `confirmed_at` it is being set up and counts for nothing."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    account: fields.OneToOneRelation[Account] = fields.OneToOneField(
        "fedcop.Account", related_name="authenticator", on_delete=fields.CASCADE
    )
    account_id: int
    secret = fields.CharField(max_length=64)  # base32
    created_at = fields.DatetimeField()
    confirmed_at = fields.DatetimeField(null=True)
    last_step = fields.BigIntField(default=0)  # of the last code that was accepted: none of before is accepted again

    class Meta:
        table = "authenticator"
        app = "fedcop"


class RecoveryCode(Model):
    """A code for the day when the app is lost; only its hash is kept, and it goes when it is used."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedcop.Account", related_name="recovery_codes", on_delete=fields.CASCADE
    )
    account_id: int
    code_hash = fields.CharField(max_length=64)

    class Meta:
        table = "recovery_code"
        app = "fedcop"
        unique_together = (("account", "code_hash"),)


class Passkey(Model):
    """A key pair of WebAuthn, of which a device has the private half."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedcop.Account", related_name="passkeys", on_delete=fields.CASCADE
    )
    account_id: int
    name = fields.CharField(max_length=60)
    credential_id = fields.CharField(max_length=1400, unique=True)  # base64url, of at most 1023 bytes
    public_key = fields.BinaryField()  # COSE
    sign_count = fields.BigIntField(default=0)
    created_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "passkey"
        app = "fedcop"
        indexes = [Index(fields=("account_id",))]


class SignInStep(Model):
    """Something under way that one browser holds the token of; it works once, and for minutes."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    account: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "fedcop.Account", related_name="sign_in_steps", null=True, on_delete=fields.CASCADE
    )
    account_id: int | None
    kind = fields.CharField(max_length=20)  # see steps.LIFETIMES
    token_hash = fields.CharField(max_length=64, unique=True)
    value = fields.JSONField[dict[str, Any]](default=dict)
    next = fields.CharField(max_length=2000, default="")  # the page that was asked for
    expires_at = fields.DatetimeField()

    class Meta:
        table = "sign_in_step"
        app = "fedcop"
        indexes = [Index(fields=("account_id",)), Index(fields=("expires_at",))]


class SignInChange(Model):
    """One line of the journal of an account: what was changed of how its owner signs in, and by whom."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedcop.Account", related_name="sign_in_changes", on_delete=fields.CASCADE
    )
    account_id: int
    by: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "fedcop.Account", related_name="sign_in_changes_made", null=True, on_delete=fields.SET_NULL
    )
    by_id: int | None  # None: from the command line, or somebody who is gone
    what = fields.CharField(max_length=30)  # see journal.SAID
    name = fields.CharField(max_length=100, default="")  # of the thing, as its owner calls it
    created_at = fields.DatetimeField()

    class Meta:
        table = "sign_in_change"
        app = "fedcop"
        indexes = [Index(fields=("account_id", "created_at")), Index(fields=("by_id",))]


class Provider(Model):
    """The provider of an organisation's accounts (OpenID Connect) that people may sign in with; there is one at most."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    issuer = fields.CharField(max_length=300)
    client_id = fields.CharField(max_length=300)
    secret = fields.CharField(max_length=500, default="")
    label = fields.CharField(max_length=60)  # what the button is about
    shown = fields.BooleanField(default=True)
    lets_in = fields.BooleanField(default=False)  # people without an account get one
    trusts_email = fields.BooleanField(default=False)  # an account with the address that it verified is linked at once
    domains = fields.JSONField[list[str]](default=list)  # of addresses that the two lines above hold for; none: all
    document = fields.JSONField[dict[str, Any]](default=dict)  # what the provider says of itself, as far as we need it
    checked_at = fields.DatetimeField(null=True)
    problem = fields.CharField(max_length=300, default="")  # why the provider could not be read, as a msgid

    class Meta:
        table = "sign_in_provider"
        app = "fedcop"


class Identity(Model):
    """Who somebody is at a provider: issuer and subject, never the e-mail address."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedcop.Account", related_name="identities", on_delete=fields.CASCADE
    )
    account_id: int
    issuer = fields.CharField(max_length=300)
    subject = fields.CharField(max_length=255)
    label = fields.CharField(max_length=60)  # of the provider, when it was linked
    shown_as = fields.CharField(max_length=254, default="")  # how the provider calls the person
    created_at = fields.DatetimeField()

    class Meta:
        table = "sign_in_identity"
        app = "fedcop"
        unique_together = (("issuer", "subject"), ("account", "issuer"))
