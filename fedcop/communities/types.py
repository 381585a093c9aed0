"""What each type of community begins with: tabs, rules, examples. Suggestions only: whoever presides changes them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fedcop.communities.models import Community
from fedcop.core.i18n import N_

THREADS, RESOURCES, MEMBERS = "threads", "resources", "members"
TABS: Mapping[str, str] = {THREADS: N_("Discussions"), RESOURCES: N_("Shared library"), MEMBERS: N_("Members")}
"""The tabs that one can put first, or do without; "About" always comes after them, and discussions are always there."""


@dataclass(frozen=True)
class Type:
    """Where a community of one type begins."""

    tabs: tuple[str, ...]
    example: str  # of a purpose
    join_policy: str = "open"
    posting: str = "followers"
    expected: str = N_("One contribution a year: a question, an answer, a resource.")


TYPES: Mapping[str, Type] = {
    "practice": Type(
        (THREADS, RESOURCES, MEMBERS),
        N_("For example: grow, store and pass on the fruit trees that stand our winters."),
    ),
    "learning": Type(
        (RESOURCES, THREADS, MEMBERS),
        N_("For example: learn bookkeeping together, one chapter a month."),
        expected=N_("One chapter or exercise shared each term."),
    ),
    "affinity": Type(
        (THREADS, MEMBERS), N_("For example: young mothers of the network help each other."), join_policy="request"
    ),
    "profession": Type(
        (THREADS, RESOURCES, MEMBERS),
        N_("For example: treasurers of cooperatives compare their tools and rules."),
        join_policy="request",
    ),
    "cohort": Type(
        (MEMBERS, THREADS, RESOURCES),
        N_("For example: the class of 2024 stays in touch and shares openings."),
        join_policy="invitation",
        posting="members",
        expected=N_("News of oneself once a year."),
    ),
    "region": Type(
        (THREADS, MEMBERS, RESOURCES), N_("For example: the members of the Estrie meet and share machines.")
    ),
    "social": Type(
        (THREADS, MEMBERS), N_("For example: walk together on Sundays."), expected=N_("To come along once in a while.")
    ),
    "service": Type(
        (RESOURCES, THREADS),
        N_("For example: the legal office answers the questions of the member organisations."),
        posting="moderators",
        expected=N_("To read the guides before one asks."),
    ),
}


def of(kind: str) -> Type:
    """Give what a type begins with; software that names no type of ours gets that of a community of practice."""
    return TYPES.get(kind, TYPES["practice"])


def tabs(community: Community) -> tuple[str, ...]:
    """Give the tabs of a community, in order: those chosen, else those of its type."""
    return tuple(name for name in community.tabs.split() if name in TABS) or of(community.kind).tabs


def chosen(shown: Iterable[str], first: str) -> str:
    """Write down a choice of tabs: discussions are always among them, and one that is first is shown."""
    kept = {THREADS, *shown} & set(TABS)
    first = first if first in TABS else THREADS
    return " ".join([first, *(name for name in TABS if name in kept and name != first)])
