"""The first page: for members the feed that they chose, for strangers what this instance is; and the page of a tag."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.accounts import yearly
from fedcop.actors.models import Actor
from fedcop.communities import queries as communities
from fedcop.communities import ties
from fedcop.core import clock
from fedcop.core.errors import NotFound
from fedcop.core.i18n import _
from fedcop.discussions import queries
from fedcop.discussions.text import clean_tag
from fedcop.timelines import queries as timelines
from fedcop.timelines import tags
from fedcop.timelines.queries import Filters
from web.keys import looker, member, viewer
from web.pages.threads import ORDERS, WHOSE, choice, filters_of, kind_options, paged_views
from web.pages.welcome import left_to_do
from web.shared.paging import after
from web.shared.routing import ANYONE, MEMBER, page
from web.shared.sifting import sifted
from web.shared.templating import render


@page("GET", "/", access=ANYONE, kept=True)
async def home(request: Request) -> StreamResponse:
    """Show the feed, or the door."""
    if viewer(request) is None:
        return await _door(request)
    who = looker(request)
    chosen, filters = await choice(request), filters_of(request)
    found = await timelines.home(who, whose=chosen.whose, order=chosen.order, filters=filters, after=after(request))
    views = await queries.load_posts(who, found.ids, judged=found.posts)
    homeless = who is not None and not await _is_somewhere(who)
    return await render(
        request,
        "home/feed.html",
        threads=paged_views(request, views, found.after, "home"),
        choice=chosen,
        filters=filters,
        homeless=homeless,
        left=await left_to_do(request),
        asked_yearly=yearly.is_due(member(request).account),
        whose_options=[(value, _(text)) for value, text in WHOSE.items()],
        order_options=[(value, _(text)) for value, text in ORDERS.items()],
        kind_options=kind_options(),
    )


async def _is_somewhere(who: Actor) -> bool:
    return any(place.belongs or place.follow == "accepted" for place in (await ties.places(who)).values())


@page("GET", "/digest", access=MEMBER)
async def digest(request: Request) -> StreamResponse:
    """Show the newest threads of one's communities with their text, to be read in one go; browsers keep it for when there is no network.

    Of what only members read it has titles alone, as letters do: it may stay on a device.
    """
    who = looker(request)
    found = await timelines.home(who, whose="mine", order="published")
    views = sifted(request, await queries.load_posts(who, found.ids, judged=found.posts), "home")
    return await render(request, "home/digest.html", threads=views, moment=clock.now())


async def _door(request: Request) -> StreamResponse:
    found = await timelines.home(None, whose="all", order="activity", limit=6)
    listed = await communities.find(None, where="here")
    return await render(
        request,
        "home/welcome.html",
        threads=await queries.load_posts(None, found.ids, judged=found.posts),
        communities=listed.communities[:6],
    )


@page("GET", "/tags/{tag}", access=ANYONE, kept=True)
async def tag(request: Request) -> StreamResponse:
    """Show the threads that bear a tag."""
    name = clean_tag(request.match_info["tag"])
    if not name:
        raise NotFound
    who, filters = looker(request), Filters(tag=name)
    found = await timelines.home(who, whose="all", order="published", filters=filters, after=after(request))
    views = await queries.load_posts(who, found.ids, judged=found.posts)
    return await render(
        request,
        "home/tag.html",
        tag=name,
        follows=name in await tags.followed_among(who, [name]),
        threads=paged_views(request, views, found.after, "public"),
    )
