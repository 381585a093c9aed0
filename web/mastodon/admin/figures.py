"""The dashboard of those in charge: how much happened, from where, and who came back. What is not counted here is left out, as apps expect."""

from __future__ import annotations

import platform
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop import __version__
from fedcop.core import clock
from fedcop.core.errors import Invalid
from fedcop.core.formats import format_size
from fedcop.core.i18n import N_
from fedcop.reports import figures
from fedcop.reports.figures import Days
from web.mastodon.answers import answer, limit_of
from web.mastodon.entities.admin import cohort_json, dimension_json, measure_json
from web.mastodon.instance import LANGUAGE_NAMES
from web.mastodon.params import Params, read
from web.shared.routing import MODERATOR, Asks, api

READ = "admin:read"
BETWEEN = "start_at end_at"
NO_DAY = N_("Write a date like 2026-03-01 or 01/03/2026.")


def _days(given: Params) -> Days:
    """Read which days are asked for: the last thirty, unless an app says others."""
    end = _day(given, "end_at") or clock.now().astimezone(UTC).date()
    return Days(_day(given, "start_at") or end - timedelta(days=29), end)


def _day(given: Params, name: str) -> date | None:
    text = given.text(name).strip()
    try:
        found = datetime.fromisoformat(text).astimezone(UTC).date() if len(text) > 10 else date.fromisoformat(text)
    except (ValueError, OverflowError):
        if text:
            raise Invalid(errors={name: NO_DAY}) from None
        return None
    if not 2000 <= found.year <= 2999:
        raise Invalid(errors={name: NO_DAY})
    return found


@api("POST", "/api/v1/admin/measures", asks=Asks.PERSON, scope=READ, access=MODERATOR, takes=f"keys:texts {BETWEEN}", gives="[AdminMeasure]")  # fmt: skip
async def measures(request: Request) -> StreamResponse:
    """Count what happened on each day, and in as many days before."""
    given = await read(request)
    days, written = _days(given), []
    for name in dict.fromkeys(given.texts("keys")):
        if name in figures.MEASURES:
            before = sum((await figures.measure(name, days.before)).values())
            written.append(measure_json(name, await figures.measure(name, days), before))
    return answer(written)


async def _software(days: Days, limit: int) -> list[tuple[str, str, str]]:
    return [("fedcop", "fedcop", __version__), ("python", "Python", platform.python_version())][:limit]


async def _languages(days: Days, limit: int) -> list[tuple[str, str, str]]:
    found = await figures.languages(limit)
    return [(code, LANGUAGE_NAMES.get(code.split("-")[0], code), str(number)) for code, number in found]


async def _servers(days: Days, limit: int) -> list[tuple[str, str, str]]:
    return [(host, host, str(number)) for host, number in await figures.servers(days, limit)]


async def _space(days: Days, limit: int) -> list[tuple[str, str, str]]:
    return [("media", "Media", str(await figures.space_of_files()))][:limit]


DIMENSIONS: dict[str, Callable[[Days, int], Awaitable[list[tuple[str, str, str]]]]] = {
    "languages": _languages,
    "servers": _servers,
    "space_usage": _space,
    "software_versions": _software,
}


@api("POST", "/api/v1/admin/dimensions", asks=Asks.PERSON, scope=READ, access=MODERATOR, takes=f"keys:texts limit:number {BETWEEN}", gives="[AdminDimension]")  # fmt: skip
async def dimensions(request: Request) -> StreamResponse:
    """Count by language and server, and say what runs here and how much room files take."""
    given = await read(request)
    days, limit, written = _days(given), limit_of(given, usual=10, most=50), []
    for name in dict.fromkeys(given.texts("keys")):
        if name in DIMENSIONS:
            lines = await DIMENSIONS[name](days, limit)
            written.append(dimension_json(name, lines, _sizes if name == "space_usage" else None))
    return answer(written)


def _sizes(value: str) -> dict[str, Any]:
    return {"unit": "bytes", "human_value": format_size(int(value))}


@api("POST", "/api/v1/admin/retention", asks=Asks.PERSON, scope=READ, access=MODERATOR, takes=f"{BETWEEN} frequency:day|month", gives="[AdminCohort]")  # fmt: skip
async def retention(request: Request) -> StreamResponse:
    """Tell of those who came in each day or month how many were here later."""
    given = await read(request)
    monthly = given.text("frequency") == "month"
    found = await figures.cohorts(_days(given), monthly=monthly)
    return answer([cohort_json(one, "month" if monthly else "day") for one in found])


@api("GET", "/api/v1/admin/trends/links", asks=Asks.PERSON, scope=READ, access=MODERATOR, gives="[]")
@api("GET", "/api/v1/admin/trends/statuses", asks=Asks.PERSON, scope=READ, access=MODERATOR, gives="[]")
@api("GET", "/api/v1/admin/trends/tags", asks=Asks.PERSON, scope=READ, access=MODERATOR, gives="[]")
async def trends(request: Request) -> StreamResponse:
    """Give an empty list: nothing is trending here, so that nobody lets it."""
    return answer([])
