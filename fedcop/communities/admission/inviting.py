"""Invite a person by name; say yes or no to an invitation."""

from __future__ import annotations

from fedcop.actors.models import Actor
from fedcop.communities import queries, rules
from fedcop.communities.admission import steps
from fedcop.communities.admission.deciding import admit
from fedcop.communities.admission.settled import became_member
from fedcop.communities.admission.waiting import is_full, wait
from fedcop.communities.facts import InvitationAccepted, InvitationDeclined, Invited
from fedcop.communities.models import Community, Membership
from fedcop.communities.rules import Act
from fedcop.core import addresses, clock
from fedcop.core.database import atomic
from fedcop.core.errors import Forbidden, Invalid, NotFound
from fedcop.core.facts import record
from fedcop.core.i18n import N_
from fedcop.core.ids import new_id


@atomic
async def invite(moderator: Actor, community: Community, person: Actor) -> Membership:
    """Invite a person; who had asked to join is admitted instead."""
    await rules.may_act(moderator, community, Act.INVITE)
    rules.must_be_ours(community)
    if person.kind == "Group":
        raise Invalid(errors={"handle": N_("This is a community. Only people can be invited.")})
    if await queries.exclusion(community, person) is not None:
        raise Invalid(errors={"handle": N_("This person is banned. Lift the ban first.")})
    known = await queries.membership(community, person)
    if known is not None:
        return await admit(moderator, known) if known.state == "asked" else known
    membership = await Membership.create(
        community=community,
        actor=person,
        state="invited",
        join_uri=addresses.activity_uri(new_id()),
        created_at=clock.now(),
    )
    await steps.note(community, person.id, "invited", by=moderator)
    await record(Invited(community_id=community.id, membership_id=membership.id, by_id=moderator.id))
    return membership


@atomic
async def accept_invitation(actor: Actor, community: Community) -> Membership:
    """Say yes to an invitation."""
    membership = await _invitation(actor, community)
    if await queries.exclusion(community, actor) is not None:
        raise Forbidden(rules.BANNED, "banned")
    return await _come_in(actor, community, membership)


async def _come_in(person: Actor, community: Community, membership: Membership) -> Membership:
    """Make a member of who said yes, or let them wait for a place."""
    await steps.note(community, person.id, "invitation_accepted", by=person, detail={"charter": community.charter})
    if await is_full(community):
        await wait(community, membership, entitled=True)
        return membership
    membership.state, membership.decided_at = "active", clock.now()
    await membership.save(update_fields=["state", "decided_at"])
    await record(InvitationAccepted(community_id=community.id, membership_id=membership.id))
    await became_member(community, membership)
    return membership


@atomic
async def decline_invitation(actor: Actor, community: Community) -> None:
    """Say no to an invitation."""
    membership = await _invitation(actor, community)
    await membership.delete()
    await steps.note(community, actor.id, "invitation_declined", by=actor)
    await record(InvitationDeclined(community_id=community.id, actor_id=actor.id, join_uri=membership.join_uri))


async def _invitation(actor: Actor, community: Community) -> Membership:
    membership = await queries.membership(community, actor)
    if membership is None or membership.state != "invited":
        raise NotFound
    return membership


@atomic
async def record_acceptance(community: Community, person: Actor, invite_uri: str) -> Membership | None:
    """A person of another server said yes to an invitation of ours; one use, by the invited person only."""
    membership = await queries.membership(community, person)
    if membership is None or membership.state != "invited" or membership.join_uri != invite_uri:
        return None
    return await _come_in(person, community, membership)
