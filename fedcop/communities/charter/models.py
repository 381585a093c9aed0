"""The versions of charters, kept for good."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model

from fedcop.communities.models import Community
from fedcop.core.ids import new_id


class CharterVersion(Model):
    """What the charter of a community said from one day on; never changed afterwards where we write it."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField(
        "fedcop.Community", related_name="charter_versions", on_delete=fields.CASCADE
    )
    community_id: int
    number = fields.IntField()
    may: list[Any] = fields.JSONField(default=list)  # short lines
    may_not: list[Any] = fields.JSONField(default=list)
    expected = fields.CharField(max_length=300, default="")  # of members, such as one contribution a year
    text = fields.TextField(default="")  # Markdown
    changed = fields.CharField(max_length=300, default="")  # one sentence: what is new
    binding = fields.BooleanField(default=False)  # what members may do changed: they accept again
    by_id = fields.BigIntField(null=True)  # of those here
    created_at = fields.DatetimeField()

    class Meta:
        table = "charter_version"
        app = "fedcop"
        unique_together = (("community", "number"),)
