"""How soon one post is at many servers: `python -m tests.bench.fanout [--hosts N] [--dead PERCENT]`.

Somebody of each of N scripted servers, all with addresses of their own, follows a community of a real `fedcop serve`; one of them begins
threads there, and the community tells all. *Last inbox* is from the moment when a thread is sent to it until the last healthy server has
it: the first time nothing is connected and no server was asked what it runs (cold), then three times more (warm, the median). Then a
part of the servers dies, half of them silently, half refusing, and the last healthy inbox is timed again. Yardstick of the same run: a bare
loop that signs and posts as many bytes to the same inboxes. Over plain HTTP; figures are ratios, not a timed test.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, TCPConnector, web

from activitypub.signatures import Scheme, Signer, sign_request
from activitypub.signatures.keys import generate_rsa
from tests.bench.inbox import PUBLIC, Peer, Ready, cpu_of, is_at_least, send
from tests.e2e.instances import Instance, until

AT_ONCE = 64  # deliveries that the bare loop has under way
ROUNDS = 3
FOLLOWERS = "SELECT COUNT(*) FROM follow WHERE state = 'accepted'"
MEMBERS = "SELECT COUNT(*) FROM membership WHERE state = 'active'"


class Host(Peer):
    """One server with one person, at an address of its own."""

    def __init__(self, number: int, pair: tuple[str, str]) -> None:
        super().__init__(f"127.78.{number // 250}.{number % 250 + 1}", pair)
        self.heard: set[str] = set()  # names of threads
        self.silent = False  # takes what comes and does not answer

    async def _inbox(self, request: web.Request) -> web.Response:
        said = await request.json()
        if self.silent:
            await asyncio.sleep(120)
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
        if time.perf_counter() - begun > 120:
            raise RuntimeError(f"{len(left)} servers were never told: {instance.log[-2000:]}")
        await asyncio.sleep(0.005)
    return time.perf_counter() - begun


async def run(count: int, dead: int) -> None:
    """Fill, tell, and say how long it took."""
    pair = await asyncio.to_thread(generate_rsa)
    hosts = [Host(number, pair) for number in range(count)]
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="fedcop-bench-"))
        leaving = [await stack.enter_async_context(AsyncExitStack()) for _ in hosts]
        for host, own in zip(hosts, leaving, strict=True):
            await own.enter_async_context(host.served())
        instance = Instance(Path(folder), "v")
        await instance.start()
        stack.callback(instance.stop)
        instance.member("ana", "owner")
        instance.cli("community", "create", "vergers", "--title", "Vergers", "--by", "ana", "--purpose", "Tailler.")
        group, inbox = f"{instance.url}/c/vergers", f"{instance.url}/inbox"
        await send([hosts[0].asks("Join", inbox, group)], 1)
        await until(lambda: is_at_least(instance, MEMBERS, 2), lambda: "the author does not belong", seconds=60)
        begun = time.perf_counter()
        await send([host.asks("Follow", inbox, group) for host in hosts], 16)
        await until(lambda: is_at_least(instance, FOLLOWERS, count), lambda: "not all follow", seconds=120)
        joined = time.perf_counter() - begun
        assert instance.process is not None
        async with ClientSession(connector=TCPConnector(limit=0)) as session:
            bare_cold = await bare(hosts, pair, session)
            bare_warm = statistics.median([await bare(hosts, pair, session) for _ in range(ROUNDS)])
        cold = await told(instance, hosts[0], group, 1, hosts)
        before = cpu_of(instance.process.pid)
        warm = statistics.median([await told(instance, hosts[0], group, 2 + n, hosts) for n in range(ROUNDS)])
        cpu = (cpu_of(instance.process.pid) - before) / ROUNDS
        gone = hosts[-max(2, count * dead // 100) :]
        for number, (host, own) in enumerate(zip(gone, leaving[-len(gone) :], strict=True)):
            host.silent = True
            if number % 2:
                await own.aclose()
        healthy = hosts[: -len(gone)]
        maimed = [await told(instance, hosts[0], group, 10 + n, healthy) for n in range(ROUNDS)]
    print(f"{count} servers, each with an address and an inbox of its own; {count} follow within {joined:.2f} s")
    print(f"bare loop, signed and posted: {bare_cold:.2f} s with nothing connected, {bare_warm:.2f} s after that")
    print(f"fedcop, last inbox, cold:     {cold:.2f} s {bare_cold / cold:6.2f} of bare")
    print(f"fedcop, last inbox, warm:     {warm:.2f} s {bare_warm / warm:6.2f} of bare; {cpu:.2f} s of processor")
    print(f"with {len(gone)} of them dead, last healthy inbox: {', '.join(f'{one:.2f}' for one in maimed)} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--dead", type=int, default=10, help="per cent of the servers")
    given = parser.parse_args()
    asyncio.run(run(given.hosts, given.dead))
