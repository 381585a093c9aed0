"""What somebody thanked for, the latest first: for lists that page by when it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fedcop.actors.models import Actor
from fedcop.core.database import rows
from fedcop.discussions.seeing import shown_sql


@dataclass(frozen=True)
class Thanks:
    """One reaction, by its row, and the post that it is to."""

    reaction_id: int
    post_id: int


async def by(viewer: Actor, kind: str, *, limit: int, below: int | None = None) -> Sequence[Thanks]:
    """List the posts to which somebody reacted so, among those that they may still see."""
    condition, params = shown_sql("p", viewer)
    border, at = ("AND r.id < ?", [below]) if below is not None else ("", [])
    found = await rows(
        "SELECT r.id AS id, p.id AS post FROM reaction r JOIN post p ON p.id = r.post_id"  # noqa: S608 - our own words only, values are parameters
        f" WHERE r.actor_id = ? AND r.kind = ? {border} AND p.deleted_at IS NULL AND p.removed_at IS NULL AND {condition}"
        f" ORDER BY r.id DESC LIMIT {limit}",
        viewer.id,
        kind,
        *at,
        *params,
    )
    return [Thanks(int(row["id"]), int(row["post"])) for row in found]
