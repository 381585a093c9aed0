"""How much happens on this instance, day by day, in languages, servers and bytes: numbers for those in charge, of nobody in particular.

Who was here on which day is not written down, so that nothing tells it. Reads only; who may ask is judged by the caller.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from fedcop.core.database import dialect, moment, rows

MOST_DAYS = 366
MOST_COHORTS = 31
#: The moments that are counted, each from a table with a condition: our own words only.
MEASURES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "new_users": (("created_at", "account WHERE confirmed_at IS NOT NULL"),),
    "interactions": (
        ("created_at", "reaction WHERE 1 = 1"),
        ("created_at", "share WHERE 1 = 1"),
        ("created_at", "post WHERE depth > 0 AND deleted_at IS NULL"),
    ),
    "opened_reports": (("created_at", "report WHERE recipient = 'organisation'"),),
    "resolved_reports": (("decided_at", "report WHERE recipient = 'organisation'"),),
}


@dataclass(frozen=True)
class Days:
    """Some whole days (UTC), the last one included; too many are cut at the beginning."""

    first: date
    last: date

    def __post_init__(self) -> None:
        object.__setattr__(self, "first", max(self.first, self.last - timedelta(days=MOST_DAYS - 1)))

    @property
    def listed(self) -> list[date]:
        """Each of them; none if they end before they begin."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    @property
    def before(self) -> Days:
        """As many days before these."""
        return Days(self.first - (self.last - self.first) - timedelta(days=1), self.first - timedelta(days=1))

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """From when, and until before when."""
        begin, end = (datetime.combine(day, time(), UTC) for day in (self.first, self.last + timedelta(days=1)))
        return begin, end


@dataclass(frozen=True)
class Cohort:
    """Those who came in one period, and how many of them have been here on or after each later one."""

    begin: date
    size: int
    still: tuple[tuple[date, int], ...]


async def measure(name: str, days: Days) -> dict[date, int]:
    """Count what happened on each of some days."""
    counted = dict.fromkeys(days.listed, 0)
    for column, table in MEASURES[name]:
        day = f"to_char({column}, 'YYYY-MM-DD')" if dialect() == "postgres" else f"substr({column}, 1, 10)"
        found = await rows(
            f"SELECT {day} AS day, COUNT(*) AS n FROM {table} AND {column} >= ? AND {column} < ? GROUP BY 1",  # noqa: S608 - our own words only, values are parameters
            *days.bounds,
        )
        for row in found:
            counted[date.fromisoformat(row["day"])] += row["n"]
    return counted


async def languages(limit: int) -> list[tuple[str, int]]:
    """Count in which languages people read here, the commonest first."""
    found = await rows(
        "SELECT language AS name, COUNT(*) AS n FROM account WHERE confirmed_at IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?",
        limit,
    )
    return [(row["name"], row["n"]) for row in found]


async def servers(days: Days, limit: int) -> list[tuple[str, int]]:
    """Count what came from each server in some days, ours included, the most first."""
    found = await rows(
        "SELECT a.host AS name, COUNT(*) AS n FROM post p JOIN actor a ON a.id = p.author_id"
        " WHERE p.created_at >= ? AND p.created_at < ? AND p.deleted_at IS NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?",
        *(*days.bounds, limit),
    )
    return [(row["name"], row["n"]) for row in found]


async def space_of_files() -> int:
    """Count the bytes of all files that are kept here."""
    return int((await rows("SELECT COALESCE(SUM(size), 0) AS n FROM media WHERE key <> ''"))[0]["n"])


async def cohorts(days: Days, *, monthly: bool) -> list[Cohort]:
    """Tell of those who came in each day or month how many have been here since, as far as the last visit of each tells."""
    begins = [day for day in days.listed if day.day == 1 or not monthly or day == days.first][-MOST_COHORTS:]
    begins = list(dict.fromkeys(day.replace(day=1) if monthly else day for day in begins))
    if not begins:
        return []
    found = await rows(
        "SELECT created_at, last_seen_at FROM account WHERE confirmed_at IS NOT NULL AND created_at >= ? AND created_at < ?",
        *Days(begins[0], days.last).bounds,
    )
    came: dict[date, list[date]] = {begin: [] for begin in begins}
    for row in found:
        began, seen = moment(row["created_at"]), moment(row["last_seen_at"])
        if began is not None:
            begin = max(one for one in begins if one <= began.astimezone(UTC).date())
            came[begin].append((seen or began).astimezone(UTC).date())
    return [
        Cohort(begin, len(seen), tuple((at, sum(1 for one in seen if one >= at)) for at in begins if at >= begin))
        for begin, seen in came.items()
    ]
