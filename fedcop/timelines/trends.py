"""What people talk about this week, in public: tags and discussions, by how many people. Counted when it is asked for; nobody chooses it.

One person alone makes nothing of it, and neither does a server that those in charge limited.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from fedcop.actors.models import Actor
from fedcop.core.clock import now
from fedcop.core.database import dialect, rows
from fedcop.core.ids import id_at
from fedcop.federation import limited
from fedcop.timelines.queries import unmuted_sql

DAYS = 7
FEWEST = 2  # people
# Ids say when something was published: only what is of these days is looked at.
_LATELY = "p.id > ? AND p.audience = 'public' AND p.state = 'visible' AND p.deleted_at IS NULL AND p.removed_at IS NULL"


@dataclass(frozen=True)
class Day:
    """How many people used a tag on a day, and how often."""

    people: int = 0
    uses: int = 0


@dataclass(frozen=True)
class Trend:
    """A tag that several people use this week, with its days."""

    tag: str
    people: int
    days: Mapping[date, Day] = field(default_factory=dict)


async def tags(viewer: Actor | None, *, limit: int = 10, skip: int = 0) -> list[Trend]:
    """List the tags that most people use this week, not counting whom the viewer hides."""
    condition, params = await _lately(viewer)
    found = await rows(
        "SELECT t.tag AS tag, COUNT(DISTINCT p.author_id) AS people FROM post p JOIN post_tag t ON t.post_id = p.id"  # noqa: S608 - our own words only, values are parameters
        f" WHERE {condition} GROUP BY t.tag HAVING COUNT(DISTINCT p.author_id) >= ?"
        " ORDER BY people DESC, COUNT(*) DESC, t.tag LIMIT ? OFFSET ?",
        *(*params, FEWEST, limit, skip),
    )
    if not found:
        return []
    day = "to_char(p.published_at, 'YYYY-MM-DD')" if dialect() == "postgres" else "substr(p.published_at, 1, 10)"
    by_day = await rows(
        f"SELECT t.tag AS tag, {day} AS day, COUNT(DISTINCT p.author_id) AS people, COUNT(*) AS uses"  # noqa: S608 - our own words only, values are parameters
        f" FROM post p JOIN post_tag t ON t.post_id = p.id WHERE {condition} AND t.tag IN (?) GROUP BY t.tag, {day}",
        *(*params, [row["tag"] for row in found]),
    )
    days: dict[str, dict[date, Day]] = {}
    for row in by_day:
        days.setdefault(row["tag"], {})[date.fromisoformat(row["day"])] = Day(row["people"], row["uses"])
    return [Trend(row["tag"], row["people"], days.get(row["tag"], {})) for row in found]


async def threads(viewer: Actor | None, *, limit: int = 10, skip: int = 0) -> Sequence[int]:
    """Name the public discussions in which most people wrote this week; nothing of whom the viewer hides."""
    condition, params = await _lately(viewer)
    listed, of_listed = await limited.posts_sql("r", None)
    found = await rows(
        "SELECT p.root_id AS id, COUNT(DISTINCT p.author_id) AS people FROM post p JOIN post r ON r.id = p.root_id"  # noqa: S608 - our own words only, values are parameters
        f" WHERE {condition} AND r.audience = 'public' AND r.state = 'visible' AND r.deleted_at IS NULL AND r.removed_at IS NULL AND {listed}"
        f"{' AND (r.anonymised_at IS NOT NULL OR r.author_id NOT IN (' + _HIDDEN + '))' if viewer is not None else ''}"
        " GROUP BY p.root_id HAVING COUNT(DISTINCT p.author_id) >= ? ORDER BY people DESC, MAX(p.id) DESC LIMIT ? OFFSET ?",
        *(*params, *of_listed, *([viewer.id] * 3 if viewer is not None else ()), FEWEST, limit, skip),
    )
    return [row["id"] for row in found]


_HIDDEN = (
    "SELECT target_id FROM block WHERE actor_id = ? UNION ALL SELECT actor_id FROM block WHERE target_id = ?"
    " UNION ALL SELECT target_id FROM mute WHERE actor_id = ?"
)


async def _lately(viewer: Actor | None) -> tuple[str, list[Any]]:
    # Whom one follows makes no trend either: what is counted is the same for everybody who hides nobody.
    listed, of_listed = await limited.posts_sql("p", None)
    params: list[Any] = [id_at(now() - timedelta(days=DAYS)), *of_listed]
    if viewer is None:
        return f"{_LATELY} AND {listed}", params
    unmuted, values = unmuted_sql(viewer)
    return f"{_LATELY} AND {listed} AND {unmuted}", [*params, *values]
