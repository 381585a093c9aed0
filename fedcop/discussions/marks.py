"""What somebody left on posts: reactions, and shares with those who follow them."""

from __future__ import annotations

from fedcop.actors.models import Actor
from fedcop.core.database import rows

SHARED = "shared"  # stands beside the kinds of reactions


async def marks_of(viewer: Actor | None, post_ids: list[int]) -> dict[int, frozenset[str]]:
    """Give, by post, the kinds of somebody's reactions and `SHARED`; posts without any are left out. One query."""
    if viewer is None or not post_ids:
        return {}
    found: dict[int, set[str]] = {}
    for row in await rows(
        "SELECT post_id, kind FROM reaction WHERE actor_id = ? AND post_id IN (?)"  # noqa: S608 - our own word
        f" UNION ALL SELECT post_id, '{SHARED}' FROM share WHERE actor_id = ? AND post_id IN (?)",
        viewer.id,
        post_ids,
        viewer.id,
        post_ids,
    ):
        found.setdefault(row["post_id"], set()).add(row["kind"])
    return {post_id: frozenset(kinds) for post_id, kinds in found.items()}
