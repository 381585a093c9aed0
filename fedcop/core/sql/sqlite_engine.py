"""Tortoise's SQLite client with one writer, several readers, and transactions that survive cancellation.

Tortoise's own shares one connection, so that every read waits for any open transaction, begins transactions deferred
and never frees its lock when a task is cancelled while entering one. The word "sqlite" must stay in this module's name:
Tortoise's migrations choose their dialect by it.
"""

# ruff: noqa: SLF001 - Tortoise and aiosqlite, pinned exactly, offer no public way to what is done here
from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar, cast

import aiosqlite
from tortoise.backends.base.client import (
    ConnectionWrapper,
    NestedTransactionContext,
    TransactionalDBClient,
    TransactionContext,
)
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import IntegrityError, OperationalError, TransactionManagementError
from tortoise.fields import IntField

from fedcop.core.behind import behind
from fedcop.core.errors import Unavailable
from fedcop.core.i18n import N_
from fedcop.core.sql.sqlite_at_once import AtOnce, is_brief, opened
from fedcop.core.sql.sqlite_statements import fetch, insert, many, named, reads_only, script, undo

T = TypeVar("T")

OLDEST = (3, 35)  # for RETURNING
PRAGMAS: dict[str, Any] = {
    "journal_mode": "WAL",
    "synchronous": "FULL",  # what was answered 202, or with a page, outlasts a power cut
    "busy_timeout": 5000,  # ms; how long we wait for another process
    "foreign_keys": "ON",
    # KiB, for each of four connections. The system keeps the file in its own memory beside that, and takes it back when it is needed.
    "cache_size": -16384,
    "mmap_size": 0,  # what is mapped counts as ours, four times over: as much as there is of a large file
    "journal_size_limit": 64 << 20,
    "temp_store": "MEMORY",
}
WAITING = ("journal_mode", "busy_timeout")  # not on the loop's own connection: the file has the one, and it never waits
FEW = 50  # rows, that are written at once; more in the writer's thread
WHILE_MIGRATING = 600_000  # ms; a large table may be rebuilt meanwhile
NOT_NOW = {
    sqlite3.SQLITE_FULL: N_("The disk is full. Nothing was lost; please tell the people who run this server."),
    sqlite3.SQLITE_IOERR: N_("The disk cannot be written to. Please tell the people who run this server."),
    sqlite3.SQLITE_READONLY: N_("The disk cannot be written to. Please tell the people who run this server."),
    sqlite3.SQLITE_BUSY: N_("The database is busy. Please try again."),
    sqlite3.SQLITE_LOCKED: N_("The database is busy. Please try again."),
}

# "INTEGER PRIMARY KEY" is the row's own address in its table; any other spelling costs a second index per table.
IntField._db_sqlite.SQL_TYPE = "INTEGER"  # type: ignore[attr-defined]
sqlite3.register_converter("TIMESTAMP", lambda raw: datetime.fromisoformat(raw.decode()))


def _translated(error: sqlite3.Error) -> Exception:
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if primary in NOT_NOW:
        return Unavailable(NOT_NOW[primary], code=f"database-{getattr(error, 'sqlite_errorname', 'error').lower()}")
    if isinstance(error, sqlite3.IntegrityError):
        return IntegrityError(error)
    return OperationalError(error)


async def _run(connection: aiosqlite.Connection, function: Callable[[sqlite3.Connection], T]) -> T:
    """Run `function` in the connection's thread: all of it, even if the waiting task is cancelled meanwhile."""
    try:
        return await connection._execute(lambda: function(connection._conn))  # type: ignore[no-any-return, no-untyped-call]
    except sqlite3.Error as error:
        raise _translated(error) from error


def _set_pragmas(raw: sqlite3.Connection, pragmas: Mapping[str, Any]) -> None:
    for pragma, value in pragmas.items():
        _set_pragma(raw, pragma, value)


def _set_pragma(raw: sqlite3.Connection, pragma: str, value: Any) -> None:
    """Set a pragma; changing a new file to WAL does not honour busy_timeout when two processes do it at the same moment."""
    deadline = time.monotonic() + PRAGMAS["busy_timeout"] / 1000
    while True:
        try:
            raw.execute(f"PRAGMA {pragma}={value}").close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)  # this is no thread of the loop
        else:
            return


