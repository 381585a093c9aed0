"""The life of a community in words: announced, pilot, beta, active, dormant, archived. Pure; life.py changes it.

A community that is archived keeps the stage it had, and `closed_at` says since when: opened again, it goes on from there.
"""

from __future__ import annotations

from collections.abc import Mapping

from fedcop.communities.models import Community
from fedcop.core.i18n import N_

ANNOUNCED, PILOT, BETA, ACTIVE, DORMANT, ARCHIVED = "announced", "pilot", "beta", "active", "dormant", "archived"
STAGES: Mapping[str, str] = {
    ANNOUNCED: N_("Coming soon"),
    PILOT: N_("Pilot"),
    BETA: N_("Beta"),
    ACTIVE: N_("Active"),
    DORMANT: N_("Dormant"),
    ARCHIVED: N_("Archived"),
}
MEANINGS: Mapping[str, str] = {
    ANNOUNCED: N_("People see the page and can ask to be told when it opens. Only who is invited comes in."),
    PILOT: N_("A small group tries it out."),
    BETA: N_("It is open, and still finding its form."),
    ACTIVE: N_("It runs as it should."),
    DORMANT: N_("Little happens now. The page says so; all can still read and write."),
    ARCHIVED: N_("All stays to be read; nobody can join or write any more. You can open it again."),
}
BEGINNINGS = (ANNOUNCED, PILOT)
"""A new community begins in one of these, and leaves them for one of GROWN with what NEEDS says."""
GROWN = (BETA, ACTIVE, DORMANT)
OPEN = (PILOT, BETA, ACTIVE, DORMANT)

NEEDS: Mapping[str, str] = {
    "purpose": N_("a purpose in one sentence"),
    "charter": N_("a charter"),
    "people": N_("two people who are responsible: a president and somebody who admits or moderates"),
}
RESPONSIBLE = 2


def of(community: Community) -> str:
    """Tell in which stage a community is."""
    return ARCHIVED if community.closed_at is not None else community.stage


def present(community: Community, responsible: int) -> dict[str, bool]:
    """Tell which needs are met, given how many people are responsible."""
    return {
        "purpose": bool(community.purpose),
        "charter": community.charter_version > 0,
        "people": responsible >= RESPONSIBLE,
    }
