"""Ask somebody who wants to join, and answer: the exchange between a request and its decision."""

from __future__ import annotations

from fedcop.actors.models import Actor
from fedcop.communities import queries, rules
from fedcop.communities.admission import steps
from fedcop.communities.admission.models import AdmissionStep
from fedcop.communities.facts import ApplicantAnswered, ApplicantAsked
from fedcop.communities.models import Community, Membership
from fedcop.communities.rules import Act
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict, Invalid, NotFound
from fedcop.core.facts import record
from fedcop.core.i18n import N_

MAX_TEXT = 1000
MOST = 40  # steps of one exchange; a talk belongs elsewhere


@atomic
async def ask(moderator: Actor, membership: Membership, text: str) -> AdmissionStep:
    """Ask an applicant something before deciding."""
    community = await queries.by_id(membership.community_id)
    if community is None:
        raise NotFound
    rules.must_be_ours(community)
    await rules.may_act(moderator, community, Act.ADMIT)
    if membership.state != "asked":
        raise Conflict(N_("This request was answered already."), "not-asked")
    return await record_question(community, membership, _checked(text, "reason"), by=moderator)


@atomic
async def answer(actor: Actor, community: Community, text: str) -> AdmissionStep:
    """Answer what the moderators asked, or add something to one's request."""
    membership = await queries.membership(community, actor)
    if membership is None or membership.state != "asked":
        raise NotFound
    return await record_answer(community, membership, _checked(text, "text"))


def _checked(text: str, field: str) -> str:
    text = text.strip()
    if not text:
        raise Invalid(errors={field: N_("Write something first.")})
    if len(text) > MAX_TEXT:
        raise Invalid(errors={field: N_("This text is too long: 1,000 characters at most.")})
    return text


@atomic
async def record_question(
    community: Community, membership: Membership, text: str, *, by: Actor | None = None
) -> AdmissionStep:
    """A moderator asked an applicant something, here or on the community's own server."""
    await _room(community, membership)
    step = await steps.note(community, membership.actor_id, "question", text=text[:MAX_TEXT], by=by)
    await record(
        ApplicantAsked(
            community_id=community.id, membership_id=membership.id, step_id=step.id, by_id=by.id if by else None
        )
    )
    return step


@atomic
async def record_answer(community: Community, membership: Membership, text: str) -> AdmissionStep:
    """An applicant answered, here or on their own server."""
    await _room(community, membership)
    step = await steps.note(community, membership.actor_id, "answer", text=text[:MAX_TEXT], by=membership.actor)
    await record(ApplicantAnswered(community_id=community.id, membership_id=membership.id, step_id=step.id))
    return step


async def _room(community: Community, membership: Membership) -> None:
    said = (await steps.exchanges(community, [membership]))[membership.actor_id]
    if len(said) >= MOST:
        raise Conflict(N_("This exchange has become long. Decide, or talk elsewhere."), "too-long")
