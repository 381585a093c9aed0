"""The directory, profiles of people here and elsewhere, and what one member does to another: follow, block. Muting is muting.py."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp.web import Request, StreamResponse

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.core import budgets
from fedcop.core.errors import NotFound
from fedcop.core.i18n import _
from fedcop.core.site import site
from fedcop.discussions import queries as discussions
from fedcop.discussions.text import clean_tag
from fedcop.federation import queries as federation
from fedcop.notifications import service as notifications
from fedcop.people import queries, service
from fedcop.profiles import queries as profiles
from fedcop.timelines import queries as timelines
from web.keys import looker, member
from web.middleware.limits import take
from web.pages.settings import language_names
from web.pages.threads import paged_views
from web.shared.flash import flash, is_local, see_other
from web.shared.forms import filled, read_form
from web.shared.paging import after, after_id, paged
from web.shared.routing import ANYONE, MEMBER, page
from web.shared.templating import name_of, path_of, render

SEEK_SECONDS = budgets.SEEK_SECONDS
ACTS = {
    "follow": service.follow,
    "unfollow": service.unfollow,
    "block": service.block,
    "unblock": service.unblock,
}


@page("GET", "/people", access=MEMBER)
async def directory(request: Request) -> StreamResponse:
    """List our people who agreed to be found."""
    words = request.query.get("q", "").strip()[:200]
    viewer = member(request).actor
    found = await queries.directory(viewer, words=words, after=after_id(request) or 0)
    listed = paged(request, found, lambda actor: actor.id, size=queries.PAGE)
    ties = await queries.relationships(viewer, [actor.id for actor in listed.items])
    return await render(
        request, "people/directory.html", people_found=listed, words=words, ties=ties, form=filled(q=words)
    )


@page("GET", "/me", access=MEMBER)
async def me(request: Request) -> StreamResponse:
    """Lead to one's own profile."""
    return see_other(path_of(member(request).actor))


@page("GET", "/u/{name}", access=ANYONE, kept=True)
async def profile(request: Request) -> StreamResponse:
    """Show a person, of here or elsewhere."""
    actor = await _person(request, seek=True)
    if request.path != quote(path_of(actor), safe="/@~+:"):
        return see_other(path_of(actor))
    if actor.gone_at is not None:
        return await render(request, "people/gone.html", status=410, actor=actor)
    viewer = looker(request)
    if viewer is not None:
        await notifications.saw_person(member(request).account, actor.id)
    tag = clean_tag(request.query.get("tag", ""))
    found = await timelines.by_author(viewer, actor, tag=tag, after=after(request) or None)
    views = await discussions.load_posts(viewer, found.ids, judged=found.posts)
    moved = await actors.by_uri(actor.moved_to_uri) if actor.moved_to_uri else None
    names = dict(language_names(request))
    return await render(
        request,
        "people/profile.html",
        actor=actor,
        tie=await queries.relationship(viewer, actor),
        languages_spoken=[names[code] for code in actor.languages.split(",") if code in names],
        moved=moved,
        threads=paged_views(request, views, found.after, "account"),
        tag=tag,
        shown=await profiles.shown_by(viewer, actor),
    )


async def _person(request: Request, *, seek: bool = False) -> Actor:
    """Load the person that the path names; for members, one who is not known here yet is looked for in the network."""
    name, _sign, host = request.match_info["name"].partition("@")
    viewer = looker(request)
    try:
        return await queries.visible_person(viewer, name, host)
    except NotFound:
        if not (seek and host and viewer and len(host) <= 260):
            raise
    take(request, "search", key=f"account:{viewer.id}")
    await site().runner.wait_for(await federation.ask_for(f"@{name}@{host}"), SEEK_SECONDS)
    return await queries.visible_person(viewer, name, host)


@page("GET", "/u/{name}/{list:followers|following}", access=MEMBER)
async def circle(request: Request) -> StreamResponse:
    """List who follows one of our people, or whom they follow. Only members see it."""
    actor = await _person(request)
    if not actor.local or actor.gone_at is not None:
        raise NotFound(code="no-list")
    which = request.match_info["list"]
    if not queries.shows_follows(member(request).actor, actor):
        return await render(request, "people/circle.html", actor=actor, which=which, listed=None)
    load = queries.followers if which == "followers" else queries.following
    found = await load(actor, after=after_id(request) or 0, viewer=member(request).actor)
    listed = paged(request, found, lambda row: row.follow_id, size=queries.PAGE)
    return await render(request, "people/circle.html", actor=actor, which=which, listed=listed)


@page("POST", "/u/{name}/{act:follow|unfollow|block|unblock}", access=MEMBER)
async def act(request: Request) -> StreamResponse:
    """Do one of the things that members do to each other, say what that means, and go back."""
    actor = await reachable(request)
    done = request.match_info["act"]
    result = await ACTS[done](member(request).actor, actor)
    flash(request, _said(done, name_of(actor), asked=getattr(result, "state", "") == "asked"))
    back = (await read_form(request)).text("next")
    return see_other(back if is_local(back) else path_of(actor))


async def reachable(request: Request) -> Actor:
    """Load the person that the path names, who is not gone."""
    actor = await _person(request)
    if actor.gone_at is not None:
        raise NotFound(code="no-person")
    return actor


def _said(done: str, name: str, *, asked: bool) -> str:
    if asked:
        return _("We asked %(name)s. You follow them as soon as they accept.", name=name)
    return {
        "follow": _("You follow %(name)s now.", name=name),
        "unfollow": _("You do not follow %(name)s any more.", name=name),
        "block": _("You blocked %(name)s. You no longer see or reach each other.", name=name),
        "unblock": _("You unblocked %(name)s.", name=name),
    }[done]
