"""Pages of a list by keyset: `?after=ID` gives what comes after that row, so nothing shifts while one reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from aiohttp.web import Request

from fedcop.core import budgets
from fedcop.core.ids import read_id

PAGE_SIZE = budgets.PAGE_SIZE
T = TypeVar("T")


@dataclass(frozen=True)
class Paged(Generic[T]):
    """One page of a list, and the link to the next one ("" at the end)."""

    items: Sequence[T]
    more: str
    first: bool


def after(request: Request, name: str = "after") -> str:
    """Give the mark that the next page begins after, or ""; an opaque text of the query's own making."""
    value = request.query.get(name, "")
    return value if len(value) <= 100 and value.isascii() and value.isprintable() else ""


def after_id(request: Request, name: str = "after") -> int | None:
    """Give the mark as an id, or None."""
    return read_id(after(request, name))


def paged(
    request: Request, found: Sequence[T], mark: Callable[[T], object], *, size: int = PAGE_SIZE, name: str = "after"
) -> Paged[T]:
    """Cut what a query of `size + 1` rows found into a page; the surplus row says that there is more."""
    items = found[:size]
    more = ""
    if len(found) > size:
        kept = [(key, value) for key, value in request.query.items() if key not in (name, "lang")]
        more = f"{request.path}?{urlencode([*kept, (name, str(mark(items[-1])))])}"
    return Paged(items, more, first=not after(request, name))
