"""How many signed deliveries an instance takes and does: `python -m tests.bench.inbox [--posts N] [--connections N] [--database postgres]`.

People of two scripted servers join a community of a real `fedcop serve`, then send replies to a thread, each a `Create` signed and made
ready beforehand. *Accepted* is until the last one is answered 202, *done* until the last reply is visible to everybody; what is sent on to the two servers
meanwhile is received and forgotten. Yardstick of the same run: a bare aiohttp process that verifies the same requests and
inserts each, one commit each, into a database of the same sort. `--database postgres`: one `fedcop web` and one `fedcop worker`, as divided.py has them. Everything is on the machine's own addresses, over plain HTTP; figures are ratios, not a timed test.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, TCPConnector, web

from activitypub.signatures import Scheme, Signer, sign_request
from activitypub.signatures.keys import generate_rsa
from tests.bench.divided import Divided, divided
from tests.bench.report import Figure
from tests.e2e.instances import Instance, until
from tests.rig.fakeweb import showing, trusting

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
AS = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"]
PEERS = ("127.77.0.1", "127.77.0.2")
PEOPLE = 10  # on each


@dataclass(frozen=True)
class Ready:
    """A request that only needs to be sent."""

    url: str
    headers: dict[str, str]
    body: bytes


class Peer:
    """One scripted server: its people's documents, and an inbox that takes everything."""

    def __init__(self, host: str, pair: tuple[str, str], *, secure: bool = False) -> None:
        self.host, self.pair, self.port, self.received = host, pair, 0, 0
        self.secure = secure  # over TLS, with a certificate of the rig's authority

    @property
    def origin(self) -> str:
        return f"{'https' if self.secure else 'http'}://{self.host}:{self.port}"

    def person(self, number: int) -> str:
        """The address of one of its people."""
        return f"{self.origin}/u/p{number}"

    async def _document(self, request: web.Request) -> web.Response:
        uri = f"{self.origin}{request.path}"
        key = {"id": f"{uri}#main-key", "owner": uri, "publicKeyPem": self.pair[1]}
        shared = {"sharedInbox": f"{self.origin}/inbox"}
        said = {
            "@context": AS,
            "id": uri,
            "type": "Person",
            "preferredUsername": request.match_info["name"],
            "publicKey": key,
        }
        said |= {"inbox": f"{uri}/inbox", "outbox": f"{uri}/outbox", "endpoints": shared}
        return web.Response(text=json.dumps(said), content_type="application/activity+json")

    async def _inbox(self, request: web.Request) -> web.Response:
        await request.read()
        self.received += 1
        return web.Response(status=202)

    def _routes(self, app: web.Application) -> None:
        """Answer more than that."""

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        """Answer while the block runs."""
        app = web.Application()
        app.router.add_get("/u/{name}", self._document)
        app.router.add_post("/inbox", self._inbox)
        app.router.add_post("/u/{name}/inbox", self._inbox)
        self._routes(app)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)  # of those that are silent on purpose
        await runner.setup()
        with socket.socket() as listening:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((self.host, 0))
            self.port = listening.getsockname()[1]
            context = showing(self.host) if self.secure else None
            await web.SockSite(runner, listening, ssl_context=context).start()
            try:
                yield
            finally:
                await runner.cleanup()

    def signed(self, url: str, number: int, activity: dict[str, Any]) -> Ready:
        """Make a delivery of one of its people ready."""
        return self.signed_by(self.person(number), url, activity)

    def signed_by(self, actor: str, url: str, activity: dict[str, Any]) -> Ready:
        """Make a delivery of whoever has a key here ready."""
        body = json.dumps({"@context": AS, "actor": actor, **activity}).encode()
        signer = Signer(f"{actor}#main-key", self.pair[0])
        return Ready(url, sign_request("POST", url, body, signer, Scheme.CAVAGE, datetime.now(UTC)), body)

    def reply(self, url: str, number: int, serial: int, thread: str, group: str) -> Ready:
        """Make an answer to a thread ready."""
        uri = f"{self.origin}/posts/{serial}"
        to: dict[str, Any] = {"to": [PUBLIC], "cc": [group, f"{self.person(number)}/followers"]}
        note: dict[str, Any] = {
            "id": uri,
            "type": "Note",
            "attributedTo": self.person(number),
            "inReplyTo": thread,
            "audience": group,
        }
        note |= {"content": f"<p>Réponse {serial}, avec quelques mots de plus.</p>", "published": _now(), **to}
        return self.signed(
            url, number, {"id": uri.replace("/posts/", "/creates/"), "type": "Create", "object": note, **to}
        )


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def send(requests: list[Ready], connections: int) -> float:
    """Send all, some at a time; gives the seconds until the last was accepted."""
    waiting = iter(requests)
    async with ClientSession(connector=TCPConnector(limit=connections, ssl=trusting())) as session:

        async def one() -> None:
            for ready in waiting:
                async with session.post(ready.url, data=ready.body, headers=ready.headers) as answer:
                    assert answer.status == 202, (answer.status, await answer.text())

        begun = time.perf_counter()
        await asyncio.gather(*(one() for _ in range(connections)))
        return time.perf_counter() - begun


