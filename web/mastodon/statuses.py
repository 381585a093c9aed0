"""Posts: one, several, what stands above and below it, who thanked for it, what its author typed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.core.errors import NotFound
from fedcop.core.ids import read_id
from fedcop.discussions import queries as discussions
from fedcop.discussions import statuses
from fedcop.discussions.models import Post
from web.keys import looker, member
from web.mastodon import loading
from web.mastodon.answers import answer
from web.mastodon.entities.status import context_json, source_json, status_json, titled_before, turn, version_json
from web.mastodon.params import read
from web.shared.routing import Asks, api

SEVERAL = 20


async def visible(request: Request) -> Post:
    """Load the post that an id names, or the thread that a boost is of; absent and not for them are the same NotFound."""
    number = read_id(request.match_info["id"])
    if number is None:
        raise NotFound
    found = await discussions.visible_ids(looker(request), [number, turn(number)])
    chosen = number if number in found else turn(number)
    post = await discussions.by_id(chosen) if chosen in found else None
    if post is None or post.deleted_at is not None or post.removed_at is not None:
        raise NotFound
    return post


async def again(request: Request, post: Post) -> dict[str, Any]:
    """Write a post as it is after what was done to it."""
    fresh = await discussions.by_id(post.id)
    assert fresh is not None
    return await loading.post(request, fresh)


@api(
    "GET", "/api/v1/statuses/{id}", asks=Asks.NOBODY, scope="read:statuses", communities=True, gives="Status", kept=True
)
async def one(request: Request) -> StreamResponse:
    """Give one post."""
    return answer(await loading.post(request, await visible(request)))


@api(
    "GET",
    "/api/v1/statuses",
    asks=Asks.NOBODY,
    scope="read:statuses",
    takes="id:ids",
    communities=True,
    gives="[Status]",
)
async def several(request: Request) -> StreamResponse:
    """Give several posts, in the order asked."""
    wanted = (await read(request)).ids("id")[:SEVERAL]
    found = await discussions.visible_ids(looker(request), wanted)
    return answer(await loading.posts(request, [number for number in wanted if number in found]))


@api(
    "GET",
    "/api/v1/statuses/{id}/context",
    asks=Asks.NOBODY,
    scope="read:statuses",
    communities=True,
    gives="Context",
    kept=True,
)
async def context(request: Request) -> StreamResponse:
    """Give what a post answers, and what answers it, each below what it answers."""
    post = await visible(request)
    parents, found = await statuses.thread(looker(request), post.root_id)
    shown = {status.view.post.id: status for status in found if not status.view.hidden}
    above = [number for number in _above(post.id, parents) if number in shown]
    below = [number for number in _below(post.id, parents) if number in shown]
    place = await loading.around(request, [shown[number] for number in (*above, *below)])
    written = {
        number: status_json(shown[number], place, answers=_nearest(number, parents, shown))
        for number in (*above, *below)
    }
    return answer(context_json([written[number] for number in above], [written[number] for number in below]))


def _above(post_id: int, parents: dict[int, int | None]) -> list[int]:
    """What a post answers, the root first."""
    found: list[int] = []
    at = parents.get(post_id)
    while at is not None and at in parents and at not in found:
        found.append(at)
        at = parents[at]
    return found[::-1]


def _below(post_id: int, parents: dict[int, int | None]) -> list[int]:
    """All answers to a post, depth first, the oldest first."""
    answers: dict[int | None, list[int]] = {}
    for number in sorted(parents):
        answers.setdefault(parents[number], []).append(number)
    found: list[int] = []
    waiting = answers.get(post_id, [])[::-1]
    while waiting:
        at = waiting.pop()
        found.append(at)
        waiting.extend(answers.pop(at, [])[::-1])
    return found


def _nearest(post_id: int, parents: dict[int, int | None], living: Collection[int]) -> int | None:
    """Where what a post answers is gone: the nearest thing above that is not."""
    direct = parents[post_id]
    if direct is None or direct in living:
        return None
    return next((number for number in reversed(_above(post_id, parents)) if number in living), None)


@api("GET", "/api/v1/statuses/{id}/source", asks=Asks.PERSON, scope="read:statuses", gives="StatusSource")
async def source(request: Request) -> StreamResponse:
    """Give what its author typed, to the author alone."""
    post = await visible(request)
    if post.author_id != member(request).actor.id or not post.local:
        raise NotFound
    return answer(source_json(post))


@api(
    "GET",
    "/api/v1/statuses/{id}/history",
    asks=Asks.NOBODY,
    scope="read:statuses",
    communities=True,
    gives="[StatusEdit]",
)
async def history(request: Request) -> StreamResponse:
    """Give what a post said before, the oldest first, as far as one may read it."""
    post = await visible(request)
    now = await loading.post(request, post)
    before = await discussions.revisions(looker(request), post)
    said = [version_json(now, titled_before(one), one.written_at) for one in reversed(before)]
    return answer([*said, version_json(now, now["content"], post.edited_at or post.published_at)])


@api(
    "GET",
    "/api/v1/statuses/{id}/favourited_by",
    asks=Asks.NOBODY,
    scope="read:accounts",
    communities=True,
    gives="[Account]",
)
@api(
    "GET",
    "/api/v1/statuses/{id}/reblogged_by",
    asks=Asks.NOBODY,
    scope="read:accounts",
    communities=True,
    gives="[Account]",
)
async def by_whom(request: Request) -> StreamResponse:
    """Give nobody: here it is counted who thanked, and shown to no one."""
    await visible(request)
    return answer([])


@api("POST", "/api/v1/statuses/{id}/translate", asks=Asks.PERSON, scope="read:statuses", gives="Empty")
async def translate(request: Request) -> StreamResponse:
    """Translate nothing, as a Mastodon without a translator does; what a text says in several languages its author wrote."""
    raise NotFound
