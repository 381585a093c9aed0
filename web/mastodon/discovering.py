"""What apps offer to look at: communities worth joining, the directory, a tag, and what one thanked for."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.communities import suggesting
from fedcop.core import addresses
from fedcop.core.errors import NotFound
from fedcop.discussions import thanked
from fedcop.discussions.text import clean_tag
from fedcop.people import queries as people
from web.keys import member
from web.mastodon import loading
from web.mastodon.answers import answer, paged, span_of
from web.mastodon.entities.status import FAVOURITE
from web.mastodon.params import read
from web.shared.routing import Asks, api


@api("GET", "/api/v1/favourites", asks=Asks.PERSON, scope="read:favourites")
async def favourites(request: Request) -> StreamResponse:
    """List what one thanked for, the latest first."""
    span, who = span_of(await read(request)), member(request).actor
    found = await thanked.by(who, FAVOURITE, limit=span.limit, below=span.max_id)
    written = await loading.posts(request, [one.post_id for one in found])
    return paged(request, written, [one.reaction_id for one in found])


@api("GET", "/api/v2/suggestions", asks=Asks.PERSON, scope="read:accounts")
async def suggestions(request: Request) -> StreamResponse:
    """Suggest some communities that one could belong to: the same as on the pages."""
    others = [one.community.actor for one in await suggesting.suggested(member(request).actor)]
    return answer(
        [
            {"source": "staff", "sources": ["featured"], "account": account}
            for account in await loading.accounts(request, others)
        ]
    )


@api("GET", "/api/v1/directory", asks=Asks.PERSON, scope="read:accounts")
async def directory(request: Request) -> StreamResponse:
    """List our people who agreed to be found; everybody is on the first page."""
    given, who = await read(request), member(request).actor
    if given.number("offset"):
        return answer([])
    found = await people.directory(who, limit=span_of(given, usual=40, most=80).limit)
    return answer(await loading.accounts(request, found))


@api("GET", "/api/v1/tags/{tag}", asks=Asks.NOBODY, scope="read:statuses")
async def tag(request: Request) -> StreamResponse:
    """Give a tag; one cannot follow it here."""
    name = clean_tag(request.match_info["tag"])
    if not name:
        raise NotFound
    return answer(
        {"id": name, "name": name, "url": addresses.absolute(f"/tags/{name}"), "history": [], "following": False}
    )
