"""Reads what one has to know before one calls: how many will be written to, and how often one may still; and who wants no calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.calls.models import Call, CallRefusal
from fedcop.calls.segments import Segment
from fedcop.communities.models import Community
from fedcop.core import clock
from fedcop.core.asked import once
from fedcop.core.database import rows
from fedcop.core.formats import DEFAULT_ZONE

AMONG = (
    " FROM membership m JOIN actor a ON a.id = m.actor_id LEFT JOIN account acc ON acc.actor_id = a.id"
    " LEFT JOIN call_refusal r ON r.account_id = acc.id AND r.community_id = m.community_id"
    " WHERE m.community_id = ? AND m.state = 'active' AND a.id <> ? AND a.gone_at IS NULL AND a.suspended_at IS NULL"
)
REACHED = "acc.id IS NOT NULL AND acc.suspended_at IS NULL AND acc.deleting_at IS NULL AND r.id IS NULL"
"""Who gets a letter from us. Who lives elsewhere gets it from their own server, if that is a fedcop: no other knows calls."""


@dataclass(frozen=True)
class Reach:
    """Whom a call is for: so many people, of them so many on so many other organisations; about so many letters."""

    people: int = 0
    elsewhere: int = 0
    places: int = 0
    letters: int = 0


async def reach(community: Community, author: Actor, segment: Segment) -> Reach:
    """Count whom a call would be for; of who lives elsewhere only their own server knows who wants none."""
    condition, params = segment.sql
    found = await rows(
        f"SELECT a.host AS host, a.local AS ours, COUNT(*) AS people, SUM(CASE WHEN {REACHED} THEN 1 ELSE 0 END) AS letters,"  # noqa: S608 (no value of anybody's in it)
        " (SELECT COUNT(*) FROM server s WHERE s.host = a.host AND s.software = 'fedcop') AS takes_calls"
        f"{AMONG} AND {condition} GROUP BY a.host, a.local",
        community.id,
        author.id,
        *params,
    )
    others = [row for row in found if not row["ours"]]
    return Reach(
        people=sum(row["people"] for row in found),
        elsewhere=sum(row["people"] for row in others),
        places=len(others),
        letters=sum(row["letters"] for row in found if row["ours"])
        + sum(row["people"] for row in others if row["takes_calls"]),
    )


async def organisations(community: Community) -> list[str]:
    """Name the servers on which a community has members, where that are several."""
    found = await rows(
        "SELECT DISTINCT a.host AS host FROM membership m JOIN actor a ON a.id = m.actor_id"
        " WHERE m.community_id = ? AND m.state = 'active' ORDER BY a.host",
        community.id,
    )
    return [row["host"] for row in found] if len(found) > 1 else []


async def roles(community: Community) -> list[str]:
    """Name the roles that members of a community have."""
    found = await rows("SELECT DISTINCT role FROM membership WHERE community_id = ? AND state = 'active'", community.id)
    return [row["role"] for row in found]


async def recipients(community: Community, author_id: int, segment: Segment) -> list[int]:
    """Name the accounts here that get the letter."""
    condition, params = segment.sql
    found = await rows(
        f"SELECT acc.id AS id{AMONG} AND {condition} AND {REACHED} ORDER BY acc.id",  # noqa: S608 (no value of anybody's in it)
        community.id,
        author_id,
        *params,
    )
    return [row["id"] for row in found]


async def left(community: Community) -> int:
    """Tell how many calls may still be made in a community this month."""
    return max(0, int(community.calls_a_month) - await made(community, clock.now()))


async def made(community: Community, moment: datetime) -> int:
    """Count the calls of the month of a moment."""
    local = moment.astimezone(ZoneInfo(DEFAULT_ZONE))
    begins = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return await Call.filter(community_id=community.id, made_at__gte=begins, made_at__lte=moment).count()


@once
async def refused(account: Account) -> set[int]:
    """Name the communities of which somebody wants no calls."""
    return {one.community_id for one in await CallRefusal.filter(account_id=account.id)}


async def refuses(account: Account, community_id: int) -> bool:
    """Tell whether somebody wants no calls of a community."""
    return await CallRefusal.filter(account_id=account.id, community_id=community_id).exists()


async def of_posts(ids: Sequence[int]) -> dict[int, Call]:
    """Load what makes threads calls."""
    return {one.post_id: one for one in await Call.filter(post_id__in=list(ids) or [0])}
