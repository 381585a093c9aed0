"""What was set aside of people whom one does not know; what becomes of it is chosen with the letters, see letters.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp.web import Request, StreamResponse

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.core.errors import NotFound
from fedcop.core.i18n import _
from fedcop.core.ids import read_id
from fedcop.notifications import queries, requests
from fedcop.notifications.requests import Waiting
from web.keys import Viewer, member
from web.pages.notifications import Line, lines
from web.shared.flash import flash, see_other
from web.shared.paging import after_id, paged
from web.shared.routing import MEMBER, page
from web.shared.sifting import sieve_of
from web.shared.templating import name_of, render


@dataclass(frozen=True)
class Row:
    """Somebody who waits, and the last that they did, if one may still read it."""

    request: Waiting
    actor: Actor
    line: Line | None


@page("GET", "/notifications/requests", access=MEMBER)
async def waiting(request: Request) -> StreamResponse:
    """Show who waits, how much they did, and the last of it."""
    who = member(request)
    found = await requests.page(who.account, limit=requests.PAGE + 1, below=after_id(request))
    return await render(
        request,
        "notifications/requests.html",
        listed=paged(request, await _rows(request, who, found), lambda row: row.request.id, size=requests.PAGE),
    )


async def _rows(request: Request, who: Viewer, found: Sequence[Waiting]) -> list[Row]:
    people = await actors.many(one.from_actor_id for one in found)
    newest = await queries.many(who.account, [one.newest_id for one in found])
    groups = [queries.Group([one]) for one in newest.values()]
    last = {line.group.newest.id: line for line in await lines(who.actor, groups, sieve_of(request))}
    return [
        Row(one, people[one.from_actor_id], last.get(one.newest_id)) for one in found if one.from_actor_id in people
    ]


@page("POST", "/notifications/requests/{id}/accept", access=MEMBER)
async def accept(request: Request) -> StreamResponse:
    """Take in what waits of somebody, and hear from them."""
    one = await _asked_for(request)
    await requests.accept(member(request).account, [one.id])
    name = await _name(one)
    flash(request, _("It is in your notifications. You hear from %(name)s from now on.", name=name))
    return see_other("/notifications/requests")


@page("POST", "/notifications/requests/{id}/dismiss", access=MEMBER)
async def dismiss(request: Request) -> StreamResponse:
    """Put away what waits of somebody."""
    one = await _asked_for(request)
    await requests.dismiss(member(request).account, [one.id])
    flash(request, _("It is deleted. %(name)s is not told.", name=await _name(one)))
    return see_other("/notifications/requests")


async def _asked_for(request: Request) -> Waiting:
    number = read_id(request.match_info["id"])
    if number is None:
        raise NotFound
    return await requests.one(member(request).account, number)


async def _name(one: Waiting) -> str:
    actor = await actors.by_id(one.from_actor_id)
    return name_of(actor) if actor is not None else _("somebody")
