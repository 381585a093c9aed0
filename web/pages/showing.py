"""In which communities a thread is shown beside the one in which it lives: its author chooses, their moderators may undo it."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.core.errors import Conflict, Forbidden, Invalid, NotFound
from fedcop.core.i18n import _
from fedcop.core.ids import read_id
from fedcop.discussions import queries, rules, service, showings
from fedcop.discussions.models import Post
from web.keys import member
from web.pages.discussions import place_in_thread, post_at
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.routing import MEMBER, page
from web.shared.showing import also_of, also_options
from web.shared.templating import render


@page("GET", "/p/{id}/also", access=MEMBER)
async def also_page(request: Request) -> StreamResponse:
    """Show where one's thread is shown, and where it could be."""
    post, home, offered = await _asked_for(request)
    shown = [str(one.id) for one in await showings.shown_in(post)]
    return await _choose(request, post, home, offered, filled(also=shown))


@page("POST", "/p/{id}/also", access=MEMBER)
async def also(request: Request) -> StreamResponse:
    """Let it be shown in the communities that are ticked, and in no others."""
    post, home, offered = await _asked_for(request)
    form, problems = await read_form(request), Problems()
    known = {one.id for one in offered}
    try:
        await service.show(member(request).actor, post, [number for number in also_of(form) if number in known])
    except (Invalid, Conflict, Forbidden) as error:
        problems.take(error)
        return await _choose(request, post, home, offered, form, problems)
    flash(request, _("Saved."))
    return see_other(place_in_thread(post))


@page("POST", "/p/{id}/unshow", access=MEMBER)
async def unshow(request: Request) -> StreamResponse:
    """A moderator does not want a thread of another community shown in theirs."""
    post, form = await post_at(request), await read_form(request)
    number = read_id(form.text("community"))
    community = await communities.by_id(number) if number is not None else None
    if community is None or community.id not in {one.id for one in await showings.shown_in(post)}:
        raise NotFound()
    await service.stop_showing(member(request).actor, post, community)
    flash(request, _("It is not shown there any more."))
    return see_other(place_in_thread(post))


async def _asked_for(request: Request) -> tuple[Post, Community, list[Community]]:
    """Load a thread of who looks; that of others is not there, nor one that cannot be shown elsewhere."""
    who, post = member(request).actor, await post_at(request)
    rules.may_edit(who, post)
    home = await communities.by_id(post.community_id) if post.community_id is not None else None
    if home is None or post.depth:
        raise NotFound()
    offered = await showings.candidates(who, home, post.audience)
    found = {one.id: one for one in [*offered, *await showings.shown_in(post)]}
    return post, home, list(found.values())


async def _choose(
    request: Request,
    post: Post,
    home: Community,
    offered: list[Community],
    form: FormData,
    problems: Problems | None = None,
) -> StreamResponse:
    return await render(
        request,
        "discussions/also.html",
        status=422 if problems else 200,
        view=(await queries.load_posts(member(request).actor, [post.id]))[0],
        home=home,
        also_options=also_options(offered),
        form=form,
        problems=problems or Problems(),
        back=place_in_thread(post),
    )
