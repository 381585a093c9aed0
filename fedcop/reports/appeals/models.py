"""Appeals: who asks for which decision to be looked at again, and what came of it."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedcop.actors.models import Actor
from fedcop.communities.models import Community
from fedcop.core.ids import new_id


class Appeal(Model):
    """One decision of a community's moderators, looked at once more."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    uri = fields.CharField(max_length=2048, unique=True)  # of the Flag
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField(
        "fedcop.Community", related_name="appeals", on_delete=fields.CASCADE
    )
    community_id: int
    actor: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="appeals", on_delete=fields.CASCADE
    )
    actor_id: int  # whom the decision is about
    kind = fields.CharField(max_length=12)  # ban, suspension, removal, post
    decision = fields.CharField(max_length=80, unique=True)  # its key: one appeal for each
    reason = fields.TextField(default="")  # that was given with the decision
    first_by_id = fields.BigIntField(null=True)  # who decided, where that is known: never who decides the appeal
    post_id = fields.BigIntField(null=True)
    text = fields.TextField()
    state = fields.CharField(max_length=10, default="made")  # made, upheld, changed
    sentence = fields.TextField(default="")
    decided_by: fields.ForeignKeyNullableRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="appeals_decided", null=True, on_delete=fields.SET_NULL
    )
    decided_by_id: int | None
    decided_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "appeal"
        app = "fedcop"
        indexes = [Index(fields=("community_id", "state", "id")), Index(fields=("actor_id", "id"))]
