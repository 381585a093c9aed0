"""What members sort for themselves: tags that they follow, lists of their own. Nobody else ever reads it."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedcop.actors.models import Actor
from fedcop.communities.models import Membership
from fedcop.core.ids import new_id
from fedcop.people.models import Follow


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


class PersonalList(Model):
    """A list that somebody made: what some people write and what happens in some communities, read in one place."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    owner: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="personal_lists", on_delete=fields.CASCADE
    )
    owner_id: int
    title = fields.CharField(max_length=100)
    replies = fields.CharField(max_length=8)  # none, followed, list: see lists.py
    exclusive = fields.BooleanField(default=False)  # the communities in it stay out of home
    created_at = fields.DatetimeField()
    entries: fields.ReverseRelation[ListEntry]

    class Meta:
        table = "personal_list"
        app = "fedcop"
        indexes = [Index(fields=("owner_id",))]


class ListEntry(Model):
    """Somebody, or a community, in a list. It hangs on what ties the owner to them, and ends with it."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    list: fields.ForeignKeyRelation[PersonalList] = fields.ForeignKeyField(
        "fedcop.PersonalList", related_name="entries", on_delete=fields.CASCADE
    )
    list_id: int
    actor: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="list_entries", on_delete=fields.CASCADE
    )
    actor_id: int
    follow: fields.ForeignKeyNullableRelation[Follow] = fields.ForeignKeyField(
        "fedcop.Follow", related_name="list_entries", null=True, on_delete=fields.CASCADE
    )
    follow_id: int | None
    membership: fields.ForeignKeyNullableRelation[Membership] = fields.ForeignKeyField(
        "fedcop.Membership", related_name="list_entries", null=True, on_delete=fields.CASCADE
    )
    membership_id: int | None

    class Meta:
        table = "list_entry"
        app = "fedcop"
        unique_together = (("list", "actor"),)
        indexes = [Index(fields=("actor_id",)), Index(fields=("follow_id",)), Index(fields=("membership_id",))]
