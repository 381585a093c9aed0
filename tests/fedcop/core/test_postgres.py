"""What only PostgreSQL can show: a server that goes away and comes back, several workers at once."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any, cast

import asyncpg
import pytest
from asyncpg.pool import PoolConnectionHolder
from tortoise.transactions import in_transaction as tortoise_transaction

from fedcop.core.database import atomic, connection, execute, open_database, rows
from fedcop.core.errors import Unavailable
from fedcop.core.feature import Feature
from fedcop.core.jobs import enqueue
from fedcop.core.mail import OutboxMailer
from fedcop.core.migrating import run_migrations
from fedcop.core.settings import load_settings
from fedcop.core.site import open_site
from fedcop.core.sql.asyncpg_engine import PostgresEngine
from fedcop.core.transactions import CONNECTION
from tests.rig.database import ROOT, postgres_programs, postgres_server

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(postgres_programs() is None, reason="PostgreSQL is not installed"),
]

DONE: list[int] = []
OUTLIVING = re.compile(
    r"pg_advisory_(?:try_)?(?:lock|unlock)|pg_try_advisory_lock|\bSET SESSION\b|\bset_config\b|\bTEMP(?:ORARY)? TABLE\b",
    re.I,
)


async def note(n: int) -> None:
    """Job: remember that it was done."""
    await asyncio.sleep(0.001)
    DONE.append(n)


async def test_no_connection_compiles_statements() -> None:
    with postgres_server() as server:
        async with open_database(f"{server.url}/postgres"):
            found = await asyncio.gather(*(rows("SHOW jit") for _ in range(5)))
            assert [row["jit"] for [row] in found] == ["off"] * 5


async def test_a_server_that_goes_away_is_said_and_found_again() -> None:
    @atomic
    async def write(key: str) -> None:
        await execute("INSERT INTO instance_setting (key, value) VALUES (?, ?)", key, "1")

    with postgres_server() as server:
        async with open_database(f"{server.url}/postgres"):
            await run_migrations()
            await write("before")
            await asyncio.to_thread(server.stop, "fast")
            for _ in range(3):
                with pytest.raises(Unavailable):
                    await rows("SELECT 1")
                with pytest.raises(Unavailable):
                    await write("lost")
            await asyncio.to_thread(server.start)
            for _ in range(5):
                await rows("SELECT 1")
            await write("after")
            found = await rows("SELECT key FROM instance_setting ORDER BY key")
            assert [row["key"] for row in found] == ["after", "before"]


async def test_a_connection_that_comes_back_is_not_spoken_to(postgres: str) -> None:
    """The server is asked what we ask, and nothing more; what was left open is ended all the same."""
    last = "SELECT query, state FROM pg_stat_activity WHERE application_name = 'quiet'"
    beside = await asyncpg.connect(f"{postgres}/postgres")
    try:
        async with open_database(f"{postgres}/postgres?application_name=quiet"):
            await asyncio.gather(*(rows("SELECT pg_sleep(0.01) AS slept") for _ in range(2)))
            said = [row["query"] for row in await beside.fetch(last)]
            assert said.count("SELECT pg_sleep(0.01) AS slept") == 2, said
            await execute("BEGIN")
            assert {row["state"] for row in await beside.fetch(last)} == {"idle"}
    finally:
        await beside.close()


def test_nothing_that_is_asked_outlives_its_transaction() -> None:
    """A connection goes from one to the next as it is: PostgresEngine.create_pool."""
    sources = [path for name in ("fedcop", "web", "migrations") for path in (ROOT / name).rglob("*.py")]
    assert len(sources) > 300
    texts = {path.name: path.read_text("utf-8") for path in sources}
    found = {name for name, text in texts.items() if OUTLIVING.search(text) and "postgres_address()" not in text}
    assert found == set(), "postgres_address() is for a connection of one's own"


async def test_a_connection_that_breaks_off_as_a_transaction_begins_or_ends_is_said_as_elsewhere(postgres: str) -> None:
    """A worker ended by it ("connection was closed in the middle of operation"), instead of looking again a second later."""

    @atomic
    async def cut_off() -> None:
        await execute("SELECT pg_terminate_backend(pg_backend_pid())")

    async def broken(*_args: object) -> None:
        raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")

    async with open_database(f"{postgres}/postgres"):
        with pytest.raises(Unavailable):
            await cut_off()
        for step in ("begin", "commit"):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(f"fedcop.core.sql.asyncpg_engine.PostgresTransaction.{step}", broken)
                with pytest.raises(Unavailable):
                    await atomic(_lock)()
        assert await rows("SELECT 1 AS one") == [{"one": 1}]


async def test_a_connection_that_broke_off_between_two_statements_is_said_as_elsewhere(postgres: str) -> None:
    """The pool takes it back at once, and the driver then calls it a misuse: not what one asks on an unknown fault, and a worker ended by it."""
    beside = await asyncpg.connect(f"{postgres}/postgres")

    async def cut() -> None:
        (found,) = await rows("SELECT pg_backend_pid() AS pid")
        await beside.fetchval("SELECT pg_terminate_backend($1)", found["pid"])
        await asyncio.sleep(0.1)

    @atomic
    async def cut_then_ask() -> None:
        await cut()
        await rows("SELECT 1 AS one")

    @atomic
    async def cut_then_begin_a_part() -> None:
        await cut()
        async with tortoise_transaction(CONNECTION):
            pass

    @atomic
    async def cut_before_the_end() -> None:
        await _lock()
        await cut()

    try:
        async with open_database(f"{postgres}/postgres"):
            for broken in (cut_then_ask, cut_then_begin_a_part, cut_before_the_end):
                with pytest.raises(Unavailable) as caught:
                    await broken()
                assert caught.value.code == "database-away"
            assert await rows("SELECT 1 AS one") == [{"one": 1}]
    finally:
        await beside.close()


async def test_a_connection_that_breaks_off_as_it_is_given_back_has_done_what_it_was_asked(
    postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver calls it "release() called on a free connection holder": a worker ended by it, and a page said that nothing was stored."""
    give_back = PoolConnectionHolder.release

    async def broken_off(holder: PoolConnectionHolder, timeout: float | None) -> None:
        holder.terminate()
        await give_back(holder, timeout)

    @atomic
    async def write() -> None:
        await execute("INSERT INTO instance_setting (key, value) VALUES (?, ?)", "given back", "1")

    async with open_database(f"{postgres}/postgres"):
        await run_migrations()
        with monkeypatch.context() as patch:
            patch.setattr(PoolConnectionHolder, "release", broken_off)
            await write()
            assert await rows("SELECT key FROM instance_setting") == [{"key": "given back"}]
            assert await execute("DELETE FROM instance_setting") == 1
            with pytest.raises(ZeroDivisionError):
                await atomic(_fail)()
        assert await rows("SELECT 1 AS one") == [{"one": 1}]


