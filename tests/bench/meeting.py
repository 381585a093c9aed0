"""How soon strangers who ask to follow have their answer: `python -m tests.bench.meeting [--people N] [--way WAY] [--plain]`.

People whom a real `fedcop serve` has never met send it a signed Follow each, or a Join: of as many scripted servers with addresses of their own, or all
of one. It fetches the document and key of each, asks each server what it runs, judges, and delivers an Accept. Measured is from the first
Follow sent until the last Accept received. Yardstick of the same run: a bare process that fetches the keys of as many, verifies, inserts and
posts the Accept. Over TLS, but for what is sent to the instance.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import ClientSession, TCPConnector, web

from activitypub.signatures.keys import generate_rsa
from tests.bench.fanout import Host
from tests.bench.inbox import Ready, cpu_of
from tests.bench.report import Figure
from tests.e2e.instances import Instance
from tests.rig.fakeweb import authority
from web.server import _allow_many_sockets

CONNECTIONS = 16
WAYS = ("hosts", "host", "join")  # people of as many servers follow; of one; of as many join a community
OTHERS = 4.2  # seconds until the last of 200 Accepts: the least that was measured of other software


class Spoken(Instance):
    """An instance that says of itself that it is behind TLS, as those that others speak to are; they send to it without."""

    def __init__(self, folder: Path, *, secure: bool, **settings: str) -> None:
        super().__init__(folder, "v", **settings)
        self.origin = f"https://{self.host}" if secure else self.url
        self.settings["FEDCOP_URL"] = self.origin

    def uri(self, path: str) -> str:
        """Give the address of something there, as others know it."""
        return self.origin + path


class Stranger(Host):
    """One server with its people, that says what it runs and remembers when it was answered."""

    software = "pleroma"

    def __init__(self, number: int, pair: tuple[str, str], *, secure: bool) -> None:
        super().__init__(number, pair, secure=secure)
        self.answered: dict[str, float] = {}  # what was asked, and when the answer came

    def _routes(self, app: web.Application) -> None:
        app.router.add_get("/.well-known/nodeinfo", self._nodeinfo)
        app.router.add_get("/nodeinfo/2.0", self._nodeinfo)

    async def _nodeinfo(self, request: web.Request) -> web.Response:
        schema = "http://nodeinfo.diaspora.software/ns/schema/2.0"
        said: dict[str, object] = {"links": [{"rel": schema, "href": f"{self.origin}/nodeinfo/2.0"}]}
        if request.path.endswith("2.0"):
            said = {"version": "2.0", "software": {"name": self.software, "version": "1"}, "metadata": {}}
        return web.json_response(said)

    async def _inbox(self, request: web.Request) -> web.Response:
        said = json.loads(await request.read())
        if said.get("type") == "Accept":
            about = said["object"]
            self.answered.setdefault(about if isinstance(about, str) else str(about.get("id")), time.perf_counter())
        return web.Response(status=202)

    def wish(self, kind: str, inbox: str, number: int, target: str) -> Ready:
        """Make a Follow or Join of one of its people ready."""
        said = {"id": f"{self.person(number)}#{kind}", "type": kind, "object": target, "to": [target]}
        return self.signed(inbox, number, said)


async def ask(requests: list[Ready]) -> float:
    """Send all, those that are told to come later once more; gives when the first left."""
    waiting = iter(requests)
    async with ClientSession(connector=TCPConnector(limit=CONNECTIONS)) as session:

        async def one() -> None:
            for ready in waiting:
                while True:
                    async with session.post(ready.url, data=ready.body, headers=ready.headers) as answer:
                        assert answer.status in (202, 429), (answer.status, await answer.text())
                        later = answer.status == 429
                    if not later:
                        break
                    await asyncio.sleep(0.1)

        begun = time.perf_counter()
        await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
        return begun


async def answered(strangers: list[Stranger], count: int, begun: float) -> float:
    """Wait for so many answers; gives the seconds until the last of them came."""
    while sum(len(one.answered) for one in strangers) < count:
        if time.perf_counter() - begun > 60 + count / 5:
            raise RuntimeError(f"only {sum(len(one.answered) for one in strangers)} of {count} were answered")
        await asyncio.sleep(0.01)
    last = max(at for one in strangers for at in one.answered.values())
    for one in strangers:
        one.answered.clear()
    return last - begun


@asynccontextmanager
async def bare(folder: Path, pair: tuple[str, str], trusted: Path) -> AsyncIterator[str]:
    """Let a bare process answer while the block runs; gives its inbox."""
    (folder / "private.pem").write_text(pair[0])
    words = [sys.executable, "-m", "tests.bench.bare_meeting", str(folder)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, env={"SSL_CERT_FILE": str(trusted)}) as process:
        assert process.stdout
        port = int(await asyncio.to_thread(process.stdout.readline))
        try:
            yield f"http://127.0.0.1:{port}/inbox"
        finally:
            process.terminate()


@dataclass(frozen=True)
class Met:
    """Seconds until the last of so many strangers was answered, ours and a bare process's; of the processor, and until all was done."""

    way: str
    count: int
    bare: float
    took: float
    cpu: float