async def joined(instance: Instance, peers: list[Peer], group: str) -> str:
    """Let everybody of the peers join, and one of them begin a thread; gives its address."""
    inbox = f"{instance.url}/inbox"
    for peer in peers:
        joins = [
            peer.signed(inbox, n, {"id": f"{peer.person(n)}#join", "type": "Join", "object": group, "to": [group]})
            for n in range(PEOPLE)
        ]
        await send(joins, 1)
    wanted = len(peers) * PEOPLE
    members = (
        "SELECT COUNT(*) FROM membership WHERE state = 'active' AND actor_id IN (SELECT id FROM actor WHERE NOT local)"
    )
    await until(lambda: is_at_least(instance, members, wanted), lambda: "they do not become members", seconds=60)
    uri = f"{peers[0].origin}/posts/0"
    to: dict[str, Any] = {"to": [PUBLIC], "cc": [group]}
    page = {
        "id": uri,
        "type": "Note",
        "attributedTo": peers[0].person(0),
        "name": "Un fil",
        "content": "<p>Question</p>",
    }
    page |= {"audience": group, "published": _now(), **to}
    await send(
        [
            peers[0].signed(
                inbox, 0, {"id": uri.replace("/posts/", "/creates/"), "type": "Create", "object": page, **to}
            )
        ],
        1,
    )
    await until(lambda: is_at_least(instance, VISIBLE, 1), lambda: f"no thread: {instance.log[-2000:]}", seconds=60)
    return uri


VISIBLE = "SELECT COUNT(*) FROM post WHERE state = 'visible'"


async def is_at_least(instance: Instance, query: str, number: int) -> bool:
    """Tell whether a number in the database of an instance has been reached."""
    return await instance.number(query) >= number


def cpu_of(pid: int) -> float:
    """Give the seconds of processor that a process has used so far: other work on the machine moves them less than it does time."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has ended
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def yardstick(
    requests: list[Ready], connections: int, public: str, folder: Path, database: str = ""
) -> tuple[float, float]:
    """Send the same to a bare server; gives the seconds until the last was accepted, and those of processor."""
    (folder / "key.pem").write_text(public)
    words = [sys.executable, "-m", "tests.bench.bare_inbox", str(folder), *([database] if database else [])]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as bare:
        assert bare.stdout
        port = int(bare.stdout.readline())
        try:
            there = [Ready(f"http://127.0.0.1:{port}/inbox", one.headers, one.body) for one in requests]
            before = cpu_of(bare.pid)
            return await send(there, connections), cpu_of(bare.pid) - before
        finally:
            bare.terminate()


@dataclass(frozen=True)
class Taken:
    """Seconds until all were accepted and done, and of the processor; beside them a bare server's, and what PostgreSQL used of it."""

    posts: int
    bare: float
    accepted: float
    done: float
    bare_cpu: float
    accepted_cpu: float
    done_cpu: float
    database_cpu: float = 0.0


