"""What comes to one's home page, and what stands in lists: sorted by each member for themselves."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp.web import Request, StreamResponse

from fedcop.communities import queries as communities
from fedcop.communities import reading, ties
from fedcop.communities.ties import Place
from fedcop.core.i18n import _
from web.keys import member
from web.shared.flash import flash, see_other
from web.shared.forms import read_form
from web.shared.routing import MEMBER, page
from web.shared.templating import render


async def _mine(request: Request) -> Mapping[int, Place]:
    places = await ties.places(member(request).actor)
    return {number: place for number, place in places.items() if place.belongs or place.follow == "accepted"}


@page("GET", "/lists", access=MEMBER)
async def overview(request: Request) -> StreamResponse:
    """Show which communities come home, and which are lists in apps."""
    return await render(request, "home/lists.html", places=await _mine(request))


@page("POST", "/lists/communities", access=MEMBER)
async def choose(request: Request) -> StreamResponse:
    """Keep which communities come home, and which are lists in apps; of those that the form showed."""
    form, who, places = await read_form(request), member(request).actor, await _mine(request)
    offered, home, apps = [set(form.texts(name)) for name in ("offered", "home", "apps")]
    shown = {number: place for number, place in places.items() if str(number) in offered}
    found = await communities.many(shown)
    for number, place in shown.items():
        if (str(number) in home) != place.in_home:
            await reading.bring_home(who, found[number], wanted=not place.in_home)
        if place.belongs and place.membership is not None and (str(number) in apps) == place.membership.list_hidden:
            await reading.change_list(who, found[number], hidden=not place.membership.list_hidden)
    flash(request, _("Your choice is saved."))
    return see_other("/lists")
