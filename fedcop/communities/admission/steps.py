"""The dated steps of admissions: written by who decides, read by the applicant, by moderators, and for the usual delay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import median
from typing import Any

from fedcop.actors.models import Actor
from fedcop.communities.admission.models import AdmissionStep
from fedcop.communities.models import Community, InvitationLink, Membership
from fedcop.core import clock
from fedcop.core.i18n import N_

KINDS: Mapping[str, str] = {
    "asked": N_("Request sent"),
    "question": N_("Question by the moderators"),
    "answer": N_("Answer"),
    "joined": N_("Became a member"),
    "admitted": N_("Request accepted"),
    "declined": N_("Request declined"),
    "invited": N_("Invitation"),
    "reminded": N_("Invitation sent again"),
    "invitation_accepted": N_("Invitation accepted"),
    "invitation_declined": N_("Invitation declined"),
    "invitation_withdrawn": N_("Invitation taken back"),
    "charter_accepted": N_("Charter accepted"),
    "withdrawn": N_("Request taken back"),
    "waiting": N_("On the waiting list"),
    "place": N_("A place was free: became a member"),
    "turn": N_("A place is free: the moderators decide"),
    "left": N_("Left the community"),
    "returned": N_("Decision changed after an appeal: a member again"),
    "ended": N_("Membership ended by a moderator"),
    "held": N_(
        "The server came back after a long silence without proof that it is the same: no member until that is settled"
    ),
    "confirmed": N_("Confirmed: a member again"),
}
BEGINNINGS = ("asked", "joined", "invited")
SENT = ("invited", "reminded")
ENTERED = ("joined", "admitted", "invitation_accepted", "place", "returned", "confirmed")
DECISIONS = ("admitted", "declined")
COUNTED = 50  # decisions that the usual delay is made of


async def note(
    community: Community,
    person_id: int,
    kind: str,
    *,
    text: str = "",
    by: Actor | None = None,
    detail: Mapping[str, Any] | None = None,
) -> AdmissionStep:
    """Write down a step; call it in the transaction of what it tells."""
    return await AdmissionStep.create(
        community_id=community.id,
        actor_id=person_id,
        by_id=by.id if by is not None else None,
        kind=kind,
        text=text,
        detail=dict(detail or {}),
        created_at=clock.now(),
    )


async def came_by(link: InvitationLink, community: Community, person_id: int) -> bool:
    """Tell whether somebody has come by this link before."""
    found = await AdmissionStep.filter(community_id=community.id, actor_id=person_id)
    return any(str(link.id) in (one.detail.get("link"), one.detail.get("hurried_by")) for one in found)


async def note_link(link: InvitationLink, community: Community, person_id: int) -> None:
    """Note at somebody's newest step by which link they are there earlier than others."""
    newest = await AdmissionStep.filter(community_id=community.id, actor_id=person_id).order_by("-id").first()
    if newest is not None:
        newest.detail = {**newest.detail, "hurried_by": str(link.id)}
        await newest.save(update_fields=["detail"])


async def note_decision(
    membership: Membership, community: Community, kind: str, *, by: Actor | None, text: str = ""
) -> None:
    """Write down a decision, and how long such decisions usually take here."""
    hours = round((clock.now() - membership.created_at).total_seconds() / 3600)
    await note(community, membership.actor_id, kind, text=text, by=by, detail={"hours": hours} if by else None)
    if by is None:
        return
    found = await AdmissionStep.filter(community_id=community.id, kind__in=DECISIONS).order_by("-id").limit(COUNTED)
    took = [one.detail["hours"] for one in found if "hours" in one.detail]
    community.answer_hours = round(median(took))
    await community.save(update_fields=["answer_hours"])


async def of(community: Community, person: Actor) -> list[AdmissionStep]:
    """List all steps of somebody's admission, oldest first."""
    return await AdmissionStep.filter(community_id=community.id, actor_id=person.id).order_by("id")


async def sent(community: Community, invited: Membership) -> list[AdmissionStep]:
    """Give how often somebody who is invited was told so, the first time first."""
    told = AdmissionStep.filter(community_id=community.id, actor_id=invited.actor_id, kind__in=SENT)
    return await told.filter(created_at__gte=invited.created_at).order_by("id")


async def pressed(community: Community, person: Actor) -> list[AdmissionStep]:
    """Give how often somebody was invited or reminded since they last came in, if ever, the first time first."""
    found: list[AdmissionStep] = []
    for step in await of(community, person):
        if step.kind in ENTERED:
            found = []
        elif step.kind in SENT:
            found.append(step)
    return found


async def inviter(membership: Membership | None, community: Community) -> tuple[Actor | None, str]:
    """Tell who invited somebody that has not answered yet, and why."""
    if membership is None or membership.state != "invited":
        return None, ""
    told = await sent(community, membership)
    by = await Actor.get_or_none(id=told[-1].by_id) if told and told[-1].by_id is not None else None
    return by, told[-1].text if told else ""


async def exchanges(community: Community, requests: Iterable[Membership]) -> dict[int, list[AdmissionStep]]:
    """Give what was said since each of these people asked, by actor id; what came before is not for moderators any more."""
    ids = [one.actor_id for one in requests]
    found: dict[int, list[AdmissionStep]] = {one: [] for one in ids}
    if not ids:
        return found
    for step in await AdmissionStep.filter(community_id=community.id, actor_id__in=ids).order_by("id"):
        if step.kind in BEGINNINGS:
            found[step.actor_id] = []
        found[step.actor_id].append(step)
    return found
