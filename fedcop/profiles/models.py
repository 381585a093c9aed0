"""What stands on somebody's profile: tags, of anybody; people and communities, of our own people alone."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedcop.actors.models import Actor
from fedcop.communities.models import Membership
from fedcop.core.ids import new_id
from fedcop.people.models import Follow

MOST_TAGS, MOST_RECOMMENDED = 10, 20  # on one profile; of tags as in Mastodon


class ShownTag(Model):
    """A tag on the profile of `actor`, who may live elsewhere."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    actor: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="shown_tags", on_delete=fields.CASCADE
    )
    actor_id: int
    tag = fields.CharField(max_length=60)
    shown_at = fields.DatetimeField()

    class Meta:
        table = "shown_tag"
        app = "fedcop"
        unique_together = (("actor", "tag"),)


class Recommendation(Model):
    """`actor` shows a person or community on their profile. It hangs on what ties them to it, and ends with it."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    actor: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="recommendations", on_delete=fields.CASCADE
    )
    actor_id: int
    target: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="recommended_by", on_delete=fields.CASCADE
    )
    target_id: int
    follow: fields.ForeignKeyNullableRelation[Follow] = fields.ForeignKeyField(
        "fedcop.Follow", related_name="recommendations", null=True, on_delete=fields.CASCADE
    )
    follow_id: int | None
    membership: fields.ForeignKeyNullableRelation[Membership] = fields.ForeignKeyField(
        "fedcop.Membership", related_name="recommendations", null=True, on_delete=fields.CASCADE
    )
    membership_id: int | None
    shown_at = fields.DatetimeField()

    class Meta:
        table = "recommendation"
        app = "fedcop"
        unique_together = (("actor", "target"),)
        indexes = [Index(fields=("target_id",)), Index(fields=("follow_id",)), Index(fields=("membership_id",))]
