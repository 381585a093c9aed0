"""What members sort for themselves: tags that they follow. Nobody else ever reads it."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedcop.actors.models import Actor
from fedcop.core.ids import new_id


class FollowedTag(Model):
    """Somebody wants the threads that bear a tag in their home."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    actor: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="followed_tags", on_delete=fields.CASCADE
    )
    actor_id: int
    tag = fields.CharField(max_length=60)
    followed_at = fields.DatetimeField()

    class Meta:
        table = "followed_tag"
        app = "fedcop"
        unique_together = (("actor", "tag"),)
        indexes = [Index(fields=("tag",))]
