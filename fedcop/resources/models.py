"""The library of a community: a resource is a thread root of kind "resource" with a card and versions of its files."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedcop.core.ids import new_id
from fedcop.discussions.models import Post


class Resource(Model):
    """The card of a resource. Title, language, tags, audience, author and community are its post's."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    post: fields.OneToOneRelation[Post] = fields.OneToOneField(
        "fedcop.Post", related_name="resource", on_delete=fields.CASCADE
    )
    post_id: int
    community_id = fields.BigIntField()
    kind = fields.CharField(max_length=20)  # sheet, guide, case, video, slides, photos, dataset, offer, link
    link = fields.CharField(max_length=2048, default="")
    licence = fields.CharField(max_length=40)  # SPDX-like: CC-BY-4.0, CC-BY-SA-4.0, CC0-1.0, all-rights-reserved …
    credits = fields.JSONField[list[Any]](default=list)  # [{"name","role","uri"}] role: author, text, photo, funding …
    third_party = fields.BooleanField(default=False)  # part of it does not belong to the authors
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    changed_at = fields.DatetimeField()

    class Meta:
        table = "resource"
        app = "fedcop"
        indexes = [Index(fields=("community_id", "changed_at"))]


class ResourceVersion(Model):
    """One version: its files by id, what changed, when."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    resource: fields.ForeignKeyRelation[Resource] = fields.ForeignKeyField(
        "fedcop.Resource", related_name="versions", on_delete=fields.CASCADE
    )
    resource_id: int
    number = fields.IntField()
    link = fields.CharField(max_length=2048, default="")
    note = fields.CharField(max_length=500, default="")
    media_ids = fields.JSONField[list[Any]](default=list)
    files = fields.JSONField[list[Any]](
        default=list
    )  # as signed: [{"name","url","sha256","size","media_type"}], kept when the bytes are not
    # Who could read it when another took its place; "" for what is older than this column: who reads the post.
    audience = fields.CharField(max_length=12, default="", db_default="")
    created_at = fields.DatetimeField()

    class Meta:
        table = "resource_version"
        app = "fedcop"
        unique_together = (("resource", "number"),)
