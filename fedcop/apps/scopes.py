"""What an application may do, in Mastodon's words: which scopes there are, which one covers which, and what each means to people."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from fedcop.apps.refusals import AppRefused
from fedcop.core.i18n import N_

DEFAULT = "read"
_THINGS = {
    "read": (
        "accounts", "blocks", "bookmarks", "favourites", "filters", "follows", "lists", "mutes", "notifications", "search",
        "statuses",
    ),
    "write": (
        "accounts", "blocks", "bookmarks", "conversations", "favourites", "filters", "follows", "lists", "media", "mutes",
        "notifications", "reports", "statuses",
    ),
    "admin:read": (
        "accounts", "reports", "domain_allows", "domain_blocks", "ip_blocks", "email_domain_blocks", "canonical_email_blocks",
    ),
    "admin:write": (
        "accounts", "reports", "domain_allows", "domain_blocks", "ip_blocks", "email_domain_blocks", "canonical_email_blocks",
    ),
}  # fmt: skip
KNOWN: tuple[str, ...] = (
    "profile",
    *(scope for top, things in _THINGS.items() for scope in (top, *(f"{top}:{thing}" for thing in things))),
    "follow",
    "push",
)
_FOLLOW = frozenset(f"{top}:{thing}" for top in ("read", "write") for thing in ("follows", "blocks", "mutes"))
SAID = {
    "profile": N_("know who you are: your name, address and picture here"),
    "read": N_("read all that you may read here, private communities included"),
    "write": N_("write, react, correct and delete in your name"),
    "follow": N_("follow, block and mute people, join and leave communities in your name"),
    "push": N_("be told of what is new for you"),
    "admin": N_("do what your role on this instance allows"),
}


def parse(wanted: str | Iterable[str]) -> tuple[str, ...]:
    """Read scopes as applications write them (with spaces, pluses, or as a list); raise AppRefused for one that does not exist."""
    texts = [wanted] if isinstance(wanted, str) else list(wanted)
    found = tuple(dict.fromkeys(scope for text in texts for scope in text.replace("+", " ").replace(",", " ").split()))
    if any(scope not in KNOWN for scope in found):
        raise AppRefused("invalid_scope")
    return found or (DEFAULT,)


def covers(held: Collection[str], wanted: str) -> bool:
    """Tell whether one of the scopes held is the wanted one, or includes it."""
    if wanted in held:
        return True
    top = wanted.rpartition(":")[0]
    return (bool(top) and top in held) or ("follow" in held and wanted in _FOLLOW)


def covers_all(held: Collection[str], wanted: Iterable[str]) -> bool:
    """Tell whether all that is wanted is included in what is held."""
    return all(covers(held, scope) for scope in wanted)


def said(scopes: Iterable[str]) -> list[str]:
    """Say what scopes mean, in few sentences (msgids)."""
    found = set()
    for scope in scopes:
        top, _, thing = scope.partition(":")
        found.add("follow" if top == "write" and thing in ("follows", "blocks", "mutes") else top)
    return [text for top, text in SAID.items() if top in found]
