"""A database per test, copied from a template that is made once per run; on SQLite, or on a PostgreSQL of our own."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any

import asyncpg
import pytest

from fedcop.core.database import execute, open_database
from fedcop.core.migrating import run_migrations
from migrations.__main__ import unwritten

ROOT = Path(__file__).parents[2]
STALE = "The models have changed and no migration says so: run `.venv/bin/python -m migrations reset` (or `make NAME`)."
FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off -c max_connections=200"
DURABLE = FAST.replace("synchronous_commit=off", "synchronous_commit=on")  # the machine itself is not killed: no fsync
SYNCED = "-c max_connections=200"  # for measurements: each commit waits for the disk, as where people live
USES = 50
# Says false, and does nothing, where somebody is still connected: what a killed process left would lock the rows.
EMPTY = """
CREATE FUNCTION emptied() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    name text;
    filled boolean;
BEGIN
    IF EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()) THEN
        RETURN false;
    END IF;
    SET LOCAL session_replication_role = replica;  -- no foreign key is asked
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'tortoise_migrations' LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', name) INTO filled;
        IF filled THEN
            EXECUTE format('DELETE FROM %I', name);
        END IF;
    END LOOP;
    PERFORM setval(sequencename::regclass, start_value, false) FROM pg_sequences
    WHERE schemaname = 'public' AND last_value IS NOT NULL AND sequencename <> 'tortoise_migrations_id_seq';
    RETURN true;
