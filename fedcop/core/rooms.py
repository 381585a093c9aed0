"""A room in the numbers for each process that serves, so that two at once never make the same id. What an id is made of stands in ids.py.

On PostgreSQL a room is held by a lock that ends with its connection, however the process ends. On SQLite one process serves.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg

from fedcop.core import ids
from fedcop.core.database import dialect, postgres_address
from fedcop.core.listening import LOST

LOCKS = 0x666564  # the first half of the locks' names; of the other advisory locks each is one whole number
PAUSE = 2.0  # seconds before we ask again for a room
GLANCE = 30.0  # seconds after which we see whether the connection still stands: a cut cable says nothing

log = logging.getLogger(__name__)


@asynccontextmanager
async def own_room() -> AsyncIterator[None]:
    """Make ids in a room of our own meanwhile, and when the database comes back, in one of our own again."""
    if dialect() == "sqlite":
        ids.enter_room(0)
        try:
            yield
        finally:
            ids.enter_room(None)
        return
    tried = asyncio.Event()
    holding = asyncio.get_running_loop().create_task(_hold(tried), name="room")
    try:
        await tried.wait()
        yield
    finally:
        holding.cancel()
        with suppress(asyncio.CancelledError):
            await holding


async def _hold(tried: asyncio.Event) -> None:
    while True:
        try:
            await _hold_once(tried)
        except LOST as error:
            log.warning("no room of our own among the ids for a moment: %s", error)
        finally:
            ids.enter_room(None)
            tried.set()
        await asyncio.sleep(PAUSE)


async def _hold_once(tried: asyncio.Event) -> None:
    connection = await asyncpg.connect(**postgres_address())
    lost = asyncio.Event()

    def leave(_connection: object) -> None:
        ids.enter_room(None)
        lost.set()

    try:
        connection.add_termination_listener(leave)
        room = await _free_room(connection)
        if room is None:
            log.warning("more than %d processes serve this instance; ids may now repeat and be refused", ids.HELD)
        if not lost.is_set():
            ids.enter_room(room)
        tried.set()
        while not lost.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(lost.wait(), GLANCE)
                continue
            await connection.fetchval("SELECT 1", timeout=GLANCE)
            if room is None:
                return
    finally:
        connection.terminate()


async def _free_room(connection: asyncpg.Connection) -> int | None:
    # In any order: who begins right after another ended does not go where that one has just been.
    for room in random.sample(range(ids.HELD), ids.HELD):
        if await connection.fetchval("SELECT pg_try_advisory_lock($1, $2)", LOCKS, room):
            return room
    return None
