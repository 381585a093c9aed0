"""The numbers that NodeInfo gives: people and public posts of ours. Private communities do not show in them (attacks H02)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fedcop.core import clock
from fedcop.core.database import rows
from fedcop.core.site import Site, site

KEPT = timedelta(minutes=10)


@dataclass(frozen=True)
class Census:
    """How many of us there are, and how much we wrote for everybody."""

    people: int = 0
    active_month: int = 0
    active_half_year: int = 0
    posts: int = 0
    replies: int = 0


class _Kept:
    def __init__(self, _site: Site) -> None:
        self.census = Census()
        self.counted_at = clock.EPOCH


async def count() -> Census:
    """Count, or give what was counted a few minutes ago."""
    kept, now = site().part(_Kept), clock.now()
    if now - kept.counted_at > KEPT:
        kept.census, kept.counted_at = await _counted(), now
    return kept.census


async def _counted() -> Census:
    now = clock.now()
    living = "FROM account WHERE confirmed_at IS NOT NULL AND suspended_at IS NULL"
    written = (
        "FROM post WHERE local = ? AND audience = 'public' AND state = 'visible'"
        " AND deleted_at IS NULL AND removed_at IS NULL"
    )
    return Census(
        people=await _number(f"SELECT count(*) AS n {living}"),  # noqa: S608 - our own words only
        active_month=await _number(f"SELECT count(*) AS n {living} AND last_seen_at > ?", now - timedelta(days=30)),  # noqa: S608
        active_half_year=await _number(
            f"SELECT count(*) AS n {living} AND last_seen_at > ?", now - timedelta(days=180)
        ),  # noqa: S608
        posts=await _number(f"SELECT count(*) AS n {written} AND depth = 0", True),  # noqa: S608
        replies=await _number(f"SELECT count(*) AS n {written} AND depth > 0", True),  # noqa: S608
    )


async def _number(sql: str, *args: Any) -> int:
    return int((await rows(sql, *args))[0]["n"])
