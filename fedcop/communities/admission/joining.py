"""Join and leave: what somebody does about their own place in a community."""

from __future__ import annotations

from collections.abc import Mapping

from fedcop.actors.models import Actor
from fedcop.communities import access, queries, rules
from fedcop.communities.admission import links, questions, steps
from fedcop.communities.admission.inviting import accept_invitation, decline_invitation, ticked
from fedcop.communities.admission.links import KNOWN
from fedcop.communities.admission.settled import became_member
from fedcop.communities.admission.waiting import is_full, wait
from fedcop.communities.charter import versions
from fedcop.communities.facts import JoinAsked, MemberLeft
from fedcop.communities.models import Community, InvitationLink, Membership
from fedcop.communities.records import end_membership
from fedcop.core import addresses, clock
from fedcop.core.database import atomic
from fedcop.core.facts import record
from fedcop.core.ids import new_id

MAX_MESSAGE = 2000


@atomic
async def join(
    actor: Actor,
    community: Community,
    message: str = "",
    *,
    uri: str = "",
    given: Mapping[str, str] | None = None,
    code: str = "",
    accepted: int = 0,
) -> Membership:
    """Become a member, or ask to: at once where all may join, else a moderator decides; elsewhere the other server does.

    `given` are the answers to the community's questions; None is software that knows no questions. `code` is that of an
    invitation link: one that works lets people in whom the community knows, and lets strangers ask. `accepted` is the version
    of the charter that they ticked; people of other servers may come from software that knows no charters.
    """
    await rules.lock(community)
    link = await access.link_of(community, code) if code else None
    standing = await rules.may_join(actor, community, code=code, invited=link is not None)
    known = standing.membership
    if known is not None and known.state == "held":  # whoever has those keys now asks like anybody
        await known.delete()
        known = None
    if known is not None and known.state == "invited":
        return await accept_invitation(actor, community, accepted)
    if known is not None:
        known.join_uri = uri or known.join_uri
        await known.save(update_fields=["join_uri"])
        return known if link is None else await _hurry(community, known, link)
    accepted = ticked(actor, community, accepted)
    asks = community.join_policy != "open" and (link is None or link.kind != KNOWN)
    answers = questions.answers(community, given or {}, strict=given is not None and actor.local) if asks else []
    if link is not None and community.actor.local:
        await _spend(link, community, actor.id)
    full = await is_full(community)
    now, at_once = clock.now(), community.actor.local and not asks and not full
    membership = await Membership.create(
        community=community,
        actor=actor,
        state="active" if at_once else "asked",
        join_uri=uri or addresses.activity_uri(new_id()),
        charter_accepted=accepted,
        message=message.strip()[:MAX_MESSAGE],
        created_at=now,
        decided_at=now if at_once else None,
    )
    said = {"answers": answers, **await versions.consent_to(community, accepted), **_by_link(link)}
    await steps.note(community, actor.id, "joined" if at_once else "asked", text=membership.message, detail=said)
    if full:
        await wait(community, membership, entitled=link is not None and not asks)
    elif at_once:
        await became_member(community, membership)
    else:
        await record(JoinAsked(community_id=community.id, membership_id=membership.id, code=code if link else ""))
    return membership


def _by_link(link: InvitationLink | None) -> dict[str, str]:
    """Who is asked to decide sees whose link it was."""
    if link is None:
        return {}
    by = {"link_of": link.by.display_name or link.by.name} if link.by is not None else {}
    return {"link": str(link.id), **by}


async def _spend(link: InvitationLink, community: Community, person_id: int) -> None:
    """Use a link up by one, once for each person: who comes and goes takes no place from others."""
    if not await steps.came_by(link, community, person_id):
        await links.spend(link)


async def _hurry(community: Community, known: Membership, link: InvitationLink) -> Membership:
    """Somebody who asked or waits already comes by a link now: people whom the community knows need nobody's decision."""
    if known.state not in ("asked", "waiting") or (community.actor.local and link.kind != KNOWN):
        return known
    if not community.actor.local:
        known.join_uri = addresses.activity_uri(new_id())
        await known.save(update_fields=["join_uri"])
        await record(JoinAsked(community_id=community.id, membership_id=known.id, code=link.code))
        return known
    if known.state == "waiting" and known.entitled:
        return known
    await _spend(link, community, known.actor_id)
    if known.state == "waiting":
        known.entitled = True
        await known.save(update_fields=["entitled"])
        await steps.note_link(link, community, known.actor_id)
    elif await is_full(community):
        await wait(community, known, entitled=True)
        await steps.note_link(link, community, known.actor_id)
    else:
        known.state, known.decided_at = "active", clock.now()
        await known.save(update_fields=["state", "decided_at"])
        await steps.note(community, known.actor_id, "joined", detail=_by_link(link))
        await became_member(community, known)
    return known


@atomic
async def leave(actor: Actor, community: Community) -> None:
    """Stop being a member, or take a request back; the last responsible person has to name another one first."""
    membership = await queries.membership(community, actor)
    if membership is None:
        return
    if membership.state == "invited":
        await decline_invitation(actor, community)
        return
    await rules.must_keep_a_responsible(community, membership)
    await steps.note(community, actor.id, "left" if membership.state == "active" else "withdrawn", by=actor)
    await end_membership(community, membership, person=actor, own_wish=True)
    await record(
        MemberLeft(
            community_id=community.id,
            actor_id=actor.id,
            join_uri=membership.join_uri,
            was_active=membership.state == "active",
        )
    )