async def _open(path: str, pragmas: dict[str, Any]) -> aiosqlite.Connection:
    connection = aiosqlite.connect(
        path, isolation_level=None, detect_types=sqlite3.PARSE_DECLTYPES, check_same_thread=False
    )
    connection._thread.daemon = True  # a forgotten connection must not keep the process alive
    try:
        await connection
    except sqlite3.Error as error:
        await asyncio.to_thread(connection._thread.join, 5)  # its last word is said to a loop that may close soon
        raise _translated(error) from error

    def prepare(raw: sqlite3.Connection) -> None:
        raw.row_factory = sqlite3.Row
        _set_pragmas(raw, pragmas)

    try:
        await _run(connection, prepare)
    except BaseException:
        await asyncio.shield(connection.close())
        raise
    return connection


class SqliteEngine(SqliteClient):
    """One writing connection behind a lock, and readers that never wait for it: one in the loop's thread, others for what takes its time."""

    def __init__(self, file_path: str, *, readers: int = 2, connection_name: str, fetch_inserted: bool = True) -> None:
        super().__init__(file_path, connection_name=connection_name, fetch_inserted=fetch_inserted)
        self.pragmas = dict(PRAGMAS)
        self._readers: list[aiosqlite.Connection] = []
        self._idle: asyncio.Queue[aiosqlite.Connection] = asyncio.LifoQueue()
        self._reader_count = readers
        self._at_once: AtOnce | None = None
        self.own: AtOnce | None = None  # the writer's connection, in the loop's thread

    async def create_connection(self, with_db: bool) -> None:
        """Open the writer, then the readers."""
        if self._connection:
            return
        if sqlite3.sqlite_version_info < OLDEST:
            raise OperationalError(f"SQLite {sqlite3.sqlite_version} is too old for fedcop: 3.35 or newer is needed")
        self._connection = await _open(self.filename, self.pragmas)
        try:
            for _ in range(self._reader_count):
                reader = await _open(self.filename, {**self.pragmas, "query_only": "ON"})
                self._readers.append(reader)
                self._idle.put_nowait(reader)
            self._at_once = await self._open_at_once()
            self.own = AtOnce(self._connection._conn)
            await self._post_connect()
        except BaseException:
            await asyncio.shield(self.close())
            raise

    async def close(self) -> None:
        """Close every connection; statements that were begun are finished first."""
        connections, self._readers = [*self._readers], []
        self._idle = asyncio.LifoQueue()
        if self._connection:
            connections.append(self._connection)
            self._connection = None
        self.own = None
        if self._at_once is not None:
            self._at_once.close()
            self._at_once = None
        for connection in connections:
            await connection.close()

    async def _open_at_once(self) -> AtOnce:
        pragmas = {name: value for name, value in self.pragmas.items() if name not in WAITING}
        try:
            raw = opened(self.filename)
            # Elsewhere, for another process may be making the file at this moment: then it is waited for.
            await asyncio.to_thread(_set_pragmas, raw, {**pragmas, "query_only": "ON"})
        except sqlite3.Error as error:
            raise _translated(error) from error
        return AtOnce(raw)

    async def _read(self, query: str, function: Callable[[sqlite3.Connection], T]) -> T:
        if not self._connection:
            async with self.acquire_connection():  # opens what is closed
                pass
        await asyncio.sleep(0)  # others get their turn between two statements, in whichever thread they are done
        found = self._at_once.read(query, function) if self._at_once is not None else None
        if found is not None:
            return found
        idle = self._idle
        reader = await idle.get()
        try:
            return await _run(reader, function)
        finally:
            idle.put_nowait(reader)

    async def version(self) -> object:
        """Give what changes with every commit, of this process or another; None if that cannot be told now. Costs 3 µs."""
        return self._at_once.version() if self._at_once is not None else None

    async def _write(self, function: Callable[[sqlite3.Connection], T]) -> T:
        async with self.acquire_connection() as connection:
            return await _run(connection, function)

    @asynccontextmanager
    async def migrating(self) -> AsyncIterator[None]:
        """Let the writer change tables without touching the rows that refer to them, and wait while another process does."""
        await self._write(lambda raw: _set_pragmas(raw, {"foreign_keys": "OFF", "busy_timeout": WHILE_MIGRATING}))
        try:
            yield
        finally:
            usual = {name: self.pragmas.get(name, PRAGMAS[name]) for name in ("foreign_keys", "busy_timeout")}
            await asyncio.shield(self._write(lambda raw: _set_pragmas(raw, usual)))

    def _in_transaction(self) -> TransactionContext:
        return _Scope(SqliteTransaction(self), self._lock)

    async def execute_insert(self, query: str, values: list[Any]) -> int:
        """Insert one row."""
        return await self._write(insert(query, values))

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        """Insert many rows, all or none."""
        await self._write(many(query, values, own=True))

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Sequence[Any]]:
        """Run one statement: the number of rows it touched, and the rows it gives."""
        run = fetch(query, values)
        return await (self._read(query, run) if reads_only(query) else self._write(run))

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        """Run one statement and give its rows as dictionaries."""
        return named((await self.execute_query(query, values))[1])

    async def execute_script(self, query: str) -> None:
        """Run several statements."""
        await self._write(script(query))


