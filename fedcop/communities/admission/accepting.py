"""Accept the charter as it is now, after one has joined: here, or on the member's own server."""

from __future__ import annotations

from fedcop.actors.models import Actor
from fedcop.communities import queries, rules
from fedcop.communities.admission import steps
from fedcop.communities.charter import versions
from fedcop.communities.facts import CharterAccepted
from fedcop.communities.models import Community, Membership
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict, NotFound
from fedcop.core.facts import record


@atomic
async def accept_charter(actor: Actor, community: Community, number: int) -> Membership:
    """Accept the charter as it is now; a version that somebody read and that was changed meanwhile is not what they read."""
    await rules.lock(community)
    membership = await queries.membership(community, actor)
    if membership is None or membership.state == "invited" or not community.charter_version:
        raise NotFound
    if number != community.charter_version:
        raise Conflict(rules.CHARTER_MOVED, "charter-moved")
    if membership.charter_accepted >= number:
        return membership
    await _accept(community, membership, number)
    return membership


async def _accept(community: Community, membership: Membership, number: int) -> None:
    membership.charter_accepted = number
    await membership.save(update_fields=["charter_accepted"])
    detail = await versions.consent_to(community, number)
    await steps.note(community, membership.actor_id, "charter_accepted", by=membership.actor, detail=detail)
    await record(CharterAccepted(community_id=community.id, membership_id=membership.id, number=number))


@atomic
async def record_acceptance(community: Community, person: Actor, number: int) -> bool:
    """A member's own server says that they accepted a version of a charter of ours; what is stale or invented changes nothing."""
    await rules.lock(community)
    membership = await queries.membership(community, person)
    if membership is None or membership.state == "invited":
        return False
    holds = max(community.charter_binding, 1) <= number <= community.charter_version
    if not holds or number <= membership.charter_accepted:
        return False
    await _accept(community, membership, number)
    return True
