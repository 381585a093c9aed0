"""What it costs to read on a full instance: `python -m tests.bench.reading [--posts N] [--communities N] [--joined N]`.

Home in both orders, all one may read, a community, the archive months, words that are rare and common. Each figure is the
median of many calls, in milliseconds of wall time and of this process's CPU; the yardstick of the same run is the plainest
query of twenty rows by an index. Not a timed test; SQLite, in memory-backed files where the machine has them.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from fedcop.accounts.signup import create_confirmed
from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities import service as communities
from fedcop.communities.models import Community
from fedcop.core.clock import now
from fedcop.core.database import rows
from fedcop.core.ids import id_at
from fedcop.core.mail import OutboxMailer
from fedcop.core.settings import load_settings
from fedcop.core.site import open_site
from fedcop.discussions import service as discussions
from fedcop.features import FEATURES
from fedcop.search import service as search
from fedcop.timelines import queries as timelines

ROUNDS = 60
PASSWORD = "une phrase de passe assez longue"
STEMS = [
    a + b + c
    for a in ("ver", "pru", "sol", "com", "lit", "bud")
    for b in ("gi", "na", "to", "mi")
    for c in "abcdefghijklmn"
]


def parser(description: str | None) -> argparse.ArgumentParser:
    """Read the sizes."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--posts", type=int, default=100_000)
    made.add_argument("--communities", type=int, default=1_000)
    made.add_argument("--joined", type=int, default=30)
    return made


def copies(raw: sqlite3.Connection, table: str, like: int, changes: Iterator[dict[str, Any]]) -> None:
    """Insert rows that equal the row with id `like` but for what `changes` says of each."""
    names = [row[1] for row in raw.execute(f"PRAGMA table_info({table})")]
    model = dict(zip(names, raw.execute(f"SELECT * FROM {table} WHERE id = ?", (like,)).fetchone(), strict=True))  # noqa: S608
    marks = ", ".join("?" for _ in names)
    raw.executemany(f"INSERT INTO {table} VALUES ({marks})", (list((model | change).values()) for change in changes))  # noqa: S608


async def fill(path: Path, sizes: argparse.Namespace) -> tuple[Actor, Community]:
    """Fill the instance with copies of one real community, one real thread and its search entry."""
    chance = random.Random(7)  # noqa: S311 - the same instance each time
    lea = (await create_confirmed("lea", "lea@verger.example", PASSWORD)).actor
    home = await communities.found(lea, title="Vergers", language="fr", purpose="Tailler", kind="practice")
    post = await discussions.write(lea, home, kind="question", title="Taille", source="Quand ?", language="fr")
    await search.index(search.Entry("post", post.id, "Taille", "Quand ?", "public", now(), home.id, lea.id))
    membership = (await rows("SELECT id FROM membership WHERE actor_id = ?", lea.id))[0]["id"]
    begin = now() - timedelta(days=3000)

    def fill_file() -> None:
        with sqlite3.connect(path) as raw:
            places = range(1, sizes.communities)
            copies(
                raw,
                "actor",
                home.actor_id,
                ({"id": n, "uri": f"https://x.example/c/{n}", "name": f"c{n}", "name_key": f"c{n}"} for n in places),
            )
            copies(raw, "community", home.id, ({"id": n, "actor_id": n} for n in places))
            joined = range(1, sizes.joined)
            copies(raw, "membership", membership, ({"id": n, "community_id": n} for n in joined))

            def each(columns: Callable[[int, str], dict[str, Any]]) -> Iterator[dict[str, Any]]:
                step = timedelta(days=2990) / sizes.posts
                for n in range(sizes.posts):
                    moment = begin + step * n
                    yield columns(id_at(moment) + n % 65536, moment.isoformat(" "))

            def thread(number: int, at: str) -> dict[str, Any]:
                return {
                    "id": number, "root_id": number, "uri": f"https://x.example/p/{number}", "published_at": at,
                    "last_activity_at": at, "community_id": chance.choice((home.id, *places)),
                }  # fmt: skip

            def entry(number: int, at: str) -> dict[str, Any]:
                words = " ".join(STEMS[min(int(chance.paretovariate(0.6)), len(STEMS)) - 1] for _ in range(40))
                return {
                    "id": number,
                    "title": words[:40],
                    "folded_title": words[:40],
                    "body": words,
                    "folded": words,
                    "at": at,
                }

            copies(raw, "post", post.id, each(thread))
            copies(raw, "search_entry", post.id, each(entry))
            raw.execute("ANALYZE")

    await asyncio.to_thread(fill_file)
    return lea, home


async def measure(what: str, call: Callable[[], Awaitable[Any]], yardstick: float = 0.0) -> float:
    """Print the median of many calls; gives it in milliseconds."""
    walls, cpus = [], []
    for _ in range(ROUNDS):
        wall, cpu = time.perf_counter(), time.process_time()
        await call()
        walls.append((time.perf_counter() - wall) * 1000)
        cpus.append((time.process_time() - cpu) * 1000)
    median = statistics.median(walls)
    ratio = f"{median / yardstick:6.1f} x the yardstick" if yardstick else ""
    print(f"{what:44} {median:8.2f} ms wall {statistics.median(cpus):8.2f} ms CPU {ratio}", flush=True)
    return median


async def run(sizes: argparse.Namespace) -> None:
    """Fill an instance, then read."""
    with tempfile.TemporaryDirectory(prefix="fedcop-bench-") as folder:
        settings = load_settings({}, url="https://x.example", data=Path(folder), development=False)
        async with open_site(settings, FEATURES, mailer=OutboxMailer()):
            began = time.perf_counter()
            lea, home = await fill(Path(folder) / "fedcop.sqlite3", sizes)
            print(
                f"{sizes.posts} threads in {sizes.communities} communities, {sizes.joined} joined; filled in {time.perf_counter() - began:.0f} s"
            )
            base = await measure(
                "yardstick: twenty rows by an index",
                lambda: rows("SELECT id FROM post WHERE depth = 0 ORDER BY last_activity_at DESC LIMIT 20"),
            )
            for whose in timelines.WHOSE:
                for order in timelines.ORDERS:
                    feed = partial(timelines.home, lea, whose=whose, order=order)
                    await measure(f"home, {whose}, by {order}", feed, base)
            page = await timelines.home(lea)
            for _ in range(20):
                page = await timelines.home(lea, after=page.after)
            await measure("home, mine, page 21", partial(timelines.home, lea, after=page.after), base)
            await measure("a community", partial(timelines.community, lea, home), base)
            await measure("a stranger's view of all", partial(timelines.home, None, whose="all"), base)
            look = partial(search.query, visible=access.visible_sql("e", lea))
            await measure("search: a rare word", partial(look, STEMS[-40]), base)
            await measure("search: two words", partial(look, f"{STEMS[2]} {STEMS[60]}"), base)
            await measure("search: the commonest word", partial(look, STEMS[0]), base)


if __name__ == "__main__":
    asyncio.run(run(parser(__doc__).parse_args()))
