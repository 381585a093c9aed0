"""The roles of a community and the table role × act: the only place that says which role may do what.

Pure; rules.py judges people by it, queries.py finds them by it, the page "About" draws it. The four duties of the committee
are shared person by person, so each is a seat of the table of its own: a role that is not a committee has one seat.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from fedcop.core.i18n import N_

PRESIDENT, PERMANENCE, COMMITTEE = "president", "permanence", "committee"
FACILITATOR, EXPERT, SPONSOR, MEMBER = "facilitator", "expert", "sponsor", "member"
ADMISSIONS, MODERATION, ACTIVITIES, THEMES = "admissions", "moderation", "activities", "themes"

ROLES: Mapping[str, str] = {
    PRESIDENT: N_("President"),
    COMMITTEE: N_("Committee"),
    PERMANENCE: N_("Permanent office"),
    FACILITATOR: N_("Facilitator"),
    EXPERT: N_("Expert"),
    SPONSOR: N_("Sponsor"),
    MEMBER: N_("Member"),
}
"""In the order in which members are told who does what."""

DUTIES: Mapping[str, str] = {
    ADMISSIONS: N_("Admissions"),
    MODERATION: N_("Moderation"),
    ACTIVITIES: N_("Activities"),
    THEMES: N_("Themes"),
}
WITH_A_FIELD = (SPONSOR, EXPERT)
"""Roles of people who are there for what they know: their field is shown."""
COMMITTEE_SIZE = (5, 8)


class Act(StrEnum):
    """What one can do in a community."""

    REPLY = "reply"
    PUBLISH = "publish"
    PUBLISH_WHERE_FEW_DO = "publish_where_few_do"
    ACCEPT_ANSWER = "accept_answer"
    INVITE = "invite"
    CALL = "call"
    ADMIT = "admit"
    PIN = "pin"
    LOCK = "lock"
    REMOVE_POST = "remove_post"
    MOVE = "move"
    REMOVE_MEMBER = "remove_member"
    WARN = "warn"
    SUSPEND = "suspend"
    BAN = "ban"
    DECIDE_REPORTS = "decide_reports"
    APPOINT = "appoint"
    CHANGE = "change"
    SPEAK_FOR = "speak_for"


ACTS: Mapping[Act, str] = {
    Act.REPLY: N_("Reply and react"),
    Act.PUBLISH: N_("Start a discussion, share a resource"),
    Act.PUBLISH_WHERE_FEW_DO: N_("The same, where members may not"),
    Act.ACCEPT_ANSWER: N_("Accept the answer to anybody's question"),
    Act.INVITE: N_("Invite people"),
    Act.CALL: N_("Write to all members (call to all)"),
    Act.ADMIT: N_("Answer requests to join"),
    Act.PIN: N_("Pin a discussion"),
    Act.LOCK: N_("Lock a discussion"),
    Act.REMOVE_POST: N_("Remove somebody's post, with a reason"),
    Act.MOVE: N_("Move a discussion to another community"),
    Act.REMOVE_MEMBER: N_("Remove a member, with a reason"),
    Act.WARN: N_("Warn a member, in private"),
    Act.SUSPEND: N_("Suspend a member until a date, with a reason"),
    Act.BAN: N_("Ban a person, with a reason"),
    Act.DECIDE_REPORTS: N_("Read reports and decide about them"),
    Act.APPOINT: N_("Give roles"),
    Act.CHANGE: N_("Change the community's page and rules"),
    Act.SPEAK_FOR: N_("Sign in to applications as the community"),
}

SEATS: Mapping[str, str] = {
    PRESIDENT: ROLES[PRESIDENT],
    ADMISSIONS: N_("Committee: admissions"),
    MODERATION: N_("Committee: moderation"),
    ACTIVITIES: N_("Committee: activities"),
    THEMES: N_("Committee: themes"),
    **{role: ROLES[role] for role in (PERMANENCE, FACILITATOR, EXPERT, SPONSOR, MEMBER)},
}
"""The columns of the table: each role, and each duty instead of the committee as a whole."""

_EVERYBODY = frozenset(SEATS)
_HOSTS = frozenset((PRESIDENT, *DUTIES, PERMANENCE, FACILITATOR))
_MODERATORS = frozenset((PRESIDENT, MODERATION))

TABLE: Mapping[Act, frozenset[str]] = {
    Act.REPLY: _EVERYBODY,
    Act.PUBLISH: _EVERYBODY,
    Act.PUBLISH_WHERE_FEW_DO: _HOSTS,
    Act.ACCEPT_ANSWER: _HOSTS | {EXPERT},
    Act.INVITE: frozenset((PRESIDENT, ADMISSIONS, ACTIVITIES, PERMANENCE, FACILITATOR)),
    Act.CALL: frozenset((PRESIDENT, ACTIVITIES, PERMANENCE, FACILITATOR)),
    Act.ADMIT: frozenset((PRESIDENT, ADMISSIONS, PERMANENCE)),
    Act.PIN: frozenset((PRESIDENT, *DUTIES, PERMANENCE, FACILITATOR)) - {ADMISSIONS},
    Act.LOCK: _MODERATORS,
    Act.REMOVE_POST: _MODERATORS,
    Act.MOVE: _MODERATORS,
    Act.REMOVE_MEMBER: _MODERATORS,
    Act.WARN: _MODERATORS,
    Act.SUSPEND: _MODERATORS,
    Act.BAN: _MODERATORS,
    Act.DECIDE_REPORTS: _MODERATORS,
    Act.APPOINT: frozenset((PRESIDENT,)),
    Act.CHANGE: frozenset((PRESIDENT,)),
    Act.SPEAK_FOR: _HOSTS,
}

STAFF = frozenset((Act.PIN, Act.LOCK, Act.REMOVE_POST, Act.MOVE, Act.REMOVE_MEMBER, Act.WARN, Act.SUSPEND, Act.BAN))
"""What moderators of the whole instance may do, without a role, in its communities that the public reads."""

MODERATE = Act.REMOVE_POST
"""Who may do this is a moderator to all other software: listed in the Group's `moderators`."""