async def run(posts: int, connections: int, *, postgres: bool = False) -> Taken:
    """Fill, send, and give what came of it."""
    pair = await asyncio.to_thread(generate_rsa)
    peers = [Peer(host, pair) for host in PEERS]
    with tempfile.TemporaryDirectory(prefix="fedcop-bench-") as folder:
        async with peers[0].served(), peers[1].served(), (divided if postgres else whole)(Path(folder)) as instance:
            instance.member("ana", "owner")
            instance.cli("community", "create", "vergers", "--title", "Vergers", "--by", "ana", "--purpose", "Tailler.")
            group, inbox = f"{instance.url}/c/vergers", f"{instance.url}/inbox"
            thread = await joined(instance, peers, group)
            ready = [peers[n % 2].reply(inbox, n // 2 % PEOPLE, n, thread, group) for n in range(1, posts + 1)]
            database = instance.database if isinstance(instance, Divided) else ""
            bare, bare_cpu = await yardstick(ready, connections, pair[1], Path(folder), database)
            begun, before = time.perf_counter(), used(instance)
            accepted = await send(ready, connections)
            accepted_cpu = used(instance)[0] - before[0]
            await until(lambda: is_at_least(instance, VISIBLE, posts + 1), lambda: "not all is done", seconds=600)
            done, after = time.perf_counter() - begun, used(instance)
    done_cpu, database_cpu = (now - then for now, then in zip(after, before, strict=True))
    return Taken(posts, bare, accepted, done, bare_cpu, accepted_cpu, done_cpu, database_cpu)


@asynccontextmanager
async def whole(folder: Path) -> AsyncIterator[Instance]:
    """One `fedcop serve`, on SQLite."""
    instance = Instance(folder, "v")
    await instance.start()
    try:
        yield instance
    finally:
        instance.stop()


def used(instance: Instance) -> tuple[float, float]:
    """Give the seconds of processor that fedcop has used so far, and those of PostgreSQL."""
    if isinstance(instance, Divided):
        return sum(map(cpu_of, instance.pids)), sum(map(cpu_of, instance.pids_of_database))
    assert instance.process is not None
    return cpu_of(instance.process.pid), 0.0


def say(taken: Taken, connections: int) -> None:
    """Print it."""
    posts, bare = taken.posts, taken.bare
    print(f"{posts} signed Creates of {len(PEERS) * PEOPLE} people of {len(PEERS)} servers, {connections} connections")
    print(f"bare server, verified and inserted {posts / bare:7.1f} a second")
    print(
        f"accepted                           {posts / taken.accepted:7.1f} a second {bare / taken.accepted:6.2f} of bare"
    )
    print(f"done                               {posts / taken.done:7.1f} a second {bare / taken.done:6.2f} of bare")
    print(
        f"processor, each: bare {1000 * taken.bare_cpu / posts:.2f} ms; fedcop {1000 * taken.accepted_cpu / posts:.2f} while it accepted,"
        f" {1000 * taken.done_cpu / posts:.2f} until all was done ({taken.bare_cpu / taken.done_cpu:.2f} of bare)"
    )
    if taken.database_cpu:
        print(f"PostgreSQL, each: {1000 * taken.database_cpu / posts:.2f} ms until all was done")


async def figures(*, quick: bool = False) -> list[Figure]:
    """Measure it once."""
    taken = await run(20 if quick else 1_000, 16)
    each, bare = 1000 / taken.posts, taken.posts / taken.bare
    return [
        Figure(
            "inbox",
            "signed Creates accepted",
            taken.posts / taken.accepted,
            "a second",
            "bare server",
            bare,
            at_least=0.5 * bare,
        ),
        Figure(
            "inbox",
            "signed Creates done",
            taken.posts / taken.done,
            "a second",
            "bare server",
            bare,
            at_least=0.15 * bare,
        ),
        Figure(
            "inbox",
            "processor for each, until all is done",
            taken.done_cpu * each,
            "ms",
            "bare server",
            taken.bare_cpu * each,
        ),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--posts", type=int, default=1000, help="more than 1,200 are refused: each server may send 600 in a row"
    )
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    given = parser.parse_args()
    postgres = given.database == "postgres"
    say(asyncio.run(run(given.posts, given.connections, postgres=postgres)), given.connections)
