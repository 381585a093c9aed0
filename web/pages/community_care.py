"""What moderators did in a community, for everybody who may read it: the log with its reasons, without names; who is kept out, for moderators."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp.web import Request, StreamResponse

from fedcop.communities import queries, roles, rules
from fedcop.core.errors import NotFound
from fedcop.core.i18n import N_
from web.pages.communities import asked_for, frame
from web.shared.paging import after_id, paged
from web.shared.routing import ANYONE, page
from web.shared.templating import render

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
    "remove_member": N_("%(by)s removed %(target)s from the community."),
    "warn": N_("%(by)s warned %(target)s in private."),
    "suspend": N_("%(by)s suspended %(target)s."),
    "unsuspend": N_("%(by)s lifted the suspension of %(target)s."),
    "ban": N_("%(by)s banned %(target)s."),
    "unban": N_("%(by)s lifted the ban of %(target)s."),
    "appeal": N_("Appeal: %(target)s disagrees with a decision."),
    "appeal_upheld": N_("%(by)s read an appeal of %(target)s: the decision stands."),
    "appeal_changed": N_("%(by)s read an appeal of %(target)s and changed the decision."),
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
