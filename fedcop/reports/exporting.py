"""What a copy of one's data says of what one reported."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from fedcop.discussions.models import Post
from fedcop.reports.appeals.models import Appeal
from fedcop.reports.models import Report


async def made(actor_id: int) -> AsyncIterator[tuple[str, Any]]:
    """Give the reports that a person made, and what became of them (part of the export)."""
    found = await Report.filter(reporter_id=actor_id).order_by("id").select_related("target")
    said = ("recipient", "comment", "state", "sentence", "created_at", "decided_at")
    posts = {post.id: post for post in await Post.filter(id__in=[one.post_id for one in found if one.post_id] or [0])}
    yield (
        "reports.json",
        [{"about": _about(one, posts), **{name: getattr(one, name) for name in said}} for one in found],
    )


def _about(report: Report, posts: dict[int, Post]) -> str:
    """Whose post it is, the post itself says, or does not any more."""
    post = posts.get(report.post_id or 0)
    return post.uri if post is not None and post.anonymised_at is not None else report.target.uri


async def appealed(actor_id: int) -> AsyncIterator[tuple[str, Any]]:
    """Give the appeals that a person made, and what became of them (part of the export)."""
    found = await Appeal.filter(actor_id=actor_id).order_by("id").select_related("community__actor")
    said = ("kind", "reason", "text", "state", "sentence", "created_at", "decided_at")
    yield (
        "appeals.json",
        [{"community": one.community.actor.uri, **{name: getattr(one, name) for name in said}} for one in found],
    )
