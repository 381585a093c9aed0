"""What apps offer to look at: communities worth joining, the directory, and what one thanked for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.actors import queries as actors
from fedcop.communities import queries as communities
from fedcop.communities import suggesting
from fedcop.core.clock import now
from fedcop.core.ids import read_id
from fedcop.core.sanitise import excerpt
from fedcop.discussions import statuses, thanked
from fedcop.discussions.statuses import Status
from fedcop.timelines import directory, trends
from fedcop.timelines.trends import Day
from web.keys import looker, member
from web.mastodon import loading
from web.mastodon.answers import PAGE, answer, limit_of, paged, span_of
from web.mastodon.entities.card import card_json
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
    others = [one.community.actor for one in await suggesting.suggested(member(request).actor, member(request).account)]
    return answer(
        [
            {"source": "staff", "sources": ["featured"], "account": account}
            for account in await loading.accounts(request, others)
        ]
    )


@api("GET", "/api/v1/suggestions", asks=Asks.PERSON, scope="read:accounts", gives="[Account]")
async def suggestions_before(request: Request) -> StreamResponse:
    """Give the same in the older form."""
    others = [one.community.actor for one in await suggesting.suggested(member(request).actor, member(request).account)]
    return answer(await loading.accounts(request, others))


@api("DELETE", "/api/v1/suggestions/{id}", asks=Asks.PERSON, scope="write:accounts", limit="write", gives="Empty")
async def suggest_no_more(request: Request) -> StreamResponse:
    """Suggest a community no more, on the pages neither. Who is none, or is not there, is not suggested anyway."""
    number = read_id(request.match_info["id"])
    actor = await actors.by_id(number) if number is not None else None
    community = await communities.by_actor(actor) if actor is not None else None
    if community is not None:
        await suggesting.put_off(member(request).account, community.id)
    return answer({})


@api("GET", "/api/v1/directory", asks=Asks.PERSON, scope="read:accounts", takes="limit:number offset:number order:active|new local:flag", gives="[Account]")  # fmt: skip
async def found_people(request: Request) -> StreamResponse:
    """List people who agreed to be found: ours, and unless only these are wanted those elsewhere whom somebody here follows."""
    given = await read(request)
    found = await directory.people(
        member(request).actor,
        order=given.text("order"),
        local=given.flag("local"),
        limit=limit_of(given, usual=40, most=80),
        skip=_skip(given),
    )
    return answer(await loading.accounts(request, found))


WHICH = "limit:number offset:number"
LATEST = (1 << 63) - 1


@api("GET", "/api/v1/trends", asks=Asks.NOBODY, scope="read:statuses", takes=WHICH, communities=True, gives="[Tag]")
@api(
    "GET", "/api/v1/trends/tags", asks=Asks.NOBODY, scope="read:statuses", takes=WHICH, communities=True, gives="[Tag]"
)
async def trending_tags(request: Request) -> StreamResponse:
    """List the tags that most people use this week, with their days."""
    given = await read(request)
    found = await trends.tags(looker(request), limit=limit_of(given, usual=10, most=20), skip=_skip(given))
    written = await tagged(request, [one.tag for one in found])
    return answer([tag | {"history": history_json(one.days)} for tag, one in zip(written, found, strict=True)])


@api(
    "GET",
    "/api/v1/trends/statuses",
    asks=Asks.NOBODY,
    scope="read:statuses",
    takes=WHICH,
    communities=True,
    gives="[Status]",
)
async def trending(request: Request) -> StreamResponse:
    """List the public discussions in which most people write this week."""
    given = await read(request)
    ids = await trends.threads(looker(request), limit=limit_of(given), skip=_skip(given))
    return answer(await loading.posts(request, ids))


@api(
    "GET",
    "/api/v1/trends/links",
    asks=Asks.NOBODY,
    scope="read:statuses",
    takes=WHICH,
    communities=True,
    gives="[TrendingLink]",
)
async def trending_links(request: Request) -> StreamResponse:
    """List the links about which most people write this week, each with the words of the latest discussion about it."""
    given = await read(request)
    skip = _skip(given)
    found = (await trends.links(looker(request)))[skip : skip + limit_of(given, usual=10, most=20)]
    latest = {one.view.post.id: one for one in await statuses.load(looker(request), [one.root_ids[0] for one in found])}
    return answer(
        [
            card | {"history": history_json(one.days)}
            for one in found
            if one.root_ids[0] in latest and (card := _card(latest[one.root_ids[0]], one.address)) is not None
        ]
    )


def _card(status: Status, address: str) -> dict[str, Any] | None:
    return card_json(status, address, excerpt(status.view.said.content))


@api(
    "GET",
    "/api/v1/timelines/link",
    asks=Asks.NOBODY,
    scope="read:statuses",
    takes=f"url {PAGE}",
    communities=True,
    gives="[Status]",
)
async def about_link(request: Request) -> StreamResponse:
    """List this week's discussions about one of these links, the latest first."""
    given = await read(request)
    span, address = span_of(given), given.text("url")
    about = next((one.root_ids for one in await trends.links(looker(request)) if one.address == address), ())
    found = [number for number in about if number < (span.max_id or LATEST) and number > (span.since_id or 0)]
    if span.min_id is not None:
        found = [number for number in found if number > span.min_id][-span.limit :]
    found = found[: span.limit]
    return paged(request, await loading.posts(request, found), found)


def _skip(given: Params) -> int:
    return max(0, min(given.number("offset") or 0, 1000))


def history_json(by_day: Mapping[date, Day]) -> list[dict[str, str]]:
    """Write the days of a tag or link, the last first; numbers are texts, as in Mastodon."""
    today = now().date()
    days = [today - timedelta(days=back) for back in range(trends.DAYS)]
    return [
        {
            "day": str(int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())),
            "accounts": str(by_day.get(day, Day()).people),
            "uses": str(by_day.get(day, Day()).uses),
        }
        for day in days
    ]
