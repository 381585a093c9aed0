"""Which letters were taken: none lands twice, however often a mail server hands it over."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedcop.accounts.models import Account
from fedcop.core.ids import new_id


class ReceivedLetter(Model):
    """A letter that was published, or answered by a refusal."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    key = fields.CharField(max_length=64, unique=True)  # a digest of who wrote it and of its Message-ID
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedcop.Account", related_name="received_letters", on_delete=fields.CASCADE
    )
    account_id: int
    received_at = fields.DatetimeField()

    class Meta:
        table = "received_letter"
        app = "fedcop"
        indexes = [Index(fields=("received_at",))]
