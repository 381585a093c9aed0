"""What one keeps for later, of what one wants to hear no more, and what one pins in a community, from apps."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.core.errors import Conflict, Forbidden, Invalid
from fedcop.core.i18n import N_
from fedcop.discussions import bookmarks, service
from fedcop.notifications import service as notifications
from web.keys import member
from web.mastodon import loading
from web.mastodon.answers import PAGE, answer, paged, span_of
from web.mastodon.params import read
from web.mastodon.statuses import again, visible
from web.shared.routing import Asks, api

NO_THREAD = N_("Only a whole discussion can be pinned, at the top of its community.")


@api("GET", "/api/v1/bookmarks", asks=Asks.PERSON, scope="read:bookmarks", takes=PAGE, gives="[Status]")
async def kept(request: Request) -> StreamResponse:
    """List what one keeps for later, the latest first."""
    span = span_of(await read(request))
    found = await bookmarks.of(member(request).actor, limit=span.limit, below=span.max_id)
    written = await loading.posts(request, [one.post_id for one in found])
    return paged(request, written, [one.bookmark_id for one in found])


@api("POST", "/api/v1/statuses/{id}/bookmark", asks=Asks.PERSON, scope="write:bookmarks", limit="write", gives="Status")
async def keep(request: Request) -> StreamResponse:
    """Keep a post for later."""
    post = await visible(request)
    await bookmarks.keep(member(request).actor, post)
    return answer(await again(request, post))


@api(
    "POST", "/api/v1/statuses/{id}/unbookmark", asks=Asks.PERSON, scope="write:bookmarks", limit="write", gives="Status"
)
async def let_go(request: Request) -> StreamResponse:
    """Keep a post no longer."""
    post = await visible(request)
    await bookmarks.let_go(member(request).actor, post)
    return answer(await again(request, post))


@api("POST", "/api/v1/statuses/{id}/{act:mute|unmute}", asks=Asks.PERSON, scope="write:mutes", limit="write", gives="Status")  # fmt: skip
async def quiet(request: Request) -> StreamResponse:
    """Hear no more of the discussion that a post is in, or hear of it again."""
    post = await visible(request)
    act = notifications.hush if request.match_info["act"] == "mute" else notifications.unhush
    await act(member(request).account, post.root_id)
    return answer(await again(request, post))


@api(
    "POST",
    "/api/v1/statuses/{id}/{act:pin|unpin}",
    asks=Asks.PERSON,
    scope="write:accounts",
    limit="write",
    gives="Status",
)
async def pin(request: Request) -> StreamResponse:
    """Pin a thread at the top of its community, or let it move down again, where one's role allows that."""
    post = await visible(request)
    if post.depth:
        raise Invalid(NO_THREAD, code="no-thread")
    try:
        await (service.pin if request.match_info["act"] == "pin" else service.unpin)(member(request).actor, post)
    except (Forbidden, Conflict) as error:  # apps show the reason of a 422
        raise Invalid(error.text, error.code) from None
    return answer(await again(request, post))
