"""What one was told, for apps: what people say and do to one. What communities and moderators say is on the pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.core.errors import NotFound
from fedcop.core.ids import read_id
from fedcop.discussions import queries as discussions
from fedcop.discussions import statuses
from fedcop.discussions.faces import former_member
from fedcop.filters.sieve import Sieve
from fedcop.notifications import queries, service
from fedcop.notifications.models import Notification
from fedcop.people import queries as people
from web.keys import HOLDER, member
from web.mastodon import loading
from web.mastodon.answers import PAGE, answer, limit_of, paged, span_of
from web.mastodon.entities.notification import KINDS, kinds_of, notification_json
from web.mastodon.entities.status import status_json
from web.mastodon.params import Params, read
from web.shared import passes
from web.shared.routing import Asks, api
from web.shared.sifting import sieve_of

WHICH = "types:texts exclude_types:texts account_id:id"


def _kinds(given: Params) -> list[str]:
    return kinds_of(given.texts("types"), given.texts("exclude_types"))


def from_of(given: Params) -> int | None:
    """Read from whom alone it is to be; nobody has an id that is none."""
    return given.number("account_id") or 0 if "account_id" in given else None


@api(
    "GET",
    "/api/v1/notifications",
    asks=Asks.PERSON,
    scope="read:notifications",
    takes=f"{PAGE} {WHICH} include_filtered:flag",
    gives="[Notification]",
    kept=True,
)
async def every(request: Request) -> StreamResponse:
    """List what one was told, the newest first; what was set aside too where it is asked for."""
    given = await read(request)
    span = span_of(given, usual=40, most=80)
    found = await queries.page(
        member(request).account,
        _kinds(given),
        limit=span.limit,
        below=span.max_id,
        above=span.since_id,
        right_above=span.min_id,
        from_id=from_of(given),
        aside=given.flag("include_filtered"),
    )
    # A page is what was looked at: the next one begins below it, also where some of it is not for one any more.
    return paged(request, await _written(request, found), [one.id for one in found])


@dataclass(frozen=True)
class Told:
    """One thing that one was told, from whom, and about which post."""

    one: Notification
    account: dict[str, Any]
    status: dict[str, Any] | None


async def loaded(request: Request, found: Sequence[Notification]) -> list[Told]:
    """Load what is for one still, in a fixed number of statements."""
    passer = lambda: passes.writer(request.get(HOLDER))  # noqa: E731
    return await loaded_for(member(request).actor, found, passer, sieve_of(request))


async def loaded_for(
    who: Actor,
    found: Sequence[Notification],
    passer: Callable[[], Awaitable[Callable[[str, str], str]]],
    sieve: Sieve,
) -> list[Told]:
    """Load it for somebody where no request is answered; `passer` as in loading.stand()."""
    allowed = await discussions.visible_ids(who, (one.post_id for one in found if one.post_id is not None))
    seen = await statuses.load(who, sorted(allowed))
    posts = {status.view.post.id: status for status in seen}
    known = await actors.many(one.from_actor_id for one in found if one.from_actor_id is not None)
    hidden = await people.hidden_among(who, [*known, *(status.view.author.id for status in seen)])
    place = loading.read_by(await loading.stand(seen, known, passer), sieve, who)
    written = []
    for one in found:
        status = posts.get(one.post_id or 0)
        asker = status.view.author if status is not None and KINDS[one.kind] == "poll" else None
        actor = known.get(one.from_actor_id or 0) or asker or former_member()
        if (one.post_id is not None and status is None) or actor.id in hidden or actor.suspended_at or actor.gone_at:
            continue
        written.append(Told(one, place.account(actor), status_json(status, place) if status else None))
    return written


async def _written(request: Request, found: Sequence[Notification]) -> list[dict[str, Any]]:
    return [notification_json(told.one, told.account, told.status) for told in await loaded(request, found)]


async def _one(request: Request) -> Notification:
    number = read_id(request.match_info["id"])
    found = await queries.one(member(request).account.id, number, KINDS) if number is not None else None
    if found is None:
        raise NotFound
    return found


@api("GET", "/api/v1/notifications/{id}", asks=Asks.PERSON, scope="read:notifications", gives="Notification")
async def show(request: Request) -> StreamResponse:
    """Give one thing that one was told."""
    written = await _written(request, [await _one(request)])
    if not written:
        raise NotFound
    return answer(written[0])


@api("GET", "/api/v1/notifications/unread_count", asks=Asks.PERSON, scope="read:notifications", takes=f"limit:number {WHICH}", gives="Count", kept=True)  # fmt: skip
async def unread(request: Request) -> StreamResponse:
    """Count what one has not seen."""
    given = await read(request)
    found = await queries.count_unread(member(request).account, _kinds(given), from_of(given))
    return answer({"count": min(found, limit_of(given, usual=100, most=1000))})


@api(
    "POST",
    "/api/v1/notifications/{id}/dismiss",
    asks=Asks.PERSON,
    scope="write:notifications",
    limit="write",
    gives="Empty",
)
async def dismiss(request: Request) -> StreamResponse:
    """Put one thing away."""
    found = await _one(request)
    await service.put_away(member(request).account, KINDS, [found.id])
    return answer({})


@api("POST", "/api/v1/notifications/clear", asks=Asks.PERSON, scope="write:notifications", limit="write", gives="Empty")
async def clear(request: Request) -> StreamResponse:
    """Put all of it away, as far as apps show it."""
    await service.put_away(member(request).account, KINDS)
    return answer({})
