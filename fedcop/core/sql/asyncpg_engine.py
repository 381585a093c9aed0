"""Tortoise's PostgreSQL client, with transactions that survive cancellation and errors that people can read.

Tortoise's own loses a connection of the pool for ever when a task is cancelled while entering a transaction. The word
"asyncpg" must stay in this module's name: Tortoise's migrations choose their dialect by it.
"""

# ruff: noqa: SLF001 - Tortoise and aiosqlite, pinned exactly, offer no public way to what is done here
from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Sequence
from functools import lru_cache
from typing import Any, cast

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    BaseDBAsyncClient,
    ConnectionWrapper,
    NestedTransactionContext,
    PoolConnectionWrapper,
    TransactionalDBClient,
    TransactionContext,
)
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError, TransactionManagementError

from fedcop.core.behind import Said, behind
from fedcop.core.errors import Unavailable
from fedcop.core.i18n import N_
from fedcop.core.sql.placeholders import prepared
from fedcop.core.sql.sqlite_statements import reads_only

log = logging.getLogger(__name__)

AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    ConnectionError,
    TimeoutError,
)
# Of a connection that broke off while nobody asked anything, the driver says this to whoever asks next: it looks like a misuse,
# but what has ended by our own doing is refused before (PostgresTransaction.acquire_connection).
# What a SELECT may do that lasts until the end of its transaction.
HOLDS = re.compile(
    r"\bFOR\s+(NO\s+KEY\s+)?(KEY\s+)?(UPDATE|SHARE)\b|advisory|number_in_lane|notify|nextval|\bset\w+\(|\bINTO\b",
    re.IGNORECASE,
)
BROKEN_OFF = re.compile(r"connection is closed|connection has been released back to the pool|not connected")


async def _translated(client: AsyncpgDBClient, func: Any, *args: Any, **kwargs: Any) -> Any:
    try:
        return await _or_away(AsyncpgDBClient._translate_exceptions(client, func, *args, **kwargs))
    except asyncpg.DiskFullError as error:
        text = N_("The disk is full. Nothing was lost; please tell the people who run this server.")
        raise Unavailable(text, code="database-full") from error
    except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.LockNotAvailableError) as error:
        raise _busy() from error


