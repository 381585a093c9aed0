"""A poll of a post, and what each person chose in it."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedcop.actors.models import Actor
from fedcop.core.ids import new_id
from fedcop.discussions.models import Post

__all__ = ["Ballot", "Poll"]


class Poll(Model):
    """What a post asks. The numbers are recounted from the ballots where the post is ours, else as its author's server says."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    post: fields.OneToOneRelation[Post] = fields.OneToOneField(
        "fedcop.Post", related_name="poll", on_delete=fields.CASCADE
    )
    post_id: int
    options = fields.JSONField[list[str]](default=list)
    multiple = fields.BooleanField(default=False)
    hides_totals = fields.BooleanField(default=False)  # until it is over, from everybody
    counts = fields.JSONField[list[int]](default=list)  # of each option; empty while they are not told
    voters_count = fields.IntField(null=True)
    ends_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)  # when it was counted for the last time
    told_id = fields.BigIntField(null=True)  # of the activity that told the numbers last

    class Meta:
        table = "poll"
        app = "fedcop"


class Ballot(Model):
    """One choice of one person. Who may choose one thing has one slot, so that no two can be stored; else each choice is its own."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    uri = fields.CharField(max_length=2048, unique=True)
    poll: fields.ForeignKeyRelation[Poll] = fields.ForeignKeyField(
        "fedcop.Poll", related_name="ballots", on_delete=fields.CASCADE
    )
    poll_id: int
    actor: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="ballots", on_delete=fields.CASCADE
    )
    actor_id: int
    slot = fields.IntField()
    choice = fields.IntField()
    cast_at = fields.DatetimeField()

    class Meta:
        table = "ballot"
        app = "fedcop"
        unique_together = (("poll", "actor", "slot"),)
        indexes = [Index(fields=("actor_id",))]
