"""What can be found: one row per post, person or community, with its audience beside its words."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class SearchEntry(Model):
    """Words live in an FTS5 table or a tsvector column made by the migration; this row says whose they are."""

    id = fields.BigIntField(primary_key=True, generated=False)  # the id of the post, actor or community
    kind = fields.CharField(max_length=12)  # post, resource, person, community
    community_id = fields.BigIntField(null=True)
    author_id = fields.BigIntField(null=True)
    audience = fields.CharField(max_length=12)
    organisation = fields.CharField(
        max_length=260, default="", db_default=""
    )  # whose, where the audience speaks of one
    language = fields.CharField(max_length=10, default="")
    title = fields.TextField(default="")
    body = fields.TextField(default="")  # what excerpts are cut from
    folded_title = fields.TextField(default="")  # French and English stems, accents and elisions folded
    folded = fields.TextField(default="")  # the same of all words, the title's included
    at = fields.DatetimeField()

    class Meta:
        table = "search_entry"
        app = "fedcop"
        indexes = [Index(fields=("kind", "id"))]