async def _or_away(step: Awaitable[Any]) -> Any:
    """Ask, begin or end a transaction; a connection that breaks off, or broke off before, is said in the same words."""
    try:
        return await step
    except AWAY as error:
        raise _away() from error
    except (asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        if not BROKEN_OFF.search(str(error)):
            raise
        raise _away() from error


def _busy() -> Unavailable:
    return Unavailable(N_("The database is busy. Please try again."), code="database-busy")


def _away() -> Unavailable:
    return Unavailable(N_("The database does not answer. Please try again soon."), code="database-away")


async def _give_back(client: BaseDBAsyncClient, connection: Any) -> None:
    """Put a connection back into the pool. What it was asked is done: that it breaks off just then is nobody's affair any more."""
    try:
        await asyncio.shield(client._pool.release(connection))
    except (*AWAY, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        log.warning("a connection broke off as it was given back: %s", error)


def _is_lost(connection: Any) -> bool:
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:  # the pool took it back when it broke off
        return True


async def _leave(_connection: Any) -> None:
    """Leave a connection that comes back as it is."""


async def _interpret(connection: Any) -> None:
    """Have statements interpreted: PostgreSQL compiles what it thinks long, which took 2.1 s for one of 44 ms (limited.posts_sql)."""
    await connection.execute("SET jit = off")


class _Lent(PoolConnectionWrapper[Any]):
    """A connection for one statement."""

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        await _give_back(self.client, self.connection)


class PostgresEngine(AsyncpgDBClient):
    """A pool of connections."""

    def acquire_connection(self) -> PoolConnectionWrapper[Any]:
        """Lend a connection for one statement."""
        return _Lent(self, self._pool_init_lock)

    async def create_pool(self, **options: Any) -> asyncpg.Pool:
        """Open the pool.

        asyncpg has the server forget settings, locks and listeners each time a connection comes back: one more statement
        for each of ours. Nothing that we ask for outlives its transaction, and a transaction left open is still rolled back.
        """
        return await super().create_pool(reset=_leave, init=_interpret, **options)

    async def version(self) -> object:
        """Give what changes with every commit of anybody; None if that cannot be told now.

        A transaction that writes is named in each snapshot until it ends, and in none after it. One statement: 0.1 ms.
        """
        try:
            return (await self.execute_query_dict("SELECT pg_current_snapshot()::text AS version"))[0]["version"]
        except Unavailable:
            return None

    async def copy_rows(self, table: str, columns: Sequence[str], records: Sequence[Sequence[Any]]) -> None:
        """Add rows to a table, many at once."""
        async with self.acquire_connection() as connection:
            await connection.copy_records_to_table(table, records=records, columns=columns)

    def _in_transaction(self) -> TransactionContext:
        return _Scope(PostgresTransaction(self), self._pool_init_lock)

    async def _translate_exceptions(self, func: Any, *args: Any, **kwargs: Any) -> Any:
        return await _translated(self, func, *args, **kwargs)


@lru_cache(maxsize=2000)
def _only_looks(query: str) -> bool:
    """Whether a statement reads, and locks nothing that a transaction would hold. In doubt, no."""
    return reads_only(query) and not HOLDS.search(query)


class PostgresTransaction(TransactionWrapper):
    """One connection while a transaction is open. Once that has ended, whoever still holds it is refused.

    It begins with the first statement that writes or locks: what is read before sees what is committed at that moment, as it would inside (READ
    COMMITTED). What is all said in one statement at the end is a transaction by itself: two ways to the server less, and what it locks is
    held for as long as the server takes, not for as long as this process is busy with others.
    """

    def __init__(self, connection: AsyncpgDBClient) -> None:
        super().__init__(connection)
        self._whole = False  # what is said now is all there is to it
        self._marks: list[bool] = []  # savepoints that are asked for, from the outermost one on: whether they are set

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(PostgresTransaction(self))  # a savepoint

    def acquire_connection(self) -> ConnectionWrapper[Any]:
        """Lend the connection, as long as the transaction is open."""
        if self._finalized:
            raise TransactionManagementError(
                "this transaction has ended: a task begun inside it went on after it. Start tasks after the commit."
            )
        return super().acquire_connection()

    async def savepoint(self) -> None:
        """Begin inside another one: what waits is written before, or it would be undone with it and taken for written."""
        if (waiting := behind()) is not None:
            await waiting.catch_up()
        await cast(PostgresTransaction, self._parent).begin_at_last()
        await super().savepoint()

    async def begin_at_last(self) -> None:
        """Begin, if it has not, and set the savepoints that were asked for."""
        async with self.acquire_connection() as connection:
            if self.transaction is None:
                try:
                    await _or_away(self.begin())
                except BaseException:
                    self.transaction = None
                    raise
            for place, is_set in enumerate(self._marks):
                if not is_set:
                    await _or_away(connection.execute("SAVEPOINT part"))
                    self._marks[place] = True

    async def commit(self) -> None:
        """Let what was written be seen."""
        if self.transaction is not None or self._finalized:
            await super().commit()

    async def rollback(self) -> None:
        """Undo what was written."""
        if self.transaction is not None or self._finalized:
            await super().rollback()

    async def _make_ready(self, query: str, *, looks: bool) -> None:
        waiting = behind()
        if waiting is not None and waiting.stands_in_the_way(query, reads=looks):
            await waiting.catch_up()
        begun = self.transaction is not None
        if (begun and not all(self._marks)) or not (begun or looks or self._whole):
            await self.begin_at_last()

    async def execute_insert(self, query: str, values: list[Any]) -> Any:
        """Insert one row."""
        await self._make_ready(query, looks=False)
        return await super().execute_insert(query, values)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        """Insert many rows."""
        await self._make_ready(query, looks=False)
        await super().execute_many(query, values)

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, list[Any]]:
        """Run one statement: the number of rows it touched, and the rows it gives."""
        await self._make_ready(query, looks=_only_looks(query))
        found: tuple[int, list[Any]] = await super().execute_query(query, values)
        return found

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        """Run one statement and give its rows as dictionaries."""
        await self._make_ready(query, looks=_only_looks(query))
        found: list[dict[str, Any]] = await super().execute_query_dict(query, values)
        return found

    async def execute_script(self, query: str) -> None:
        """Run several statements."""
        await self._make_ready("", looks=False)
        await super().execute_script(query)

    async def copy_rows(self, table: str, columns: Sequence[str], records: Sequence[Sequence[Any]]) -> None:
        """Add rows to a table, many at once."""
        await self._make_ready("", looks=False)
        await PostgresEngine.copy_rows(cast(Any, self), table, columns, records)

    async def say_together(self, said: Sequence[Said], *, last: bool) -> None:
        """Say several statements in one, in their order; if it is `last`, and nothing was written before, it is the transaction.

        Unavailable: one touched fewer rows than it expects, for somebody was quicker, and nothing of all this was done.
        """
        steps, asked, values = [], [], list[object]()
        for number, one in enumerate(said):
            steps.append(f"said{number} AS ({one.sql}{'' if one.sql.startswith('SELECT') else ' RETURNING 1'})")
            values += one.values
            count = f"(SELECT COUNT(*) FROM said{number})"  # noqa: S608 - our own words
            asked.append(f"{count} < 0" if one.expects is None else f"1 / ({count} = {int(one.expects)})::int <> 1")
        # A CASE asks one after the other: else the order in which they are done, hence that of what they lock, is for nobody to know.
        whole = f"WITH {', '.join(steps)} SELECT CASE WHEN {' THEN 0 WHEN '.join(asked)} THEN 0 ELSE 1 END"
        query, values = prepared(whole, values, postgres=True)
        self._whole = last and self.transaction is None
        try:
            await self.execute_query(query, values)
        except OperationalError as error:
            if isinstance(error.__cause__, asyncpg.DivisionByZeroError):
                raise _busy() from error
            raise
        finally:
            self._whole = False

    async def mark(self, query: str) -> None:
        """Set a savepoint, release it or go back to it: once there is something to be undone."""
        if query.startswith("SAVEPOINT"):
            self._marks.append(False)
        elif self._marks[-1]:
            async with self.acquire_connection() as connection:
                await _or_away(connection.execute(query))
        if query.startswith("RELEASE"):
            self._marks.pop()

    async def _translate_exceptions(self, func: Any, *args: Any, **kwargs: Any) -> Any:
        return await _translated(self, func, *args, **kwargs)


class _Scope(TransactionContext):
    """Enter and leave a transaction so that a cancellation at any moment gives the connection back."""

    def __init__(self, client: PostgresTransaction, opening: asyncio.Lock) -> None:
        self.client = client
        self.connection_name = client.connection_name
        self._opening = opening

    async def __aenter__(self) -> TransactionalDBClient:
        await _translated(cast(AsyncpgDBClient, self.client._parent), _Scope._acquire, self)
        self._token = get_connections().set(self.connection_name, self.client)
        return self.client

    @staticmethod
    async def _acquire(parent: AsyncpgDBClient, scope: _Scope) -> None:
        async with scope._opening:
            if not parent._pool:
                await parent.create_connection(with_db=True)
        assert parent._pool is not None
        scope.client._connection = await parent._pool.acquire()

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        try:
            if not self.client._finalized:
                if exc_type is None:
                    await _or_away(self.client.commit())
                elif _is_lost(self.client._connection):
                    pass
                else:
                    await _or_away(self.client.rollback())
        finally:
            self.client._finalized = True
            get_connections().reset(self._token)
            await self._release()

    async def _release(self) -> None:
        # The pool rolls back whatever is still open before it lends the connection again.
        if self.client._parent._pool:
            await _give_back(self.client._parent, self.client._connection)


client_class = PostgresEngine
