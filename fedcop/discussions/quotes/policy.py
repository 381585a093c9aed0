"""Who may quote a post, as its author says. Pure: how it is kept in a word, read from a document, written into one, and told to apps.

Kept are words apart by blanks, "?" before one where the author looks at each quote first; nothing is what was never said: of ours
that all who read a post may quote it, of another server's that nobody may.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from activitypub.jsonld.normalise import as_list
from activitypub.uris import PUBLIC as EVERYBODY
from activitypub.uris import is_public
from activitypub.vocab import Object
from fedcop.core.i18n import N_

PUBLIC, FOLLOWERS, NOBODY = CHOICES = ("public", "followers", "nobody")
"""Between what people here choose."""
LABELS = {
    PUBLIC: N_("Everybody who may read it"),
    FOLLOWERS: N_("Those who follow me"),
    NOBODY: N_("Nobody but me"),
}
FOLLOWING = "following"  # whom the author follows
READERS = "readers"  # who reads it where not everybody does
OTHER = "other"  # people whom we cannot tell apart
PREFERENCE = "quote_policy"
"""What a member chooses for all that they write, in `Account.preferences`."""

AUTOMATIC, MANUAL, DENIED, UNKNOWN = "automatic", "manual", "denied", "unknown"
_FOR_APPS = {READERS: "unsupported_policy", OTHER: "unsupported_policy"}


def chosen(word: str) -> str:
    """Give what somebody here chose, "" where it is none of the choices."""
    return word if word in CHOICES else ""


def usual(preferences: Mapping[str, Any]) -> str:
    """Give who may quote what a member writes, unless they say otherwise."""
    return chosen(str(preferences.get(PREFERENCE) or "")) or PUBLIC


def read(thing: Object, *, followers: str, following: str, readers: Collection[str]) -> str:
    """Read the policy of a document; the names are those of the author's collections, and of who reads it where not all do."""
    said = (thing.interaction_policy or {}).get("canQuote")
    if not isinstance(said, Mapping):
        return ""
    known = {followers: FOLLOWERS, following: FOLLOWING, **dict.fromkeys(readers, READERS)}
    known.pop("", None)
    found: dict[str, None] = {}
    for names, mark in (
        (("automaticApproval", "always"), ""),
        (("manualApproval", "approvalRequired", "withApproval"), "?"),
    ):
        for name in names:
            for uri in as_list(said.get(name)):
                if isinstance(uri, str) and uri != thing.author:
                    found[mark + (PUBLIC if is_public(uri) else known.get(uri, OTHER))] = None
    return " ".join(found)[:60] or NOBODY


def write(policy: str, *, author: str, followers: str, readers: str = "") -> dict[str, Any]:
    """Write the policy of a post of ours, `canQuote`; `readers` is who reads it where not everybody does."""
    who = {NOBODY: author, FOLLOWERS: followers}.get(policy, readers or EVERYBODY)
    return {"automaticApproval": [who]}


def words_of(policy: str, *, local: bool) -> tuple[list[str], list[str]]:
    """Give who may quote at once, and who after the author has looked at it."""
    policy = policy or (PUBLIC if local else NOBODY)
    words = [word for word in policy.split() if word != NOBODY]
    return [word for word in words if word[0] != "?"], [word[1:] for word in words if word[0] == "?"]


@lru_cache(maxsize=500)
def for_apps(policy: str, *, local: bool, public: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the same in the words that apps know; what not everybody reads nobody else may quote."""
    if not public:
        return (), ()
    at_once, looked_at = words_of(policy, local=local)
    return _in_words_of_apps(at_once), _in_words_of_apps(looked_at)


def _in_words_of_apps(words: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_FOR_APPS.get(word, word) for word in words))


@lru_cache(maxsize=500)
def stand(policy: str, *, local: bool, follows: bool, followed: bool) -> str:
    """Tell how somebody stands who is not the author: `follows` them, or is `followed` by them."""

    def among(words: list[str]) -> bool:
        return (
            PUBLIC in words or READERS in words or (follows and FOLLOWERS in words) or (followed and FOLLOWING in words)
        )

    at_once, looked_at = words_of(policy, local=local)
    if among(at_once):
        return AUTOMATIC
    if among(looked_at):
        return MANUAL
    return UNKNOWN if OTHER in (*at_once, *looked_at) else DENIED


def asks_for_ties(policy: str) -> bool:
    """Tell whether it matters who follows whom."""
    return FOLLOWERS in policy or FOLLOWING in policy
