"""Counts what waits for decisions in a community, in one statement. Who may take which of them is for the caller to ask."""

from __future__ import annotations

from dataclasses import dataclass

from fedcop.actors.models import Actor
from fedcop.communities.models import Community
from fedcop.core.asked import once
from fedcop.core.database import rows
from fedcop.reports import rules
from fedcop.reports.appeals import judges


@dataclass(frozen=True)
class Desk:
    """How much waits."""

    requests: int  # to join, and who waits to be confirmed
    held: int  # posts
    reports: int  # and appeals


@once
async def of(viewer: Actor, community: Community) -> Desk:
    """Count what waits in a community; of reports nothing about who looks, of appeals what they may decide."""
    counts = (
        await rows(
            "SELECT (SELECT COUNT(*) FROM membership WHERE community_id = ? AND state IN ('asked', 'held')) AS requests,"
            " (SELECT COUNT(*) FROM post WHERE community_id = ? AND state = 'held') AS held,"
            " (SELECT COUNT(*) FROM report WHERE community_id = ? AND recipient = ? AND state = ? AND target_id <> ?) AS reports,"
            " (SELECT COUNT(*) FROM appeal WHERE community_id = ? AND state = 'made' AND actor_id <> ?"
            " AND (first_by_id IS NULL OR first_by_id <> ?) AND kind IN (?)) AS appeals",
            community.id,
            community.id,
            *(community.id, rules.COMMUNITY, rules.OPEN, viewer.id),
            *(community.id, viewer.id, viewer.id, await judges.decides(viewer, community)),
        )
    )[0]
    return Desk(counts["requests"], counts["held"], counts["reports"] + counts["appeals"])
