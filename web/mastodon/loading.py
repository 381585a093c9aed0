"""Loads what answers to apps are written from: the things, and what stands around them, in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from aiohttp.web import Request

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import access, ties
from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.core.errors import NotFound
from fedcop.core.ids import read_id
from fedcop.core.site import site
from fedcop.discussions import statuses
from fedcop.discussions.models import Post
from fedcop.discussions.statuses import Status
from fedcop.federation.peers import limited
from fedcop.filters.sieve import Sieve
from fedcop.people import queries as people
from fedcop.timelines import numbers
from web.keys import HOLDER, SITE, looker
from web.mastodon.entities.account import account_json
from web.mastodon.entities.around import Around
from web.mastodon.entities.status import boost_json, status_json
from web.shared import passes
from web.shared.sifting import sieve_of


async def around(request: Request, found: Sequence[Status] = (), accounts: Iterable[int] = ()) -> Around:
    """Load what stands around some posts and accounts."""
    place = await stand(found, accounts, lambda: passes.writer(request.get(HOLDER)))
    return read_by(place, sieve_of(request), looker(request))


def read_by(place: Around, sieve: Sieve, who: Actor | None) -> Around:
    """Say who reads what is written, and what they filter."""
    return replace(place, sieve=sieve, reader_id=who.id) if sieve and who is not None else place


async def stand(
    found: Sequence[Status], accounts: Iterable[int], passer: Callable[[], Awaitable[Callable[[str, str], str]]]
) -> Around:
    """Load it where no request is answered; `passer` gives what adds passes to addresses of files."""
    shown = [*found, *(status.quoted for status in found if status.quoted is not None)]
    wanted = {status.view.author.id for status in shown} | set(accounts)
    private = any(file.audience != access.PUBLIC for status in shown for file in status.view.files)
    place = Around(site().origin, await numbers.lately(wanted - {0}), limited=await limited.hosts())
    return replace(place, passed=await passer()) if private else place


async def posts(request: Request, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Write posts that were found with the rights of who asks."""
    found = await statuses.load(looker(request), ids)
    place = await around(request, found)
    return [status_json(status, place) for status in found]


async def boosts(request: Request, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Write threads as what their communities boost; one that lives in none is written plainly."""
    found = await statuses.load(looker(request), ids)
    place = await around(request, found)
    inside = await _readers(looker(request), [status.view.community for status in found])
    return [
        boost_json(status, status.view.community, place, inside=status.view.community.id in inside)
        if status.view.community is not None
        else status_json(status, place)
        for status in found
    ]


async def _readers(who: Actor | None, places: Iterable[Community | None]) -> set[int]:
    """Name the communities of some threads in which somebody may read more than those."""
    shut = {one.id for one in places if one is not None and one.visibility != access.PUBLIC}
    mine = await ties.places(who) if shut and who is not None else {}
    itself = who.vouched_for if who is not None else None
    return {
        one.id
        for one in places
        if one is not None and (one.id not in shut or one.id == itself or mine.get(one.id, ties.NOWHERE).belongs)
    }


async def post(request: Request, row: Post) -> dict[str, Any]:
    """Write one post that who asks may see; NotFound if nothing is left of it."""
    found = await statuses.of(looker(request), [row])
    if not found:
        raise NotFound
    return status_json(found[0], await around(request, found))


async def visible_account(request: Request, text: str) -> tuple[Actor, Community | None]:
    """Load the person or community that an id names; absent, hidden and gone are the same NotFound."""
    number = read_id(text)
    actor = await actors.by_id(number) if number is not None else None
    return await judged(request, actor)


async def judged(request: Request, actor: Actor | None) -> tuple[Actor, Community | None]:
    """Give an actor, and the community that it is, if who asks may know of it."""
    who = looker(request)
    if actor is None or actor.gone_at is not None:
        raise NotFound
    if actor.kind == "Group":
        return actor, await communities.visible_group(who, actor)
    if not await people.is_visible(who, actor):
        raise NotFound
    return actor, None


async def account(request: Request, actor: Actor, community: Community | None) -> dict[str, Any]:
    """Write one account that was judged."""
    origin, back = request.app[SITE].settings.origin, await limited.hosts()
    if community is not None:
        inside = await access.may_read(looker(request), community)
        return account_json(actor, origin, community=community, inside=inside, limited=back)
    return account_json(actor, origin, (await numbers.of([actor.id]))[actor.id], limited=back)


async def accounts(request: Request, found: Sequence[Actor], *, unseen: bool = False) -> list[dict[str, Any]]:
    """Write people and communities that who asks may know of; the rest is left out. `unseen`: those whom one blocks or mutes too."""
    who, written, back = looker(request), [], await limited.hosts()
    origin = request.app[SITE].settings.origin
    counted = await numbers.of([actor.id for actor in found])
    hidden = await people.hidden_among(who, [actor.id for actor in found]) if not unseen else set()
    for actor in found:
        if actor.suspended_at is not None:
            continue
        if actor.kind == "Group":
            community = await communities.by_actor(actor)
            if community is None or not await access.may_find(who, community):
                continue
            inside = await access.may_read(who, community)
            written.append(account_json(actor, origin, community=community, inside=inside, limited=back))
        elif actor.kind != "Application" and actor.id not in hidden:
            written.append(account_json(actor, origin, counted[actor.id], limited=back))
    return written
