"""Kills what an instance is made of, at random, under mixed traffic, then compares: `python -m tests.bench.kills [--minutes N] [--database sqlite|postgres]`.

Three instances. People of two write in a public discussion that all three have, and in a private community that the third has no part in. On SQLite `fedcop serve` is
killed, on PostgreSQL `web`, `worker` or the database itself, each without a goodbye, at all three at once, and some again while they begin. Then nothing may be lost, doubled, in another order
elsewhere, or known to who may not read it. Ends with 1 if something is amiss. `--seed` repeats the choices, not the moment at which they strike.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientSession, FormData

from fedcop.core.ids import new_token
from tests.e2e.cluster import Pair
from tests.e2e.instances import Instance
from tests.e2e.test_three_organisations import join, reply, thread_at, write
from tests.rig.browser import Browser
from tests.rig.database import postgres_server

PATIENCE = (
    330.0  # seconds in which nothing changes: leases of a minute run out, and what failed is tried again after five
)
EARLY, BEGINNING = 0.15, 2.0  # how often one is killed again while it begins, within how many seconds
PAGES, CELLAR = "soils", "cellar"


async def raised(start: Callable[[], Awaitable[None]], kill: Callable[[], Awaitable[None]], luck: random.Random) -> int:
    """Start what was killed; now and then it is killed again while it begins. Gives how often it was killed in all."""
    if luck.random() > EARLY:
        await start()
        return 1
    begun = asyncio.ensure_future(start())
    await asyncio.wait([begun], timeout=luck.uniform(0, BEGINNING))
    await kill()
    await asyncio.gather(begun, return_exceptions=True)  # who waits for it sees it end
    return 1 + await raised(start, kill, luck)


class Single(Instance):
    """`fedcop serve` on SQLite."""

    warm = True

    async def strike(self, luck: random.Random) -> list[str]:
        """Kill it and raise it again; gives what was killed."""
        self.kill()
        return ["serve"] * await raised(self.start, self._killed, luck)

    async def _killed(self) -> None:
        self.kill()


class Struck(Pair):
    """`fedcop web`, `fedcop worker` and their database."""

    warm = True

    async def strike(self, luck: random.Random) -> list[str]:
        """Kill a process, or the database, and raise it again; gives what was killed."""
        what = luck.choice(["web1", "worker1", "web1", "worker1", "database"])
        if what == "database":
            await asyncio.to_thread(self.server.stop, "immediate")
            await asyncio.sleep(luck.uniform(0, 1.5))
            await asyncio.to_thread(self.server.start)
            for name, process in self.processes.items():
                assert process.poll() is None, f"{self.name}: {name} ended with the database: {self.log[-3000:]}"
            return [what]

        async def kill() -> None:
            await self.end_one(what, signal.SIGKILL)

        await kill()
        return [what.rstrip("1")] * await raised(partial(self.raise_one, what), kill, luck)

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the database beside it."""
        return [tuple(row) for row in await self.asked(query)]


class Pen:
    """Somebody who writes one text after the other in a thread, and sends a form again until it is answered, as by a reload."""

    def __init__(self, browser: Browser, path: str, name: str, pace: float) -> None:
        self.browser, self.path, self.name, self.pace = browser, path, name, pace
        self.csrf = browser.page.root.all("input", name="csrf")[0]["value"]
        self.written: list[str] = []

    async def write_until(self, stop: asyncio.Event) -> None:
        """Write on until told to stop."""
        while not stop.is_set():
            text = f"{self.name} {len(self.written)}"
            form = {"csrf": self.csrf, "place": "", "source": text, "step": "publish", "language": "en"}
            form |= {
                "once": new_token(12)
            }  # nobody can tell whether what was not answered was stored; this very form is, once
            while not await self._sent(form):
                await asyncio.sleep(0.3)
            self.written.append(text)
            await asyncio.sleep(self.pace)

    async def _sent(self, form: dict[str, str]) -> bool:
        try:
            asked = self.browser.client.request(
                "POST", f"{self.path}/reply", data=FormData(form), allow_redirects=False
            )
            async with asyncio.timeout(20), asked as answer:
                if answer.status == 303:
                    return True
                assert answer.status >= 500, f"{self.name}: {answer.status} {(await answer.text())[:500]}"
        except (ClientError, OSError):
            pass
        return False


async def texts(home: Any, name: str) -> list[str]:
    """Give the visible answers of some kind, in the order in which threads show them."""
    found = await home.rows(
        "SELECT content FROM post WHERE depth > 0 AND state = 'visible' AND deleted_at IS NULL ORDER BY published_at, uri"
    )
    words = [str(row[0]).replace("<p>", "").replace("</p>", "").strip() for row in found]
    return [word for word in words if word.startswith(name)]


