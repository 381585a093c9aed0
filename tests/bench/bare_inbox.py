"""The yardstick of `tests.bench.inbox`: the least that a server can do with a signed delivery. `python -m tests.bench.bare_inbox FOLDER [DATABASE]`.

Verifies the signature over the headers that it names and the digest of the body, reads the JSON, and inserts a row in a transaction of its own.
It knows one key, trusts every name, and asks nothing else. With the address of a PostgreSQL, it inserts there, by ten connections.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import asyncpg
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

PARAMETER = re.compile(r'(\w+)="([^"]*)"')


def check(request: web.BaseRequest, body: bytes, key: rsa.RSAPublicKey) -> None:
    """Raise unless the key signed the headers that are named, and the body."""
    given = dict(PARAMETER.findall(request.headers["Signature"]))
    lines = [
        f"{name}: post {request.path}" if name == "(request-target)" else f"{name}: {request.headers[name]}"
        for name in given["headers"].split()
    ]
    key.verify(base64.b64decode(given["signature"]), "\n".join(lines).encode(), PKCS1v15(), SHA256())
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    if not request.headers["Digest"].endswith(digest):
        raise web.HTTPUnauthorized


Insert = Callable[..., Awaitable[object]]
TABLE = "CREATE TABLE {} (uri TEXT PRIMARY KEY, actor TEXT, content TEXT, body {})"


def in_file(path: Path) -> Insert:
    """Give what inserts into SQLite."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")  # as ours: accepted is on the disk
    database.execute(TABLE.format("item", "BLOB"))

    async def insert(*row: object) -> None:
        database.execute("INSERT INTO item VALUES (?, ?, ?, ?)", row)

    return insert


async def in_postgres(address: str) -> Insert:
    """Give what inserts into PostgreSQL."""
    pool = await asyncpg.create_pool(address, min_size=10, max_size=10)
    await pool.execute(TABLE.format("bare_item", "BYTEA"))
    return partial(pool.execute, "INSERT INTO bare_item VALUES ($1, $2, $3, $4)")


async def main(folder: Path, address: str = "") -> None:
    """Serve until somebody ends it; says its port first."""
    key = load_pem_public_key((folder / "key.pem").read_bytes())
    assert isinstance(key, rsa.RSAPublicKey)
    insert = await in_postgres(address) if address else in_file(folder / "bare.sqlite3")

    async def inbox(request: web.Request) -> web.Response:
        body = await request.read()
        check(request, body, key)
        said = json.loads(body)
        row = (said["id"], said["actor"], said["object"]["content"], body)
        await insert(*row)
        return web.Response(status=202)

    app = web.Application()
    app.router.add_post("/inbox", inbox)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), *sys.argv[2:]))
