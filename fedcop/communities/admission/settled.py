"""Writes down who belongs, once it is settled: the part that services share with activities from elsewhere. Judges nobody's rights."""

from __future__ import annotations

from fedcop.actors.models import Actor
from fedcop.communities import queries
from fedcop.communities.admission import steps
from fedcop.communities.copies.models import Erasure
from fedcop.communities.facts import (
    Admitted,
    Declined,
    Invited,
    MemberJoined,
    MemberLeft,
    MemberRemoved,
    PlaceFound,
    Waits,
)
from fedcop.communities.models import Community, Membership
from fedcop.communities.records import MAX_REASON, count_again, end_membership
from fedcop.core import clock
from fedcop.core.database import atomic
from fedcop.core.facts import record

MAX_WHY = 300


async def became_member(community: Community, membership: Membership) -> None:
    """Count a new member, and say that there is one."""
    await count_again(community)
    person = membership.actor if isinstance(membership.actor, Actor) else None
    await record(
        MemberJoined(
            community_id=community.id,
            membership_id=membership.id,
            ours=person.local if person is not None else None,
            may_hold=person is None or await Erasure.exists(community_id=community.id, host=person.host),
        )
    )


@atomic
async def record_admission(community: Community, actor: Actor, *, follows: bool = False) -> Membership | None:
    """The community's own server said yes to a member of ours; `follows`: to following, which is how one belongs there."""
    membership = await queries.membership(community, actor)
    if membership is None and follows and community.visibility == "private":
        membership = await Membership.create(community=community, actor=actor, state="asked", created_at=clock.now())
    if membership is None or membership.state not in ("asked", "waiting"):
        return membership
    membership.state, membership.decided_at = "active", clock.now()
    await membership.save(update_fields=["state", "decided_at"])
    community.doubted_at = None  # whoever has its keys now, one of ours asked them
    await community.save(update_fields=["doubted_at"])
    await steps.note(community, actor.id, "admitted")
    await record(Admitted(community_id=community.id, membership_id=membership.id))
    await record(MemberJoined(community_id=community.id, membership_id=membership.id, ours=True))
    return membership


@atomic
async def record_waiting(community: Community, membership: Membership) -> None:
    """The community's own server says that all places are taken."""
    if membership.state == "waiting":
        return
    membership.state, membership.decided_at = "waiting", None
    await membership.save(update_fields=["state", "decided_at"])
    await steps.note(community, membership.actor_id, "waiting")
    await record(Waits(community_id=community.id, membership_id=membership.id))


@atomic
async def record_turn(community: Community, membership: Membership) -> None:
    """The community's own server says that somebody's turn came: moderators decide now."""
    if membership.state != "waiting":
        return
    membership.state = "asked"
    await membership.save(update_fields=["state"])
    await steps.note(community, membership.actor_id, "turn")
    await record(PlaceFound(community_id=community.id, membership_id=membership.id))


@atomic
async def record_refusal(community: Community, actor: Actor, reason: str = "") -> None:
    """The community's own server said no to a member of ours, or ended the membership."""
    membership = await queries.membership(community, actor)
    if membership is None:
        return
    await end_membership(community, membership, person=actor)
    reason = reason[:MAX_REASON]
    if membership.state != "active":
        ends = "invitation_withdrawn" if membership.state == "invited" else "declined"
        await steps.note(community, actor.id, ends, text=reason)
    if membership.state == "active":
        await record(MemberRemoved(community_id=community.id, actor_id=actor.id, reason=reason))
    else:
        await record(
            Declined(community_id=community.id, actor_id=actor.id, join_uri=membership.join_uri, reason=reason)
        )


@atomic
async def record_leave(community: Community, actor: Actor) -> None:
    """A member of another server left a community of ours, or took the request back."""
    membership = await queries.membership(community, actor)
    if membership is None:
        return
    await end_membership(community, membership, person=actor, own_wish=True)
    was_active = membership.state == "active"
    ends = {"active": "left", "held": "left", "asked": "withdrawn", "waiting": "withdrawn"}.get(
        membership.state, "invitation_declined"
    )
    await steps.note(community, actor.id, ends, by=actor)
    await record(
        MemberLeft(community_id=community.id, actor_id=actor.id, join_uri=membership.join_uri, was_active=was_active)
    )


@atomic
async def record_invitation(
    community: Community, person: Actor, *, uri: str, by: Actor | None, why: str = ""
) -> Membership:
    """A community of another server invites a person of ours, or reminds them of it; who had asked is a member now."""
    known = await queries.membership(community, person)
    if known is not None and known.state == "asked":
        admitted = await record_admission(community, person)
        assert admitted is not None
        return admitted
    if known is not None and (known.state != "invited" or known.join_uri == uri):
        return known
    membership = known or Membership(community=community, actor=person, state="invited", created_at=clock.now())
    membership.join_uri = uri
    await membership.save()
    why = why[:MAX_WHY]
    await steps.note(community, person.id, "invited" if known is None else "reminded", by=by, text=why)
    by_id = by.id if by else None
    await record(Invited(community_id=community.id, membership_id=membership.id, by_id=by_id, why=why))
    return membership
