"""Tells who decides about an appeal that it waits, and who made it what became of it. Reactions to facts."""

from __future__ import annotations

from fedcop.actors import queries as actors
from fedcop.communities import queries as communities
from fedcop.notifications.service import notify, take_back
from fedcop.reports.appeals import judges
from fedcop.reports.appeals.facts import AppealDecided, AppealMade
from fedcop.reports.appeals.models import Appeal


async def tell_judges(fact: AppealMade) -> None:
    """Tell those who decide, here."""
    appeal = await Appeal.get_or_none(id=fact.appeal_id)
    community = await communities.by_id(appeal.community_id) if appeal is not None else None
    if appeal is None or community is None or not community.actor.local or appeal.state != "made":
        return
    people, staff = await judges.of(appeal)
    for person in people:
        await notify(
            person.id,
            "appeal",
            unique_key=f"appeal:{appeal.id}:{person.id}",
            community_id=None if staff else community.id,
            detail={
                "community": community.actor.display_name or community.actor.name,
                "path": "/admin/reports" if staff else f"/c/{community.actor.name}/reports",
            },
        )


async def tell_person(fact: AppealDecided) -> None:
    """Tell who appealed; for the others it no longer waits."""
    appeal = await Appeal.get_or_none(id=fact.appeal_id)
    community = await communities.by_id(appeal.community_id) if appeal is not None else None
    person = await actors.by_id(appeal.actor_id) if appeal is not None else None
    if appeal is None or community is None or person is None:
        return
    for judge in (await judges.of(appeal))[0]:
        await take_back(f"appeal:{appeal.id}:{judge.id}")
    if person.local:
        await notify(
            person.id,
            f"appeal_{appeal.state}",
            unique_key=f"appeal_{appeal.state}:{appeal.id}",
            detail={
                "community": community.actor.display_name or community.actor.name,
                "path": "/appeals",
                "reason": appeal.sentence,
            },
        )
