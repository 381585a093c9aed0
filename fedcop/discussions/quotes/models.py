"""A quote: which post shows which, and what the author of the other one says to that."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedcop.actors.models import Actor
from fedcop.core.ids import new_id
from fedcop.discussions.models import Post

__all__ = ["Quote"]


class Quote(Model):
    """One post quotes another. Either of them may be kept elsewhere only; what both sides said is kept here all the same."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)  # of the stamp too, where we give it
    uri = fields.CharField(max_length=2048, unique=True)  # of the post that quotes
    post: fields.OneToOneNullableRelation[Post] = fields.OneToOneField(
        "fedcop.Post", related_name="quote", null=True, on_delete=fields.CASCADE
    )
    post_id: int | None
    author: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="quotes", on_delete=fields.CASCADE
    )  # of the post that quotes
    author_id: int
    quoted_uri = fields.CharField(max_length=2048)
    quoted: fields.ForeignKeyNullableRelation[Post] = fields.ForeignKeyField(
        "fedcop.Post", related_name="quoted_in", null=True, on_delete=fields.SET_NULL
    )
    quoted_id: int | None
    quoted_author: fields.ForeignKeyNullableRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="quoted_in", null=True, on_delete=fields.SET_NULL
    )
    quoted_author_id: int | None
    state = fields.CharField(max_length=10, default="pending")  # pending, accepted, rejected, revoked
    stamp_uri = fields.CharField(
        max_length=2048, default=""
    )  # of another server's QuoteAuthorization; ours are computed
    request_uri = fields.CharField(max_length=2048, default="")  # of the QuoteRequest, ours or theirs
    is_public = fields.BooleanField(
        default=True, db_default=True
    )  # the post that quotes, where it is kept elsewhere only
    excerpt = fields.JSONField[dict[str, Any] | None](null=True)  # what a public post that is not kept here says
    created_at = fields.DatetimeField()
    decided_at = fields.DatetimeField(null=True)
    checked_at = fields.DatetimeField(null=True)  # when its author's server was asked last

    class Meta:
        table = "quote"
        app = "fedcop"
        indexes = [
            Index(fields=("quoted_id", "state", "id")),
            Index(fields=("quoted_uri",)),
            Index(fields=("stamp_uri",)),
            Index(fields=("request_uri",)),
            Index(fields=("author_id",)),
            Index(fields=("quoted_author_id",)),
            Index(fields=("state", "checked_at")),
        ]