class SqliteTransaction(SqliteTransactionWrapper):
    """The writer while a transaction is open. Once that has ended, whoever still holds it is refused."""

    _connection: aiosqlite.Connection
    has_committed = False

    @property
    def own(self) -> AtOnce | None:
        """The same connection, in the loop's thread."""
        return cast(SqliteEngine | SqliteTransaction, self._parent).own

    def acquire_connection(self) -> ConnectionWrapper[Any]:
        """Lend the connection, as long as the transaction is open."""
        if self._finalized:
            raise TransactionManagementError(
                "this transaction has ended: a task begun inside it went on after it. Start tasks after the commit."
            )
        return super().acquire_connection()

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(SqliteTransaction(self))  # a savepoint

    async def savepoint(self) -> None:
        """Begin inside another one: what waits is written before, or it would be undone with it and taken for written."""
        if (waiting := behind()) is not None:
            await waiting.catch_up()
        await super().savepoint()

    async def _within(self, query: str, function: Callable[[sqlite3.Connection], T]) -> T:
        await asyncio.sleep(0)  # others get their turn between two statements, in whichever thread they are done
        waiting = behind()
        if waiting is not None and waiting.stands_in_the_way(query, reads=reads_only(query)):
            await waiting.catch_up()
        async with self.acquire_connection() as connection:
            own = self.own
            if own is not None and is_brief(query):
                try:
                    return own.write(function)
                except sqlite3.Error as error:
                    raise _translated(error) from error
            found = own.read(query, function) if own is not None and reads_only(query) else None
            return found if found is not None else await _run(connection, function)

    async def execute_insert(self, query: str, values: list[Any]) -> int:
        """Insert one row."""
        return await self._within(query, insert(query, values))

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        """Insert many rows."""
        await self._within(query if len(values) <= FEW else "", many(query, values, own=False))

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Sequence[Any]]:
        """Run one statement: the number of rows it touched, and the rows it gives."""
        return await self._within(query, fetch(query, values))

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        """Run one statement and give its rows as dictionaries."""
        return named((await self.execute_query(query, values))[1])

    async def execute_script(self, query: str) -> None:
        """Run several statements, inside this transaction."""
        await self._within("", script(query))

    async def mark(self, query: str) -> None:
        """Set a savepoint, release it or go back to it: at once, for it takes no time and waits for nobody."""
        self.acquire_connection()  # refuses once it has ended
        try:
            self._connection._conn.execute(query).close()
        except sqlite3.Error as error:
            raise _translated(error) from error

    async def begin(self) -> None:
        """Take the write lock at once: a deferred BEGIN fails at the first write without waiting for another process."""
        await _run(self._connection, lambda raw: raw.execute("BEGIN IMMEDIATE").close())

    async def commit(self) -> None:
        """Make it so."""
        await _run(self._connection, lambda raw: raw.execute("COMMIT").close())
        self._finalized = self.has_committed = True

    async def rollback(self) -> None:
        """Forget it."""
        self._finalized = True
        await _run(self._connection, undo)

    def abandon(self) -> None:
        """Queue a rollback without waiting for it: the connection's thread works in order, so nobody comes between."""
        self._finalized = True
        connection = self._connection
        if connection is not None and connection._connection is not None:
            connection._tx.put_nowait((None, lambda: undo(connection._conn)))


class _Scope(TransactionContext):
    """Enter and leave a transaction so that a cancellation at any moment frees the writer."""

    def __init__(self, transaction: SqliteTransaction, lock: asyncio.Lock) -> None:
        self.connection = transaction
        self.connection_name = transaction.connection_name
        self._lock = lock

    async def __aenter__(self) -> TransactionalDBClient:
        await self._lock.acquire()
        try:
            if not self.connection._connection:
                await self.connection._parent.create_connection(with_db=True)
                self.connection._connection = self.connection._parent._connection
            await self.connection.begin()
        except BaseException:
            self.connection.abandon()
            self._lock.release()
            raise
        self._token = get_connections().set(self.connection_name, self.connection)
        return self.connection

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        try:
            if exc_type is None and not self.connection._finalized:
                await self.connection.commit()
        finally:
            if not self.connection.has_committed:
                self.connection.abandon()
            get_connections().reset(self._token)
            self._lock.release()


client_class = SqliteEngine
