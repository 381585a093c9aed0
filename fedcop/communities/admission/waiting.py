"""The maximum of a community and the line before it: who comes when all places are taken waits, and comes in by turn."""

from __future__ import annotations

from tortoise.queryset import QuerySet

from fedcop.communities.admission import steps
from fedcop.communities.admission.settled import became_member
from fedcop.communities.facts import (
    Banned,
    CommunityChanged,
    Declined,
    JoinAsked,
    MemberLeft,
    MemberRemoved,
    PlaceFound,
    Waits,
)
from fedcop.communities.models import Community, Membership
from fedcop.core import clock
from fedcop.core.database import atomic
from fedcop.core.facts import record
from fedcop.core.jobs import ordered

DEFAULT = 1000
MOST = 100_000


def maximum(community: Community) -> int:
    """Give how many members a community has room for."""
    return community.capacity or DEFAULT


def looks_full(community: Community) -> bool:
    """Tell whether a newcomer would wait, by the numbers that are shown; of others, only if they say their maximum."""
    known = community.actor.local or community.capacity is not None
    return known and community.members_count >= maximum(community)


async def is_full(community: Community) -> bool:
    """Tell whether who comes now has to wait. One at a time may ask until its transaction ends: a last place goes to one."""
    if not community.actor.local:
        return False
    row = await Community.filter(id=community.id).select_for_update().get()
    if await _places(row) < 1:
        return True
    # A free place belongs to who waits for it.
    return await line(community).exists()


async def _places(community: Community) -> int:
    return maximum(community) - await Membership.filter(community_id=community.id, state="active").count()


def line(community: Community) -> QuerySet[Membership]:
    """Give who waits, first come first."""
    return Membership.filter(community_id=community.id, state="waiting").select_related("actor").order_by("id")


async def place_in_line(community: Community, membership: Membership | None) -> int:
    """Tell the how manieth somebody is; 0 if they do not wait, or wait on another server."""
    if membership is None or membership.state != "waiting" or not community.actor.local:
        return 0
    return await line(community).filter(id__lte=membership.id).count()


async def wait(community: Community, membership: Membership, *, entitled: bool = False) -> None:
    """Put somebody on the waiting list; `entitled`: invited or admitted already, only a place is missing."""
    membership.state, membership.entitled, membership.decided_at = "waiting", entitled, None
    await membership.save(update_fields=["state", "entitled", "decided_at"])
    await steps.note(community, membership.actor_id, "waiting")
    await record(Waits(community_id=community.id, membership_id=membership.id))


@ordered
async def fill_places(fact: MemberLeft | MemberRemoved | Banned | Declined | CommunityChanged) -> None:
    """Let in who is first in line, as many as there are places (reaction)."""
    await fill(fact.community_id)


@atomic
async def fill(community_id: int) -> None:
    """Let in who is first in line: at once where all may join, else their request goes to the moderators now."""
    await Community.filter(id=community_id).select_for_update().get_or_none()
    community = await Community.filter(id=community_id).select_related("actor").first()
    if community is None or not community.actor.local or community.closed_at is not None:
        return
    places = await _places(community)
    before = await Membership.filter(community_id=community.id, state="asked").count()
    for membership in await line(community).limit(max(places, 0)):
        if membership.entitled or community.join_policy == "open":
            membership.state, membership.decided_at = "active", clock.now()
            await membership.save(update_fields=["state", "decided_at"])
            await steps.note(community, membership.actor_id, "place")
            await became_member(community, membership)
        elif before < places:
            # Whose requests are with the moderators already are before those who wait.
            membership.state = "asked"
            await membership.save(update_fields=["state"])
            await steps.note(community, membership.actor_id, "turn")
            await record(JoinAsked(community_id=community.id, membership_id=membership.id))
            before += 1
        else:
            continue
        await record(PlaceFound(community_id=community.id, membership_id=membership.id))
