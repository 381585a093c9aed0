"""What strangers say about belonging: Join, Leave, Invite, and the answers. Checks first, writes through service and records."""

from __future__ import annotations

from activitypub.vocab import Activity, Join, Ref, id_of
from fedcop.accounts.letters import speaking
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import access, queries, remote, service
from fedcop.communities.activities import outgoing
from fedcop.communities.admission import accepting, exchange, inviting, links, settled
from fedcop.communities.charter.mapping import read_accepted
from fedcop.communities.mapping import read_answers
from fedcop.communities.models import Community, Membership
from fedcop.communities.rules import DEAD_LINK
from fedcop.core import addresses
from fedcop.core.errors import Forbidden
from fedcop.core.i18n import _
from fedcop.core.ids import new_id
from fedcop.core.jobs import enqueue
from fedcop.core.sanitise import to_text
from fedcop.federation import known
from fedcop.federation.fetching import resolver
from fedcop.federation.inbound import Ignore, Inbound, Outcome, Refuse
from fedcop.people import queries as people

MAX_TEXT = 2000


async def receive_join(inbound: Inbound) -> Outcome:
    """Somebody elsewhere asks to become a member of a community of ours."""
    said = inbound.activity.extra.get("fc:invitation")
    code = said if isinstance(said, str) else ""
    community = await _ours(inbound.object_id, inbound.actor, code, shown=await _was_shown(inbound, code))
    if not await access.may_find(inbound.actor, community, code=code):
        await _reject(inbound, community, DEAD_LINK)
        raise Refuse(DEAD_LINK)
    reason = await remote.refusal(inbound.actor, community)
    if reason is not None:
        await _reject(inbound, community, reason)
        raise Refuse(reason)
    before = await queries.membership(community, inbound.actor)
    try:
        membership = await service.join(
            inbound.actor,
            community,
            message_of(inbound.activity),
            uri=inbound.id,
            given=read_answers(inbound.activity),
            code=code,
            accepted=read_accepted(inbound.activity),
        )
    except Forbidden as error:
        await _reject(inbound, community, error.text)
        raise
    await known.remember(inbound.id, "join", membership.id, owner_uri=inbound.actor.uri)
    if before is not None and before.state in ("active", "invited") and membership.state == "active":
        # Who asks although they belong, or were invited, is told: their server may have lost the answer, or know of none.
        membership.join_uri = inbound.id
        await membership.save(update_fields=["join_uri"])
        membership.actor = inbound.actor
        await outgoing.accept_join(community, membership, new_id())
    return Outcome.DONE


async def _was_shown(inbound: Inbound, code: str) -> bool:
    """A hidden community is no secret to a server to which this very link was shown while it worked."""
    community = await queries.by_uri(inbound.object_id or "") if code else None
    return community is not None and await links.was_shown(community, code, inbound.actor.host)


async def _reject(inbound: Inbound, community: Community, reason: str) -> None:
    with speaking(community.language):
        reason = _(reason)
    await outgoing.reject_join(community, inbound.actor, join_uri=inbound.id, activity_id=new_id(), reason=reason)


async def receive_leave(inbound: Inbound) -> Outcome:
    """A member elsewhere leaves a community of ours, or takes a request back."""
    community = await _ours(_group_in(inbound.object), inbound.actor)
    membership = await queries.membership(community, inbound.actor)
    if membership is None:
        raise Ignore("the actor does not belong to this community")
    await settled.record_leave(community, inbound.actor)
    return Outcome.DONE


def _group_in(reference: Ref | None) -> str | None:
    """The group of a Leave or of an undone Join."""
    return reference.object_id if isinstance(reference, Activity) else id_of(reference)


async def receive_undo_join(inbound: Inbound) -> Outcome:
    """A Join is taken back: by name, or embedded."""
    if isinstance(inbound.object, Join):
        return await receive_leave(inbound)
    meant = await known.may_change(inbound, inbound.object_id or "")
    membership = await Membership.filter(id=meant.ref_id, actor_id=inbound.actor.id).first()
    community = await queries.by_id(membership.community_id) if membership is not None else None
    if community is None or not community.actor.local:
        raise Ignore("the actor does not belong to this community")
    await settled.record_leave(community, inbound.actor)
    return Outcome.DONE