END $$
"""
MISSING = "--database=postgres needs PostgreSQL's own programs (initdb, pg_ctl): install the package `postgresql`."


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep the other processes of a run waiting."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def fingerprint() -> str:
    """Name the schema as the code has it: what steps, models and engine say, and with which Tortoise."""
    sources = [*ROOT.glob("migrations/*.py"), *ROOT.glob("fedcop/**/models.py"), *ROOT.glob("fedcop/core/*migrat*.py")]
    sources += [ROOT / "fedcop/core/sql/sqlite_engine.py", ROOT / "fedcop/core/database.py"]
    whole = hashlib.sha256(f"{version('tortoise-orm')} {sqlite3.sqlite_version}".encode())
    for source in sorted(sources):
        whole.update(f"{source.relative_to(ROOT)} ".encode() + source.read_bytes())
    return whole.hexdigest()[:16]


class SqliteTemplate:
    """A file that is copied; it is made anew when the schema changes, and kept for the next runs."""

    dialect = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"{fingerprint()}.sqlite3"
        with alone(folder):
            if not self.path.exists():
                for old in folder.glob("*.sqlite3*"):
                    old.unlink()
                asyncio.run(self._make())

    async def _make(self) -> None:
        if await unwritten():
            pytest.exit(STALE, 4)
        growing = self.path.with_suffix(".sqlite3-growing")
        async with open_database(f"sqlite:///{growing}"):
            await run_migrations()
            await execute("PRAGMA wal_checkpoint(TRUNCATE)")
        growing.rename(self.path)

    async def copy(self, folder: Path, name: str) -> str:
        """A copy for one site of one test, by its URL; the same one when it is asked for again."""
        target = folder / f"{name}.sqlite3"
        if not target.exists():
            shutil.copyfile(self.path, target)
        return f"sqlite:///{target}"

    async def empty(self, folder: Path, name: str) -> str:
        """A database without any table."""
        return f"sqlite:///{folder / f'{name}.sqlite3'}"

    async def forget(self, folder: Path) -> None:
        """pytest does."""

    def close(self) -> None:
        """Nothing is open."""


class Clerk:
    """Connections that outlive the loop of a test: a thread of its own keeps them and speaks through them."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._connections: dict[str, asyncpg.Connection[asyncpg.Record]] = {}
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    async def tell(self, database: str, statement: str) -> Any:
        """Execute a statement in that database and give the first value of its answer."""
        told = asyncio.run_coroutine_threadsafe(self._tell(database, statement), self._loop)
        return await asyncio.wrap_future(told)

    async def leave(self, database: str) -> None:
        """Close the connection to that database."""
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._leave(database), self._loop))

    def close(self) -> None:
        """Close all connections, and end."""
        for database in list(self._connections):
            asyncio.run_coroutine_threadsafe(self._leave(database), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _tell(self, database: str, statement: str) -> Any:
        if database not in self._connections:
            self._connections[database] = await asyncpg.connect(database)
        return await self._connections[database].fetchval(statement)

    async def _leave(self, database: str) -> None:
        if database in self._connections:
            await self._connections.pop(database).close()


class PostgresTemplate:
    """A database that PostgreSQL copies; all processes of a run share the server and the template.

    A copy costs ten times what emptying it costs: one that a test has left is emptied for the next.
    """

    dialect = "postgres"

    def __init__(self, server: str, folder: Path) -> None:
        self.server = server
        self._clerk = Clerk()
        self._names = count(1)
        self._copies: dict[tuple[Path, str], str] = {}
        self._others: list[tuple[Path, str]] = []
        self._free: list[str] = []
        self._uses: Counter[str] = Counter()
        with alone(folder):
            asyncio.run(self._make())

    async def _make(self) -> None:
        if await self._tell("SELECT 1 FROM pg_database WHERE datname = 'fedcop_template'"):
            return
        await self._tell("CREATE DATABASE fedcop_template")
        async with open_database(f"{self.server}/fedcop_template"):
            await run_migrations()
            await execute(EMPTY)

    async def _tell(self, statement: str) -> Any:
        return await self._clerk.tell(f"{self.server}/postgres", statement)

    async def copy(self, folder: Path, name: str) -> str:
        """A copy for one site of one test, by its URL; the same one when it is asked for again."""
        if (folder, name) not in self._copies:
            database = self._free.pop() if self._free else await self._create("fedcop_template")
            self._copies[folder, name] = database
        return f"{self.server}/{self._copies[folder, name]}"

    async def empty(self, folder: Path, name: str) -> str:
        """A database without any table."""
        self._others.append((folder, await self._create("template0")))
        return f"{self.server}/{self._others[-1][1]}"

    async def _create(self, model: str) -> str:
        database = f"test_{os.getpid()}_{next(self._names)}"
        # Copying files is three times as quick as logging every page, where nothing is flushed to a disk.
        await self._tell(f"CREATE DATABASE {database} TEMPLATE {model} STRATEGY file_copy")
        return database

    async def forget(self, folder: Path) -> None:
        """Empty or drop the databases of one test."""
        for key in [key for key in self._copies if key[0] == folder]:
            database = self._copies.pop(key)
            self._uses[database] += 1
            url = f"{self.server}/{database}"
            # Rows that are deleted leave holes: after some tests a new copy is quicker.
            if self._uses[database] < USES and await self._clerk.tell(url, "SELECT emptied()"):
                self._free.append(database)
            else:
                await self._clerk.leave(url)
                await self._drop(database)
        for other in [other for other in self._others if other[0] == folder]:
            self._others.remove(other)
            await self._drop(other[1])

    def close(self) -> None:
        """Leave PostgreSQL; the databases go with it."""
        self._clerk.close()

    async def _drop(self, database: str) -> None:
        await self._tell(f"DROP DATABASE {database} WITH (FORCE)")


def postgres_programs() -> Path | None:
    """The folder with initdb and pg_ctl, newest version first."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: path.parts[-3])
    if found:
        return found[-1].parent
    elsewhere = shutil.which("initdb")
    return Path(elsewhere).parent if elsewhere else None


def _as_postgres(*words: str) -> None:
    # PostgreSQL refuses to run as root.
    command = ["runuser", "-u", "postgres", "--", *words] if os.geteuid() == 0 else list(words)
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stdout}{done.stderr}")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@dataclass(frozen=True)
class PostgresServer:
    """A PostgreSQL of our own; `url` is the beginning of its databases' URLs."""

    url: str
    control: str
    data: str
    options: str

    def start(self) -> None:
        """Start it, and wait until it answers."""
        _as_postgres(
            self.control, "-D", self.data, "-w", "-t", "60", "-l", f"{self.data}.log", "-o", self.options, "start"
        )

    def stop(self, how: str = "immediate") -> None:
        """Stop it: at once, as a power cut would, or "fast", which breaks all connections off and loses nothing."""
        _as_postgres(self.control, "-D", self.data, "-m", how, "stop")


@contextmanager
def postgres_server(*, durable: bool = False, synced: bool = False) -> Iterator[PostgresServer]:
    """Run a PostgreSQL on the loopback address; `durable`: what it said was committed is there after it was killed; `synced`: after a power cut, too."""
    programs = postgres_programs()
    if programs is None:
        raise RuntimeError(MISSING)
    folder = Path(tempfile.mkdtemp(prefix="fedcop-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    data, port = str(folder / "data"), _free_port()
    try:
        _as_postgres(
            str(programs / "initdb"), "-D", data, "-U", "fedcop", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"
        )
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} {SYNCED if synced else DURABLE if durable else FAST}"
        server = PostgresServer(f"postgres://fedcop@127.0.0.1:{port}", str(programs / "pg_ctl"), data, options)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
