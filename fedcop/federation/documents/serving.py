"""What features give to other servers: documents and collections, by path. Knows neither HTTP nor signatures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fedcop.actors.models import Actor

Item = str | dict[str, Any]
PageOf = Callable[[int | None, int], Awaitable[tuple[list[Item], int | None]]]


@dataclass(frozen=True)
class Asking:
    """Who asks for what: the actor whose signature the GET bears, or None for a stranger."""

    actor: Actor | None
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Collected:
    """A collection: `page(after, limit)` gives items and where the next page begins."""

    page: PageOf
    total: int | None = None
    ordered: bool = True
    size: int = 50
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Document:
    """One document. None, NotFound and Forbidden are all answered as absent; a Tombstone as gone.

    `more` tells of one that is for everybody whether it may tell more to some: then a signature is looked at.
    """

    give: Callable[[Asking], Awaitable[dict[str, Any] | bytes | None]]
    more: Callable[[Asking], Awaitable[bool]] | None = None


@dataclass(frozen=True)
class Listing:
    """One collection, paged."""

    give: Callable[[Asking], Awaitable[Collected | None]]


Serves = Document | Listing


async def nothing(after: int | None, limit: int) -> tuple[list[Item], int | None]:
    """The page of a collection whose items are not for the asker."""
    return [], None


def listed(items: list[Item]) -> PageOf:
    """Make pages of a list that is complete already."""

    async def page(after: int | None, limit: int) -> tuple[list[Item], int | None]:
        start = after or 0
        end = start + limit
        return items[start:end], end if end < len(items) else None

    return page
