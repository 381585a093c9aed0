"""Tells those in charge when another organisation proposes, answers or ends an agreement. Reactions to facts."""

from __future__ import annotations

from fedcop.accounts import queries as accounts
from fedcop.accounts.rules import rank
from fedcop.alliances.facts import AllianceAccepted, AllianceDeclined, AllianceEnded, AllianceFact, AllianceProposed
from fedcop.notifications.service import notify


async def tell_proposed(fact: AllianceProposed) -> None:
    """Say that an organisation proposes an agreement."""
    if not fact.by_us:
        await _tell("alliance_proposed", fact)


async def tell_accepted(fact: AllianceAccepted) -> None:
    """Say that an organisation accepted ours."""
    if not fact.by_us:
        await _tell("alliance_accepted", fact)


async def tell_declined(fact: AllianceDeclined) -> None:
    """Say that an organisation declined ours."""
    if not fact.by_us:
        await _tell("alliance_declined", fact)


async def tell_ended(fact: AllianceEnded) -> None:
    """Say that an agreement is over, by the other side or by its date."""
    if not fact.by_us or fact.known_to_both:
        await _tell("alliance_ended", fact)


async def _tell(kind: str, fact: AllianceFact) -> None:
    for account in await accounts.staff():
        if rank(account.role) >= rank("admin"):
            key = f"{kind}:{fact.activity_id}:{account.actor_id}"
            detail = {"host": fact.host, "path": f"/admin/alliances/{fact.alliance_id}"}
            await notify(account.actor_id, kind, unique_key=key, detail=detail)
