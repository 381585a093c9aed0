"""Polls for apps: how one stands, and voting in it."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.core.errors import Conflict, Forbidden, Invalid, NotFound
from fedcop.core.ids import read_id
from fedcop.discussions import queries as discussions
from fedcop.discussions import rules
from fedcop.discussions.models import Post
from fedcop.discussions.polls import queries, service
from fedcop.discussions.polls.models import Poll
from web.keys import looker, member
from web.mastodon.answers import answer
from web.mastodon.entities.poll import poll_json
from web.mastodon.params import read
from web.shared.routing import Asks, api


async def _asked(request: Request) -> Post:
    """Load the post whose poll an id names; absent and not for them are the same NotFound."""
    number = read_id(request.match_info["id"])
    poll = await Poll.get_or_none(id=number) if number is not None else None
    post = await discussions.visible_post(looker(request), poll.post_id) if poll is not None else None
    if post is None or rules.is_gone(post):
        raise NotFound
    return post


async def _given(request: Request, post: Post) -> StreamResponse:
    return answer(poll_json((await queries.views(looker(request), [post]))[post.id]))


@api("GET", "/api/v1/polls/{id}", asks=Asks.NOBODY, scope="read:statuses", communities=True, gives="Poll")
async def show(request: Request) -> StreamResponse:
    """Give a poll as it stands."""
    return await _given(request, await _asked(request))


@api(
    "POST",
    "/api/v1/polls/{id}/votes",
    asks=Asks.PERSON,
    scope="write:statuses",
    limit="write",
    takes="choices:ids",
    gives="Poll",
)
async def vote(request: Request) -> StreamResponse:
    """Choose in a poll, by the places of the choices, from 0 on."""
    given, post = await read(request), await _asked(request)
    try:
        await service.vote(member(request).actor, post, given.ids("choices"))
    except (Conflict, Forbidden) as error:
        if error.code not in ("voted", "over"):
            raise
        raise Invalid(error.text, error.code) from None  # so apps know that it is no question of rights
    return await _given(request, post)
