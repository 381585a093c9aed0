"""What is said between a request and its decision: questions, answers, the line before a full community. Jobs, as in outgoing.py."""

from __future__ import annotations

from fedcop.accounts.letters import speaking
from fedcop.communities import mapping, queries
from fedcop.communities.activities.outgoing import accept_join, membership_of, send
from fedcop.communities.admission.models import AdmissionStep
from fedcop.communities.facts import ApplicantAnswered, ApplicantAsked, PlaceFound, Waits
from fedcop.core import addresses
from fedcop.core.i18n import N_, _
from fedcop.core.jobs import ordered
from fedcop.people.models import Follow

FULL = N_("All places are taken. You are on the waiting list and will be told when it is your turn.")
TURN = N_("A place is free: the moderators decide about your request now.")


@ordered
async def publish_question(fact: ApplicantAsked) -> None:
    """Carry what moderators of ours ask an applicant to their server: the request was heard and is not decided."""
    community, membership = await queries.by_id(fact.community_id), await membership_of(fact.membership_id)
    step = await AdmissionStep.get_or_none(id=fact.step_id)
    if community is None or membership is None or step is None or not community.actor.local or membership.actor.local:
        return
    asked = mapping.join(membership.join_uri, membership.actor, community.actor)
    uri = addresses.activity_uri(fact.activity_id)
    activity = mapping.answer(
        "TentativeAccept", uri, by=community.actor, to=membership.actor, asked=asked, reason=step.text
    )
    await send(activity, by=community.actor, to=membership.actor, about=f"Question to {membership.actor.name}")


@ordered
async def publish_more(fact: ApplicantAnswered) -> None:
    """Carry what an applicant of ours answers to the community's own server."""
    community, membership = await queries.by_id(fact.community_id), await membership_of(fact.membership_id)
    step = await AdmissionStep.get_or_none(id=fact.step_id)
    if community is None or membership is None or step is None or community.actor.local or not membership.actor.local:
        return
    asked = mapping.join(membership.join_uri, membership.actor, community.actor)
    activity = mapping.more_said(addresses.activity_uri(fact.activity_id), asked, step.text)
    await send(activity, by=membership.actor, to=community.actor, about=f"Answer by {membership.actor.name}")


@ordered
async def publish_waiting(fact: Waits) -> None:
    """Tell the server of somebody who waits for a place that they do."""
    await _say_state(fact, "waiting", FULL)


@ordered
async def publish_place(fact: PlaceFound) -> None:
    """Tell the server of somebody who waited that their turn came. Of a Join that is granted, publish_admission tells."""
    membership = await membership_of(fact.membership_id)
    community = await queries.by_id(fact.community_id)
    if membership is None or community is None:
        return
    if membership.state == "asked":
        await _say_state(fact, "asked", TURN)
    elif community.actor.local and not membership.actor.local and addresses.is_ours(membership.join_uri):
        await accept_join(community, membership, fact.activity_id)


async def _say_state(fact: Waits | PlaceFound, state: str, text: str) -> None:
    community, membership = await queries.by_id(fact.community_id), await membership_of(fact.membership_id)
    if community is None or membership is None or not community.actor.local or membership.actor.local:
        return
    if await Follow.exists(uri=membership.join_uri):
        return  # who asks by following has asked already, and knows no other answer than yes and no
    with speaking(community.language):
        said = _(text)
    asked = mapping.join(membership.join_uri, membership.actor, community.actor)
    uri = addresses.activity_uri(fact.activity_id)
    activity = mapping.answer("TentativeAccept", uri, by=community.actor, to=membership.actor, asked=asked, reason=said)
    activity["fc:state"] = state
    await send(activity, by=community.actor, to=membership.actor, about=f"State of {membership.actor.name}")
