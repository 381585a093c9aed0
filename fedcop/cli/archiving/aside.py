"""Set the present database aside as another one takes its place, and let it be where it was if that fails."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from fedcop.core.clock import now
from fedcop.core.database import execute, open_database, rows
from fedcop.core.errors import Unavailable
from fedcop.core.running import refuse_if_running
from fedcop.core.settings import Settings
from fedcop.core.storage import flush_folder


@dataclass(frozen=True)
class Aside:
    """Where a restore writes, and under which name what was here is kept once it is whole; "" if nothing was."""

    settings: Settings
    kept: str = ""


@asynccontextmanager
async def set_aside(settings: Settings, *, wanted: bool) -> AsyncIterator[Aside]:
    """Step into an instance without a database. After a failure the old one is in its place."""
    if not wanted:
        yield Aside(settings)
        return
    await refuse_if_running(settings)
    name = f"before-{now():%Y%m%d-%H%M%S}"
    if settings.database.startswith("sqlite:"):
        async with _file_aside(settings, name) as aside:
            yield aside
    else:
        async with _schema_aside(settings.database, name.replace("-", "_")) as kept:
            yield Aside(settings, kept)


@asynccontextmanager
async def _file_aside(settings: Settings, name: str) -> AsyncIterator[Aside]:
    """Let a new file grow beside the old one, which keeps its place until the last moment: whoever is killed has changed nothing."""
    path = Path(settings.database.removeprefix("sqlite:///"))
    if not await asyncio.to_thread(path.exists):
        yield Aside(settings)
        return
    await asyncio.to_thread(_close, path)
    candidates = (path.with_name(one) for one in _names(f"{path.name}.{name}"))
    aside = await asyncio.to_thread(lambda: next(one for one in candidates if not one.exists()))
    growing = path.with_name(f"{path.name}.growing")
    await asyncio.to_thread(_forget, growing)
    try:
        yield Aside(replace(settings, database=f"sqlite:///{growing}"), str(aside))
        await asyncio.to_thread(_close, growing)
        await asyncio.to_thread(_exchange, path, aside, growing)
    finally:
        await asyncio.to_thread(_forget, growing)


def _exchange(path: Path, aside: Path, growing: Path) -> None:
    try:
        os.link(path, aside)
    except OSError:  # a file system without links
        path.rename(aside)
    growing.replace(path)
    flush_folder(path.parent)


def _forget(path: Path) -> None:
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)


def _names(name: str) -> Iterator[str]:
    """Give names until one is free: to rename a file is to overwrite, and two may be set aside in one second."""
    yield name
    yield from (f"{name}_{number}" for number in count(2))


def _close(path: Path) -> None:
    """Let everything be in the one file, so that it can be moved."""
    raw = sqlite3.connect(path)
    try:
        busy = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    finally:
        raw.close()
    if busy or path.with_name(path.name + "-wal").exists():
        raise Unavailable(f"{path} is still open in another process; stop fedcop first", code="database-open")


@asynccontextmanager
async def _schema_aside(database: str, name: str) -> AsyncIterator[str]:
    async with open_database(database):
        here = str((await rows("SELECT current_schema()::text AS name"))[0]["name"])
        taken = {str(row["name"]) for row in await rows("SELECT nspname::text AS name FROM pg_namespace")}
        name = next(one for one in _names(name) if one not in taken)
        await _swap(f'ALTER SCHEMA "{here}" RENAME TO "{name}"', f'CREATE SCHEMA "{here}"')
    try:
        yield f"the schema {name} of the database (psql: DROP SCHEMA {name} CASCADE)"
    except BaseException:
        async with open_database(database):
            await _swap(f'DROP SCHEMA "{here}" CASCADE', f'ALTER SCHEMA "{name}" RENAME TO "{here}"')
        raise


async def _swap(*statements: str) -> None:
    for statement in statements:
        await execute(statement)
