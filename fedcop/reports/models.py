"""Reports: who told whom about what, and what was decided."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedcop.actors.models import Actor
from fedcop.communities.models import Community
from fedcop.core.ids import new_id


class Report(Model):
    """Something that somebody wants looked at. The reported person never learns of it, nor who said it."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    uri = fields.CharField(max_length=2048, unique=True)  # of the Flag
    carried_uri = fields.CharField(max_length=2048, default="")  # of the Flag that moderators elsewhere got
    reporter: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="reports_made", on_delete=fields.CASCADE
    )
    reporter_id: int
    target: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="reports_about", on_delete=fields.CASCADE
    )
    target_id: int
    post_id = fields.BigIntField(null=True)  # None: about the person
    community: fields.ForeignKeyNullableRelation[Community] = fields.ForeignKeyField(
        "fedcop.Community", related_name="reports", null=True, on_delete=fields.CASCADE
    )
    community_id: int | None
    recipient = fields.CharField(max_length=12)  # community, organisation: who may see it
    comment = fields.TextField(default="")
    state = fields.CharField(
        max_length=10, default="open"
    )  # open, sent (a moderator of ours decided, the community's server has not answered), resolved, dismissed
    decided_by: fields.ForeignKeyNullableRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="reports_decided", null=True, on_delete=fields.SET_NULL
    )
    decided_by_id: int | None
    decided_at = fields.DatetimeField(null=True)
    sentence = fields.TextField(default="")
    passed_on_at = fields.DatetimeField(null=True)  # told to the reported person's server, without a name
    unique_key = fields.CharField(max_length=160, unique=True)  # the same report twice is one
    created_at = fields.DatetimeField()

    class Meta:
        table = "report"
        app = "fedcop"
        indexes = [
            Index(fields=("community_id", "state", "id")),
            Index(fields=("recipient", "state", "id")),
            Index(fields=("reporter_id", "id")),
        ]
