"""What moderators do to posts: remove with a reason and restore, pin, lock, and decide about posts that wait. Every act is in the community's log."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.communities import queries as communities
from fedcop.communities import rules as community_rules
from fedcop.core.errors import Conflict, Invalid, NotFound
from fedcop.core.i18n import N_, _
from fedcop.discussions import queries, service
from fedcop.discussions.models import Post
from fedcop.notifications import service as notifications
from web.keys import looker, member
from web.pages.discussions import place_in_thread, post_at
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.routing import MEMBER, page
from web.shared.templating import path_of, render

ACTS = {
    "pin": (service.pin, N_("Pinned: it stays at the top of the community.")),
    "unpin": (service.unpin, N_("Unpinned.")),
    "lock": (service.lock, N_("Locked: no more replies.")),
    "unlock": (service.unlock, N_("Unlocked: people can reply again.")),
}


@page("GET", "/p/{id}/remove", access=MEMBER)
async def remove_page(request: Request) -> StreamResponse:
    """Ask for the reason."""
    return await _remove_form(request)


async def _remove_form(request: Request, problems: Problems | None = None) -> StreamResponse:
    post = await post_at(request)
    community = await communities.by_id(post.community_id) if post.community_id is not None else None
    if community is None:
        raise NotFound()
    await community_rules.may_moderate(member(request).actor, community)
    views = await queries.load_posts(looker(request), [post.id])
    return await render(
        request,
        "discussions/remove.html",
        status=422 if problems else 200,
        view=views[0],
        form=await read_form(request),
        problems=problems or Problems(),
        back=place_in_thread(post),
    )


@page("POST", "/p/{id}/remove", access=MEMBER)
async def remove(request: Request) -> StreamResponse:
    """Remove a post, with a reason that the author and the community read."""
    post, form = await post_at(request), await read_form(request)
    try:
        await service.remove(member(request).actor, post, form.text("reason"))
    except Invalid as error:
        problems = Problems()
        problems.take(error)
        return await _remove_form(request, problems)
    flash(request, _("Removed. The reason is in the community's log."))
    return see_other(place_in_thread(post))


@page("GET", "/p/{id}/title", access=MEMBER)
async def title_page(request: Request) -> StreamResponse:
    """Ask for a better title than the first line of the text."""
    post = await post_at(request)
    return await _title_form(request, post, filled(title=post.title))


async def _title_form(request: Request, post: Post, form: FormData, problems: Problems | None = None) -> StreamResponse:
    community = await communities.by_id(post.community_id) if post.community_id is not None else None
    if community is None or not post.title_derived:
        raise NotFound()
    await community_rules.may_moderate(member(request).actor, community)
    return await render(
        request,
        "discussions/title.html",
        status=422 if problems else 200,
        form=form,
        problems=problems or Problems(),
        back=place_in_thread(post),
    )


@page("POST", "/p/{id}/title", access=MEMBER)
async def retitle(request: Request) -> StreamResponse:
    """Give a title to what was written elsewhere without one."""
    post, form = await post_at(request), await read_form(request)
    try:
        await service.retitle(member(request).actor, post, form.text("title"))
    except Invalid as error:
        problems = Problems()
        problems.take(error)
        return await _title_form(request, post, form, problems)
    flash(request, _("Saved."))
    return see_other(place_in_thread(post))


@page("POST", "/p/{id}/restore", access=MEMBER)
async def restore(request: Request) -> StreamResponse:
    """Bring a removed post back."""
    post = await post_at(request)
    await service.restore(member(request).actor, post)
    flash(request, _("Restored."))
    return see_other(place_in_thread(post))


@page("POST", "/p/{id}/{act:pin|unpin|lock|unlock}", access=MEMBER)
async def act(request: Request) -> StreamResponse:
    """Pin, unpin, lock, unlock."""
    post, form = await post_at(request), await read_form(request)
    do, said = ACTS[request.match_info["act"]]
    try:
        await do(member(request).actor, post, form.text("reason"))
    except Conflict as error:
        flash(request, error.for_people(), kind="error")
    else:
        flash(request, _(said))
    return see_other(place_in_thread(post))


@page("GET", "/c/{name}/held", access=MEMBER)
async def held_page(request: Request) -> StreamResponse:
    """Show the posts that wait for a moderator."""
    who = member(request).actor
    community = await communities.visible_community(who, request.match_info["name"])
    await community_rules.may_moderate(who, community)
    await notifications.saw_held(member(request).account, community.id)
    posts = await queries.held(community)
    views = await queries.load_posts(who, [post.id for post in posts])
    return await render(
        request,
        "discussions/held.html",
        community=community,
        community_path=path_of(community.actor),
        views=views,
        problems=Problems(),
    )


@page("POST", "/p/{id}/publish", access=MEMBER)
async def publish(request: Request) -> StreamResponse:
    """Let a waiting post through."""
    post = await post_at(request)
    await service.publish_held(member(request).actor, post)
    flash(request, _("Published."))
    return see_other(await _held_path(post.community_id))


@page("POST", "/p/{id}/refuse", access=MEMBER)
async def refuse(request: Request) -> StreamResponse:
    """Refuse a waiting post."""
    post, form = await post_at(request), await read_form(request)
    await service.refuse_held(member(request).actor, post, form.text("reason"))
    flash(request, _("Refused."))
    return see_other(await _held_path(post.community_id))


async def _held_path(community_id: int | None) -> str:
    community = await communities.by_id(community_id) if community_id is not None else None
    return f"{path_of(community.actor)}/held" if community else "/"
