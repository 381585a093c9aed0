"""What a machine can do to a server, with real processes: a disk that is full, a database that goes away.

It is said, nothing is half done, and once the fault is over all goes on by itself.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import FormData

from tests.e2e.cluster import Pair
from tests.e2e.instances import COMMAND, ROOT, Instance, until
from tests.e2e.test_three_organisations import thread_at, write
from tests.rig.browser import Browser
from tests.rig.database import postgres_programs, postgres_server

pytestmark = pytest.mark.e2e
SIZE = 48 << 20
AWAY = [float(one) for one in os.environ.get("FEDCOP_AWAY", "0 6 0 1").split()]  # seconds, each time


def can_mount() -> bool:
    """Whether a process here may have a file system of its own."""
    if shutil.which("unshare") is None:
        return False
    probe = ["unshare", "-rm", "sh", "-c", "mount -t tmpfs tmpfs /tmp"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


class Cramped(Instance):
    """An instance whose data folder is a small disk of its own; `disk` is that folder as it sees it."""

    async def move_in(self) -> None:
        """Start on a small disk, with all that was there."""
        self.folder.rename(self.folder.with_name("before"))
        self.folder.mkdir()
        command = f'mount -t tmpfs -o size={SIZE} tmpfs {self.folder} && cp -a {self.folder.with_name("before")}/. {self.folder} && exec "$@"'
        with self.folder.with_name("said.log").open("ab") as log:
            self.process = subprocess.Popen(
                ["unshare", "-rm", "sh", "-c", command, "sh", *COMMAND, "serve"],
                cwd=ROOT, env=self.environment, stdout=log, stderr=log,
            )  # fmt: skip
        await until(self._answers, lambda: f"it does not start: {self.log[-2000:]}", seconds=60)

    @property
    def disk(self) -> Path:
        """The small disk, from outside."""
        assert self.process is not None
        return Path(f"/proc/{self.process.pid}/root{self.folder}")

    def fill(self) -> Path:
        """Leave no room; gives what fills it."""
        ballast = self.disk / "ballast"
        with ballast.open("wb", buffering=0) as file:
            try:
                while file.write(b"x" * (64 << 10)):
                    pass
            except OSError:
                pass
        assert os.statvfs(self.disk).f_bavail < 16
        return ballast

    @property
    def log(self) -> str:
        """What the process said."""
        path = self.folder.with_name("said.log")
        return path.read_text("utf-8", "replace") if path.exists() else super().log


@pytest.fixture
async def cramped(tmp_path: Path) -> AsyncIterator[Cramped]:
    made = Cramped(tmp_path, "a")
    yield made
    await made.close()


async def answer(browser: Browser, path: str, text: str) -> tuple[int, str]:
    """Send a reply as the form does; gives status and words."""
    csrf = browser.page.root.all("input", name="csrf")[0]["value"]
    form = FormData({"csrf": csrf, "place": "", "source": text, "step": "publish", "language": "en"})
    async with browser.client.request("POST", f"{path}/reply", data=form, allow_redirects=False) as said:
        return said.status, await said.text()


@pytest.mark.skipif(not can_mount(), reason="no file system of one's own may be mounted here")
async def test_a_full_disk_is_said_and_nothing_is_lost(cramped: Cramped) -> None:
    await cramped.start()
    cramped.member("ana", "owner")
    cramped.cli("community", "create", "soils", "--title", "Living soils", "--by", "ana")
    ana = await cramped.sign_in("ana", "en-CA")
    await write(ana, "soils", "A full disk", "Go on.")
    path = await thread_at(ana, "soils", "A full disk")
    assert cramped.stop() == 0
    await cramped.move_in()
    await ana.get(path)
    assert (await answer(ana, path, "before"))[0] == 303
    ballast = cramped.fill()
    kept, refused = ["before"], []
    for number in range(200):  # what is reserved already still takes some
        status, said = await answer(ana, path, f"{number} " + "word " * 2000)
        if status == 303:
            kept.append(f"{number} ")
        else:
            assert status == 503, (status, said[:500])
            refused.append(f"{number} ")
        if len(refused) == 3:
            break
    assert refused, "the disk was never full"
    assert (await ana.get(path)).status == 200  # reading goes on
    ballast.unlink()

    async def again() -> bool:
        return (await answer(ana, path, "after"))[0] == 303

    await until(again, lambda: f"it does not write again: {cramped.log[-3000:]}", seconds=20)
    text = (await ana.get(path)).main.text
    assert "after" in text and cramped.process is not None and cramped.process.poll() is None
    for page in range(2, 12):
        text += (await ana.get(f"{path}?page={page}")).main.text
    assert all(word in text for word in kept)
    assert not any(f"{word}word" in text for word in refused)


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    with postgres_server(durable=True) as server:
        made = Pair(tmp_path, "a", server)
        try:
            yield made
        finally:
            await made.close()


@pytest.mark.skipif(postgres_programs() is None, reason="PostgreSQL is not installed")
async def test_web_and_worker_outlive_a_database_that_goes_away_while_they_work(pair: Pair) -> None:
    """Not only one that is away: connections break off in the midst of whatever is done at that moment, time and again."""
    await pair.start()
    pair.member("ana", "owner")
    pair.cli("community", "create", "soils", "--title", "Living soils", "--by", "ana")
    ana = await pair.sign_in("ana", "en-CA")
    await write(ana, "soils", "A database that goes", "Go on.")
    path = await thread_at(ana, "soils", "A database that goes")
    await ana.get(path)
    stop, kept, refused = asyncio.Event(), list[str](), list[int]()

    async def write_on(name: str) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            status, _said = await answer(ana, path, f"{name} {number}.")
            if status == 303:
                kept.append(f"{name} {number}.")
            else:
                refused.append(status)
                await asyncio.sleep(0.1)

    async with asyncio.TaskGroup() as group:
        for name in ("one", "two", "three"):
            group.create_task(write_on(name))
        for away in AWAY:
            await asyncio.sleep(1.5)
            await asyncio.to_thread(pair.server.stop, "immediate")
            await asyncio.sleep(away)
            await asyncio.to_thread(pair.server.start)
        await asyncio.sleep(2.0)
        stop.set()
    ended = [name for name, one in pair.processes.items() if one.poll() is not None]
    assert not ended, (ended, pair.log[-3000:])
    assert set(refused) == {503}, (set(refused), pair.log[-3000:])
    there = {row["source"] for row in await pair.asked("SELECT source FROM post WHERE depth > 0")}
    assert set(kept) <= there and len(kept) > 10

    async def done() -> bool:
        found = await pair.asked("SELECT 1 FROM job WHERE unique_key IS NULL OR unique_key NOT LIKE 'timetable:%'")
        return not found

    await until(done, lambda: f"there is still work: {pair.log[-3000:]}", seconds=100)  # leases of a minute run out
