"""How many posts a second a community takes that people of many servers follow: `python -m tests.bench.community [--hosts N] [--posts N] [--plain]`.

Somebody of each of N scripted servers, all with addresses of their own, follows a community of a real `fedcop serve`: half of the servers read threads
and get each post wrapped, half are microblogs and get its id. Members on 20 of them send signed `Create`s without a pause; measured is until the last of
the N servers has been told of the last post. Then ten more are sent at once: a burst of ten times N deliveries. Yardstick of the same run: a
bare loop that signs and posts as much to the same inboxes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from aiohttp import ClientSession, TCPConnector, web

from activitypub.signatures.keys import generate_rsa
from tests.bench.fanout import FOLLOWERS, MEMBERS, bare
from tests.bench.inbox import Ready, cpu_of, is_at_least, send
from tests.bench.meeting import Spoken, Stranger
from tests.bench.report import Figure
from tests.e2e.instances import until
from tests.rig.fakeweb import authority, trusting
from web.server import _allow_many_sockets

AUTHORS = 20
AT_ONCE = 4  # posts that are being sent
BURST = 10
OTHERS, OTHERS_BURST = 3.7, 578.0  # posts and deliveries a second: the most that was measured of other software
OF_BARE = 0.4  # of the deliveries of the bare loop
KNOWN = "SELECT COUNT(*) FROM server WHERE manner <> ''"


class Reader(Stranger):
    """One server that is told of posts: every second one reads threads."""

    def __init__(self, number: int, pair: tuple[str, str], *, secure: bool) -> None:
        super().__init__(number, pair, secure=secure)
        self.software = "piefed" if number % 2 else "pleroma"

    async def _inbox(self, request: web.Request) -> web.Response:
        said = json.loads(await request.read())
        inside = said.get("object")
        if isinstance(inside, dict):  # a Create, wrapped
            inside = inside.get("object")
        self.heard.add(str(inside.get("id") if isinstance(inside, dict) else inside))
        return web.Response(status=202)


async def told(instance: Spoken, readers: Sequence[Reader], group: str, serials: Sequence[int], at_once: int) -> float:
    """Begin threads; gives the seconds until the last server has been told of the last of them."""
    authors = readers[:AUTHORS]
    made = [authors[n % len(authors)].thread(f"{instance.url}/inbox", group, n) for n in serials]
    wanted, left = {uri for uri, _ in made}, list(readers)
    begun = time.perf_counter()
    await send([ready for _, ready in made], at_once)
    while left := [one for one in left if not wanted <= one.heard]:
        if time.perf_counter() - begun > 120 + len(readers) * len(made) / 50:
            raise RuntimeError(f"{len(left)} servers were never told of all: {instance.log[-2000:]}")
        await asyncio.sleep(0.01)
    return time.perf_counter() - begun


@dataclass(frozen=True)
class Told:
    """Seconds: of posts that were sent without a pause, and of a burst; and a bare loop's for as many deliveries."""

    hosts: int
    posts: int
    took: float
    cpu: float  # of the processor, for the posts
    burst: float
    bare: float  # a second, deliveries


async def run(count: int, posts: int, *, secure: bool = True, burst: int = BURST) -> Told:
    """Let servers follow, tell them, and give how long it took."""
    _allow_many_sockets()
    pair = await asyncio.to_thread(generate_rsa)
    readers = [Reader(number, pair, secure=secure) for number in range(count)]
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fedcop-bench-")))
        for one in readers:
            await stack.enter_async_context(one.served())
        trusted = folder / "authority.pem"
        authority().cert_pem.write_to_path(str(trusted))
        instance = Spoken(folder, secure=secure, SSL_CERT_FILE=str(trusted))
        await instance.start()
        stack.callback(instance.kill)
        group = await _followed(instance, readers)
        async with ClientSession(connector=TCPConnector(limit=0, limit_per_host=1, ssl=trusting())) as session:
            await bare([*readers], pair, session)  # connects
            begun = time.perf_counter()
            await asyncio.gather(*(bare([*readers], pair, session) for _ in range(burst)))
            by_bare = count * burst / (time.perf_counter() - begun)
        await told(instance, readers, group, range(1, AUTHORS + 1), AT_ONCE)  # connects, and meets the authors
        assert instance.process is not None
        before = cpu_of(instance.process.pid)
        took = await told(instance, readers, group, range(1_000, 1_000 + posts), AT_ONCE)
        cpu = cpu_of(instance.process.pid) - before
        at_once = await told(instance, readers, group, range(5_000, 5_000 + burst), burst)
    return Told(count, posts, took, cpu, at_once, by_bare)


async def _followed(instance: Spoken, readers: list[Reader]) -> str:
    """Let somebody of each server follow a new community, and those who write join it; gives its address."""
    instance.member("ana", "owner")
    instance.cli("community", "create", "vergers", "--title", "Vergers", "--by", "ana", "--purpose", "Tailler.")
    group, inbox = instance.uri("/c/vergers"), f"{instance.url}/inbox"
    wishes: list[Ready] = [one.wish("Follow", inbox, 0, group) for one in readers]
    await send(wishes, 16)
    patience = 120 + len(readers) / 5
    await until(lambda: is_at_least(instance, FOLLOWERS, len(readers)), lambda: "not all follow", seconds=patience)
    await send([one.wish("Join", inbox, 0, group) for one in readers[:AUTHORS]], 16)
    wanted = 1 + len(readers[:AUTHORS])
    await until(lambda: is_at_least(instance, MEMBERS, wanted), lambda: "not all belong", seconds=patience)
    await until(lambda: is_at_least(instance, KNOWN, len(readers)), lambda: "not all were asked", seconds=patience)
    return group


def say(told_: Told) -> None:
    """Print it."""
    count, each = told_.hosts, told_.hosts * told_.posts
    print(f"{count} servers follow; the bare loop delivers {told_.bare:.0f} a second")
    print(
        f"{told_.posts} posts without a pause: {told_.posts / told_.took:.2f} a second, {each / told_.took:.0f} deliveries,"
        f" {each / told_.took / told_.bare:.2f} of bare; {1000 * told_.cpu / told_.posts:.0f} ms of the processor each"
    )
    burst = count * BURST / told_.burst
    print(f"{BURST} posts at once: {burst:.0f} deliveries a second, {burst / told_.bare:.2f} of bare")


async def figures(*, quick: bool = False) -> list[Figure]:
    """Tell 200 servers of 60 posts, and of ten at once."""
    count, posts = (4, 3) if quick else (200, 60)
    told_ = await run(count, posts)
    rate, bare_rate = posts / told_.took, told_.bare / count
    burst = count * BURST / told_.burst
    return [
        Figure(
            "community",
            f"posts announced to {count} servers, sustained",
            rate,
            "a second",
            "bare loop",
            bare_rate,
            at_least=max(OTHERS, OF_BARE * bare_rate),
        ),
        Figure("community", f"processor for each post to {count} servers", 1000 * told_.cpu / posts, "ms"),
        Figure(
            "community",
            f"deliveries of {BURST} posts to {count} servers at once",
            burst,
            "a second",
            "bare loop",
            told_.bare,
            at_least=max(OTHERS_BURST, OF_BARE * told_.bare),
        ),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--posts", type=int, default=60)
    parser.add_argument("--plain", action="store_true", help="over plain HTTP")
    given = parser.parse_args()
    say(asyncio.run(run(given.hosts, given.posts, secure=not given.plain)))
