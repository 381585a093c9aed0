"""What happened between a person and a community, step by step: kept when the membership is not."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedcop.actors.models import Actor
from fedcop.communities.models import Community
from fedcop.core.ids import new_id


class AdmissionStep(Model):
    """One dated step of an admission: asked, answered, decided, left."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField(
        "fedcop.Community", related_name="admission_steps", on_delete=fields.CASCADE
    )
    community_id: int
    actor: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="admission_steps", on_delete=fields.CASCADE
    )
    actor_id: int  # whose admission it is
    by_id = fields.BigIntField(null=True)  # who decided or asked, where that is known
    kind = fields.CharField(max_length=20)  # a key of steps.KINDS
    text = fields.TextField(default="")
    detail: dict[str, Any] = fields.JSONField(
        default=dict
    )  # asked: answers, charter, version; decided: hours it took; ended: the ban, if it was one
    created_at = fields.DatetimeField()

    class Meta:
        table = "admission_step"
        app = "fedcop"
        indexes = [Index(fields=("community_id", "actor_id", "id")), Index(fields=("actor_id", "id"))]
