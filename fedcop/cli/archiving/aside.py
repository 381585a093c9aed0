"""Let another database grow beside the present one, and set that aside at the last moment: whatever ends it before has changed nothing."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from fedcop.core.clock import now
from fedcop.core.database import execute, open_database, rows
from fedcop.core.errors import Unavailable
from fedcop.core.running import refuse_if_running
from fedcop.core.settings import Settings
from fedcop.core.storage import flush_folder
from fedcop.core.transactions import atomic


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
        async with _schema_aside(settings, name.replace("-", "_")) as aside:
            yield aside


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
async def _schema_aside(settings: Settings, name: str) -> AsyncIterator[Aside]:
    """The same with schemas: a new one grows beside the old one, and they exchange their names in one transaction."""
    async with open_database(settings.database):
        here = str((await rows("SELECT current_schema()::text AS name"))[0]["name"])
        taken = {str(row["name"]) for row in await rows("SELECT nspname::text AS name FROM pg_namespace")}
        kept = next(one for one in _names(name) if one not in taken)
        growing = f"{here}_growing"
        await execute(f'DROP SCHEMA IF EXISTS "{growing}" CASCADE')
        await execute(f'CREATE SCHEMA "{growing}"')
    said = f"the schema {kept} of the database (psql: DROP SCHEMA {kept} CASCADE)"
    try:
        yield Aside(replace(settings, database=_in_schema(settings.database, growing)), said)
        async with open_database(settings.database):
            await _exchange_schemas(here, kept, growing)
    finally:
        async with open_database(settings.database):
            await execute(f'DROP SCHEMA IF EXISTS "{growing}" CASCADE')


def _in_schema(database: str, schema: str) -> str:
    """Have every connection of this URL work in one schema, and see no other."""
    parts = urlsplit(database)
    asked = [(key, value) for key, value in parse_qsl(parts.query) if key != "search_path"]
    query = urlencode([*asked, ("search_path", schema)])
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


@atomic
async def _exchange_schemas(here: str, kept: str, growing: str) -> None:
    await execute(f'ALTER SCHEMA "{here}" RENAME TO "{kept}"')
    await execute(f'ALTER SCHEMA "{growing}" RENAME TO "{here}"')
