"""How soon one post is at many servers: `python -m tests.bench.fanout [--hosts N] [--dead PERCENT] [--plain]`.

Somebody of each of N scripted servers, all with addresses of their own, follows a community of a real `fedcop serve`; one of them begins
threads there, and the community tells all. *Last inbox* is from the moment when a thread is sent to it until the last healthy server has
it: the first time after a restart, when nothing is connected (cold), then three times more (warm, the median). What following led to is over
by then: each server has its Accept, and was asked what it runs. Then a part of the servers dies, half of them silently, half refusing, and the last healthy inbox is timed again. Yardstick of the same run: a bare
loop that signs and posts as many bytes to the same inboxes. Over plain HTTP; figures are ratios, not a timed test.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, TCPConnector, web

from activitypub.signatures import Scheme, Signer, sign_request
from activitypub.signatures.keys import generate_rsa
from tests.bench.inbox import PUBLIC, Peer, Ready, cpu_of, is_at_least, send
from tests.bench.report import Figure
from tests.e2e.instances import Instance, until
from tests.rig.fakeweb import authority, trusting
from web.server import _allow_many_sockets

AT_ONCE = 64  # deliveries that the bare loop has under way
ROUNDS = 3
OF_BARE = 0.6  # as quick as the bare loop, at least, once connected
FOLLOWERS = "SELECT COUNT(*) FROM follow WHERE state = 'accepted'"
UNDER_WAY = "SELECT (SELECT COUNT(*) FROM mailbox_entry) + (SELECT COUNT(*) FROM server WHERE asked_at IS NULL)"
MEMBERS = "SELECT COUNT(*) FROM membership WHERE state = 'active'"


class Host(Peer):
    """One server with one person, at an address of its own."""

    def __init__(self, number: int, pair: tuple[str, str], *, secure: bool) -> None:
        super().__init__(f"127.78.{number // 250}.{number % 250 + 1}", pair, secure=secure)
        self.heard: set[str] = set()  # names of threads
        self.silent = False  # takes what comes and does not answer
        self.accepted = False

    async def _inbox(self, request: web.Request) -> web.Response:
        said = await request.json()
        if self.silent:
            await asyncio.sleep(120)
        if said.get("type") == "Accept":
            self.accepted = True
        self.heard.add(str(said.get("object")))
        return web.Response(status=202)

    def asks(self, kind: str, inbox: str, group: str) -> Ready:
        """Make a Follow or a Join of its person ready."""
        said = {"id": f"{self.person(0)}#{kind}", "type": kind, "object": group, "to": [group]}
        return self.signed(inbox, 0, said)

    def thread(self, inbox: str, group: str, serial: int) -> tuple[str, Ready]:
        """Make a new thread ready; gives its address too."""
        uri, to = f"{self.origin}/posts/{serial}", {"to": [PUBLIC], "cc": [group]}
        note: dict[str, Any] = {"id": uri, "type": "Note", "attributedTo": self.person(0), "name": f"Fil {serial}"}
        note |= {"content": "<p>Une question</p>", "audience": group, "published": _now(), **to}
        create = {"id": f"{self.origin}/creates/{serial}", "type": "Create", "object": note, **to}
        return uri, self.signed(inbox, 0, create)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def bare(hosts: list[Host], pair: tuple[str, str], session: ClientSession) -> float:
    """Sign and post to all; gives the seconds until the last has it."""
    gate, body = asyncio.Semaphore(AT_ONCE), b"{" + b'"object": "bare", ' + b'"x": "' + b"x" * 700 + b'"}'

    async def one(host: Host) -> None:
        async with gate:
            url = f"{host.origin}/inbox"
            headers = sign_request(
                "POST", url, body, Signer("https://x.example/#k", pair[0]), Scheme.CAVAGE, datetime.now(UTC)
            )
            async with session.post(url, data=body, headers=headers) as answer:
                assert answer.status == 202

    begun = time.perf_counter()
    await asyncio.gather(*(one(host) for host in hosts))
    return time.perf_counter() - begun


async def told(instance: Instance, author: Host, group: str, serial: int, healthy: list[Host]) -> float:
    """Begin a thread; gives the seconds until the last healthy server has been told of it."""
    uri, ready = author.thread(f"{instance.url}/inbox", group, serial)
    begun = time.perf_counter()
    await send([ready], 1)
    left = set(healthy)
    while left:
        left = {host for host in left if uri not in host.heard}
        if time.perf_counter() - begun > 120 + len(healthy) / 5:
            raise RuntimeError(f"{len(left)} servers were never told: {instance.log[-2000:]}")
        await asyncio.sleep(0.005)
    return time.perf_counter() - begun


@dataclass(frozen=True)
class Spread:
    """Seconds until the last inbox had a post: a bare loop's, and ours; cold, warm, and with some servers dead."""

    count: int
    joined: float
    bare_cold: float
    bare_warm: float
    cold: float
    warm: float
    cpu: float  # of the processor, warm
    gone: int
    maimed: list[float]


