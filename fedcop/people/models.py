"""What actors do to each other: follow, block, mute."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedcop.actors.models import Actor
from fedcop.core.ids import new_id


class Follow(Model):
    """`follower` receives what `target` publishes; also how one follows a community without joining it."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    uri = fields.CharField(max_length=2048, unique=True)  # of the Follow activity
    follower: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="follows_out", on_delete=fields.CASCADE
    )
    follower_id: int
    target: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="follows_in", on_delete=fields.CASCADE
    )
    target_id: int
    state = fields.CharField(max_length=10)  # asked, accepted
    created_at = fields.DatetimeField()
    accepted_at = fields.DatetimeField(null=True)

    class Meta:
        table = "follow"
        app = "fedcop"
        unique_together = (("follower", "target"),)
        indexes = [Index(fields=("target_id", "state"))]


class Block(Model):
    """`actor` and `target` no longer see or reach each other."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    uri = fields.CharField(max_length=2048, unique=True)
    actor: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="blocks_out", on_delete=fields.CASCADE
    )
    actor_id: int
    target: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="blocks_in", on_delete=fields.CASCADE
    )
    target_id: int
    created_at = fields.DatetimeField()

    class Meta:
        table = "block"
        app = "fedcop"
        unique_together = (("actor", "target"),)
        indexes = [Index(fields=("target_id",))]


class Mute(Model):
    """`actor` does not want to see `target`; the other never knows."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    actor: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="mutes_out", on_delete=fields.CASCADE
    )
    actor_id: int
    target: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="mutes_in", on_delete=fields.CASCADE
    )
    target_id: int
    created_at = fields.DatetimeField()

    class Meta:
        table = "mute"
        app = "fedcop"
        unique_together = (("actor", "target"),)
