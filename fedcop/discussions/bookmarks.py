"""What somebody keeps to read or do later: their own business, told to nobody, on no other server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fedcop.actors.models import Actor
from fedcop.core.clock import now
from fedcop.core.database import atomic, rows
from fedcop.discussions.models import Bookmark, Post
from fedcop.discussions.seeing import shown_sql


@dataclass(frozen=True)
class Kept:
    """One bookmark, by its row, and the post that it is of."""

    bookmark_id: int
    post_id: int


@atomic
async def keep(actor: Actor, post: Post) -> None:
    """Keep a post that somebody may see. Twice is once, at the same moment too."""
    await Bookmark.bulk_create([Bookmark(actor_id=actor.id, post_id=post.id, kept_at=now())], ignore_conflicts=True)


@atomic
async def let_go(actor: Actor, post: Post) -> None:
    """Keep a post no longer."""
    await Bookmark.filter(actor_id=actor.id, post_id=post.id).delete()


@atomic
async def forget_all_of(actor: Actor) -> None:
    """Forget what somebody kept who is gone."""
    await Bookmark.filter(actor_id=actor.id).delete()


async def of(viewer: Actor, *, limit: int, below: int | None = None) -> Sequence[Kept]:
    """List what somebody keeps and may still see, the latest first."""
    condition, params = shown_sql("p", viewer)
    border, at = ("AND b.id < ?", [below]) if below is not None else ("", [])
    found = await rows(
        "SELECT b.id AS id, p.id AS post FROM bookmark b JOIN post p ON p.id = b.post_id"  # noqa: S608 - our own words only, values are parameters
        f" WHERE b.actor_id = ? {border} AND p.deleted_at IS NULL AND p.removed_at IS NULL AND {condition}"
        f" ORDER BY b.id DESC LIMIT {limit}",
        viewer.id,
        *at,
        *params,
    )
    return [Kept(int(row["id"]), int(row["post"])) for row in found]
