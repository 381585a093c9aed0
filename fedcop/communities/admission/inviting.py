"""Invite a person by name, remind them, take it back; say yes or no to an invitation."""

from __future__ import annotations

from datetime import timedelta

from fedcop.actors.models import Actor
from fedcop.communities import queries, rules
from fedcop.communities.admission import steps
from fedcop.communities.admission.deciding import admit
from fedcop.communities.admission.links import checked_why
from fedcop.communities.admission.settled import became_member
from fedcop.communities.admission.waiting import is_full, wait
from fedcop.communities.charter import versions
from fedcop.communities.facts import Declined, InvitationAccepted, InvitationDeclined, Invited
from fedcop.communities.models import Community, Membership
from fedcop.communities.rules import Act
from fedcop.core import addresses, clock
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict, Forbidden, Invalid, NotFound
from fedcop.core.facts import record
from fedcop.core.i18n import N_
from fedcop.core.ids import new_id

MOST_AGAIN = 2
PAUSE = timedelta(days=3)
WITHIN = timedelta(days=30)  # later, one may ask once more
TOO_SOON = N_("An invitation is sent again twice at most, three days apart.")


@atomic
async def invite(
    moderator: Actor, community: Community, person: Actor, why: str = "", *, news: bool = False
) -> Membership:
    """Invite a person, with a sentence that says why; who had asked to join is admitted instead. `news`: it is no one's choice to press them."""
    await rules.may_invite(moderator, community)
    await rules.lock(community)
    if person.kind == "Group":
        raise Invalid(errors={"handle": N_("This is a community. Only people can be invited.")})
    if await queries.exclusion(community, person) is not None:
        raise Invalid(errors={"handle": N_("This person is banned. Lift the ban first.")})
    known = await queries.membership(community, person)
    if known is not None:
        return await admit(moderator, known) if known.state == "asked" else known
    why = checked_why(why)
    if not news and await is_too_soon(community, person):
        raise Invalid(errors={"handle": TOO_SOON})
    membership = await Membership.create(
        community=community,
        actor=person,
        state="invited",
        join_uri=addresses.activity_uri(new_id()),
        created_at=clock.now(),
    )
    await steps.note(community, person.id, "invited", by=moderator, text=why)
    await record(Invited(community_id=community.id, membership_id=membership.id, by_id=moderator.id, why=why))
    return membership


async def is_too_soon(community: Community, person: Actor) -> bool:
    """Tell whether somebody was invited too often, or too lately: taken back and sent anew, or refused, it is the same invitation again."""
    lately = [one for one in await steps.pressed(community, person) if one.created_at > clock.now() - WITHIN]
    return bool(lately) and (len(lately) > MOST_AGAIN or clock.now() - lately[-1].created_at < PAUSE)


@atomic
async def remind(by: Actor, community: Community, membership: Membership) -> None:
    """Send an invitation again: twice at most, and not within three days."""
    await rules.may_invite(by, community)
    membership = await _unanswered(community, membership)
    said = await steps.sent(community, membership)
    if len(said) > MOST_AGAIN or clock.now() - said[-1].created_at < PAUSE:
        raise Conflict(TOO_SOON, "too-soon")
    why = said[-1].text if said[-1].by_id == by.id else ""  # nobody's words in somebody else's name
    await _send_again(by, community, membership, why)


@atomic
async def invite_again(by: Actor, community: Community, membership: Membership, why: str) -> None:
    """Invite somebody who has not answered yet for another reason than before: that is news, however soon it comes."""
    await rules.may_invite(by, community)
    await _send_again(by, community, await _unanswered(community, membership), checked_why(why))


async def _send_again(by: Actor, community: Community, membership: Membership, why: str) -> None:
    membership.join_uri = addresses.activity_uri(new_id())  # servers do not read the same activity twice
    await membership.save(update_fields=["join_uri"])
    await steps.note(community, membership.actor_id, "reminded", by=by, text=why)
    await record(Invited(community_id=community.id, membership_id=membership.id, by_id=by.id, why=why))


@atomic
async def withdraw(by: Actor, community: Community, membership: Membership) -> None:
    """Take an invitation back."""
    await rules.may_act(by, community, Act.INVITE)
    rules.must_be_ours(community)
    membership = await _unanswered(community, membership)
    await steps.note(community, membership.actor_id, "invitation_withdrawn", by=by)
    await membership.delete()
    await record(
        Declined(community_id=community.id, actor_id=membership.actor_id, join_uri=membership.join_uri, by_id=by.id)
    )


async def _unanswered(community: Community, seen: Membership) -> Membership:
    """Give an invitation as it is now; who was invited may have answered since somebody saw it."""
    await rules.lock(community)
    found = await Membership.filter(id=seen.id, state="invited").select_related("actor").first()
    if found is None:
        raise Conflict(N_("This invitation was answered already."), "answered")
    return found


@atomic
async def accept_invitation(actor: Actor, community: Community, accepted: int = 0) -> Membership:
    """Say yes to an invitation, with the version of the charter that was ticked."""
    membership = await _invitation(actor, community)
    if await queries.exclusion(community, actor) is not None:
        raise Forbidden(rules.BANNED, "banned")
    return await _come_in(actor, community, membership, ticked(actor, community, accepted))


def ticked(actor: Actor, community: Community, accepted: int) -> int:
    """Give the version of the charter that somebody accepted at the door: who lives here has to, others may say what they did."""
    if not actor.local:
        return accepted if 0 < accepted <= community.charter_version else 0
    if accepted == community.charter_version:
        return accepted
    moved = accepted and community.charter_version
    raise Invalid(
        errors={"agreed": rules.CHARTER_MOVED if moved else N_("Read the charter, then tick this box to join.")}
    )


async def _come_in(person: Actor, community: Community, membership: Membership, accepted: int) -> Membership:
    """Make a member of who said yes, or let them wait for a place."""
    membership.charter_accepted = accepted
    await membership.save(update_fields=["charter_accepted"])
    detail = await versions.consent_to(community, accepted)
    await steps.note(community, person.id, "invitation_accepted", by=person, detail=detail)
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
    await rules.lock(community)
    membership = await queries.membership(community, actor)
    if membership is None or membership.state != "invited":
        raise NotFound
    return membership


@atomic
async def record_acceptance(
    community: Community, person: Actor, invite_uri: str, accepted: int = 0
) -> Membership | None:
    """A person of another server said yes to an invitation of ours; one use, by the invited person only."""
    await rules.lock(community)
    membership = await queries.membership(community, person)
    if membership is None or membership.state != "invited" or membership.join_uri != invite_uri:
        return None
    return await _come_in(person, community, membership, ticked(person, community, accepted))
