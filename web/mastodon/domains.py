"""Servers that one blocks for oneself, for apps: the same as on the page of whom one blocks."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.people import domains
from web.keys import member
from web.mastodon.answers import PAGE, answer, paged, span_of
from web.mastodon.params import read
from web.shared.routing import Asks, api

WRITE = ("write:blocks", "follow")


@api("GET", "/api/v1/domain_blocks", asks=Asks.PERSON, scope=("read:blocks", "follow"), takes=PAGE, gives="[text]")
async def every(request: Request) -> StreamResponse:
    """List the servers that one blocks, the latest first."""
    span = span_of(await read(request), usual=100, most=200)
    found = await domains.blocked(
        member(request).actor,
        limit=span.limit,
        below=span.max_id,
        above=span.since_id,
        right_above=span.min_id,
    )
    return paged(request, [one.host for one in found], [one.id for one in found])


@api("POST", "/api/v1/domain_blocks", asks=Asks.PERSON, scope=WRITE, limit="write", takes="domain", gives="Empty")
async def block(request: Request) -> StreamResponse:
    """See nothing of a server any more."""
    await domains.block(member(request).actor, (await read(request)).text("domain"))
    return answer({})


@api("DELETE", "/api/v1/domain_blocks", asks=Asks.PERSON, scope=WRITE, limit="write", takes="domain", gives="Empty")
async def unblock(request: Request) -> StreamResponse:
    """See it again; one that was not blocked is none either way."""
    await domains.unblock(member(request).actor, (await read(request)).text("domain"))
    return answer({})