async def receive_accept_join(inbound: Inbound) -> Outcome:
    """A community elsewhere lets one of ours in."""
    community, person = await _asked(inbound)
    await settled.record_admission(community, person)
    if read_accepted(inbound.activity) > community.charter_version:
        await enqueue(remote.refresh_known, {"community_id": community.id}, unique=f"community:{community.id}")
    return Outcome.DONE


async def receive_reject_join(inbound: Inbound) -> Outcome:
    """A community elsewhere says no to one of ours, or ends the membership."""
    community, person = await _asked(inbound)
    await settled.record_refusal(community, person, words_of(inbound.activity))
    return Outcome.DONE


async def receive_tentative_answer(inbound: Inbound) -> Outcome:
    """A community elsewhere has heard one of ours who asks to join: it is full, or its moderators ask something back."""
    community, person = await _asked(inbound)
    membership = await queries.membership(community, person)
    text, state = words_of(inbound.activity), inbound.activity.extra.get("fc:state")
    if membership is not None and state == "waiting":
        await settled.record_waiting(community, membership)
        return Outcome.DONE
    if membership is not None and state == "asked":
        await settled.record_turn(community, membership)
        return Outcome.DONE
    if membership is None or membership.state != "asked" or not text:
        raise Ignore("there is nothing to answer")
    await exchange.record_question(community, membership, text)
    return Outcome.DONE


async def receive_more_said(inbound: Inbound) -> Outcome:
    """Somebody elsewhere adds to a request that waits here, or as a member accepts a newer charter."""
    if isinstance(inbound.object, Join) and read_accepted(inbound.object):
        return await _accept_charter(inbound, inbound.object)
    uri = inbound.object_id or ""
    membership = (
        await Membership.filter(join_uri=uri, actor_id=inbound.actor.id, state="asked").select_related("actor").first()
    )
    community = await queries.by_id(membership.community_id) if membership is not None else None
    if membership is None or community is None or not community.actor.local or not isinstance(inbound.object, Join):
        raise Ignore("no request of this name waits here")
    text = to_text(inbound.object.content or "").strip()[:MAX_TEXT]
    if not text:
        raise Ignore("nothing was said")
    await exchange.record_answer(community, membership, text)
    return Outcome.DONE


async def _accept_charter(inbound: Inbound, join: Join) -> Outcome:
    """A member elsewhere accepts a newer charter of ours, in their own name only."""
    community = await _ours(join.object_id, inbound.actor)
    if not await accepting.record_acceptance(community, inbound.actor, read_accepted(join)):
        raise Ignore("this charter does not hold, or is accepted already")
    return Outcome.DONE


async def _asked(inbound: Inbound) -> tuple[Community, Actor]:
    """Find who of ours asked; only the community that was asked may answer (attacks D11, D12, D13)."""
    community = await queries.by_actor(inbound.actor)
    if community is None or inbound.actor.local:
        raise Ignore("nobody of ours asked this community")
    uri = id_of(inbound.object)
    found = (
        await Membership.filter(community_id=community.id, join_uri=uri, actor__local=True)
        .select_related("actor")
        .first()
        if uri
        else None
    )
    if found is None and isinstance(inbound.object, Join) and inbound.object.object_id == inbound.actor.uri:
        person = await actors.by_uri(inbound.object.actor_id or "")
        found = await queries.membership(community, person) if person is not None and person.local else None
    if found is None:
        raise Ignore("nobody of ours asked this community")
    return community, found.actor


