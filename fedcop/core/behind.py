"""What a transaction writes is written together at its end: thirty new posts cost little more than one, and what is locked is let go at once.

A piece of work says what is to be written (`later`), as a row of a kind (`Kind`). It is written at the end, or as soon as somebody asks for one of
those tables or writes anything else: so whoever reads finds it, and nothing is written before what came before it. Where none of this is
open, `later` writes at once. Two open it (core/transactions.py): on SQLite `in_parts`, for several pieces in one transaction, which undoes what a piece
wrote together with the piece; on PostgreSQL every transaction, which says all of it in one statement. Not for: what
may be refused by the database as a piece of its own may be, for here all fall together; they are done alone then.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

Row = TypeVar("Row")


class Said(NamedTuple):
    """A statement with `?` placeholders and no RETURNING, and its values."""

    sql: str
    values: Sequence[Any]
    touches: frozenset[tuple[str, Any]] = frozenset()  # rows that another one of the same moment may touch as well
    expects: int | None = (
        None  # so many rows, or nothing of all that is said with it is done (PostgreSQL: others write at the same moment)
    )


class Together(Protocol):
    """Says several statements to the database in one; `last`: nothing more is said in this transaction."""

    def __call__(self, said: Sequence[Said], *, last: bool) -> Awaitable[object]: ...  # noqa: D102


MOST = 600  # rows that wait: a statement takes 32,767 values, and a post has 46
NAMES = re.compile(r"\w+")


@dataclass(frozen=True, eq=False)
class Kind(Generic[Row]):
    """What is written alike: into which tables, how many rows in one go, and before what else (a smaller `place` comes first)."""

    tables: frozenset[str]
    place: int
    write: Callable[[Sequence[Row]], Awaitable[object]]
    # What `write` says to the database, where that can stand in one statement with what others say (PostgreSQL).
    said: Callable[[Sequence[Row]], Awaitable[Sequence[Said]]] | None = None


@dataclass
class Behind:
    """What waits to be written in one transaction."""

    together: Together | None = None  # says several statements at once
    rows: list[tuple[Kind[Any], Any]] = field(default_factory=list)
    written: int = 0  # so many of them are
    tables: set[str] = field(default_factory=set)  # of what waits
    writing: bool = False
    failed: Exception | None = None
    notes: dict[Any, Any] = field(default_factory=dict)  # what those who write know of what they wrote here
    in_parts: bool = False  # of several pieces of work, each as if it were alone
    over: bool = False  # the transaction has ended

    def stands_in_the_way(self, query: str, *, reads: bool) -> bool:
        """Tell whether something must be written before a statement."""
        if self.writing or not self.tables:
            return False
        return not (reads and (_as_written.get() or self.tables.isdisjoint(_names(query))))

    async def catch_up(self, *, last: bool = False) -> None:
        """Write what waits; `last`: it ends the transaction. Where that fails nothing of it can stay, whoever takes the error for another one."""
        if self.failed is not None:
            raise self.failed
        waiting = self.rows[self.written :]
        kinds = sorted({kind: None for kind, _row in waiting}, key=lambda kind: kind.place)
        self.writing = True
        try:
            said: list[Said] = []
            for wanted in kinds:
                rows = [row for kind, row in waiting if kind is wanted]
                if self.together is not None and wanted.said is not None:
                    said += await wanted.said(rows)
                else:
                    await wanted.write(rows)
            if said and self.together is not None:
                *before, final = _apart(said)
                for some in before:
                    await self.together(some, last=False)
                await self.together(final, last=last)
        except BaseException as error:
            self.failed = error if isinstance(error, Exception) else RuntimeError("it was not written to its end")
            raise
        finally:
            self.writing = False
        self.written = len(self.rows)
        self.tables.clear()

    def add(self, kind: Kind[Row], rows: Sequence[Row]) -> None:
        """Let rows wait."""
        self.rows += [(kind, row) for row in rows]
        self.tables |= kind.tables

    def mark(self) -> tuple[int, int]:
        """Give what undo() needs to come back to this moment."""
        return len(self.rows), self.written

    def undo(self, mark: tuple[int, int]) -> None:
        """Forget what was said since; what was written since is undone in the database, and waits again."""
        del self.rows[mark[0] :]
        self.written = mark[1]
        self.tables = {table for kind, _row in self.rows[self.written :] for table in kind.tables}


def _apart(said: Sequence[Said]) -> list[list[Said]]:
    """Part what is said before what touches a row anew: the parts of one statement do not see what others of it do."""
    parts, touched = [list[Said]()], set[tuple[str, Any]]()
    for one in said:
        if not touched.isdisjoint(one.touches):
            parts.append([])
            touched.clear()
        parts[-1].append(one)
        touched |= one.touches
    return parts


_open: ContextVar[Behind | None] = ContextVar("fedcop_behind", default=None)
_as_written: ContextVar[bool] = ContextVar("fedcop_as_written", default=False)


def behind() -> Behind | None:
    """Give what waits to be written in the transaction that is open here, if it is one of that sort."""
    return _open.get()


@contextmanager
def opened(together: Together | None = None) -> Iterator[Behind]:
    """Let what is said in the block be written later. Whoever opens it calls catch_up() at the end."""
    one = Behind(together)
    token = _open.set(one)
    try:
        yield one
    finally:
        one.over = True
        _open.reset(token)


async def later(kind: Kind[Row], *rows: Row) -> None:
    """Write rows of a kind: with others, or now."""
    one = _open.get()
    if one is None or one.writing:
        await kind.write(rows)
        return
    if one.over:
        raise RuntimeError("a task begun inside a transaction went on after it. Start tasks after the commit.")
    one.add(kind, rows)
    if len(one.rows) - one.written > MOST:
        await one.catch_up()


@contextmanager
def as_written() -> Iterator[None]:
    """Read in the block what is written, and not what waits: for who knows what waits."""
    token = _as_written.set(True)
    try:
        yield
    finally:
        _as_written.reset(token)


@lru_cache(maxsize=2000)
def _names(query: str) -> frozenset[str]:
    return frozenset(NAMES.findall(query))
