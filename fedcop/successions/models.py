"""Successions: which community ends in which others, how far that is, and which threads go where."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedcop.communities.models import Community
from fedcop.core.ids import new_id


class Succession(Model):
    """One community's end in others; of a community there is one at a time."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    mother: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField(
        "fedcop.Community", related_name="successions", on_delete=fields.CASCADE
    )
    mother_id: int
    kind = fields.CharField(max_length=8)  # split, merge
    state = fields.CharField(max_length=10)  # proposed (a merge waits for the other's yes), open, moving, done, off
    by_id = fields.BigIntField()  # who presides over the mother
    agreed_by_id = fields.BigIntField(null=True)  # who presides over the heir of a merge
    days = fields.IntField()  # for members to choose
    created_at = fields.DatetimeField()
    ends_at = fields.DatetimeField(null=True)  # of the choice
    ended_at = fields.DatetimeField(null=True)
    invited_to = fields.BigIntField(default=0)  # the last membership of the mother whose holder was invited

    class Meta:
        table = "succession"
        app = "fedcop"
        indexes = [Index(fields=("mother_id", "state")), Index(fields=("state", "ends_at"))]


class Heir(Model):
    """A community in which another one goes on, and the tags whose threads it takes; one takes the rest."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    succession: fields.ForeignKeyRelation[Succession] = fields.ForeignKeyField(
        "fedcop.Succession", related_name="heirs", on_delete=fields.CASCADE
    )
    succession_id: int
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField(
        "fedcop.Community", related_name="inheritances", on_delete=fields.CASCADE
    )
    community_id: int
    position = fields.IntField()  # whose tags count first
    tags: list[Any] = fields.JSONField(default=list)
    takes_rest = fields.BooleanField(default=False)

    class Meta:
        table = "heir"
        app = "fedcop"
        unique_together = (("succession", "community"),)
        indexes = [Index(fields=("community_id",))]
