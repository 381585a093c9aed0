"""Say again that somebody belongs whose server came back with other keys, or that they do not: by the rights of who decides."""

from __future__ import annotations

from fedcop.actors.models import Actor
from fedcop.communities import rules
from fedcop.communities.admission import steps
from fedcop.communities.admission.deciding import community_of
from fedcop.communities.admission.settled import became_member
from fedcop.communities.facts import MemberRemoved
from fedcop.communities.models import HELD, Community, Membership
from fedcop.communities.records import MAX_REASON, end_membership, log_act
from fedcop.communities.roles import MEMBER
from fedcop.communities.rules import Act
from fedcop.core import clock
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict
from fedcop.core.facts import record
from fedcop.core.i18n import N_

NOT_HELD = N_("This person does not wait to be confirmed.")


async def waiting(community: Community) -> list[Membership]:
    """List who waits to be confirmed, the longest here first."""
    return await Membership.filter(community_id=community.id, state=HELD).select_related("actor").order_by("id")


@atomic
async def confirm(by: Actor, membership: Membership) -> Membership:
    """Say that somebody is who they were: a member again, with the role that they had."""
    community = await _judged(by, membership)
    membership.state, membership.decided_at = "active", clock.now()
    await membership.save(update_fields=["state", "decided_at"])
    await log_act(community, by, "confirm_member", target=membership.actor)
    await steps.note(community, membership.actor_id, "confirmed", by=by)
    await became_member(community, membership)
    return membership


@atomic
async def let_go(by: Actor, membership: Membership, reason: str = "") -> None:
    """Say that somebody is not who they were: the membership ends, and they may ask like anybody."""
    community = await _judged(by, membership)
    follow_uri = await end_membership(community, membership, person=membership.actor)
    await log_act(community, by, "remove_member", target=membership.actor, reason=reason)
    await record(
        MemberRemoved(
            community_id=community.id,
            actor_id=membership.actor_id,
            by_id=by.id,
            reason=reason.strip()[:MAX_REASON],
            join_uri=membership.join_uri,
            follow_uri=follow_uri,
        )
    )


async def _judged(by: Actor, membership: Membership) -> Community:
    """Who admits people confirms members; a role is confirmed by who gives roles."""
    community = await community_of(membership)
    await rules.may_act(by, community, Act.ADMIT)
    if membership.role != MEMBER:
        await rules.may_act(by, community, Act.APPOINT)
    await rules.lock(community)
    if not await Membership.filter(id=membership.id, state=HELD).exists():
        raise Conflict(NOT_HELD, "not-held")
    return community
