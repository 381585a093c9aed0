"""Erasure: a server was asked to erase what it holds of a private community, and what it answered."""

from __future__ import annotations

from datetime import timedelta

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedcop.communities.models import Community
from fedcop.core.ids import new_id

AGAIN = timedelta(days=1)  # until who took the request and said nothing is asked once more


class Erasure(Model):
    """One request to one server; it falls away when somebody there joins again."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    uri = fields.CharField(max_length=2048, unique=True)  # each try adds "#1", "#2" …
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField(
        "fedcop.Community", related_name="erasures", on_delete=fields.CASCADE
    )
    community_id: int
    host = fields.CharField(max_length=260)
    state = fields.CharField(
        max_length=10, default="asked"
    )  # asked, confirmed, cannot: its software knows no such request
    tries = fields.IntField(default=0)
    asked_at = fields.DatetimeField()
    last_asked_at = fields.DatetimeField(null=True)
    answered_at = fields.DatetimeField(null=True)

    class Meta:
        table = "erasure"
        app = "fedcop"
        unique_together = (("community", "host"),)
        indexes = [Index(fields=("state", "last_asked_at"))]