async def begun(homes: list[Any], pace: float) -> list[Pen]:
    """Make people, communities and discussions; gives those who write."""
    a, b, c = homes
    for home, person in zip(homes, ("ana", "bob", "cleo"), strict=True):
        await home.start()
        home.member(person, "owner")
    a.cli("community", "create", PAGES, "--title", "Living soils", "--by", "ana")
    a.cli("community", "create", CELLAR, "--title", "The cellar", "--by", "ana", "--visibility", "private")
    ana, bob, cleo = [
        await home.sign_in(name, "en-CA") for home, name in zip(homes, ("ana", "bob", "cleo"), strict=True)
    ]
    await join(bob, f"{PAGES}@{a.host}")
    await join(cleo, f"{PAGES}@{a.host}")
    await join(bob, f"{CELLAR}@{a.host}")
    pens = []
    for community, kind in ((PAGES, "open"), (CELLAR, "secret")):
        await write(ana, community, f"About {kind} things", f"{kind} beginning")
        for home, who, place in ((a, ana, community), (b, bob, f"{community}@{a.host}")):
            path = await thread_at(who, place, f"About {kind} things")
            if who is ana:
                await reply(ana, path, "first")
            await who.get(path)
            pens.append(Pen(who, path, f"{kind} {home.name}", pace))
    return pens


async def strike_on(home: Any, until_when: float, pause: float, luck: random.Random) -> Counter[str]:
    """Kill this and that of one home until the time is over; gives what, how often."""
    struck: Counter[str] = Counter()
    while True:
        await asyncio.sleep(luck.expovariate(1 / pause))
        if time.monotonic() > until_when:
            return struck
        struck.update(await home.strike(luck))


async def amiss(homes: list[Any], pens: list[Pen]) -> list[str]:
    """Say what is not as it should be."""
    found = []
    a, b, c = homes
    for kind, readers in (("open", homes), ("secret", [a, b])):
        wanted = sorted(text for pen in pens if pen.name.startswith(kind) for text in pen.written)
        orders = [await texts(home, kind) for home in readers]
        for home, words in zip(readers, orders, strict=True):
            lost, doubled = sorted(set(wanted) - set(words)), sorted({one for one in words if words.count(one) > 1})
            found += [f"{home.name} has lost {len(lost)}: {lost[:5]}"] if lost else []
            found += [f"{home.name} has twice: {doubled[:5]}"] if doubled else []
        if any(words != orders[0] for words in orders):
            found.append(f"{kind}: not the same order everywhere")
    if await c.rows("SELECT 1 FROM post WHERE content LIKE '%secret%' OR title LIKE '%secret%'"):
        found.append("c has what is said in the cellar")
    thread = next(pen for pen in pens if pen.name == "secret a").path
    async with ClientSession() as session:
        for accept in ("text/html", "application/activity+json"):
            async with session.get(a.url + thread, headers={"Accept": accept}) as answer:
                if answer.status != 404:
                    found.append(f"a stranger is answered {answer.status} for what is private, as {accept}")
    return found


async def run(minutes: float, database: str, seed: int, pause: float, pace: float) -> int:
    """Write, kill, wait, compare."""
    with (
        tempfile.TemporaryDirectory(prefix="fedcop-kills-", ignore_cleanup_errors=True) as folder,
        ExitStack() as opened,
    ):
        homes: list[Any] = [Single(Path(folder), name) for name in "abc"]
        if database == "postgres":
            servers = [opened.enter_context(postgres_server(durable=True)) for _ in "ab"]
            homes[:2] = [Struck(Path(folder), name, server) for name, server in zip("ab", servers, strict=True)]
        try:
            pens = await begun(homes, pace)
            stop = asyncio.Event()
            async with asyncio.TaskGroup() as group:
                for pen in pens:
                    group.create_task(pen.write_until(stop))
                end = time.monotonic() + minutes * 60
                lucks = [
                    random.Random(f"{seed} {home.name}") for home in homes
                ]  # at once: a draw of one changes none of another's
                each = [strike_on(home, end, pause, its) for home, its in zip(homes, lucks, strict=True)]
                struck = sum(await asyncio.gather(*each), Counter[str]())
                stop.set()
            written = sum(len(pen.written) for pen in pens)
            print(f"{database}, seed {seed}: {written} texts, {struck.total()} kills {dict(struck)}", flush=True)
            began = changed = time.monotonic()
            before: list[str] = []
            while (found := await amiss(homes, pens)) and time.monotonic() - changed < PATIENCE:
                if found != before:
                    before, changed = found, time.monotonic()
                await asyncio.sleep(1.0)
            print(
                f"all as it should be {time.monotonic() - began:.0f} s after the last"
                if not found
                else "\n".join(found)
            )
            if found:
                print("\n".join(home.log[-1500:] for home in homes))
            return 1 if found else 0
        finally:
            for home in homes:
                await home.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument(
        "--pause", type=float, default=4.0, help="seconds between two kills at one instance, on average"
    )
    parser.add_argument(
        "--pace",
        type=float,
        default=0.15,
        help="seconds between two texts of one of four who write; more, where the machine is slow: all has to arrive before it is compared",
    )
    given = parser.parse_args()
    sys.exit(asyncio.run(run(given.minutes, given.database, given.seed, given.pause, given.pace)))
