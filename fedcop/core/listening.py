"""Hearing from other processes on PostgreSQL that there is something. On SQLite there is one process, and nothing to hear."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

import asyncpg

from fedcop.core.database import UNSYNCED, dialect, execute, postgres_address

LOST = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)  # what a connection may end with
PAUSE = 2.0  # seconds before we try to listen again; polling goes on meanwhile

log = logging.getLogger(__name__)


async def tell(channel: str, said: str = "") -> None:
    """Wake the other processes, with a few ids. Only after a commit: inside a writing transaction NOTIFY takes a global lock."""
    if dialect() == "postgres":
        # Nothing of it is kept: its commit, which is one more, need not wait for the disk.
        await execute(f"SELECT {UNSYNCED}, pg_notify(?, ?)", channel, said)


async def listen(channel: str, heard: Callable[[str], None]) -> None:
    """Call `heard` with what any process tells, and with "" when we begin to listen; ends when cancelled, at once on SQLite."""
    if dialect() != "postgres":
        return
    while True:
        began = time.monotonic()
        try:
            await _listen_once(channel, heard)
            log.warning("the database ended the connection on which we listen to it")
        except LOST as error:
            log.warning("cannot listen to the database: %s", error)
        if time.monotonic() - began < PAUSE:  # else it had worked: what is told meanwhile is heard by nobody
            await asyncio.sleep(PAUSE)


async def _listen_once(channel: str, heard: Callable[[str], None]) -> None:
    connection = await asyncpg.connect(**postgres_address())
    lost = asyncio.Event()
    try:
        connection.add_termination_listener(lambda *_: lost.set())
        await connection.add_listener(channel, lambda _connection, _pid, _channel, said: heard(str(said)))
        heard("")  # something may have been told while we were not listening
        await lost.wait()
    finally:
        await asyncio.shield(connection.close(timeout=2))