async def run(count: int, way: str = "hosts", *, secure: bool = True) -> Met:
    """Let strangers ask, and give how long it took."""
    _allow_many_sockets()
    pair = await asyncio.to_thread(generate_rsa)
    strangers = [Stranger(number, pair, secure=secure) for number in range(1 if way == "host" else count)]
    whose = [(strangers[n % len(strangers)], n // len(strangers)) for n in range(count)]
    kind, path = ("Join", "/c/vergers") if way == "join" else ("Follow", "/u/ana")
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fedcop-bench-")))
        for one in strangers:
            await stack.enter_async_context(one.served())
        trusted = folder / "authority.pem"
        authority().cert_pem.write_to_path(str(trusted))
        instance = Spoken(folder, secure=secure, SSL_CERT_FILE=str(trusted))
        await instance.start()
        stack.callback(instance.kill)
        instance.member("ana", "owner")
        instance.cli("community", "create", "vergers", "--title", "Vergers", "--by", "ana", "--purpose", "Tailler.")
        ready = [one.wish(kind, f"{instance.url}/inbox", n, instance.uri(path)) for one, n in whose]
        async with bare(folder, pair, trusted) as inbox:
            begun = await ask([Ready(inbox, one.headers, one.body) for one in ready])
            by_bare = await answered(strangers, count, begun)
        assert instance.process is not None
        before = cpu_of(instance.process.pid)
        took = await answered(strangers, count, await ask(ready))
        cpu = cpu_of(instance.process.pid) - before
    return Met(way, count, by_bare, took, cpu)


def say(met: Met) -> None:
    """Print it."""
    print(
        f"{met.count} {met.way}: {met.took:.2f} s until the last was answered, {met.bare / met.took:.2f} of bare ({met.bare:.2f} s);"
        f" {1000 * met.cpu / met.count:.1f} ms of the processor each"
    )


async def figures(*, quick: bool = False) -> list[Figure]:
    """Let 200 people ask, in each of the ways."""
    what = {"hosts": "people of as many servers follow", "host": "people of one server follow"}
    what |= {"join": "people of as many servers join an open community"}
    found = []
    for way in WAYS:
        met = await run(4 if quick else 200, way)
        said = f"{met.count} {what[way]}, until the last Accept"
        found.append(Figure("meeting", said, met.took, "s", "bare process", met.bare, at_most=OTHERS))
        found.append(Figure("meeting", f"processor for each of them ({way})", 1000 * met.cpu / met.count, "ms"))
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--way", choices=WAYS, default="hosts")
    parser.add_argument("--plain", action="store_true", help="over plain HTTP")
    given = parser.parse_args()
    say(asyncio.run(run(given.people, given.way, secure=not given.plain)))
