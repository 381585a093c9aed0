"""Walk through another server's collection, page by page, within limits; never leaves the collection's server."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

from activitypub.uris import same_origin, strip_fragment

Item = str | dict[str, Any]
Fetch = Callable[[str], Awaitable[dict[str, Any]]]


async def walk(
    fetch: Fetch, collection: str | dict[str, Any], *, max_pages: int = 100, max_items: int = 1000
) -> AsyncIterator[Item]:
    """Give the items of a collection in order.

    Items may be whole documents of any server: use only their ids unless they belong to the collection's own server.
    """
    page: dict[str, Any] | None
    if isinstance(collection, str):
        home, page = collection, await fetch(collection)
    else:
        home, page = _id_of(collection), collection
    seen = {home, strip_fragment(home)}
    count = pages = 0
    following = _start_of(page)
    while pages < max_pages:
        pages += 1
        for item in _items_of(page):
            if count >= max_items:
                return
            count += 1
            yield item
        page = await _page(fetch, following, home, seen)
        if page is None:
            return
        following = page.get("next")


def _start_of(collection: dict[str, Any]) -> object:
    """A collection has its items in itself or in pages that begin with `first`; a page leads to the next one."""
    has_items = any(True for _ in _items_of(collection))
    return collection.get("next") if has_items or "next" in collection else collection.get("first")


async def _page(fetch: Fetch, reference: object, home: str, seen: set[str]) -> dict[str, Any] | None:
    """Give the page that a reference means: one written out in place, or one fetched from the same server."""
    address = _id_of(reference) if isinstance(reference, dict) else reference
    if isinstance(reference, dict) and (not address or "items" in reference or "orderedItems" in reference):
        page = reference
    elif isinstance(address, str) and address not in seen and same_origin(address, home):
        page = await fetch(address)
    else:
        return None
    claimed = _id_of(page)
    # A page already seen, or one that says it is another server's, ends the walk.
    if claimed and (claimed in seen or not same_origin(claimed, home)):
        return None
    seen.update(name for name in (address, claimed) if isinstance(name, str) and name)
    return page


def _items_of(page: dict[str, Any]) -> Iterator[Item]:
    for name in ("orderedItems", "items"):
        found = page.get(name)
        for item in found if isinstance(found, list) else [found]:
            if isinstance(item, (str, dict)) and item:
                yield item


def _id_of(document: dict[str, Any]) -> str:
    found = document.get("id", document.get("@id"))
    return found if isinstance(found, str) else ""
