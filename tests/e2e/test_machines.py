"""One instance on several processes: restarted one after the other nobody notices, killed without a goodbye nothing is lost.

What it shows stands in fedcop/decisions/0028-several-processes.md.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from aiohttp import ClientError, FormData

from fedcop.core.ids import new_token
from tests.e2e.cluster import Cluster, has_nginx
from tests.e2e.instances import until
from tests.e2e.test_three_organisations import reply, thread_at, write
from tests.rig.browser import Browser

pytestmark = [pytest.mark.e2e, pytest.mark.skipif(not has_nginx(), reason="nginx is not installed")]
PACE = 0.08  # seconds between two requests of one person; a machine that is worn out shows nothing


@pytest.fixture
async def cluster(postgres: str, tmp_path: Path) -> AsyncIterator[Cluster]:
    """Two of each, behind nginx."""
    name = f"machines_{new_token(4).lower().replace('-', '_')}"
    connection = await asyncpg.connect(f"{postgres}/postgres")
    await connection.execute(f'CREATE DATABASE "{name}"')
    await connection.close()
    made = Cluster(tmp_path, "a", f"{postgres}/{name}")
    try:
        await made.start()
        await made.put_proxy_in_front()
        yield made
    finally:
        await made.close()


class Crowd:
    """People who read and write without a pause, and what they were answered."""

    def __init__(self, cluster: Cluster, browser: Browser, thread: str, *, patient: bool = False) -> None:
        self.cluster, self.browser, self.thread, self.patient = cluster, browser, thread, patient
        self.failures: list[str] = []
        self.answered = 0
        self.written: list[str] = []
        self.stop = asyncio.Event()

    async def read(self, path: str) -> None:
        """Read a page again and again."""
        while not self.stop.is_set():
            await self._ask("GET", path, 200)
            await asyncio.sleep(PACE)

    async def write(self, name: str) -> None:
        """Write one reply after the other; what failed is written again, as a person would who does not see it."""
        csrf = self.browser.page.root.all("input", name="csrf")[0]["value"]
        number = 0
        while not self.stop.is_set():
            words = {"csrf": csrf, "place": "", "source": f"{name} {number}", "step": "publish", "language": "en"}
            if await self._ask("POST", f"{self.thread}/reply", 303, words) or await self._is_there(words["source"]):
                self.written.append(words["source"])
                number += 1
            await asyncio.sleep(PACE)

    async def _ask(self, method: str, path: str, wanted: int, form: dict[str, str] | None = None) -> bool:
        data = FormData(form) if form else None
        try:
            async with self.browser.client.request(method, path, data=data, allow_redirects=False) as answer:
                said = await answer.text()
        except (ClientError, OSError) as error:
            self.failures.append(f"{method} {path}: {error!r}")
            return False
        if answer.status == wanted:
            self.answered += 1
            return True
        self.failures.append(f"{method} {path}: {answer.status} {said[:300]}")
        return False

    async def _is_there(self, source: str) -> bool:
        return bool(await self.cluster.asked("SELECT 1 FROM post WHERE source = $1", source))


async def settled(cluster: Cluster) -> None:
    """Wait until nothing is to be done any more; what the killed had leased is free at once, not in a minute."""
    await cluster.asked("UPDATE job SET leased_until = now() WHERE leased_until IS NOT NULL")

    async def quiet() -> bool:
        found = await cluster.asked("SELECT 1 FROM job WHERE unique_key IS NULL OR unique_key NOT LIKE 'timetable:%'")
        return not found

    await until(quiet, lambda: f"there is still work: {cluster.log[-3000:]}", seconds=30)


async def begun(cluster: Cluster) -> tuple[Browser, str]:
    """Let somebody begin a discussion and stand in it."""
    cluster.member("ana", "owner")
    cluster.cli("community", "create", "soils", "--title", "Living soils", "--by", "ana")
    ana = await cluster.sign_in("ana", "en-CA")
    await write(ana, "soils", "Everything at once", "Go on.")
    thread = await thread_at(ana, "soils", "Everything at once")
    await reply(ana, thread, "first")
    await ana.get(thread)
    return ana, thread


async def test_nobody_notices_a_rolling_restart_and_nothing_is_lost_by_killing(cluster: Cluster) -> None:
    ana, thread = await begun(cluster)
    crowd = Crowd(cluster, ana, thread)
    async with asyncio.TaskGroup() as group:
        for path in ("/c/soils", "/about", "/communities"):
            group.create_task(crowd.read(path))
        for name in ("one", "two"):
            group.create_task(crowd.write(name))
        began = time.monotonic()
        codes = [code for machine in (1, 2) for code in await cluster.restart(machine)]
        restarted_in = time.monotonic() - began
        calm, asked = list(crowd.failures), crowd.answered
        await cluster.restart(1, signal.SIGKILL)
        crowd.stop.set()
    assert codes == [0, 0, 0, 0], cluster.log[-3000:]
    assert calm == [], f"{len(calm)} of {asked} failed in {restarted_in:.1f} s"
    assert asked > 100
    await settled(cluster)
    rows = await cluster.asked("SELECT source FROM post WHERE depth > 0 AND source <> 'first' ORDER BY id")
    found = [row["source"] for row in rows]
    assert sorted(found) == sorted(crowd.written)  # each once, though some were cut off in the middle
    for name in ("one", "two"):
        mine = [source for source in found if source.startswith(name)]
        assert mine == [f"{name} {number}" for number in range(len(mine))]
    assert await cluster.asked("SELECT name, error FROM job WHERE failed_at IS NOT NULL") == []
    lost = await cluster.asked(
        "SELECT 1 FROM post p WHERE p.depth > 0 AND NOT EXISTS (SELECT 1 FROM search_entry s WHERE s.id = p.id)"
    )
    assert lost == []
