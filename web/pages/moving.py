"""Move a discussion to another community: which one, why, and who gains and who loses by it."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.communities import queries as communities
from fedcop.communities import rules as community_rules
from fedcop.communities.rules import Act
from fedcop.core.errors import Conflict, Invalid, NotFound
from fedcop.core.i18n import _, ngettext
from fedcop.discussions import places, queries, service
from fedcop.discussions.models import Post
from fedcop.discussions.places import Place
from web.keys import looker, member
from web.pages.discussions import place_in_thread, post_at
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, read_form
from web.shared.routing import MEMBER, page
from web.shared.templating import path_of, render


@page("GET", "/p/{id}/move", access=MEMBER)
async def move_page(request: Request) -> StreamResponse:
    """Ask where to, and why."""
    root, found = await _asked_for(request)
    return await _form(request, root, found, await read_form(request))


async def _asked_for(request: Request) -> tuple[Post, list[Place]]:
    post, mover = await post_at(request), member(request).actor
    community = await communities.by_id(post.community_id) if post.community_id is not None else None
    if community is None or post.depth:
        raise NotFound()
    await community_rules.may_act(mover, community, Act.MOVE)
    return post, await places.to_move_to(mover, community, post.audience)


async def _form(
    request: Request, root: Post, found: list[Place], form: FormData, problems: Problems | None = None
) -> StreamResponse:
    views = await queries.load_posts(looker(request), [root.id])
    return await render(
        request,
        "discussions/move.html",
        status=422 if problems else 200,
        view=views[0],
        options=[(one.community.actor.name, one.community.actor.display_name, _who(root, one)) for one in found],
        form=form,
        problems=problems or Problems(),
        back=place_in_thread(root),
    )


def _who(root: Post, place: Place) -> str:
    if root.audience == "public":
        return _("Anybody can read it, before and after.")
    gaining = ngettext("%(count)s person begins to read it", "%(count)s people begin to read it", place.gaining)
    losing = ngettext("%(count)s can read it no more", "%(count)s can read it no more", place.losing)
    return _("%(gaining)s, %(losing)s.", gaining=gaining, losing=losing)


@page("POST", "/p/{id}/move", access=MEMBER)
async def move(request: Request) -> StreamResponse:
    """Move it."""
    root, found = await _asked_for(request)
    form, problems = await read_form(request), Problems()
    target = next((one.community for one in found if one.community.actor.name == form.text("target")), None)
    if target is None:
        problems.add("target", _("Choose a community."))
        return await _form(request, root, found, form, problems)
    try:
        await service.move(member(request).actor, root, target, form.text("reason"))
    except (Invalid, Conflict) as error:
        problems.take(error)
        return await _form(request, root, found, form, problems)
    flash(request, _("Moved. The reason is in the log of both communities."))
    still = await queries.visible_ids(looker(request), [root.id])
    return see_other(place_in_thread(root) if still else path_of(target.actor))
