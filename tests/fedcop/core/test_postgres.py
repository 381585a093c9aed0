"""What only PostgreSQL can show: a server that goes away and comes back, several workers at once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from fedcop.core.database import atomic, execute, open_database, rows
from fedcop.core.errors import Unavailable
from fedcop.core.feature import Feature
from fedcop.core.jobs import enqueue
from fedcop.core.mail import OutboxMailer
from fedcop.core.migrating import run_migrations
from fedcop.core.settings import load_settings
from fedcop.core.site import open_site
from tests.rig.database import postgres_programs, postgres_server

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(postgres_programs() is None, reason="PostgreSQL is not installed"),
]

DONE: list[int] = []


async def note(n: int) -> None:
    """Job: remember that it was done."""
    await asyncio.sleep(0.001)
    DONE.append(n)


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
