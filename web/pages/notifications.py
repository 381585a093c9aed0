"""The notification centre."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.core.i18n import _
from fedcop.discussions import queries as discussions
from fedcop.filters.sieve import Match, Sieve, strongest
from fedcop.notifications import queries, requests, service, wording
from fedcop.notifications.queries import Group
from web.keys import Viewer, member
from web.shared.flash import flash, see_other
from web.shared.forms import read_form
from web.shared.paging import after_id, paged
from web.shared.routing import MEMBER, page
from web.shared.sifting import sieve_of
from web.shared.templating import name_of, path_of, render

ICONS = {
    "mention": "talk",
    "reply": "reply",
    "reaction": "thanks",
    "answer_accepted": "check",
    "poll_ended": "poll",
    "publication": "bell",
    "quote": "quote",
    "quoted_update": "quote",
    "moderation": "shield",
    "given_back": "clock",
    "report": "flag",
    "appeal": "shield",
    "appeal_upheld": "shield",
    "appeal_changed": "shield",
    "report_resolved": "flag",
    "report_dismissed": "flag",
    "follow": "person",
    "follow_asked": "person",
}

ABOUT_REPORTS = ("report_resolved", "report_dismissed")
ABOUT_APPEALS = ("appeal_upheld", "appeal_changed")


@dataclass(frozen=True)
class Line:
    """One group of notifications as the page shows it."""

    group: Group
    said: str
    path: str
    icon: str
    title: str = ""
    title_language: str = ""
    reason: str = ""
    community: Community | None = None
    face: Actor | None = None
    filtered: str = ""  # by which filters it is folded


async def shell(request: Request, viewer: Viewer) -> dict[str, Any]:
    """Say in the frame of every page how much is new."""
    return {"unread": sum(one.count for one in await queries.unread(viewer.account))}


@page("GET", "/notifications", access=MEMBER)
async def centre(request: Request) -> StreamResponse:
    """Show what a member was told, in groups."""
    who = member(request)
    found = await queries.latest(who.account, after=after_id(request) or 0)
    listed = paged(request, found, lambda one: one.id, size=queries.BATCH)
    shown = await lines(who.actor, queries.grouped(listed.items), sieve_of(request))
    return await render(
        request,
        "notifications/list.html",
        fresh=[line for line in shown if line.group.unread],
        seen=[line for line in shown if not line.group.unread],
        listed=listed,
        newest=found[0].id if found else 0,
        waiting=await requests.summary(who.account) if await queries.waits(who.account) else requests.Summary(),
    )


async def lines(viewer: Actor, groups: Iterable[Group], sieve: Sieve) -> list[Line]:
    """Load all that the groups are about; what the viewer may not see any more, or does not want to, is left out."""
    groups = list(groups)
    told = [one for group in groups for one in group.notifications]
    people = await actors.many(one.from_actor_id for one in told if one.from_actor_id is not None)
    places = await communities.many(one.community_id for one in told if one.community_id is not None)
    allowed = await discussions.visible_ids(viewer, (one.post_id for one in told if one.post_id is not None))
    matched = await _matched(viewer, allowed, sieve)
    allowed -= {number for number, found in matched.items() if strongest(found) == "hide"}
    found = (_line(group, people, places, allowed) for group in groups)
    return [_folded(line, matched) for line in found if line is not None]


async def _matched(viewer: Actor, post_ids: Collection[int], sieve: Sieve) -> dict[int, tuple[Match, ...]]:
    """Say which filters match the posts that one is told of; their texts are loaded for those who filter notifications alone."""
    if not sieve.is_for("notifications"):
        return {}
    found = await discussions.texts_of(viewer, post_ids)
    return {number: sieve.matches(number, partial(str, said), "notifications") for number, said in found.items()}


def _folded(line: Line, matched: Mapping[int, tuple[Match, ...]]) -> Line:
    """Fold a line where one of the posts that it is about is to be folded."""
    met = [match for one in line.group.notifications for match in matched.get(one.post_id or 0, ())]
    names = dict.fromkeys(match.filter.title for match in met if match.filter.action == "warn")
    return replace(line, filtered=", ".join(names)) if names else line


def _line(group: Group, people: Mapping[int, Actor], places: Mapping[int, Community], allowed: set[int]) -> Line | None:
    shown = [one for one in group.notifications if one.post_id is None or one.post_id in allowed]
    if not shown:
        return None
    group = Group(shown)
    who = [people[actor_id] for actor_id in group.actor_ids if actor_id in people]
    known = {actor.id: name_of(actor) for actor in who}
    names = wording.names(
        group.kind, [one.from_actor_id for one in shown if one.from_actor_id in (None, *known)], known
    )
    detail = group.newest.detail
    community = places.get(group.newest.community_id or 0)
    return Line(
        group=group,
        said=wording.sentence(group.kind, names, [one.detail for one in shown]),
        path=_path(group, who, community),
        icon=ICONS.get(group.kind, "people"),
        title=str(detail.get("title") or "") if group.newest.post_id is not None or group.kind == "given_back" else "",
        reason=wording.reason(detail)
        if group.kind in ("moderation", "refused", "participation", "given_back", *ABOUT_REPORTS, *ABOUT_APPEALS)
        else "",
        community=community if group.newest.post_id is not None else None,
        face=who[0] if who else None,
    )


def _path(group: Group, who: list[Actor], community: Community | None) -> str:
    about = group.first_unread
    if group.kind == "held" and community is not None:
        return f"{path_of(community.actor)}/held"
    if group.kind in ABOUT_APPEALS or about.detail.get("appeal_until"):
        return "/appeals"
    if about.post_id is not None:
        return f"/p/{about.post_id}"
    if group.kind == "given_back":
        return "/drafts"
    if group.kind in ABOUT_REPORTS:
        return "/reports"
    if group.kind in ("report", "appeal"):
        return f"{path_of(community.actor)}/reports" if community is not None else "/admin/reports"
    if group.kind.startswith("alliance_"):
        return str(about.detail.get("path") or "/admin/alliances")
    if group.kind == "follow_asked" or (group.kind == "follow" and len(who) != 1):
        return "/settings/followers"
    if group.kind == "follow":
        return path_of(who[0])
    if community is None:
        return "/notifications"
    place = {"join_asked": "/requests", "members_held": "/requests", "participation": "/participation"}.get(
        group.kind, ""
    )
    return f"{path_of(community.actor)}{place}"


@page("POST", "/notifications/read", access=MEMBER)
async def mark_read(request: Request) -> StreamResponse:
    """Mark as read all that the member was shown."""
    form = await read_form(request)
    await service.mark_all_read(member(request).account, up_to=form.number("up_to"))
    flash(request, _("Everything is marked as read."))
    return see_other("/notifications")
