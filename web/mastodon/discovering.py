"""What apps offer to look at: communities worth joining, the directory, and what one thanked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from aiohttp.web import Request, StreamResponse

from fedcop.communities import suggesting
from fedcop.core.clock import now
from fedcop.discussions import thanked
from fedcop.people import queries as people
from fedcop.timelines import trends
from fedcop.timelines.trends import Day, Trend
from web.keys import looker, member
from web.mastodon import loading
from web.mastodon.answers import PAGE, answer, limit_of, paged, span_of
from web.mastodon.entities.status import FAVOURITE
from web.mastodon.params import Params, read
from web.mastodon.tags import tagged
from web.shared.routing import Asks, api


@api("GET", "/api/v1/favourites", asks=Asks.PERSON, scope="read:favourites", takes=PAGE, gives="[Status]")
async def favourites(request: Request) -> StreamResponse:
    """List what one thanked for, the latest first."""
    span, who = span_of(await read(request)), member(request).actor
    found = await thanked.by(who, FAVOURITE, limit=span.limit, below=span.max_id)
    written = await loading.posts(request, [one.post_id for one in found])
    return paged(request, written, [one.reaction_id for one in found])


@api("GET", "/api/v2/suggestions", asks=Asks.PERSON, scope="read:accounts", gives="[Suggestion]")
async def suggestions(request: Request) -> StreamResponse:
    """Suggest some communities that one could belong to: the same as on the pages."""
    others = [one.community.actor for one in await suggesting.suggested(member(request).actor)]
    return answer(
        [
            {"source": "staff", "sources": ["featured"], "account": account}
            for account in await loading.accounts(request, others)
        ]
    )


@api("GET", "/api/v1/suggestions", asks=Asks.PERSON, scope="read:accounts", gives="[Account]")
async def suggestions_before(request: Request) -> StreamResponse:
    """Give the same in the older form."""
    others = [one.community.actor for one in await suggesting.suggested(member(request).actor)]
    return answer(await loading.accounts(request, others))


@api(
    "GET",
    "/api/v1/directory",
    asks=Asks.PERSON,
    scope="read:accounts",
    takes="limit:number offset:number",
    gives="[Account]",
)
async def directory(request: Request) -> StreamResponse:
    """List our people who agreed to be found; everybody is on the first page."""
    given, who = await read(request), member(request).actor
    if given.number("offset"):
        return answer([])
    found = await people.directory(who, limit=limit_of(given, usual=40, most=80))
    return answer(await loading.accounts(request, found))


WHICH = "limit:number offset:number"


@api("GET", "/api/v1/trends", asks=Asks.NOBODY, scope="read:statuses", takes=WHICH, gives="[Tag]")
@api("GET", "/api/v1/trends/tags", asks=Asks.NOBODY, scope="read:statuses", takes=WHICH, gives="[Tag]")
async def trending_tags(request: Request) -> StreamResponse:
    """List the tags that most people use this week, with their days."""
    given = await read(request)
    found = await trends.tags(looker(request), limit=limit_of(given, usual=10, most=20), skip=_skip(given))
    written = await tagged(request, [one.tag for one in found])
    return answer([tag | {"history": history_json(one)} for tag, one in zip(written, found, strict=True)])


@api("GET", "/api/v1/trends/statuses", asks=Asks.NOBODY, scope="read:statuses", takes=WHICH, gives="[Status]")
async def trending(request: Request) -> StreamResponse:
    """List the public discussions in which most people write this week."""
    given = await read(request)
    ids = await trends.threads(looker(request), limit=limit_of(given), skip=_skip(given))
    return answer(await loading.posts(request, ids))


def _skip(given: Params) -> int:
    return max(0, min(given.number("offset") or 0, 1000))


def history_json(trend: Trend) -> list[dict[str, str]]:
    """Write the days of a tag, the last first; numbers are texts, as in Mastodon."""
    today = now().date()
    days = [today - timedelta(days=back) for back in range(trends.DAYS)]
    return [
        {
            "day": str(int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())),
            "accounts": str(trend.days.get(day, Day()).people),
            "uses": str(trend.days.get(day, Day()).uses),
        }
        for day in days
    ]
