"""Count the statements that a piece of code sends to the database, and show them when there are too many."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fedcop.core.sql.asyncpg_engine import PostgresEngine, PostgresTransaction
from fedcop.core.sql.sqlite_engine import SqliteEngine, SqliteTransaction
from fedcop.core.versions import Versions

# On SQLite execute_query_dict() goes through execute_query().
PLACES: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (SqliteEngine, ("execute_query", "execute_insert", "execute_many")),
    (SqliteTransaction, ("execute_query", "execute_insert", "execute_many")),
    (PostgresEngine, ("execute_query", "execute_query_dict", "execute_insert", "execute_many")),
    (PostgresTransaction, ("execute_query", "execute_query_dict", "execute_insert", "execute_many")),
)


class Statements(list[str]):
    """What was sent, in order."""

    def at_most(self, number: int) -> None:
        """Fail with the whole list when there were more."""
        listing = "\n".join(f"{n:3}. {statement}" for n, statement in enumerate(self, 1))
        assert len(self) <= number, f"{len(self)} statements, at most {number} were expected:\n{listing}"


@contextmanager
def anew() -> Iterator[None]:
    """Let every answer be made anew: nothing is given again (web/middleware/kept.py)."""
    tell = Versions.now

    async def unknown(_self: Versions) -> None:
        return None

    Versions.now = unknown  # type: ignore[assignment,method-assign]
    try:
        yield
    finally:
        Versions.now = tell  # type: ignore[method-assign]


@contextmanager
def counted() -> Iterator[Statements]:
    """`with counted() as statements: …`, then `statements.at_most(3)`."""
    seen = Statements()
    kept: list[tuple[Any, str, Any]] = []

    def watch(owner: Any, name: str) -> None:
        original = getattr(owner, name)

        async def watched(self: Any, query: str, *rest: Any, **options: Any) -> Any:
            seen.append(" ".join(query.split()))
            return await original(self, query, *rest, **options)

        kept.append((owner, name, owner.__dict__.get(name)))
        setattr(owner, name, watched)

    for owner, names in PLACES:
        for name in names:
            watch(owner, name)
    try:
        with anew():
            yield seen
    finally:
        for owner, name, original in kept:
            if original is None:
                delattr(owner, name)
            else:
                setattr(owner, name, original)