async def _fail() -> None:
    """Fail, in a transaction."""
    raise ZeroDivisionError


async def _lock() -> None:
    """Hold a lock, in a transaction: else there is nothing to begin."""
    await rows("SELECT pg_advisory_xact_lock(1)")


async def test_three_workers_share_the_jobs_and_do_each_once(postgres: str, tmp_path: Path) -> None:
    DONE.clear()
    url = f"{postgres}/workers"
    async with open_database(f"{postgres}/postgres"):
        await execute("CREATE DATABASE workers")
    stop = asyncio.Event()
    started = asyncio.Barrier(4)

    async def worker(number: int) -> None:
        settings = load_settings({}, url="https://atelier.example", data=tmp_path / str(number), database=url)
        features: Any = (Feature(name="x", jobs=(note,)),)
        async with open_site(settings, features, mailer=OutboxMailer()) as site:
            if number == 0:
                await started.wait()
                for n in range(120):
                    await enqueue(note, {"n": n}, lane="one" if n % 3 == 0 else None)
                while len(DONE) < 120:
                    await asyncio.sleep(0.02)
                await asyncio.sleep(0.1)
                assert await rows("SELECT id FROM job WHERE name LIKE '%:note'") == []
                stop.set()
            else:
                await started.wait()
                await site.runner.run(stop)

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for number in range(4):
            group.create_task(worker(number))
    assert sorted(DONE) == list(range(120))
    assert [n for n in DONE if n % 3 == 0] == list(range(0, 120, 3))


async def test_a_version_lasts_until_somebody_commits() -> None:
    """What may be given again: see fedcop/core/versions.py. Nobody else uses this server."""
    with postgres_server() as server:
        async with open_database(f"{server.url}/postgres"):
            await execute("CREATE TABLE said (id int)")
            here = cast(PostgresEngine, connection())
            writer = await asyncpg.connect(f"{server.url}/postgres")
            try:
                before = await here.version()
                await rows("SELECT * FROM said")
                assert before is not None and before == await here.version(), "who reads changes nothing"
                transaction = writer.transaction()
                await transaction.start()
                await writer.execute("INSERT INTO said VALUES (1)")
                open_yet = await here.version()
                assert await here.version() == open_yet
                await transaction.commit()
                assert await here.version() not in (before, open_yet)
                assert await here.version() == await here.version()
            finally:
                await writer.close()
