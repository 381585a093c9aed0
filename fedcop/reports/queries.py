"""Reads reports, for those who decide about them and those who made them. The reported person is never shown one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from fedcop.actors.models import Actor
from fedcop.communities.models import Community
from fedcop.core.errors import NotFound
from fedcop.core.ids import read_id
from fedcop.discussions import faces
from fedcop.discussions import queries as discussions
from fedcop.discussions.views import PostView
from fedcop.reports import rules
from fedcop.reports.models import Report
from fedcop.reports.telling import report_of

PAGE = 20
WAITING = (rules.OPEN, rules.SENT)
DECIDED = (rules.RESOLVED, rules.DISMISSED)


@dataclass(frozen=True)
class Shown:
    """A report with the post that it is about, if who looks may see that."""

    report: Report
    view: PostView | None
    target: Actor  # as they are shown: of a post from which they took their name, nobody in particular


async def in_community(viewer: Actor, community: Community) -> list[Report]:
    """List what waits for the moderators of a community, oldest first; nothing about who looks."""
    found = Report.filter(community_id=community.id, recipient=rules.COMMUNITY, state__in=WAITING)
    return await found.exclude(target_id=viewer.id).select_related("reporter", "target").order_by("id").limit(100)


async def decided_in_community(viewer: Actor, community: Community) -> list[Report]:
    """List what was decided last in a community."""
    found = Report.filter(community_id=community.id, recipient=rules.COMMUNITY, state__in=DECIDED)
    found = found.exclude(target_id=viewer.id).select_related("reporter", "target", "decided_by")
    return await found.order_by("-decided_at", "-id").limit(PAGE)


async def on_instance(viewer: Actor) -> list[Report]:
    """List what waits for the moderators of this instance."""
    found = Report.filter(recipient=rules.ORGANISATION, state=rules.OPEN).exclude(target_id=viewer.id)
    return await found.select_related("reporter", "target").order_by("id").limit(100)


async def count_on_instance(viewer: Actor) -> int:
    """Count what waits for the moderators of this instance."""
    return await Report.filter(recipient=rules.ORGANISATION, state=rules.OPEN).exclude(target_id=viewer.id).count()


async def decided_on_instance(viewer: Actor) -> list[Report]:
    """List what the moderators of this instance decided last."""
    found = Report.filter(recipient=rules.ORGANISATION, state__in=DECIDED).exclude(target_id=viewer.id)
    found = found.select_related("reporter", "target", "decided_by")
    return await found.order_by("-decided_at", "-id").limit(PAGE)


async def page_on_instance(
    viewer: Actor,
    *,
    decided: bool,
    reporter_id: int | None = None,
    target_id: int | None = None,
    below: int | None = None,
    limit: int = PAGE,
) -> list[Report]:
    """List what waits for the moderators of this instance, or what they decided, newest first, by whom and about whom one wishes."""
    states = DECIDED if decided else (rules.OPEN,)
    found = Report.filter(recipient=rules.ORGANISATION, state__in=states).exclude(target_id=viewer.id)
    return await _page(viewer, found, reporter_id, target_id, below, limit)


async def page_in_community(  # noqa: PLR0913 - what an app asks for, by name
    viewer: Actor,
    community: Community,
    *,
    decided: bool,
    reporter_id: int | None = None,
    target_id: int | None = None,
    below: int | None = None,
    limit: int = PAGE,
) -> list[Report]:
    """List what waits for the moderators of a community, or what they decided, in the same way."""
    states = DECIDED if decided else WAITING
    found = Report.filter(community_id=community.id, recipient=rules.COMMUNITY, state__in=states)
    return await _page(viewer, found.exclude(target_id=viewer.id), reporter_id, target_id, below, limit)


async def _page(  # noqa: PLR0913, PLR0917 - what an app asks for
    viewer: Actor,
    found: QuerySet[Report],
    reporter_id: int | None,
    target_id: int | None,
    below: int | None,
    limit: int,
) -> list[Report]:
    if reporter_id is not None:
        found = found.filter(reporter_id=reporter_id)
    if target_id is not None:
        found = await _about(viewer, found.filter(target_id=target_id))
    if below is not None:
        found = found.filter(id__lt=below)
    return await found.select_related("reporter", "target", "decided_by").order_by("-id").limit(limit)


async def _about(viewer: Actor, found: QuerySet[Report]) -> QuerySet[Report]:
    """Leave out what is about posts that do not say whose they are: it is not told by looking for somebody either."""
    posts = await found.filter(post_id__isnull=False).values_list("post_id", flat=True)
    nameless = await faces.withheld(viewer, [int(str(one)) for one in posts])
    return found.filter(Q(post_id__isnull=True) | Q(post_id__not_in=list(nameless))) if nameless else found


async def was_acted_on(report: Report) -> bool:
    """Tell whether something was done since: the person is suspended, or the post removed."""
    target = await Actor.get(id=report.target_id)
    post = await discussions.by_id(report.post_id) if report.post_id is not None else None
    return target.suspended_at is not None or (post is not None and post.removed_at is not None)


async def by(reporter: Actor, *, after: int = 0) -> list[Report]:
    """List what somebody reported, newest first; one more than a page means that there is more."""
    found = Report.filter(reporter_id=reporter.id, id__lt=after) if after else Report.filter(reporter_id=reporter.id)
    return await found.select_related("target", "community__actor").order_by("-id").limit(PAGE + 1)


async def one(text: str, community: Community | None) -> Report:
    """Find a report to a community, or with None to this instance, by what an address says of it; else raise NotFound."""
    found = await Report.get_or_none(id=read_id(text) or 0)
    place = community.id if community is not None else None
    wanted = rules.COMMUNITY if community is not None else rules.ORGANISATION
    if found is None or found.recipient != wanted or found.community_id != place:
        raise NotFound
    return found


async def with_posts(viewer: Actor, reports: list[Report]) -> list[Shown]:
    """Load the posts that reports are about, as far as who looks may see them."""
    views = await discussions.load_posts(viewer, [one.post_id for one in reports if one.post_id is not None])
    by_id = {view.post.id: view for view in views}
    nameless = await faces.withheld(viewer, [one.post_id for one in reports])
    return [
        Shown(one, by_id.get(one.post_id or 0), faces.former_member() if one.post_id in nameless else one.target)
        for one in reports
    ]


async def noted(viewer: Actor, community: Community, keys: Iterable[str]) -> dict[str, Shown]:
    """Find the reports to a community of which somebody was told, by the keys of what they were told; nothing about themselves."""
    numbers = {key: number for key in keys if (number := report_of(key)) is not None}
    if not numbers:
        return {}
    found = Report.filter(id__in=list(numbers.values()), community_id=community.id, recipient=rules.COMMUNITY)
    listed = await found.exclude(target_id=viewer.id).select_related("reporter", "target")
    shown = {one.report.id: one for one in await with_posts(viewer, listed)}
    return {key: shown[number] for key, number in numbers.items() if number in shown}
