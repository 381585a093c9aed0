"""What a filter is, and how it lies in `Account.filters`. Whether one matches something is sieve.py's affair."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from fedcop.accounts.models import Account
from fedcop.core.i18n import N_

CONTEXTS = {
    "home": N_("Home page and lists"),
    "notifications": N_("Notifications"),
    "public": N_("Pages of communities and tags"),
    "thread": N_("Discussions"),
    "account": N_("Pages of people"),
}
ACTIONS = {
    "warn": N_("Fold it, and say which filter it was"),
    "hide": N_("Leave it out"),
    "blur": N_("Cover its pictures and files only"),
}


@dataclass(frozen=True)
class Keyword:
    """A word or some words."""

    id: int
    keyword: str
    whole_word: bool = True


@dataclass(frozen=True)
class OnePost:
    """A single post, by its row."""

    id: int
    post_id: int


@dataclass(frozen=True)
class Filter:
    """What is filtered where, until when, and what becomes of it."""

    id: int
    title: str
    contexts: tuple[str, ...]
    action: str = "warn"
    expires_at: datetime | None = None
    keywords: tuple[Keyword, ...] = ()
    posts: tuple[OnePost, ...] = ()

    def is_over(self, now: datetime) -> bool:
        """Tell whether it ended."""
        return self.expires_at is not None and self.expires_at <= now


def read(account: Account) -> list[Filter]:
    """Give the filters of a member, as they were made, those that ended too."""
    return read_stored(account.filters)


def read_stored(stored: Sequence[Any] | None) -> list[Filter]:
    """Give the filters that a column holds."""
    return [
        Filter(
            id=int(one["id"]),
            title=str(one["title"]),
            contexts=tuple(one["contexts"]),
            action=str(one["action"]),
            expires_at=datetime.fromisoformat(one["expires_at"]) if one["expires_at"] else None,
            keywords=tuple(Keyword(**word) for word in one["keywords"]),
            posts=tuple(OnePost(**post) for post in one["posts"]),
        )
        for one in stored or ()
    ]


def stored(filters: Iterable[Filter]) -> list[dict[str, Any]]:
    """Write filters as the column holds them."""
    return [asdict(one) | {"expires_at": one.expires_at.isoformat() if one.expires_at else None} for one in filters]
