"""What people talk about this week, in public: tags, discussions and the links that these are about, by how many people. Counted when it is asked for; nobody chooses it.

One person alone makes nothing of it, and neither does a server that those in charge limited.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from fedcop.actors.models import Actor
from fedcop.core.clock import now
from fedcop.core.database import dialect, from_json, rows
from fedcop.core.ids import id_at
from fedcop.federation.peers import limited
from fedcop.people.hiding import unhidden_sql
from fedcop.timelines.queries import unmuted_sql

DAYS = 7
FEWEST = 2  # people
MOST_OF_LINKS = 5000  # people and days of discussions that are looked at, the latest first
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


@dataclass(frozen=True)
class LinkTrend:
    """An address about which several people wrote this week, the discussions about it, the latest first, and its days."""

    address: str
    root_ids: Sequence[int]
    people: int
    days: Mapping[date, Day] = field(default_factory=dict)


async def tags(viewer: Actor | None, *, limit: int = 10, skip: int = 0) -> list[Trend]:
    """List the tags that most people use this week, not counting whom the viewer hides."""
    condition, params = await _lately(viewer)
    found = await rows(
        "SELECT t.tag AS tag, COUNT(DISTINCT p.author_id) AS people FROM post p CROSS JOIN post_tag t"  # noqa: S608 - our own words only, values are parameters
        f" WHERE {condition} AND t.post_id = p.id GROUP BY t.tag HAVING COUNT(DISTINCT p.author_id) >= ?"
        " ORDER BY people DESC, COUNT(*) DESC, t.tag LIMIT ? OFFSET ?",
        *(*params, FEWEST, limit, skip),
    )
    if not found:
        return []
    day = _day()
    by_day = await rows(
        f"SELECT t.tag AS tag, {day} AS day, COUNT(DISTINCT p.author_id) AS people, COUNT(*) AS uses"  # noqa: S608 - our own words only, values are parameters
        f" FROM post p CROSS JOIN post_tag t WHERE {condition} AND t.post_id = p.id AND t.tag IN (?) GROUP BY t.tag, {day}",
        *(*params, [row["tag"] for row in found]),
    )
    days: dict[str, dict[date, Day]] = {}
    for row in by_day:
        days.setdefault(row["tag"], {})[date.fromisoformat(row["day"])] = Day(row["people"], row["uses"])
    return [Trend(row["tag"], row["people"], days.get(row["tag"], {})) for row in found]


def _day() -> str:
    return "to_char(p.published_at, 'YYYY-MM-DD')" if dialect() == "postgres" else "substr(p.published_at, 1, 10)"


async def threads(viewer: Actor | None, *, limit: int = 10, skip: int = 0) -> Sequence[int]:
    """Name the public discussions in which most people wrote this week; nothing of whom the viewer hides."""
    condition, params = await _within(viewer)
    found = await rows(
        # The sum has no index: else SQLite goes through all discussions there ever were, as they come grouped, and not through the week.
        "SELECT p.root_id + 0 AS thread, COUNT(DISTINCT p.author_id) AS people FROM post p JOIN post r ON r.id = p.root_id"  # noqa: S608 - our own words only, values are parameters
        f" WHERE {condition} GROUP BY thread HAVING COUNT(DISTINCT p.author_id) >= ?"
        " ORDER BY people DESC, MAX(p.id) DESC LIMIT ? OFFSET ?",
        *(*params, FEWEST, limit, skip),
    )
    return [row["thread"] for row in found]


async def links(viewer: Actor | None) -> list[LinkTrend]:
    """List the addresses that discussions begun this week are about, by how many people wrote in these. None behind a warning."""
    condition, params = await _within(viewer)
    day = _day()
    told = await rows(
        f"SELECT r.id AS root_id, p.author_id AS author_id, {day} AS day, COUNT(*) AS uses FROM post p"  # noqa: S608 - our own words only, values are parameters
        f" JOIN post r ON r.id = p.root_id WHERE {condition} AND r.id > ? AND r.links <> '[]' AND r.warning = '' AND NOT r.sensitive"
        f" GROUP BY r.id, p.author_id, {day} ORDER BY r.id DESC LIMIT {MOST_OF_LINKS}",
        *(*params, id_at(now() - timedelta(days=DAYS))),
    )
    roots = (
        await rows("SELECT id, links FROM post WHERE id IN (?)", list({row["root_id"] for row in told})) if told else []
    )
    about: dict[str, list[int]] = {}
    for row in sorted(roots, key=lambda row: -row["id"]):
        for address in dict.fromkeys(str(link.get("href") or "") for link in from_json(row["links"])):
            about.setdefault(address, []).append(row["id"])
    of_root: dict[int, list[Mapping[str, Any]]] = {}
    for row in told:
        of_root.setdefault(row["root_id"], []).append(row)
    # There may be many thousands of addresses: each asks only its own discussions.
    found = [
        _trend(address, ids, [row for number in ids for row in of_root[number]])
        for address, ids in about.items()
        if address.startswith(("https://", "http://"))
    ]
    found = [one for one in found if one.people >= FEWEST]
    return sorted(found, key=lambda one: (-one.people, -one.root_ids[0], one.address))


def _trend(address: str, root_ids: Sequence[int], told: Sequence[Mapping[str, Any]]) -> LinkTrend:
    days: dict[date, Day] = {}
    for day in {row["day"] for row in told}:
        of_day = [row for row in told if row["day"] == day]
        days[date.fromisoformat(day)] = Day(
            len({row["author_id"] for row in of_day}), sum(row["uses"] for row in of_day)
        )
    return LinkTrend(address, root_ids, len({row["author_id"] for row in told}), days)


async def _within(viewer: Actor | None) -> tuple[str, list[Any]]:
    """Posts `p` of this week in discussions `r` that are public still; nothing of whom the viewer hides."""
    condition, params = await _lately(viewer)
    listed, of_listed = await limited.posts_sql("r", None)
    shown, of_shown = unhidden_sql("r.author_id", viewer) if viewer is not None else ("", [])
    unhidden = f" AND (r.anonymised_at IS NOT NULL OR {shown})" if shown else ""
    return (
        f"{condition} AND r.audience = 'public' AND r.state = 'visible' AND r.deleted_at IS NULL AND r.removed_at IS NULL AND {listed}{unhidden}",
        [*params, *of_listed, *of_shown],
    )


async def _lately(viewer: Actor | None) -> tuple[str, list[Any]]:
    # Whom one follows makes no trend either: what is counted is the same for everybody who hides nobody.
    listed, of_listed = await limited.posts_sql("p", None)
    params: list[Any] = [id_at(now() - timedelta(days=DAYS)), *of_listed]
    if viewer is None:
        return f"{_LATELY} AND {listed}", params
    unmuted, values = unmuted_sql(viewer)
    return f"{_LATELY} AND {listed} AND {unmuted}", [*params, *values]
