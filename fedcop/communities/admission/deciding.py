"""Say yes or no to a request to join, by the rights of who decides."""

from __future__ import annotations

from fedcop.actors.models import Actor
from fedcop.communities import queries, rules
from fedcop.communities.admission.settled import became_member
from fedcop.communities.admission.steps import note, note_decision
from fedcop.communities.admission.waiting import is_full, wait
from fedcop.communities.facts import Admitted, Declined
from fedcop.communities.models import HELD, Community, Membership
from fedcop.communities.records import MAX_REASON
from fedcop.communities.rules import Act
from fedcop.core import clock
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict, NotFound
from fedcop.core.facts import record
from fedcop.core.i18n import N_

CONFIRM = N_("Confirm this person, or remove them: nobody knows yet whether their server is still the same.")


@atomic
async def admit(moderator: Actor, membership: Membership) -> Membership:
    """Say yes to a request to join."""
    community = await community_of(membership)
    await rules.may_act(moderator, community, Act.ADMIT)
    await _see(community, membership)
    if membership.state == "active":
        return membership
    if membership.state == "waiting":
        raise Conflict(N_("This person waits for a place. Raise the maximum to let them in."), "waiting")
    if membership.state == HELD:
        raise Conflict(CONFIRM, "held")
    if membership.state != "asked":
        raise Conflict(N_("This person was invited and has not answered yet."), "not-asked")
    await note_decision(membership, community, "admitted", by=moderator)
    if await is_full(community):
        await wait(community, membership, entitled=True)
        return membership
    membership.state, membership.decided_at = "active", clock.now()
    await membership.save(update_fields=["state", "decided_at"])
    await record(Admitted(community_id=community.id, membership_id=membership.id, by_id=moderator.id))
    await became_member(community, membership)
    return membership


@atomic
async def decline(moderator: Actor, membership: Membership, reason: str = "") -> None:
    """Say no to a request, or take an invitation back, with a sentence."""
    community = await community_of(membership)
    await rules.may_act(moderator, community, Act.ADMIT)
    await _see(community, membership)
    if membership.state == "active":
        raise Conflict(N_("This person is a member already."), "already-member")
    if membership.state == HELD:  # a role of theirs ends by who gives roles
        raise Conflict(CONFIRM, "held")
    reason = reason.strip()[:MAX_REASON]
    if membership.state == "invited":
        await note(community, membership.actor_id, "invitation_withdrawn", by=moderator, text=reason)
    else:
        await note_decision(membership, community, "declined", by=moderator, text=reason)
    await membership.delete()
    await record(
        Declined(
            community_id=community.id,
            actor_id=membership.actor_id,
            join_uri=membership.join_uri,
            reason=reason,
            by_id=moderator.id,
        )
    )


async def _see(community: Community, membership: Membership) -> None:
    """Let nobody else decide until this transaction ends, and see what was decided meanwhile: of two answers at once, one counts."""
    await rules.lock(community)
    now = await Membership.filter(id=membership.id).select_for_update().first()
    if now is None:
        raise NotFound
    membership.state, membership.entitled, membership.decided_at = now.state, now.entitled, now.decided_at


async def community_of(membership: Membership) -> Community:
    community = await queries.by_id(membership.community_id)
    if community is None:
        raise NotFound
    rules.must_be_ours(community)
    return community
