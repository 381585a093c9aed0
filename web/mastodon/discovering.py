"""What apps offer to look at: communities worth joining, the directory, and what one thanked for."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.communities import suggesting
from fedcop.discussions import thanked
from fedcop.people import queries as people
from web.keys import member
from web.mastodon import loading
from web.mastodon.answers import PAGE, answer, limit_of, paged, span_of
from web.mastodon.entities.status import FAVOURITE
from web.mastodon.params import read
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
