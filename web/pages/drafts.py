"""What one has begun to write, and what is published later."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp.web import Request, Response, StreamResponse

from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities import queries as communities
from fedcop.core.errors import FedcopError, NotFound
from fedcop.core.i18n import _
from fedcop.discussions import drafts, queries, rules, scheduling
from fedcop.discussions.kinds import REPLY
from fedcop.discussions.models import Draft, Post
from fedcop.letterbox import bringing
from web.keys import member
from web.pages.composing import KEPT, say_published
from web.shared.flash import flash, see_other
from web.shared.forms import read_form
from web.shared.polls import kept_of
from web.shared.routing import MEMBER, page
from web.shared.templating import name_of, path_of, render

FORMS = {"resource": "/resources/new"}  # of posts that are more than a text


@page("GET", "/drafts", access=MEMBER)
async def drafts_page(request: Request) -> StreamResponse:
    """Show what one has begun to write."""
    who = member(request).actor
    found, waiting = await drafts.all_of(who), await scheduling.all_of(who)
    places = await _places(who, [*found, *waiting])
    return await render(
        request,
        "discussions/drafts.html",
        drafts=[draft for draft in found if draft.id in places],
        scheduled=waiting,
        places=places,
        brought=await bringing.where_some_wait(who),
    )


async def _places(who: Actor, found: Sequence[Draft]) -> dict[int, tuple[str, str]]:
    """Where each draft goes on: the address, and what that place is called; none where it is gone, or not for them (any more).

    As many questions for one draft as for all.
    """
    split = {draft.id: drafts.parts_of(draft.place) for draft in found}
    changed = await scheduling.many(who, [number for kind, number in split.values() if kind == "change"])
    later = {draft.id: draft for draft in found if split[draft.id][0] == "later"}
    later |= {one: changed[number] for one, (kind, number) in split.items() if kind == "change" and number in changed}
    ids = {number for kind, number in split.values() if kind == "community"}
    ids |= {draft.community_id for draft in later.values() if draft.community_id is not None}
    homes = await communities.many(ids) if ids else {}
    known = await access.findable(who, homes.values())
    posts, titles = await _posts(who, {number for kind, number in split.values() if kind in ("reply", "edit")})
    places: dict[int, tuple[str, str]] = {}
    for one, (kind, number) in split.items():
        scheduled = later.get(one)
        home = homes.get((scheduled.community_id or 0) if scheduled is not None else number)
        if scheduled is not None and scheduling.kind_of(scheduled) == REPLY:
            continue  # an answer is not changed while it waits: it is cancelled, and goes on in the reply box
        if kind in ("community", "later", "change"):
            if home is not None and home.id in known and (kind == "community" or scheduled is not None):
                places[one] = (f"{path_of(home.actor)}{_form(scheduled)}", name_of(home.actor))
        elif number in posts:
            root = posts[number].root_id
            path = f"/p/{root}?reply={number}#reply" if kind == "reply" else f"/p/{number}/edit"
            places[one] = (path, titles[root])
    return places


def _form(later: Draft | None) -> str:
    return "/new" if later is None else f"{FORMS.get(scheduling.kind_of(later), '/new')}?later={later.id}"


async def _posts(who: Actor, ids: set[int]) -> tuple[dict[int, Post], dict[int, str]]:
    """The posts, of these, in whose threads somebody may go on, and the titles of the threads."""
    seen = await queries.visible_ids(who, ids)
    found = [post for post in await Post.filter(id__in=list(seen)) if not rules.is_gone(post)] if seen else []
    roots = await queries.visible_ids(who, {post.root_id for post in found})
    titles = dict(await Post.filter(id__in=list(roots)).values_list("id", "title")) if roots else {}
    return {post.id: post for post in found if post.root_id in roots}, {
        root: str(said) for root, said in titles.items()
    }


@page("POST", "/drafts", access=MEMBER)
async def save_draft(request: Request) -> StreamResponse:
    """Keep what somebody types; asked by a script every few seconds, answered with nothing."""
    who = member(request).actor
    form = await read_form(request)
    place = await _checked_place(form.text("place"))
    content: dict[str, object] = {name: form.raw(name) for name in KEPT}
    for name in ("media", "also"):
        content[name] = form.texts(name)[:20]
    content |= kept_of(form)
    await drafts.save(who, place, content)
    return Response(status=204)


async def _checked_place(place: str) -> str:
    kind, number = drafts.parts_of(place)
    if kind not in ("community", "reply", "edit", "resource", "later", "change") or not number:
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
