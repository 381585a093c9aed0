"""Killed at random moments (SIGKILL, no goodbye), nothing is lost, nothing is twice, and the order is the same everywhere.

CI kills in one run of few posts; `FEDCOP_KILL_RUNS=10 FEDCOP_KILL_POSTS=300 pytest -m e2e tests/e2e/test_killed.py` is the long form.
"""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
from collections.abc import Callable

import pytest
from aiohttp import ClientError, FormData

from tests.e2e.instances import Instance, until
from tests.e2e.test_three_organisations import join, reply, thread_at, three, write
from tests.rig.browser import Browser

pytestmark = pytest.mark.e2e
RUNS = int(os.environ.get("FEDCOP_KILL_RUNS", "1"))
POSTS = int(os.environ.get("FEDCOP_KILL_POSTS", "40"))
PATIENCE = 90.0  # seconds for the last retry after the last kill


def words_in(instance: Instance) -> list[str]:
    """Give the texts of all visible replies in the order in which a thread shows them."""
    connection = sqlite3.connect(f"file:{instance.folder}/fedcop.sqlite3?mode=ro", uri=True)
    try:
        rows = connection.execute(
            "SELECT content FROM post WHERE depth > 0 AND state = 'visible' ORDER BY published_at, uri"
        ).fetchall()
    finally:
        connection.close()
    return [str(row[0]).removeprefix("<p>").removesuffix("</p>\n").removesuffix("</p>").strip() for row in rows]


class Writer:
    """Somebody who writes on, and looks whether the last text is there when the server fell silent."""

    def __init__(self, browser: Browser, home: Instance, path: str) -> None:
        self.browser, self.home, self.path = browser, home, path

    async def write(self, text: str) -> None:
        """Publish one reply, through however many restarts."""
        while True:
            try:
                form = FormData({"csrf": self.csrf, "place": "", "source": text, "step": "publish", "language": "en"})
                async with self.browser.client.request(
                    "POST", f"{self.path}/reply", data=form, allow_redirects=False
                ) as answer:
                    if answer.status == 303:
                        return
                    said = await answer.text()
                    assert answer.status >= 500, f"{answer.status}: {said[:2000]}"
            except (ClientError, OSError):
                pass
            await asyncio.sleep(0.2)
            if await asyncio.to_thread(self.is_there, text):
                return

    def is_there(self, text: str) -> bool:
        """Look as a person would: is what I wrote in the thread?"""
        connection = sqlite3.connect(f"file:{self.home.folder}/fedcop.sqlite3?mode=ro", uri=True)
        try:
            return bool(connection.execute("SELECT 1 FROM post WHERE source = ?", (text,)).fetchall())
        finally:
            connection.close()

    @property
    def csrf(self) -> str:
        return self.browser.page.root.all("input", name="csrf")[0]["value"]


async def killer(victims: list[Instance], stop: asyncio.Event, luck: random.Random) -> int:
    """Kill one or both at random moments and raise them again; gives how often."""
    kills = 0
    while not stop.is_set():
        await asyncio.sleep(luck.uniform(0.4, 2.0))
        chosen = luck.choice([victims[:1], victims[1:], victims])
        for instance in chosen:
            instance.kill()
        kills += 1
        await asyncio.sleep(luck.uniform(0.0, 0.5))
        for instance in chosen:
            await instance.start()
    return kills


@pytest.mark.parametrize("run", range(RUNS))
async def test_each_post_exists_once_and_in_order(run: int, raise_instance: Callable[..., Instance]) -> None:
    luck = random.Random(1000 + run)
    (a, b, c), (ana, bob, cleo) = await three(raise_instance)
    there = f"soils@{a.host}"
    await join(bob, there)
    await join(cleo, there)
    await write(ana, "soils", "Everything at once", "Go on.")
    paths = [await thread_at(ana, "soils", "Everything at once"), await thread_at(bob, there, "Everything at once")]
    await reply(ana, paths[0], "first")
    for who, path in ((ana, paths[0]), (bob, paths[1])):
        await who.get(path)
    writers = [Writer(ana, a, paths[0]), Writer(bob, b, paths[1])]
    stop = asyncio.Event()

    async def speak(writer: Writer, name: str) -> None:
        for number in range(POSTS // 2):
            await writer.write(f"{name} {number}")

    async with asyncio.TaskGroup() as group:
        killing = group.create_task(killer([a, b], stop, luck))
        async with asyncio.TaskGroup() as writing:
            for writer, name in zip(writers, ("ana", "bob"), strict=True):
                writing.create_task(speak(writer, name))
        stop.set()
    assert killing.result() > 0, "nobody was killed: write more"
    wanted = sorted(["first", *(f"{name} {n}" for name in ("ana", "bob") for n in range(POSTS // 2))])

    async def settled() -> bool:
        found = await asyncio.gather(*(asyncio.to_thread(words_in, instance) for instance in (a, b, c)))
        return all(len(words) >= len(wanted) for words in found)

    def missing() -> str:
        return "; ".join(f"{i.name}: {sorted(set(wanted) - set(words_in(i)))} {i.queue()}" for i in (a, b, c))

    await until(settled, missing, seconds=PATIENCE)
    await asyncio.sleep(1.0)
    orders = [words_in(instance) for instance in (a, b, c)]
    assert sorted(orders[0]) == wanted
    assert orders[0] == orders[1] == orders[2]
