"""How quickly the past of a community comes: `python -m tests.bench.backfill [--threads N] [--replies N]`.

Somebody on a real `fedcop serve` joins a community of a scripted server, which lists its discussions in its outbox and the replies of each in a
`contextHistory`. It is timed from then until the last post is visible. 200 discussions are as many as fedcop takes of a past: with 49 replies each they
are 10,000 posts. Yardstick of the same run: a bare loop that fetches the same documents and inserts each post into SQLite, one commit each.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, web

from activitypub.signatures.keys import generate_rsa
from tests.bench.inbox import AS, PEOPLE, PUBLIC, VISIBLE, Peer, cpu_of, is_at_least, send
from tests.bench.report import Figure
from tests.e2e.instances import Instance, until

PAGE = 50
TYPE = "application/activity+json"


class Past(Peer):
    """A server with a community that has a past, and lets everybody in."""

    def __init__(self, host: str, pair: tuple[str, str], threads: int, replies: int) -> None:
        super().__init__(host, pair)
        self.threads, self.replies = threads, replies
        self.documents: dict[str, dict[str, Any]] = {}
        self.tasks: set[asyncio.Task[Any]] = set()
        self.joined = asyncio.Event()

    @property
    def group(self) -> str:
        return f"{self.origin}/c/vergers"

    def write(self) -> None:
        """Make all documents."""
        group, now = self.group, datetime.now(UTC)
        for who in range(PEOPLE):
            self._put(self._actor(self.person(who), "Person"))
        self._put(self._actor(group, "Group"))
        wraps = []
        for thread in range(self.threads):
            at = now - timedelta(hours=self.threads - thread)
            page = self._post(thread, 0, at) | {"type": "Page", "name": f"Fil {thread}", "audience": group}
            page["contextHistory"] = history = f"{page['id']}/history"
            self._put(page)
            told = [self._post(thread, n, at + timedelta(seconds=n)) for n in range(1, self.replies + 1)]
            for one in told:
                one |= {"type": "Note", "inReplyTo": page["id"], "audience": group}
                self._put(one)
            creates = [self._create(one) for one in told]
            self._put({"id": history, "type": "OrderedCollection", "totalItems": len(told), "orderedItems": creates})
            create = self._create(page)
            wraps.append(
                {"id": f"{create['id']}/announce", "type": "Announce", "actor": group, "object": create}
                | {"published": create["published"], "to": [PUBLIC], "cc": [f"{group}/followers"]}
            )
        wraps.reverse()
        outbox = f"{group}/outbox"
        pages = [f"{outbox}/{start // PAGE}" for start in range(0, len(wraps), PAGE)]
        self._put({"id": outbox, "type": "OrderedCollection", "totalItems": len(wraps), "first": pages[0]})
        for number, uri in enumerate(pages):
            listed = {"id": uri, "type": "OrderedCollectionPage", "partOf": outbox}
            listed["orderedItems"] = wraps[number * PAGE : (number + 1) * PAGE]  # type: ignore[assignment]
            if number + 1 < len(pages):
                listed["next"] = pages[number + 1]
            self._put(listed)

    def _put(self, document: dict[str, Any]) -> None:
        self.documents[document["id"].removeprefix(self.origin)] = {"@context": AS, **document}

    def _actor(self, uri: str, kind: str) -> dict[str, Any]:
        key = {"id": f"{uri}#main-key", "owner": uri, "publicKeyPem": self.pair[1]}
        name = uri.rpartition("/")[2]
        said = {"id": uri, "type": kind, "preferredUsername": name, "name": name, "publicKey": key}
        own = {box: f"{uri}/{box}" for box in ("inbox", "outbox", "followers")}
        return said | own | {"endpoints": {"sharedInbox": f"{self.origin}/inbox"}}

    def _post(self, thread: int, number: int, at: datetime) -> dict[str, Any]:
        to: dict[str, Any] = {"to": [PUBLIC, self.group], "cc": []}
        content = f"<p>Ce qui fut dit {thread}, {number}, avec quelques mots de plus.</p>"
        said = {"id": f"{self.origin}/posts/{thread}-{number}", "attributedTo": self.person((thread + number) % PEOPLE)}
        return said | {"content": content, "published": at.strftime("%Y-%m-%dT%H:%M:%SZ"), **to}

    def _create(self, post: dict[str, Any]) -> dict[str, Any]:
        said = {"id": post["id"].replace("/posts/", "/creates/"), "type": "Create", "actor": post["attributedTo"]}
        return said | {"object": post, **{name: post[name] for name in ("published", "to", "cc")}}

    async def _any(self, request: web.Request) -> web.Response:
        if request.path == "/.well-known/webfinger":
            links = [{"rel": "self", "type": TYPE, "href": self.group}]
            return web.json_response({"subject": request.query["resource"], "links": links})
        found = self.documents.get(request.path)
        return web.json_response(found, content_type=TYPE) if found else web.Response(status=404)

    async def _inbox(self, request: web.Request) -> web.Response:
        said = await request.json()
        if said.get("type") in ("Follow", "Join"):
            self.tasks.add(asyncio.create_task(self._let_in(said)))
        return web.Response(status=202)

    async def _let_in(self, asked: dict[str, Any]) -> None:
        async with ClientSession() as session, session.get(asked["actor"], headers={"Accept": TYPE}) as answer:
            inbox = (await answer.json(content_type=None))["inbox"]
        accept = {
            "id": f"{self.group}/accepts/{len(self.tasks)}",
            "type": "Accept",
            "object": asked,
            "to": [asked["actor"]],
        }
        await send([self.signed_by(self.group, inbox, accept)], 1)
        self.joined.set()

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        app = web.Application()
        app.router.add_post("/{any:.*}", self._inbox)
        app.router.add_get("/{any:.*}", self._any)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        with socket.socket() as listening:
            listening.bind((self.host, 0))
            self.port = listening.getsockname()[1]
            await web.SockSite(runner, listening).start()
            self.write()
            try:
                yield
            finally:
                await runner.cleanup()


@dataclass(frozen=True)
class Come:
    """Seconds until a past was there, and of the processor; and of a bare loop."""

    posts: int
    seconds: float
    cpu: float
    bare: float


async def bare(past: Past, folder: Path) -> float:
    """Fetch and insert; gives the seconds."""
    database = sqlite3.connect(folder / "bare.sqlite3", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE item (uri TEXT PRIMARY KEY, actor TEXT, content TEXT, body BLOB)")
    begun = time.perf_counter()
    async with ClientSession() as session:
        for thread in range(past.threads):
            root = f"{past.origin}/posts/{thread}-0"
            async with session.get(root) as answer:
                page = json.loads(await answer.read())
            async with session.get(page["contextHistory"]) as answer:
                told = json.loads(await answer.read())["orderedItems"]
            for one in (page, *(create["object"] for create in told)):
                row = (one["id"], one["attributedTo"], one["content"], json.dumps(one))
                database.execute("INSERT INTO item VALUES (?, ?, ?, ?)", row)
    database.close()
    return time.perf_counter() - begun


async def run(threads: int, replies: int) -> Come:
    """Let somebody join, and wait until all is there."""
    past = Past("127.79.0.1", await asyncio.to_thread(generate_rsa), threads, replies)
    posts = threads * (replies + 1)
    with tempfile.TemporaryDirectory(prefix="fedcop-bench-") as folder:
        instance = Instance(Path(folder), "v")
        async with past.served():
            bare_seconds = await bare(past, Path(folder))
            await instance.start()
            try:
                instance.member("ana", "owner")
                browser = await instance.sign_in("ana", "en-CA")
                handle = f"vergers@{past.host}:{past.port}"
                await browser.post("/communities/find", handle=f"@{handle}")
                assert instance.process is not None
                begun, before = time.perf_counter(), cpu_of(instance.process.pid)
                await browser.get(f"/c/{handle}/join")
                await browser.press("Join")
                there = await until(
                    lambda: is_at_least(instance, VISIBLE, posts),
                    lambda: f"not all came: {instance.log[-2000:]}",
                    seconds=60 + posts / 10,
                )
                assert there
                return Come(posts, time.perf_counter() - begun, cpu_of(instance.process.pid) - before, bare_seconds)
            finally:
                await instance.close()


async def figures(*, quick: bool = False) -> list[Figure]:
    """Measure it once."""
    come = await run(*((3, 2) if quick else (200, 49)))
    each = 1000 * come.cpu / come.posts
    bare_one = come.posts / come.bare
    return [
        Figure("backfill", f"{come.posts:,} posts of the past", come.seconds, "s", "bare loop", come.bare),
        Figure("backfill", "posts of the past", come.posts / come.seconds, "a second", "bare loop", bare_one),
        Figure("backfill", "processor for each", each, "ms"),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=200)
    parser.add_argument("--replies", type=int, default=49)
    given = parser.parse_args()
    found = asyncio.run(run(given.threads, given.replies))
    print(
        f"{found.posts} posts within {found.seconds:.1f} s, {found.posts / found.seconds:.0f} a second, {1000 * found.cpu / found.posts:.2f} ms of the"
        f" processor each; bare loop {found.bare:.2f} s"
    )
