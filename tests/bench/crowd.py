"""How much is read at once: `python -m tests.bench.crowd [--posts N] [--seconds S] [WHAT …]`. Sixteen connections, each asking again as soon as it has its answer.

A `fedcop serve` on SQLite, over plain HTTP on loopback, as behind a proxy on the same machine; who asks is a process of its own (`crowding.py`) on the same
cores. Members ask for their home, each by a token of theirs, or look at pages signed in; strangers come from many addresses, so that the usual limits hold. Answers are
packed, as for any browser and app. Beside how many a second: what each took of the server's processor, which neighbours disturb least, and how long half of them and
99 of 100 waited at most. Yardstick of the same run: a bare aiohttp application that answers as many bytes. Linux, an instance of `fullness.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sqlite3
import sys
import tempfile
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fedcop.accounts import sessions
from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.communities.models import Community
from fedcop.core.database import rows
from fedcop.core.mail import OutboxMailer
from fedcop.core.site import open_site
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.features import FEATURES
from tests.bench import fullness, serving
from tests.bench.fullness import FIRST, JOINED, Size
from tests.bench.report import Figure
from tests.bench.serving import Served

CONNECTIONS = 16
MEMBERS = 48  # who ask for their home in turn: each may do so 1,500 times in a row
SIZES = (Size(100, 5, 60), Size(10_000))
SECONDS = 5.0
WRITTEN = 10  # texts a second, where somebody writes meanwhile
PACKED = {"Accept-Encoding": "gzip"}
BROWSER = {**PACKED, "Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "fr-CA,fr;q=0.9"}
SERVER = {**PACKED, "Accept": "application/activity+json"}
ADDRESSES = [f"{net}.{n}" for net in ("192.0.2", "198.51.100", "203.0.113") for n in range(1, 255)]
ASKED: dict[str, float] = {"home": 2_390, "public": 1_490, "community, a visitor": 182, "community, a member": 182}
BARE = (
    "from aiohttp import web\n"
    "async def bare(request): return web.Response(body=b'x' * int(request.match_info['n']), content_type='text/html')\n"
    "app = web.Application(); app.router.add_get('/{{n}}', bare); web.run_app(app, host='127.0.0.1', port={port}, print=None, access_log=None)"
)

Who = list[list[tuple[str, dict[str, str]]]]  # for each connection what it asks for in turn, and how


@dataclass(frozen=True)
class Rate:
    """What came of one question."""

    a_second: float
    cpu: float  # ms of the server's processor for each
    median: float  # ms
    last: float  # ms in which 99 of 100 had their answer
    size: int  # bytes of an answer
    busy: float  # share of a core that who asked took

    def __str__(self) -> str:
        return (
            f"{self.a_second:8,.0f} a second {self.cpu:7.3f} ms CPU {self.median:7.2f} ms median {self.last:7.2f} ms p99"
            f" {self.size / 1000:6.1f} kB (asking took {self.busy:.0%} of a core)"
        )


async def ask(served: Served, who: Who, seconds: float) -> Rate:
    """Let a process of its own ask."""
    command = (sys.executable, "-m", "tests.bench.crowding", str(served.port), str(served.pid), str(seconds))
    asking = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    told, _ = await asking.communicate(json.dumps({"who": who, "addresses": ADDRESSES}).encode())
    if asking.returncode:
        raise RuntimeError(f"{who[0][0][0]} could not be asked for")
    found = json.loads(told)
    took = found["took"]
    return Rate(
        len(took) / found["seconds"],
        found["cpu"] * 1000 / len(took),
        took[len(took) // 2] * 1000,
        took[len(took) * 99 // 100] * 1000,
        found["size"],
        found["own"] / found["seconds"],
    )


@contextmanager
def prepared(folder: Path) -> Iterator[Path]:
    """Copy an instance, so that it may be written in; each of those who ask belongs to as many communities as somebody keen."""
    with tempfile.TemporaryDirectory(prefix="fedcop-bench-") as name:
        copy = Path(name) / "data"
        shutil.copytree(folder, copy)
        with sqlite3.connect(copy / "fedcop.sqlite3") as raw:
            names = [row[1] for row in raw.execute("PRAGMA table_info(membership)")]
            own = {"id": "5000000 + c.id * 100 + a.id - ?1", "actor_id": "a.id", "community_id": "c.id"}
            raw.execute(
                f"INSERT INTO membership SELECT {', '.join(own.get(one, f'm.{one}') for one in names)} FROM community c, actor a,"
                " (SELECT * FROM membership LIMIT 1) m WHERE c.id < ?3 AND a.id >= ?1 AND a.id < ?2"
                " AND NOT EXISTS (SELECT 1 FROM membership x WHERE x.actor_id = a.id AND x.community_id = c.id)",
                (FIRST, FIRST + MEMBERS, JOINED),
            )
        yield copy


async def questions(folder: Path) -> dict[str, Who]:
    """Say what is asked: by what it is called, for each connection."""
    async with open_site(fullness.settings_of(folder), FEATURES, mailer=OutboxMailer(), migrate=False):
        place = await Actor.get(name="vergers")
        newest = await rows(
            "SELECT p.id FROM post p JOIN community c ON c.id = p.community_id WHERE c.actor_id = ? AND p.depth = 0 ORDER BY p.id DESC LIMIT 1 OFFSET 2",
            place.id,
        )
        sealed = await Post.get(title="Taille", author__name="lea")  # no copy: those have no document
        members = await Account.filter(actor_id__gte=FIRST, actor_id__lt=FIRST + MEMBERS).order_by("actor_id")
        cookies = [
            {**BROWSER, "Cookie": f"__Host-session={await sessions.open_session(one)}"} for one in members[:CONNECTIONS]
        ]
    tokens = [{**PACKED, "Authorization": f"Bearer token-{one.actor_id}"} for one in members]
    thread, group = f"/p/{newest[0]['id']}", "/c/vergers"

    def alike(path: str, headers: dict[str, str]) -> Who:
        return [[(path, headers)]] * CONNECTIONS

    return {
        "home": _in_turn("/api/v1/timelines/home", tokens),
        "public": alike("/api/v1/timelines/public", PACKED),
        "community, a visitor": alike(group, BROWSER),
        "community, a member": _in_turn(group, cookies),
        "thread, a visitor": alike(thread, BROWSER),
        "post, another server": alike(f"/p/{sealed.id}", SERVER),
        "community, another server": alike(group, SERVER),
        "webfinger": alike("/.well-known/webfinger?resource=acct:vergers@x.example", PACKED),
    }


def _in_turn(path: str, all_headers: Sequence[dict[str, str]]) -> Who:
    """Share those who ask among the connections."""
    most = max(CONNECTIONS, len(all_headers))
    shared = [all_headers[n % len(all_headers)] for n in range(most)]
    return [[(path, headers) for headers in shared[n::CONNECTIONS]] for n in range(CONNECTIONS)]


@asynccontextmanager
async def written(folder: Path, often: float = WRITTEN) -> AsyncIterator[None]:
    """Let another process, this one, write replies meanwhile: so many a second."""

    async def write() -> None:
        async with open_site(fullness.settings_of(folder), FEATURES, mailer=OutboxMailer(), migrate=False):
            author = await Actor.get(id=FIRST)
            home = await Community.get(actor__name="vergers")
            thread = await Post.filter(community_id=home.id, depth=0).order_by("-id").first()
            while thread is not None:
                await discussions.reply(author, thread, source="Demain, à huit heures.")
                await asyncio.sleep(1 / often)

    writing = asyncio.get_running_loop().create_task(write())
    try:
        yield
        if writing.done():
            writing.result()
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)


async def rates(size: Size, seconds: float, only: Sequence[str] = (), say: Any = None) -> dict[str, tuple[Rate, Rate]]:
    """Ask an instance of that size, and beside each answer a bare application for as many bytes."""
    found: dict[str, tuple[Rate, Rate]] = {}
    with prepared(await fullness.full(size)) as folder:
        asked = await questions(folder)
        with serving.fedcop(folder) as served, serving.bare(BARE) as bare:
            for what in [name for name in (*asked, "home, while others write") if not only or name in only]:
                if what in asked:
                    ours = await ask(served, asked[what], seconds)
                else:
                    async with written(folder):
                        ours = await ask(served, asked["home"], seconds)
                found[what] = ours, await ask(bare, [[(f"/{ours.size}", {})]] * CONNECTIONS, seconds)
                if say:
                    say(f"{what:26} {ours}\n{'bare':26} {found[what][1]}")
    return found


async def figures(*, quick: bool = False) -> list[Figure]:
    """Ask a nearly empty instance, and one with 10,000 posts."""
    told = []
    for size in SIZES[:1] if quick else SIZES:
        for what, (ours, bare) in (await rates(size, 0.1 if quick else SECONDS)).items():
            name, wanted = f"{what}, {size.posts:,} posts", ASKED.get(what)
            told += [
                Figure("crowd", name, ours.a_second, "a second", "bare aiohttp", bare.a_second, at_least=wanted),
                Figure("crowd", f"{name}: processor", ours.cpu, "ms", "bare aiohttp", bare.cpu),
                Figure("crowd", f"{name}: half within", ours.median, "ms", "bare aiohttp", bare.median),
                Figure("crowd", f"{name}: 99 of 100 within", ours.last, "ms", "bare aiohttp", bare.last),
            ]
    return told


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=SIZES[0].posts)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("what", nargs="*", help="only these, as a run without any names them")
    given = parser.parse_args()
    asked_of = next((one for one in SIZES if one.posts == given.posts), Size(given.posts))
    print(asked_of)
    asyncio.run(rates(asked_of, given.seconds, given.what, lambda line: print(line, flush=True)))
