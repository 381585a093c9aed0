"""Writes into the record of an admission that moderators ended the membership. Reactions to facts."""

from __future__ import annotations

from fedcop.communities.admission.models import AdmissionStep
from fedcop.communities.facts import Banned, MemberRemoved
from fedcop.communities.models import Ban
from fedcop.core import clock
from fedcop.core.database import atomic


async def note_removed(fact: MemberRemoved) -> None:
    """Write down a removal."""
    await _ended(fact, fact.actor_id, fact.by_id, fact.reason, {})


async def note_banned(fact: Banned) -> None:
    """Write down the ban of a member."""
    made = await Ban.get_or_none(id=fact.ban_id)
    if made is not None and fact.was_member:
        await _ended(fact, made.actor_id, made.by_id, made.reason, {"ban": made.id})


@atomic
async def _ended(
    fact: MemberRemoved | Banned, actor_id: int, by_id: int | None, reason: str, detail: dict[str, int]
) -> None:
    # The id minted with the fact: a job run twice writes one line.
    if not await AdmissionStep.exists(id=fact.activity_id):
        await AdmissionStep.create(
            id=fact.activity_id,
            community_id=fact.community_id,
            actor_id=actor_id,
            by_id=by_id,
            kind="ended",
            text=reason,
            detail=detail,
            created_at=clock.now(),
        )