async def run(count: int, dead: int, *, secure: bool = True, rounds: int = ROUNDS) -> Spread:
    """Fill, tell, and give how long it took."""
    _allow_many_sockets()
    pair = await asyncio.to_thread(generate_rsa)
    hosts = [Host(number, pair, secure=secure) for number in range(count)]
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="fedcop-bench-"))
        leaving = [await stack.enter_async_context(AsyncExitStack()) for _ in hosts]
        for host, own in zip(hosts, leaving, strict=True):
            await own.enter_async_context(host.served())
        trusted = Path(folder) / "authority.pem"
        authority().cert_pem.write_to_path(str(trusted))
        instance = Instance(Path(folder), "v", SSL_CERT_FILE=str(trusted))
        await instance.start()
        stack.callback(instance.kill)
        group, joined = await _followed(instance, hosts)
        async with ClientSession(connector=TCPConnector(limit=0, ssl=trusting())) as session:
            bare_cold = await bare(hosts, pair, session)
            bare_warm = statistics.median([await bare(hosts, pair, session) for _ in range(rounds)])
        instance.stop()
        await instance.start()
        assert instance.process is not None
        cold = await told(instance, hosts[0], group, 1, hosts)
        before = cpu_of(instance.process.pid)
        warm = statistics.median([await told(instance, hosts[0], group, 2 + n, hosts) for n in range(rounds)])
        cpu = (cpu_of(instance.process.pid) - before) / rounds
        gone = hosts[-max(2, count * dead // 100) :]
        for number, (host, own) in enumerate(zip(gone, leaving[-len(gone) :], strict=True)):
            host.silent = True
            if number % 2:
                await own.aclose()
        healthy = hosts[: -len(gone)]
        maimed = [await told(instance, hosts[0], group, 10 + n, healthy) for n in range(rounds)]
        instance.kill()  # it would wait for those that are silent
    return Spread(count, joined, bare_cold, bare_warm, cold, warm, cpu, len(gone), maimed)


async def _followed(instance: Instance, hosts: list[Host]) -> tuple[str, float]:
    """Let somebody of each server follow a new community; gives its address, and how long that took."""
    instance.member("ana", "owner")
    instance.cli("community", "create", "vergers", "--title", "Vergers", "--by", "ana", "--purpose", "Tailler.")
    group, inbox = f"{instance.url}/c/vergers", f"{instance.url}/inbox"
    await send([hosts[0].asks("Join", inbox, group)], 1)
    await until(lambda: is_at_least(instance, MEMBERS, 2), lambda: "the author does not belong", seconds=60)
    begun = time.perf_counter()
    await send([host.asks("Follow", inbox, group) for host in hosts], 16)
    patience = 120 + len(hosts) / 5
    await until(lambda: is_at_least(instance, FOLLOWERS, len(hosts)), lambda: "not all follow", seconds=patience)
    joined = time.perf_counter() - begun

    async def is_over() -> bool:
        return all(host.accepted for host in hosts) and not await instance.number(UNDER_WAY)

    await until(is_over, lambda: "following does not come to an end", seconds=patience)
    return group, joined


def say(spread: Spread) -> None:
    """Print it."""
    print(
        f"{spread.count} servers, each with an address and an inbox of its own; all follow within {spread.joined:.2f} s"
    )
    print(
        f"bare loop, signed and posted: {spread.bare_cold:.2f} s with nothing connected, {spread.bare_warm:.2f} s after that"
    )
    print(f"fedcop, last inbox, cold:     {spread.cold:.2f} s {spread.bare_cold / spread.cold:6.2f} of bare")
    print(
        f"fedcop, last inbox, warm:     {spread.warm:.2f} s {spread.bare_warm / spread.warm:6.2f} of bare;"
        f" {spread.cpu:.2f} s of processor"
    )
    print(f"with {spread.gone} of them dead, last healthy inbox: {', '.join(f'{one:.2f}' for one in spread.maimed)} s")


async def figures(*, quick: bool = False) -> list[Figure]:
    """Tell 200 servers, then 3,000."""
    found = []
    for count in (6,) if quick else (200, 3_000):
        one = await run(count, 10, rounds=1 if quick else ROUNDS)
        for what, value, bare_one in (
            ("cold", one.cold, one.bare_cold),
            ("warm", one.warm, one.bare_warm),
            ("a tenth of them dead", statistics.median(one.maimed), one.bare_warm),
        ):
            most = bare_one / OF_BARE if what != "cold" else None
            said = f"last of {count:,} inboxes over TLS, {what}"
            found.append(Figure("fanout", said, value, "s", "bare loop", bare_one, at_most=most))
        each = 1000 * one.cpu / count
        found.append(Figure("fanout", f"processor for each of {count:,} inboxes, warm", each, "ms"))
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--dead", type=int, default=10, help="per cent of the servers")
    parser.add_argument("--plain", action="store_true", help="over plain HTTP")
    given = parser.parse_args()
    say(asyncio.run(run(given.hosts, given.dead, secure=not given.plain)))
