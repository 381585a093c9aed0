"""What a member wants done with what comes from people they do not know: told as ever, set aside until they look, or dropped. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from fedcop.core.i18n import N_
from fedcop.notifications import topics

ACCEPT, FILTER, DROP = "accept", "filter", "drop"
ANSWERS: Mapping[str, str] = {
    ACCEPT: N_("Tell me"),
    FILTER: N_("Set aside: I look at it when I like"),
    DROP: N_("Ignore: it is lost"),
}
NOT_FOLLOWING, NOT_FOLLOWERS, NEW_ACCOUNTS = "not_following", "not_followers", "new_accounts"
PRIVATE_MENTIONS, LIMITED_ACCOUNTS, BOTS = "private_mentions", "limited_accounts", "bots"

QUESTIONS: Mapping[str, tuple[str, str]] = {
    NOT_FOLLOWING: (
        N_("People whom I do not follow"),
        N_("Members of my communities count as people whom I know."),
    ),
    NOT_FOLLOWERS: (
        N_("People who do not follow me, or only for less than 3 days"),
        N_("Members of my communities count as people whom I know."),
    ),
    NEW_ACCOUNTS: (
        N_("People whose account is less than 30 days old"),
        N_("Except those whom I follow."),
    ),
    PRIVATE_MENTIONS: (
        N_("Being named where not everybody reads"),
        N_("Except by people whom I follow, by members of my communities, and in discussions in which I wrote."),
    ),
    LIMITED_ACCOUNTS: (
        N_("People on servers that this instance limits"),
        N_("Except those whom I follow, and in communities that I belong to or follow."),
    ),
    BOTS: (
        N_("Accounts that say they are programs"),
        N_("Except those whom I follow."),
    ),
}
"""Whom each is about, and who is not meant; in the order in which they are asked."""

DEFAULTS: Mapping[str, str] = {name: FILTER if name == LIMITED_ACCOUNTS else ACCEPT for name in QUESTIONS}
"""What holds for who chose nothing. Those who run the instance limited a server so that nobody stumbles over its people."""

FILTERABLE = frozenset(("mention", "reply", "reaction", "answer_accepted", "quote", "follow", "follow_asked"))
"""What anybody can make happen to a member. What they asked for, and what communities and moderators say, comes always."""

FROM_LIMITED = frozenset((*topics.APPS, "invited"))
"""The same of people on limited servers, and whatever else they say to one."""

KEY = "notification_policy"  # in the preferences of an account


def answers(preferences: Mapping[str, object] | None) -> dict[str, str]:
    """Give the answer to each question, as chosen or by default."""
    chosen = (preferences or {}).get(KEY)
    known = chosen if isinstance(chosen, Mapping) else {}
    found = {name: str(known.get(name)) for name in QUESTIONS}
    return {name: found[name] if found[name] in ANSWERS else default for name, default in DEFAULTS.items()}


def strict(preferences: Mapping[str, object] | None, kind: str) -> dict[str, str]:
    """Give those answers that are about a kind of notification and do not accept it."""
    return {
        name: answer
        for name, answer in answers(preferences).items()
        if answer != ACCEPT and kind in (FROM_LIMITED if name == LIMITED_ACCOUNTS else FILTERABLE)
    }
