"""Tells moderators that a report waits, and the reporter what became of it. Reactions to facts."""

from __future__ import annotations

from fedcop.actors.models import Actor
from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.core.ids import read_id
from fedcop.notifications.service import notify, take_back
from fedcop.reports import rules
from fedcop.reports.facts import ReportDecided, Reported
from fedcop.reports.models import Report


async def tell_moderators(fact: Reported) -> None:
    """Tell those whom the reporter chose, as far as they are ours; never the reported person."""
    report, community = await _load(fact.report_id)
    if report is None or report.state != rules.OPEN:
        return
    path = f"/c/{_place(community)}/reports" if community is not None else "/admin/reports"
    for person in await _judges(report, community):
        await notify(
            person.id,
            "report",
            unique_key=_key(report, person),
            community_id=report.community_id if community is not None else None,
            detail={"community": _title(community), "path": path},
        )


async def tell_reporter(fact: ReportDecided) -> None:
    """Tell who reported what was decided, once that holds; whom it no longer waits for is told nothing more."""
    report, community = await _load(fact.report_id)
    if report is None:
        return
    for person in await _judges(report, community):
        await take_back(_key(report, person))
    reporter = await Actor.get_or_none(id=report.reporter_id)
    if report.state not in (rules.RESOLVED, rules.DISMISSED) or reporter is None or not reporter.local:
        return
    await notify(
        reporter.id,
        "report_resolved" if report.state == rules.RESOLVED else "report_dismissed",
        unique_key=f"report_decided:{report.id}",
        detail={"path": "/reports", "reason": report.sentence},
    )


async def _load(report_id: int) -> tuple[Report | None, Community | None]:
    report = await Report.get_or_none(id=report_id)
    if report is None or report.community_id is None or report.recipient != rules.COMMUNITY:
        return report, None
    return report, await communities.by_id(report.community_id)


async def _judges(report: Report, community: Community | None) -> list[Actor]:
    if community is None:
        return [one.actor for one in await rules.staff(report.target_id)]
    return [one for one in await rules.deciders(community, report.target_id) if one.local]


def _key(report: Report, person: Actor) -> str:
    return f"report:{report.id}:{person.id}"


def report_of(key: str) -> int | None:
    """Give the number of the report of which somebody was told by a notification with this key."""
    name, _sign, rest = key.partition(":")
    return read_id(rest.partition(":")[0]) if name == "report" else None


def _place(community: Community) -> str:
    group = community.actor
    return group.name if group.local else f"{group.name}@{group.host}"


def _title(community: Community | None) -> str:
    return (community.actor.display_name or community.actor.name) if community is not None else ""
