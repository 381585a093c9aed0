"""What comes to one's home page, and what stands in lists: sorted by each member for themselves."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from aiohttp.web import Request, StreamResponse

from fedcop.communities import queries as communities
from fedcop.communities import reading, ties
from fedcop.communities.ties import Place
from fedcop.core.errors import Invalid
from fedcop.core.i18n import _
from fedcop.timelines import lists, tags
from web.keys import member
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.routing import MEMBER, page
from web.shared.templating import render


async def _mine(request: Request) -> Mapping[int, Place]:
    places = await ties.places(member(request).actor)
    return {number: place for number, place in places.items() if place.belongs or place.follow == "accepted"}


@page("GET", "/lists", access=MEMBER)
async def overview(request: Request) -> StreamResponse:
    """Show the lists that one made, which communities come home, which are lists in apps, and which tags one follows."""
    return await show(request, filled(), Problems())


async def show(request: Request, form: FormData, problems: Problems) -> StreamResponse:
    """Show it as it is now, with what went wrong in one of its forms."""
    who = member(request).actor
    followed = await tags.followed(who)
    return await render(
        request,
        "home/lists.html",
        status=422 if problems else 200,
        form=form,
        problems=problems,
        places=await _mine(request),
        kept_out=await lists.kept_out(who),
        made=await lists.all_of(who),
        tags=[one.tag for one in followed],
    )


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


@page("POST", "/lists/tags", access=MEMBER)
async def follow_tag(request: Request) -> StreamResponse:
    """Follow a tag, or follow it no longer."""
    form, problems, who = await read_form(request), Problems(), member(request).actor
    tag = form.text("tag")
    try:
        if form.flag("back"):
            await tags.unfollow(who, tag)
            flash(request, _("You do not follow #%(tag)s any more.", tag=tag))
        else:
            tag = await tags.follow(who, tag)
            flash(request, _("You follow #%(tag)s: discussions with this tag come to your home page.", tag=tag))
    except Invalid as error:
        problems.take(error)
        return await show(request, form, problems)
    return see_other(f"/tags/{quote(tag)}" if form.text("from") == "tag" else "/lists#tags")
