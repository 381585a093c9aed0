"""What memory an instance takes: idle and new, idle with a million posts, and when a thousand members have read there, each with an app.

Yardstick: an aiohttp application that has nothing.
"""

from __future__ import annotations

import asyncio
import http.client
import tempfile
from pathlib import Path

from tests.bench import fullness, serving
from tests.bench.fullness import COMMON, FIRST, RARE, Size
from tests.bench.report import Figure
from tests.bench.serving import Served

IDLE, BUSY = 130, 256  # MB at most
SETTLE = 3.0  # seconds in which what is due at the start is done
READ = (
    "/api/v1/timelines/home",
    "/api/v1/timelines/public",
    "/api/v1/notifications",
    f"/api/v2/search?q={RARE}",
    "/api/v1/timelines/tag/gel",
    "/api/v1/accounts/verify_credentials",
    "/api/v1/trends/statuses",
    f"/api/v2/search?q={COMMON}",
    "/c/vergers",
    "/",
)


async def figures(*, quick: bool = False) -> list[Figure]:
    """Start, wait, let members read, and look."""
    members = 20 if quick else 1_000
    size = Size(1_000, 5, 60) if quick else Size(1_000_000)
    settle = 0.2 if quick else SETTLE
    with serving.bare() as served:
        bare = await _idle(served, settle)
    with tempfile.TemporaryDirectory(prefix="fedcop-bench-") as name:
        with serving.fedcop(Path(name)) as served:
            first = await _idle(served, settle)
        with serving.fedcop(Path(name)) as served:
            new = await _idle(served, settle)
    with serving.fedcop(await fullness.full(size)) as served:
        full = await _idle(served, settle)
        await asyncio.to_thread(read, served.port, members)
        busy = served.resident()
    return [
        Figure("memory", what, value, "MB", "bare aiohttp", bare, at_most=most)
        for what, value, most in (
            ("idle, new", new, IDLE),
            ("idle, right after the first start", first, None),
            (f"idle, {size.posts:,} posts", full, IDLE),
            (f"after {members:,} members read there, {size.posts:,} posts", busy, BUSY),
        )
    ]


async def _idle(served: Served, settle: float) -> float:
    await asyncio.sleep(settle)
    return served.resident()


def read(port: int, members: int) -> None:
    """Let so many members read three things each."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for number in range(3 * members):
        who = FIRST + number % members
        headers = {
            "Authorization": f"Bearer token-{who}",
            "X-Forwarded-For": f"192.0.2.{who % 250}",
            "Host": "x.example",
        }
        connection.request("GET", READ[number % len(READ)], headers={**headers, "X-Forwarded-Proto": "https"})
        answer = connection.getresponse()
        answer.read()
        if answer.status not in (200, 429):
            raise RuntimeError(f"{READ[number % len(READ)]}: {answer.status}")
