"""What many apps that listen cost: `python -m tests.bench.streams [--connections N] [--sockets PART] [--people PART] [--dead N]`.

A process of its own serves the real application on SQLite; this one opens the connections, over loopback. `--sockets` of them are WebSockets, the
others server-sent events; `--people` of them are the home stream of a person each, the others the public stream of few people. Then a member
publishes a thread: how long until the first and the last have read it, counted from before the request that publishes; the memory of the server,
by connection; and what it is like again when some have hung up without a word, or have stopped reading. Yardstick: the same request while nobody listens.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp.web import AppRunner, TCPSite

from fedcop.accounts.links import hash_token
from fedcop.accounts.signup import create_confirmed
from fedcop.apps import registering, tokens
from fedcop.communities import service as communities
from fedcop.core import clock
from fedcop.core.database import rows
from fedcop.core.mail import OutboxMailer
from fedcop.core.settings import load_settings
from fedcop.core.site import open_site
from fedcop.features import FEATURES
from tests.bench.reading import PASSWORD, copies
from web.app import create_app
from web.mastodon.hub import HUB, Most
from web.middleware.limits import Limiter
from web.server import _allow_many_sockets

URL = "https://x.example"
FIRST = 10_000
ROUNDS = 10
FEW = 20  # people who share the public streams


def settings_of(folder: Path) -> Any:
    """The instance in a folder."""
    return load_settings({}, url=URL, data=folder, registration="open")


async def fill(folder: Path, people: int) -> tuple[str, int]:
    """Make a community, and many members with a token each; gives the token of who writes, and the community."""
    async with open_site(settings_of(folder), FEATURES, mailer=OutboxMailer()):
        lea = await create_confirmed("lea", "lea@verger.example", PASSWORD)
        home = await communities.found(lea.actor, title="Vergers", name="vergers", language="fr", purpose="Tailler")
        made = await registering.register("Poche", [registering.OUT_OF_BAND], "read write")
        issued = await tokens.issue(made.app, lea, "read write")
        membership = (await rows("SELECT id FROM membership WHERE actor_id = ?", lea.actor_id))[0]["id"]
        used = clock.now() + timedelta(days=1)  # else each token would be noted as used on the way

        def write() -> None:
            numbers = range(FIRST, FIRST + people)
            with sqlite3.connect(folder / "fedcop.sqlite3") as raw:
                each: Iterator[dict[str, Any]] = (
                    {"id": n, "uri": f"{URL}/u/m{n}", "name": f"m{n}", "name_key": f"m{n}"} for n in numbers
                )
                copies(raw, "actor", lea.actor_id, each)
                copies(raw, "account", lea.id, ({"id": n, "actor_id": n, "email": f"m{n}@x.example"} for n in numbers))
                copies(raw, "membership", membership, ({"id": n, "actor_id": n} for n in numbers))
                mine = (
                    {"id": n, "account_id": n, "token_hash": hash_token(f"token-{n}"), "used_at": used.isoformat(" ")}
                    for n in numbers
                )
                copies(raw, "app_token", issued.token.id, mine)
                raw.execute("ANALYZE")

        await asyncio.to_thread(write)
        return issued.text, home.actor_id


async def serve(folder: Path) -> None:
    """Be the server: say the port, then serve until told to stop."""
    async with open_site(settings_of(folder), FEATURES, mailer=OutboxMailer()) as site:
        _allow_many_sockets()
        app = create_app(site, limiter=Limiter({}))
        app[HUB].most = Most(person=1 << 20, machine=1 << 20, all=1 << 20)
        runner = AppRunner(app, handle_signals=False, access_log=None)
        await runner.setup()
        await TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        print(runner.addresses[0][1], flush=True)
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        await stop.wait()
        began = time.perf_counter()
        await runner.cleanup()
        print(f"{time.perf_counter() - began:.2f}", flush=True)


class App:
    """One connection, as light as can be: it notes when it read something with a mark."""

    def __init__(self) -> None:
        self.read_at = 0.0
        self.mark = b""
        self.kept = b""
        self.over = False

    async def open(self, port: int, path: str, *, socketed: bool, token: str) -> App:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port)
        upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        head = f"GET {path} HTTP/1.1\r\nHost: x.example\r\nAuthorization: Bearer {token}\r\n"
        self.writer.write((head + (upgrade if socketed else "") + "\r\n").encode())
        answer = await self.reader.readuntil(b"\r\n\r\n")
        assert answer.split()[1] == (b"101" if socketed else b"200"), answer
        if not socketed:
            await self.reader.readuntil(b":)\n")
        self.task = asyncio.get_running_loop().create_task(self._read())
        return self

    async def _read(self) -> None:
        while found := await self.reader.read(1 << 16):
            self.kept = self.kept[-200:] + found
            if self.mark and self.mark in self.kept:
                self.read_at, self.mark, self.kept = time.perf_counter(), b"", b""
        self.over = True


class Server:
    """The other process."""

    async def start(self, folder: Path) -> Server:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.streams", "--serve", str(folder), stdout=asyncio.subprocess.PIPE
        )
        assert self.process.stdout is not None
        self.port = int(await self.process.stdout.readline())
        return self

    def memory(self) -> float:
        """Its resident kilobytes."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1000

    def sockets(self) -> int:
        """How many files it has open."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    async def publish(self, token: str, place: int, mark: str) -> float:
        """Write a thread as an app does; gives how long the answer took."""
        began = time.perf_counter()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        body = f"status={mark}.%0A%0AUn+texte+de+longueur+moyenne+pour+voir&group_id={place}".encode()
        head = (
            f"POST /api/v1/statuses HTTP/1.1\r\nHost: x.example\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answer = await reader.read()
        assert b" 200 " in answer[:20], answer[:300]
        writer.close()
        return time.perf_counter() - began

    async def stop(self) -> str:
        """End it; gives the seconds that it took to end what was streamed."""
        self.process.terminate()
        assert self.process.stdout is not None
        took = (await self.process.stdout.readline()).decode().strip()
        await self.process.wait()
        return took


async def reach(server: Server, token: str, place: int, apps: list[App], what: str) -> None:
    """Publish some threads, and print when all of them were read."""
    firsts, lasts = [], []
    for n in range(ROUNDS):
        mark = f"Marque{what[0]}{n}x"
        for app in apps:
            app.mark, app.read_at = mark.encode(), 0.0
        began = time.perf_counter()
        await server.publish(token, place, mark)
        async with asyncio.timeout(30):
            while any(app.mark for app in apps):
                await asyncio.sleep(0.005)
        firsts.append(min(app.read_at for app in apps) - began)
        lasts.append(max(app.read_at for app in apps) - began)
    first, last, worst = statistics.median(firsts), statistics.median(lasts), max(lasts)
    print(
        f"{what:34} first {first * 1000:5.0f} ms   last {last * 1000:5.0f} ms   worst {worst * 1000:5.0f} ms",
        flush=True,
    )


async def run(sizes: argparse.Namespace) -> None:
    """Measure."""
    with tempfile.TemporaryDirectory(prefix="fedcop-bench-") as name:
        folder = Path(name)
        token, place = await fill(folder, sizes.connections)
        server = await Server().start(folder)
        alone = statistics.median([await server.publish(token, place, f"Seul{n}") for n in range(ROUNDS)])
        print(f"{'yardstick: to publish, none listens':34} {alone * 1000:9.0f} ms")
        before = server.memory()
        apps: list[App] = []
        began = time.perf_counter()
        for n in range(sizes.connections):
            socketed, own = n % 100 < sizes.sockets * 100, (n * 7) % 100 < sizes.people * 100
            base = "/api/v1/streaming"
            stream = "user" if own else "public"
            path = f"{base}?stream={stream}" if socketed else f"{base}/{stream}"
            who = f"token-{FIRST + (n if own else n % FEW)}"
            apps.append(await App().open(server.port, path, socketed=socketed, token=who))
        await asyncio.sleep(1)
        grown = (server.memory() - before) / sizes.connections
        print(f"{len(apps)} opened in {time.perf_counter() - began:.1f} s; {grown:.1f} kB of memory each")
        await reach(server, token, place, apps, "all listen")
        after = (server.memory() - before) / sizes.connections
        print(f"{after:.1f} kB of memory each after {ROUNDS} threads")
        await die(server, token, place, apps, sizes.dead)
        took = await server.stop()
        print(f"stopped in {took} s; {sum(app.over for app in apps)} of {len(apps)} heard the end")
        for app in apps:
            app.task.cancel()
            app.writer.close()


async def die(server: Server, token: str, place: int, apps: list[App], many: int) -> None:
    """Let some hang up without a word, and as many stop reading; then publish again, and more than they can keep."""
    open_before, had = server.sockets(), server.memory()
    gone, deaf = apps[:many], apps[many : 2 * many]
    rest = apps[2 * many :]
    for app in gone:
        app.writer.transport.abort()
    for app in deaf:
        app.task.cancel()
        app.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 12)
        app.writer.transport.pause_reading()  # type: ignore[attr-defined]
    await reach(server, token, place, rest, f"{many} hung up, {many} do not read")
    print(f"{open_before - server.sockets()} sockets of theirs are closed; memory {server.memory() - had:+.0f} kB")
    for app in (*gone, *deaf):
        app.over = True
        app.writer.transport.abort()
    del apps[: 2 * many]


def main() -> None:
    """Read what is asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", type=Path)
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--sockets", type=float, default=0.5)
    parser.add_argument("--people", type=float, default=0.5)
    parser.add_argument("--dead", type=int, default=50)
    sizes = parser.parse_args()
    asyncio.run(serve(sizes.serve) if sizes.serve else run(sizes))


if __name__ == "__main__":
    main()
