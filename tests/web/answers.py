"""What a client is answered, and a process that commits beside ours: for the tests about answers that are given again."""

from __future__ import annotations

import subprocess
import sys

from aiohttp.test_utils import TestClient

from fedcop.core.site import Site


async def said(client: TestClient, path: str, status: int = 200, **headers: str) -> str:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with client.get(path, headers=sent, allow_redirects=False) as answer:
        assert answer.status == status, await answer.text()
        return (await answer.text()).strip()


def commit_elsewhere(site: Site, sql: str) -> None:
    """Let another process commit."""
    url = site.settings.database
    code = f"import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute({sql!r}); c.commit()"
    if url.startswith("postgres"):
        code = (
            "import asyncio, asyncpg, sys\n"
            "async def commit():\n"
            "    c = await asyncpg.connect(sys.argv[1])\n"
            f"    await c.execute({sql!r})\n"
            "    await c.close()\n"
            "asyncio.run(commit())"
        )
    subprocess.run([sys.executable, "-c", code, url.removeprefix("sqlite:///")], check=True)