async def receive_invite(inbound: Inbound) -> Outcome:
    """A community elsewhere invites one of ours, by its own word or its moderator's."""
    group_uri = inbound.activity.target_id
    person = await actors.by_uri(inbound.object_id or "")
    if person is None or not person.local or person.kind == "Group" or not group_uri or addresses.is_ours(group_uri):
        raise Ignore("this invitation is not for one of ours")
    group = await resolver.actor(group_uri, budget=inbound.budget)
    community = await remote.community_of(group, budget=inbound.budget)
    if inbound.actor.id != group.id and not await remote.moderates(community, inbound.actor, budget=inbound.budget):
        raise Refuse("only moderators invite")
    if await people.blocked_either_way(person, inbound.actor):
        raise Ignore("the two have blocked each other")
    membership = await settled.record_invitation(
        community, person, uri=inbound.id, by=inbound.actor, why=words_of(inbound.activity)
    )
    await known.remember(inbound.id, "invite", membership.id, owner_uri=inbound.actor.uri)
    return Outcome.DONE


async def receive_accept_invite(inbound: Inbound) -> Outcome:
    """A person elsewhere says yes to an invitation of ours: the invited one, once (attacks D36)."""
    community, membership = await _invited(inbound)
    reason = await remote.refusal(inbound.actor, community)
    if reason is not None:
        await settled.record_leave(community, inbound.actor)
        await outgoing.reject_join(
            community, inbound.actor, join_uri=membership.join_uri, activity_id=new_id(), reason=reason
        )
        raise Refuse(reason)
    if await queries.exclusion(community, inbound.actor) is not None:
        raise Refuse("the person is banned")
    accepted = read_accepted(inbound.activity)
    await inviting.record_acceptance(community, inbound.actor, membership.join_uri, accepted)
    return Outcome.DONE


async def receive_reject_invite(inbound: Inbound) -> Outcome:
    """A person elsewhere says no to an invitation of ours."""
    community, _membership = await _invited(inbound)
    await service.decline_invitation(inbound.actor, community)
    return Outcome.DONE


async def _invited(inbound: Inbound) -> tuple[Community, Membership]:
    uri = id_of(inbound.object)
    theirs = Membership.filter(actor_id=inbound.actor.id, state="invited")
    found = await theirs.filter(join_uri=uri).first() if uri else None
    if found is None and uri and (meant := await known.look_up(uri)) is not None and meant.kind == "invite":
        found = await theirs.filter(id=meant.ref_id).first()  # the first word of an invitation that was sent again
    community = await queries.by_id(found.community_id) if found is not None else None
    if found is None or community is None or not community.actor.local:
        raise Ignore("this person was not invited")
    return community, found


async def receive_undo_invite(inbound: Inbound) -> Outcome:
    """A community elsewhere takes an invitation of one of ours back."""
    uri = id_of(inbound.object)
    found = (
        await Membership.filter(state="invited", join_uri=uri, actor__local=True).select_related("actor").first()
        if uri
        else None
    )
    community = await queries.by_id(found.community_id) if found is not None else None
    if found is None or community is None:
        raise Ignore("there is no such invitation")
    if inbound.actor.id != community.actor_id and not await remote.moderates(
        community, inbound.actor, budget=inbound.budget
    ):
        raise Refuse("only moderators take an invitation back")
    await settled.record_refusal(community, found.actor)
    return Outcome.DONE


async def _ours(uri: str | None, who: Actor, code: str = "", *, shown: bool = False) -> Community:
    """Find a community of ours that is addressed; what is hidden is as absent as what is not there."""
    community = await queries.by_uri(uri) if uri else None
    if community is None or not community.actor.local:
        raise Ignore("this is no community of ours")
    if not shown and not await access.may_find(who, community, code=code):
        raise Ignore("this is no community of ours")
    return community


def message_of(activity: Activity) -> str:
    """Give what somebody wrote beside the answers to questions: software that sends answers says both apart."""
    said = activity.extra.get("fc:message")
    return to_text(said).strip()[:MAX_TEXT] if isinstance(said, str) else words_of(activity)


def words_of(activity: Activity) -> str:
    """Give what a person wrote into an activity, as plain text."""
    said = getattr(activity, "participation_message", None) or activity.summary or activity.content or ""
    return to_text(said).strip()[:MAX_TEXT]
