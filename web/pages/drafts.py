"""What one has begun to write, and what is published later."""

from __future__ import annotations

from aiohttp.web import Request, Response, StreamResponse

from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities import queries as communities
from fedcop.core.errors import FedcopError, NotFound
from fedcop.core.i18n import _
from fedcop.core.ids import read_id
from fedcop.discussions import drafts, queries, rules, scheduling
from fedcop.discussions.models import Draft
from web.keys import member
from web.pages.composing import KEPT, say_published
from web.shared.flash import flash, see_other
from web.shared.forms import read_form
from web.shared.routing import MEMBER, page
from web.shared.templating import name_of, path_of, render

FORMS = {"resource": "/resources/new"}  # of posts that are more than a text


@page("GET", "/drafts", access=MEMBER)
async def drafts_page(request: Request) -> StreamResponse:
    """Show what one has begun to write."""
    who = member(request).actor
    found = await drafts.all_of(who)
    places = {draft.id: await _where(who, draft) for draft in found}
    shown = [draft for draft in found if places[draft.id] is not None]
    waiting = await scheduling.all_of(who)
    return await render(
        request,
        "discussions/drafts.html",
        drafts=shown,
        places=places,
        scheduled=waiting,
        where={draft.id: await _where(who, draft) for draft in waiting},
    )


async def _where(who: Actor, draft: Draft) -> tuple[str, str] | None:
    """The address where a draft goes on, and what that place is called; None when the place is gone, or not for them (any more)."""
    kind, _sep, text = draft.place.partition(":")
    number = read_id(text)
    if number is None:
        return None
    if kind in ("later", "change"):
        return await _where_later(who, draft if kind == "later" else await scheduling.find(who, number))
    if kind == "community":
        community = await communities.by_id(number)
        found = community is not None and await access.may_find(who, community)
        return (f"{path_of(community.actor)}/new", name_of(community.actor)) if community and found else None
    try:
        post = await queries.visible_post(who, number)
        root = await queries.visible_post(who, post.root_id)
    except NotFound:
        return None
    if rules.is_gone(post):
        return None
    if kind == "reply":
        return f"/p/{root.id}?reply={post.id}#reply", root.title
    return (f"/p/{post.id}/edit", root.title) if kind == "edit" else None


async def _where_later(who: Actor, later: Draft | None) -> tuple[str, str] | None:
    if later is None or later.community_id is None:
        return None
    community = await communities.by_id(later.community_id)
    if community is None or not await access.may_find(who, community):
        return None
    form = FORMS.get(scheduling.kind_of(later), "/new")
    return f"{path_of(community.actor)}{form}?later={later.id}", name_of(community.actor)


@page("POST", "/drafts", access=MEMBER)
async def save_draft(request: Request) -> StreamResponse:
    """Keep what somebody types; asked by a script every few seconds, answered with nothing."""
    who = member(request).actor
    form = await read_form(request)
    place = await _checked_place(form.text("place"))
    content: dict[str, object] = {name: form.raw(name) for name in KEPT}
    for name in ("media", "also"):
        content[name] = form.texts(name)[:20]
    await drafts.save(who, place, content)
    return Response(status=204)


async def _checked_place(place: str) -> str:
    kind, _sep, number = place.partition(":")
    if kind not in ("community", "reply", "edit", "resource", "later", "change") or read_id(number) is None:
        raise NotFound()
    return place


@page("POST", "/drafts/discard", access=MEMBER)
async def discard_draft(request: Request) -> StreamResponse:
    """Throw a draft away."""
    form = await read_form(request)
    await drafts.discard(member(request).actor, await _checked_place(form.text("place")))
    flash(request, _("Draft thrown away."))
    return see_other("/drafts")


@page("POST", "/drafts/{id:[0-9]{1,19}}/publish", access=MEMBER)
async def publish_now(request: Request) -> StreamResponse:
    """Publish a scheduled text without waiting."""
    try:
        post = await scheduling.publish(member(request).actor, int(request.match_info["id"]))
    except FedcopError as error:
        flash(request, scheduling.in_words(error), "error")
        return see_other("/drafts")
    say_published(request, post)
    return see_other(f"/p/{post.id}")


@page("POST", "/drafts/{id:[0-9]{1,19}}/cancel", access=MEMBER)
async def cancel(request: Request) -> StreamResponse:
    """Do not publish a scheduled text; it is a draft again."""
    try:
        await scheduling.cancel(member(request).actor, int(request.match_info["id"]))
    except FedcopError as error:
        flash(request, error.for_people(), "error")
    else:
        flash(request, _("It will not be published. The text is among your drafts."))
    return see_other("/drafts")