def seats_of(role: str | None, duties: str | Iterable[str] = ()) -> frozenset[str]:
    """Give the seats that a role has; those of a committee are its duties."""
    if role is None:
        return frozenset()
    if role != COMMITTEE:
        return frozenset((role,))
    names = duties.split() if isinstance(duties, str) else duties
    return frozenset(names) & frozenset(DUTIES)


def named(seats: Collection[str]) -> list[str]:
    """Name some columns of the table in its order, all four duties as the committee (msgids)."""
    whole = set(DUTIES) <= set(seats)
    shown = [ROLES[COMMITTEE] if whole and seat in DUTIES else label for seat, label in SEATS.items() if seat in seats]
    return list(dict.fromkeys(shown))


def may(seats: frozenset[str], act: Act) -> bool:
    """Tell whether one of these seats may do an act, by the table."""
    return not TABLE[act].isdisjoint(seats)


def seated_sql(act: Act) -> str:
    """Give the SQL condition on rows of `membership` whose role may do an act; no value of anybody's is in it."""
    seats = TABLE[act]
    whole = ", ".join(f"'{role}'" for role in ROLES if role in seats)
    shared = " OR ".join(f"duties LIKE '%{duty}%'" for duty in DUTIES if duty in seats)
    parts = [f"role IN ({whole})"] if whole else []
    parts += [f"(role = '{COMMITTEE}' AND ({shared}))"] if shared else []
    return f"(state = 'active' AND ({' OR '.join(parts)}))"


class Holder(Protocol):
    """What has a role: a membership."""

    role: str
    duties: str
    field: str
    until: datetime | None


@dataclass(frozen=True)
class Position:
    """A role as it is given: with the duties of a committee's member, the field of somebody who knows it, and its end."""

    role: str
    duties: str = ""  # names with spaces between, in the order of DUTIES
    field: str = ""
    until: datetime | None = None

    @classmethod
    def of(cls, holder: Holder) -> Position:
        """Give the position of a membership."""
        return cls(holder.role, holder.duties, holder.field, holder.until)

    @classmethod
    def made(cls, role: str, duties: Iterable[str] = (), field: str = "", until: datetime | None = None) -> Position:
        """Make one of what was said, without what does not belong to the role."""
        wanted = set(duties)
        return cls(
            role,
            " ".join(name for name in DUTIES if name in wanted) if role == COMMITTEE else "",
            " ".join(field.split()) if role in WITH_A_FIELD else "",
            until if role != MEMBER else None,
        )

    @property
    def seats(self) -> frozenset[str]:
        """Give its columns in the table."""
        return seats_of(self.role, self.duties)

    def may(self, act: Act) -> bool:
        """Tell whether it may do an act."""
        return may(self.seats, act)

    @property
    def moderates(self) -> bool:
        """Tell whether other software sees a moderator in it."""
        return self.may(MODERATE)


MODERATOR = Position(COMMITTEE, MODERATION)
"""What somebody is of whom a server says no more than that they moderate."""
