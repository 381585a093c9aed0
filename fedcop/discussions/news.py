"""What came to a thread while somebody was reading it."""

from __future__ import annotations

from datetime import datetime

from fedcop.actors.models import Actor
from fedcop.core.database import rows
from fedcop.discussions.models import Post
from fedcop.discussions.seeing import shown_sql


async def replies_since(viewer: Actor, post: Post, since: datetime) -> int:
    """Count the replies by others in a post's thread that were stored after a moment, and that this person may read."""
    condition, params = shown_sql("p", viewer)
    found = await rows(
        "SELECT COUNT(*) AS n FROM post p WHERE p.root_id = ? AND p.id <> p.root_id AND p.created_at > ? AND p.author_id <> ?"  # noqa: S608 - our own words only, values are parameters
        f" AND p.deleted_at IS NULL AND p.removed_at IS NULL AND {condition}",
        post.root_id,
        since,
        viewer.id,
        *params,
    )
    count: int = found[0]["n"]
    return count
