"""What whole pages cost on a full instance: `python -m tests.bench.pages [--posts N] [--communities N] [--members N] [/path …]`.

The real application answers a signed-in member over a loopback socket, in this process. Each figure is the median of many
requests, in milliseconds of this process's CPU, with the number of statements; who asks is a process of its own (`asking.py`), and
not in it. Every answer is made anew, also where it could be given again. The yardstick of the same run is a bare aiohttp handler that sends as many bytes. Not a timed test; Linux, SQLite, an instance of `fullness.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import CookieJar, web
from aiohttp.test_utils import TestClient, TestServer

from fedcop.accounts.models import Account
from fedcop.core.database import rows
from fedcop.core.mail import OutboxMailer
from fedcop.core.site import open_site
from fedcop.features import FEATURES
from tests.bench import fullness
from tests.bench.fullness import Size
from tests.bench.report import Figure
from tests.rig import apps
from tests.rig.browser import Browser
from tests.rig.queries import anew, counted
from web.app import create_app
from web.middleware.limits import LIMITS, Limit, Limiter
from web.routes import all_routes
from web.shared.routing import Family, RouteDef

ROUNDS = 40
PATHS = (
    "/",
    "/?whose=all",
    "/c/vergers",
    "/c/vergers/members",
    "/c/vergers?tag=gel",
    "/tags/gel",
    "/p/{root}",
    "/communities",
    "/resources",
    "/people",
    "/u/m10001",
    "/notifications",
    "/search?q={rare}",
    "/search?q={tenth}",
    "/drafts",
    "/api/v1/timelines/home",
    "/api/v1/timelines/public",
    "/api/v1/timelines/list/{place}",
    "/api/v1/timelines/tag/gel",
    "/api/v1/statuses/{root}/context",
    "/api/v1/trends/statuses",
)


@dataclass(frozen=True)
class Cost:
    """What one page costs, and a bare answer of as many bytes."""

    path: str
    cpu: float  # milliseconds
    bare: float
    statements: int
    size: int  # bytes, packed

    def __str__(self) -> str:
        return (
            f"{self.path:36} {self.cpu:8.2f} ms CPU {self.statements:3} statements {self.size / 1000:6.1f} kB packed"
            f" {self.cpu / self.bare:6.1f} x a bare answer"
        )


async def measure(browser: Any, name: str, path: str, rounds: int) -> Cost:
    """Ask for a page often."""
    client, size = browser.client, 0
    for _ in range(3):
        async with client.request("GET", path, auto_decompress=False, headers=browser.bearer) as answer:
            size = len(await answer.read())
            assert answer.status == 200, (path, answer.status)
    with counted() as statements:
        async with client.get(path, headers=browser.bearer):
            pass
    bare = await median(browser, f"/bare/{size}", rounds)
    return Cost(name, await median(browser, path, rounds), bare, len(statements), size)


async def median(browser: Any, path: str, rounds: int) -> float:
    """Let a process of its own ask often; gives the median in milliseconds of this one's CPU."""
    port, cookies = browser.client.port, browser.client.session.cookie_jar.filter_cookies(browser.client.make_url("/"))
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())
    headers = {"Accept-Encoding": "gzip, deflate", "Cookie": cookie, **browser.bearer}
    command = (sys.executable, "-m", "tests.bench.asking", str(port), str(os.getpid()), path, str(rounds))
    asking = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    told, _ = await asking.communicate(orjson.dumps(headers))
    return float(told)


async def bare(request: web.Request) -> web.Response:
    """Answer so many bytes, and do nothing else."""
    return web.Response(text="x" * int(request.match_info["length"]), content_type="text/html")


BARE = RouteDef("GET", "/bare/{length}", bare, Family.PAGE, limit="read")


async def costs(size: Size, paths: Sequence[str] = PATHS, rounds: int = ROUNDS, say: Any = None) -> list[Cost]:
    """Ask an instance of that size for its pages."""
    settings = fullness.settings_of(await fullness.full(size))
    async with open_site(settings, FEATURES, mailer=OutboxMailer()) as site:
        lea = await Account.get(actor__name="lea").select_related("actor")
        newest = (
            "SELECT p.id AS root, c.actor_id AS place FROM post p JOIN community c ON c.id = p.community_id"
            " JOIN actor a ON a.id = c.actor_id WHERE a.name = 'vergers' AND p.depth = 0 ORDER BY p.id DESC LIMIT 1 OFFSET 2"
        )
        words = {"rare": fullness.RARE, "tenth": fullness.TENTH, "common": fullness.COMMON, **(await rows(newest))[0]}
        limiter = Limiter({name: Limit(100_000, 1000) for name in LIMITS})
        app = create_app(site, routes=(*all_routes(), BARE), limiter=limiter)
        server = TestServer(app)
        await server.start_server()
        jar = CookieJar(unsafe=True, treat_as_secure_origin=server.make_url("/").origin())
        found = []
        with anew():
            async with TestClient(server, cookie_jar=jar) as client:
                browser: Any = await Browser(client).log_in(lea)
                token = (await apps.connect(client, lea)).token  # for the client API
                browser.bearer = {"Authorization": f"Bearer {token}"}
                for path in paths:
                    found.append(await measure(browser, path, path.format(**words), rounds))
                    if say:
                        say(found[-1])
        return found


GROWTH = 2.0  # at most
# Shows more where more was written this week: six discussions in the small instance.
OF_A_WEEK = ("/api/v1/trends/statuses",)
SMALL, MIDDLE, LARGE = Size(10_000), Size(100_000), Size(1_000_000)
ASIDE = (Size(100_000, 10), Size(100_000, 1_000), Size(100_000, 100, 50), Size(100_000, 100, 100_000))


async def figures(*, quick: bool = False) -> list[Figure]:
    """Ask the same pages of instances of all sizes; what grows is one dimension at a time."""
    small, middle, large, aside = SMALL, MIDDLE, LARGE, ASIDE
    rounds = ROUNDS
    if quick:
        small, middle, large, aside, rounds = Size(400, 5, 60), Size(600, 5, 60), Size(1_000, 5, 60), (), 2
    sizes = (small, middle, large, *aside)
    found = {size: {one.path: one for one in await costs(size, rounds=rounds)} for size in sizes}
    told = []
    for path, cost in found[large].items():
        told.append(Figure("pages", f"{path}, {large.posts:,} posts", cost.cpu, "ms", "bare answer", cost.bare))
    for path, cost in found[large].items():
        grown, most = cost.cpu / found[small][path].cpu, None if path in OF_A_WEEK else GROWTH
        told.append(Figure("pages", f"growth from {small.posts:,} posts: {path}", grown, "×", at_most=most))
    for size in aside:
        grown, path = max((cost.cpu / found[middle][path].cpu, path) for path, cost in found[size].items())
        what = f"{size.communities:,} communities" if size.members == middle.members else f"{size.members:,} members"
        told.append(
            Figure("pages", f"{what} instead of {_usual(middle, size)}, most: {path}", grown, "×", at_most=GROWTH)
        )
    return told


def _usual(middle: Size, size: Size) -> str:
    return f"{middle.communities:,}" if size.members == middle.members else f"{middle.members:,}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=100_000)
    parser.add_argument("--communities", type=int, default=100)
    parser.add_argument("--members", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("paths", nargs="*", help="only these pages; {root} stands for a thread")
    given = parser.parse_args()
    asked = Size(given.posts, given.communities, given.members)
    print(asked)
    asyncio.run(costs(asked, given.paths or PATHS, given.rounds, say=lambda cost: print(cost, flush=True)))
