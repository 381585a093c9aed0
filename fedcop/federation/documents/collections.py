"""Collections as documents: the collection itself, and its pages by cursor, from whatever a feature lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fedcop.federation.documents.serving import Collected

MAX_CURSOR = 1 << 63


async def collection(uri: str, found: Collected) -> dict[str, Any]:
    """Give the collection; a short one has its items inside, so that one request is enough."""
    items, following = await found.page(None, found.size)
    document: dict[str, Any] = {"id": uri, "type": _type(found), **found.properties}
    if found.total is not None:
        document["totalItems"] = found.total
    if following is None:
        document[_items(found)] = items
        return document
    return {**document, "first": f"{uri}?page=1"}


async def page(uri: str, found: Collected, *, after: int | None) -> dict[str, Any]:
    """Give one page; `after` is where the page before ended."""
    items, following = await found.page(after, found.size)
    here = f"{uri}?page=1" if after is None else f"{uri}?page=1&after={after}"
    document: dict[str, Any] = {
        "id": here,
        "type": f"{_type(found)}Page",
        "partOf": uri,
        _items(found): items,
    }
    if found.total is not None:
        document["totalItems"] = found.total
    if following is not None:
        document["next"] = f"{uri}?page=1&after={following}"
    return document


def cursor(query: Mapping[str, str]) -> tuple[bool, int | None]:
    """Read whether a page is asked for, and after which place; what is no number is the beginning."""
    text = query.get("after", "")
    after = int(text) if text.isascii() and text.isdigit() and len(text) <= 19 else None
    if after is not None and after >= MAX_CURSOR:
        after = None
    return "page" in query, after


def _type(found: Collected) -> str:
    return "OrderedCollection" if found.ordered else "Collection"


def _items(found: Collected) -> str:
    return "orderedItems" if found.ordered else "items"
