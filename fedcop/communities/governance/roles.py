"""The table role × act: the only place that says which role may do what. Pure; rules.py judges people by it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from fedcop.core.i18n import N_

RESPONSIBLE, MODERATOR, EXPERT, MEMBER = "responsible", "moderator", "expert", "member"

ROLES: Mapping[str, str] = {
    RESPONSIBLE: N_("Responsible"),
    MODERATOR: N_("Moderator"),
    EXPERT: N_("Expert"),
    MEMBER: N_("Member"),
}


class Act(StrEnum):
    """What one can do in a community."""

    REPLY = "reply"
    PUBLISH = "publish"
    ACCEPT_ANSWER = "accept_answer"
    INVITE = "invite"
    ADMIT = "admit"
    PIN = "pin"
    LOCK = "lock"
    REMOVE_POST = "remove_post"
    REMOVE_MEMBER = "remove_member"
    WARN = "warn"
    SUSPEND = "suspend"
    BAN = "ban"
    DECIDE_REPORTS = "decide_reports"
    APPOINT = "appoint"
    CHANGE = "change"


ACTS: Mapping[Act, str] = {
    Act.REPLY: N_("Reply and react"),
    Act.PUBLISH: N_("Start a discussion, share a resource"),
    Act.ACCEPT_ANSWER: N_("Accept the answer to anybody's question"),
    Act.INVITE: N_("Invite people"),
    Act.ADMIT: N_("Answer requests to join"),
    Act.PIN: N_("Pin a discussion"),
    Act.LOCK: N_("Lock a discussion"),
    Act.REMOVE_POST: N_("Remove somebody's post, with a reason"),
    Act.REMOVE_MEMBER: N_("Remove a member, with a reason"),
    Act.WARN: N_("Warn a member, in private"),
    Act.SUSPEND: N_("Suspend a member until a date, with a reason"),
    Act.BAN: N_("Ban a person, with a reason"),
    Act.DECIDE_REPORTS: N_("Read reports and decide about them"),
    Act.APPOINT: N_("Give roles"),
    Act.CHANGE: N_("Change the community's page and rules"),
}

_EVERYONE = frozenset((RESPONSIBLE, MODERATOR, EXPERT, MEMBER))
MODERATORS = frozenset((RESPONSIBLE, MODERATOR))

TABLE: Mapping[Act, frozenset[str]] = {
    Act.REPLY: _EVERYONE,
    Act.PUBLISH: _EVERYONE,
    Act.ACCEPT_ANSWER: frozenset((RESPONSIBLE, MODERATOR, EXPERT)),
    Act.INVITE: MODERATORS,
    Act.ADMIT: MODERATORS,
    Act.PIN: MODERATORS,
    Act.LOCK: MODERATORS,
    Act.REMOVE_POST: MODERATORS,
    Act.REMOVE_MEMBER: MODERATORS,
    Act.WARN: MODERATORS,
    Act.SUSPEND: MODERATORS,
    Act.BAN: MODERATORS,
    Act.DECIDE_REPORTS: MODERATORS,
    Act.APPOINT: frozenset((RESPONSIBLE,)),
    Act.CHANGE: frozenset((RESPONSIBLE,)),
}
"""The only place that says which role may do what; the about page draws it."""


def may(role: str | None, act: Act) -> bool:
    """Tell whether a role may do an act, by the table."""
    return role in TABLE[act]
