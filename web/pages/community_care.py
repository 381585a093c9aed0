"""What moderators did in a community, for everybody who may read it: the log with its reasons, without names; who is kept out, for moderators; which applications are signed in."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp.web import Request, StreamResponse

from fedcop.apps import tokens
from fedcop.communities import queries, roles, rules
from fedcop.communities.models import Community
from fedcop.core.errors import NotFound
from fedcop.core.i18n import N_, _
from fedcop.core.ids import read_id
from web.keys import member
from web.pages.communities import asked_for, frame
from web.shared.flash import flash, see_other
from web.shared.paging import after_id, paged
from web.shared.routing import ANYONE, MEMBER, page
from web.shared.templating import path_of, render

SIZE = 30
SAID: Mapping[str, str] = {
    "remove_post": N_("%(by)s removed a post."),
    "restore_post": N_("%(by)s brought a removed post back."),
    "move_out": N_("%(by)s moved a discussion to another community."),
    "unshow": N_("%(by)s no longer shows a discussion of another community here."),
    "move_in": N_("%(by)s moved a discussion here from another community."),
    "split": N_("%(by)s split this community: its discussions are in others now."),
    "split_in": N_("%(by)s began this community by splitting another one."),
    "merge": N_("%(by)s merged this community into another one."),
    "merge_in": N_("%(by)s let another community be merged into this one."),
    "lock": N_("%(by)s locked a discussion."),
    "unlock": N_("%(by)s unlocked a discussion."),
    "pin": N_("%(by)s pinned a discussion."),
    "unpin": N_("%(by)s unpinned a discussion."),
    "hold_member": N_(
        "The server of %(target)s came back after a long silence without proof that it is the same: no member until somebody confirms it."
    ),
    "confirm_member": N_("%(by)s confirmed %(target)s, whose server had come back without proof that it is the same."),
    "remove_member": N_("%(by)s removed %(target)s from the community."),
    "warn": N_("%(by)s warned %(target)s in private."),
    "suspend": N_("%(by)s suspended %(target)s."),
    "unsuspend": N_("%(by)s lifted the suspension of %(target)s."),
    "ban": N_("%(by)s banned %(target)s."),
    "unban": N_("%(by)s lifted the ban of %(target)s."),
    "appeal": N_("Appeal: %(target)s disagrees with a decision."),
    "appeal_upheld": N_("%(by)s read an appeal of %(target)s: the decision stands."),
    "appeal_changed": N_("%(by)s read an appeal of %(target)s and changed the decision."),
    "announce": N_("%(by)s made an announcement in the name of the community."),
    "appoint": N_("%(by)s gave %(target)s another role."),
}


@page("GET", "/c/{name}/moderation", access=ANYONE)
async def log(request: Request) -> StreamResponse:
    """Show the log of a community, newest first: with names to its moderators, to all others without."""
    community = await asked_for(request)
    values = await frame(request, community, "about")
    if not values["readable"]:
        raise NotFound
    found = await queries.log(community, after=after_id(request) or 0, limit=SIZE + 1)
    entries = paged(request, found, lambda entry: entry.act.id, size=SIZE)
    bans = await queries.bans(community) if values["may"]["ban"] else []
    named = values["may"][rules.Act.REMOVE_POST.value]
    return await render(
        request,
        "communities/moderation.html",
        **values,
        named=named,
        entries=entries,
        said=SAID,
        roles=roles.ROLES,
        bans=bans,
    )


@page("GET", "/c/{name}/apps", access=MEMBER)
async def apps(request: Request) -> StreamResponse:
    """Show which applications are signed in as a community, and by whom, to those who may sign in so."""
    community = await _spoken_for(request, rules.Act.SPEAK_FOR)
    held = await tokens.list_of_community(community.actor)
    values = await frame(request, community, "about")
    return await render(request, "communities/apps.html", **values, held=held)


async def _spoken_for(request: Request, act: rules.Act) -> Community:
    community = await asked_for(request)
    rules.must_be_ours(community)
    await rules.may_act(member(request).actor, community, act)
    return community


@page("POST", "/c/{name}/apps/{app}/end", access=MEMBER)
async def end_app(request: Request) -> StreamResponse:
    """Let an application be signed in as a community no longer, whoever signed in."""
    community = await _spoken_for(request, rules.Act.CHANGE)
    await tokens.end_of_community(community.actor, read_id(request.match_info["app"]) or 0)
    flash(request, _("This application has no access any more."))
    return see_other(f"{path_of(community.actor)}/apps")
