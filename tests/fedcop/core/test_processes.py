"""What only real processes show: nothing hangs the end, and killing one loses nothing and does nothing twice by halves."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from fedcop.core.database import atomic, open_database, rows
from fedcop.core.feature import Feature
from fedcop.core.jobs import enqueue
from fedcop.core.site import Site
from tests.rig.clock import StandingClock

ROOT = Path(__file__).parents[3]

FORGETFUL = """
import asyncio
from fedcop.core.database import open_database, rows

async def main():
    manager = open_database("sqlite:///{path}")
    await manager.__aenter__()
    await rows("SELECT 1 AS one")
    print("working", flush=True)
    raise SystemExit(3)  # and nothing is ever closed

asyncio.run(main())
"""

WRITER = """
import asyncio, itertools
from fedcop.core.database import atomic, open_database
from fedcop.core.models import InstanceSetting

@atomic
async def pair(n):
    await InstanceSetting.create(key=f"{{n}} first", value=n)
    await asyncio.sleep(0.001)
    await InstanceSetting.create(key=f"{{n}} second", value=n)

async def main():
    async with open_database("{url}"):
        for n in itertools.count():
            await pair(n)
            print(n, flush=True)
            await asyncio.sleep(0.003)  # who leaves no gap at all keeps others out: SQLite looks ever more seldom

asyncio.run(main())
"""

WORKER = """
import asyncio
from fedcop.core.feature import Feature
from fedcop.core.settings import load_settings
from fedcop.core.site import open_site
from tests.fedcop.core.test_processes import hang

async def main():
    settings = load_settings({{}}, url="https://atelier.example", data="{data}", database="{url}")
    async with open_site(settings, (Feature(name="x", jobs=(hang,)),), migrate=False) as site:
        await site.runner.run(asyncio.Event())

asyncio.run(main())
"""


async def hang(where: str) -> None:
    """Job: say that it began, and do not end while told so."""
    path = Path(where)
    path.write_text(path.read_text() + "begun\n" if path.exists() else "begun\n")
    if not path.with_suffix(".go").exists():
        await asyncio.sleep(60)
    path.write_text(path.read_text() + "done\n")


@pytest.fixture
def features() -> tuple[Feature, ...]:
    return (Feature(name="x", jobs=(hang,)),)


def start(code: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def test_a_connection_that_nobody_closed_does_not_hang_the_process(tmp_path: Path) -> None:
    process = start(FORGETFUL.format(path=tmp_path / "x.sqlite3"))
    out, err = process.communicate(timeout=30)
    assert "working" in out
    assert process.returncode == 3, err


async def test_a_killed_writer_leaves_whole_transactions(template: Any, tmp_path: Path) -> None:
    url = await template.copy(tmp_path, "killed")
    process = await asyncio.to_thread(start, WRITER.format(url=url))
    assert process.stdout is not None
    last = -1
    deadline = time.monotonic() + 30
    while last < 20 and time.monotonic() < deadline:
        last = int(await asyncio.to_thread(process.stdout.readline))
    process.send_signal(signal.SIGKILL)
    out, _ = await asyncio.to_thread(process.communicate)
    last = max([last, *(int(line) for line in out.split() if line.isdigit())])
    async with open_database(url):
        keys = {row["key"] for row in await rows("SELECT key FROM instance_setting")}
        for n in range(last + 2):
            assert (f"{n} first" in keys) == (f"{n} second" in keys)
        assert all(f"{n} first" in keys for n in range(last))  # what was said to be written is there
        if url.startswith("sqlite"):
            assert await rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
    await template.forget(tmp_path)


async def test_the_job_of_a_killed_worker_is_done_by_the_next(site: Site, clock: StandingClock, tmp_path: Path) -> None:
    where = tmp_path / "job.txt"
    clock.at = clock.at.replace(year=2020)  # due, whatever the other process's clock says
    await enqueue(hang, {"where": str(where)})
    process = await asyncio.to_thread(start, WORKER.format(data=tmp_path, url=site.settings.database))
    for _ in range(300):
        if where.exists() and where.read_text():  # there before anything is in it
            break
        await asyncio.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    _, err = await asyncio.to_thread(process.communicate)
    assert where.read_text() == "begun\n", err
    where.with_suffix(".go").touch()
    clock.at = clock.at.replace(year=2090)
    assert await site.runner.settle() >= 1
    assert where.read_text() == "begun\nbegun\ndone\n"
    assert await rows("SELECT * FROM job WHERE name LIKE '%:hang'") == []


async def test_two_processes_write_at_the_same_time(template: Any, tmp_path: Path) -> None:
    """On SQLite too: BEGIN IMMEDIATE waits, where a deferred BEGIN fails at the first write."""
    url = await template.copy(tmp_path, "both")
    process = await asyncio.to_thread(start, WRITER.format(url=url))
    assert process.stdout is not None

    @atomic
    async def read_then_write(n: int) -> None:
        before = (await rows("SELECT count(*) AS n FROM instance_setting"))[0]["n"]
        await asyncio.sleep(0.002)
        await rows("INSERT INTO instance_setting (key, value) VALUES (?, ?) RETURNING key", f"mine {n}", str(before))

    try:
        await asyncio.to_thread(process.stdout.readline)
        async with open_database(url):
            for n in range(30):
                await read_then_write(n)
            assert len(await rows("SELECT key FROM instance_setting WHERE key LIKE 'mine%'")) == 30
    finally:
        process.kill()
        await asyncio.to_thread(process.communicate)
    await template.forget(tmp_path)
