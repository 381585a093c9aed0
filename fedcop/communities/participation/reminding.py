"""Counts what the people of this server contributed where that is expected, and reminds who is below, once in each period.

Nothing of it is shown to anybody else or sent anywhere: each server counts its own people.
"""

from __future__ import annotations

from datetime import datetime

from fedcop.actors.models import Actor
from fedcop.communities import stages
from fedcop.communities.facts import ParticipationLow
from fedcop.communities.models import Community, Membership
from fedcop.communities.participation import criterion
from fedcop.communities.participation.criterion import Criterion
from fedcop.communities.roles import PRESIDENT, SPONSOR
from fedcop.core import clock
from fedcop.core.database import atomic, rows
from fedcop.core.facts import record

MOST = 100
"""So many are reminded at most in one run; the others' turn comes in the next one."""

EXEMPT = (PRESIDENT, SPONSOR)
WHERE = (stages.PILOT, stages.BETA, stages.ACTIVE)

# Posts stand above communities, their table does not. What was taken away, or is for its author alone, is no contribution.
_COUNTS = (
    "p.author_id = m.actor_id AND p.community_id = m.community_id AND p.published_at >= ? AND p.state <> 'refused'"
    " AND p.audience <> 'me' AND p.deleted_at IS NULL AND p.removed_at IS NULL"
)
_BELOW = (
    "SELECT m.id FROM membership m JOIN community c ON c.id = m.community_id JOIN account a ON a.actor_id = m.actor_id"  # noqa: S608 - our own words only, values are parameters
    f" LEFT JOIN post p ON {_COUNTS}"
    " WHERE c.participation_months = ? AND c.closed_at IS NULL AND c.stage IN (?) AND m.state = 'active' AND m.role NOT IN (?)"
    " AND m.unreminded = ? AND COALESCE(m.decided_at, m.created_at) <= ? AND (m.reminded_at IS NULL OR m.reminded_at <= ?)"
    " AND a.suspended_at IS NULL AND a.deleting_at IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM ban b WHERE b.community_id = m.community_id AND b.actor_id = m.actor_id"
    " AND (b.until IS NULL OR b.until > ?))"
    " GROUP BY m.id, c.participation_count HAVING COUNT(p.id) < c.participation_count ORDER BY m.id LIMIT ?"
)


async def remind() -> None:
    """Remind who contributed less than is asked for (timetable)."""
    now, left = clock.now(), MOST
    lengths = await rows(
        "SELECT DISTINCT participation_months AS months FROM community"
        " WHERE participation_months IS NOT NULL AND closed_at IS NULL ORDER BY participation_months"
    )
    for one in lengths:
        begin = Criterion(1, one["months"]).begin(now)
        found = await rows(_BELOW, begin, one["months"], WHERE, EXEMPT, False, begin, begin, now, left)
        for row in found:
            await _remind(row["id"], begin)
        left -= len(found)
        if left <= 0:
            return


@atomic
async def _remind(membership_id: int, begin: datetime) -> None:
    """Write down that it is told before it is: whoever runs at the same time finds nothing to do."""
    membership = await Membership.filter(id=membership_id).select_for_update().first()
    if membership is None or membership.unreminded or (membership.reminded_at and membership.reminded_at > begin):
        return
    membership.reminded_at = clock.now()
    await membership.save(update_fields=["reminded_at"])
    await record(ParticipationLow(community_id=membership.community_id, membership_id=membership.id))


async def count(community: Community, actor: Actor) -> int:
    """Tell somebody how much they contributed in the period that is counted; asked for by that person only."""
    found = criterion.of(community)
    if found is None:
        return 0
    told = await rows(
        f"SELECT COUNT(p.id) AS number FROM membership m JOIN post p ON {_COUNTS}"  # noqa: S608 - our own words only, values are parameters
        " WHERE m.community_id = ? AND m.actor_id = ?",
        found.begin(clock.now()),
        community.id,
        actor.id,
    )
    return int(told[0]["number"])
