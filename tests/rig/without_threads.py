"""What `aiosqlite` is to our engine, without a thread behind each connection: a hop there and back costs twice the statement.

The same SQLite, the same statements in the same order; each still lets other tasks run before it, so that what could come
between does. What threads themselves do (a statement that outlives its task, a lock that is waited for) is tried with the
real aiosqlite: the fixture `threads`.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Generator
from typing import Any, TypeVar

T = TypeVar("T")


class Connection:
    """A connection that works in the loop's own thread."""

    def __init__(self, path: str, options: dict[str, Any]) -> None:
        self._path, self._options = path, options
        self._conn: sqlite3.Connection | None = None
        self._thread = _Thread()
        self._tx = self

    @property
    def _connection(self) -> sqlite3.Connection | None:
        return self._conn

    def __await__(self) -> Generator[Any, None, Connection]:
        return self._opened().__await__()

    async def _opened(self) -> Connection:
        self._conn = sqlite3.connect(self._path, **self._options)
        return self

    async def _execute(self, function: Callable[..., T], *values: Any) -> T:
        await asyncio.sleep(0)
        return function(*values)

    def put_nowait(self, queued: tuple[None, Callable[[], Any]]) -> None:
        """Do at once what would be queued without waiting for it."""
        queued[1]()

    async def execute(self, statement: str, values: Any = ()) -> sqlite3.Cursor:
        """Execute one statement."""
        assert self._conn is not None
        return await self._execute(self._conn.execute, statement, values)

    async def close(self) -> None:
        """Close it; a second time changes nothing."""
        if self._conn is not None:
            self._conn.close()
            self._conn = None


class _Thread:
    daemon = True

    def join(self, timeout: float | None = None) -> None:
        """There is nobody to wait for."""


def connect(path: str, **options: Any) -> Connection:
    """Give a connection that is opened when it is awaited."""
    return Connection(path, options)
