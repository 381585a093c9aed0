"""What whole pages cost on a full instance: `python -m tests.bench.pages [--posts N] [--communities N] [--joined N] [/path …]`.

The real application answers a signed-in member over a loopback socket, in this process. Each figure is the median of many
requests, in milliseconds of this process's CPU, with the number of statements; who asks is a process of its own (`asking.py`), and
not in it. The yardstick of the same run is a bare aiohttp handler that sends as many bytes. Not a timed test; Linux, SQLite, in
memory-backed files where the machine has them.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import tempfile
from argparse import Namespace
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from aiohttp import CookieJar, web
from aiohttp.test_utils import TestClient, TestServer

from fedcop.accounts.models import Account
from fedcop.communities.models import Membership
from fedcop.core.mail import OutboxMailer
from fedcop.core.settings import load_settings
from fedcop.core.site import open_site
from fedcop.features import FEATURES
from tests.bench import reading
from tests.rig import apps
from tests.rig.browser import Browser
from tests.rig.queries import counted
from web.app import create_app
from web.middleware.limits import LIMITS, Limit, Limiter

ROUNDS = 60
AUTHORS = 300
REPLIES = 40
URL = "https://x.example"


def people(path: Path, sizes: Namespace) -> int:
    """Let many people have written what is there, and one thread have replies; gives the thread's id."""
    with sqlite3.connect(path) as raw:
        like = raw.execute("SELECT actor_id FROM account").fetchone()[0]
        names = ((n, f"m{n}") for n in range(10_000, 10_000 + AUTHORS))
        changes: Iterator[dict[str, Any]] = (
            {"id": n, "uri": f"{URL}/u/{name}", "name": name, "name_key": name, "display_name": f"Membre {n}"}
            for n, name in names
        )
        reading.copies(raw, "actor", like, changes)
        raw.execute("UPDATE post SET author_id = 10000 + (id / 65536) % ? WHERE id > ?", (AUTHORS, sizes.posts))
        home = raw.execute("SELECT id FROM community ORDER BY id DESC LIMIT 1").fetchone()[0]
        root = raw.execute("SELECT id FROM post WHERE community_id = ? ORDER BY id DESC LIMIT 1", (home,)).fetchone()[0]
        replies = (
            {
                "id": root + n,
                "uri": f"{URL}/p/{root + n}",
                "parent_id": root,
                "depth": 1,
                "kind": "reply",
                "title": "",
                "author_id": 10_000 + n % AUTHORS,
            }
            for n in range(1, REPLIES + 1)
        )
        reading.copies(raw, "post", root, replies)
        raw.execute("UPDATE post SET replies_count = ? WHERE id = ?", (REPLIES, root))
        raw.execute("ANALYZE")
        return int(root)


async def measure(browser: Any, path: str) -> None:
    """Print what a page costs, beside a bare answer of the same length."""
    client = browser.client
    for _ in range(3):
        async with client.request("GET", path, auto_decompress=False, headers=browser.bearer) as answer:
            size = len(await answer.read())
            assert answer.status == 200, (path, answer.status)
    with counted() as statements:
        async with client.get(path, headers=browser.bearer):
            pass
    bare = await median(browser, f"/bare/{size}")
    spent = await median(browser, path)
    print(
        f"{path[:30]:30} {spent:7.2f} ms CPU {len(statements):3} statements {size / 1000:6.1f} kB packed"
        f" {spent / bare:5.1f} x a bare answer",
        flush=True,
    )


async def median(browser: Any, path: str) -> float:
    """Let a process of its own ask often; gives the median in milliseconds of this one's CPU."""
    port, cookies = browser.client.port, browser.client.session.cookie_jar.filter_cookies(browser.client.make_url("/"))
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())
    headers = {"Accept-Encoding": "gzip, deflate", "Cookie": cookie, **browser.bearer}
    command = (sys.executable, "-m", "tests.bench.asking", str(port), str(os.getpid()), path, str(ROUNDS))
    asking = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    told, _ = await asking.communicate(orjson.dumps(headers))
    return float(told)


async def bare(request: web.Request) -> web.Response:
    """Answer so many bytes, and do nothing else."""
    return web.Response(text="x" * int(request.match_info["length"]), content_type="text/html")


async def run(sizes: Namespace) -> None:
    """Fill an instance, then ask for its pages."""
    with tempfile.TemporaryDirectory(prefix="fedcop-bench-") as folder:
        settings = load_settings({}, url=URL, data=Path(folder), registration="open")
        async with open_site(settings, FEATURES, mailer=OutboxMailer()) as site:
            await reading.fill(Path(folder) / "fedcop.sqlite3", sizes)
            lea = await Account.get(actor__name="lea").select_related("actor")
            root = await asyncio.to_thread(people, Path(folder) / "fedcop.sqlite3", sizes)
            app = create_app(site, limiter=Limiter({name: Limit(100_000, 1000) for name in LIMITS}))
            app.router.add_get("/bare/{length}", bare)
            server = TestServer(app)
            await server.start_server()
            jar = CookieJar(unsafe=True, treat_as_secure_origin=server.make_url("/").origin())
            async with TestClient(server, cookie_jar=jar) as client:
                browser: Any = await Browser(client).log_in(lea)
                browser.bearer = {
                    "Authorization": f"Bearer {(await apps.connect(client, lea)).token}"
                }  # for the client API
                place = (
                    await Membership.filter(actor_id=lea.actor_id).select_related("community").order_by("-id").first()
                )
                print(f"{sizes.posts} threads in {sizes.communities} communities, {sizes.joined} joined")
                for path in sizes.paths or PATHS:
                    await measure(browser, path.format(root=root, place=place.community.actor_id if place else 0))


PATHS = (
    "/",
    "/?whose=all",
    "/c/vergers",
    "/c/vergers/members",
    "/p/{root}",
    "/communities",
    "/resources",
    "/people",
    "/u/m10001",
    "/notifications",
    "/search?q=prunaa",
    "/drafts",
    "/api/v1/timelines/home",
    "/api/v1/timelines/public",
    "/api/v1/timelines/list/{place}",
    "/api/v1/timelines/tag/gel",
    "/api/v1/statuses/{root}/context",
)


if __name__ == "__main__":
    parser = reading.parser(__doc__)
    parser.add_argument("paths", nargs="*", help="only these pages; {root} stands for a thread")
    asyncio.run(run(parser.parse_args()))
