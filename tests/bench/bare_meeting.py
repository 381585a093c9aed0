"""The yardstick of `tests.bench.meeting`: the least that a server can do when a stranger asks to follow. `python -m tests.bench.bare_meeting FOLDER`.

Answers 202, fetches the document of who asks, verifies with the key in it, inserts who it is and that they follow in a transaction, signs an Accept and
posts it. It trusts every name, asks nobody what they run, remembers no failure, and loses what it was at when it is killed.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import ClientSession, TCPConnector, web
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from activitypub.signatures import Scheme, Signer, sign_request
from tests.bench.bare_inbox import check

AT_ONCE = 64


async def main(folder: Path) -> None:
    """Serve until somebody ends it; says its port first."""
    signer = Signer("https://x.example/#k", (folder / "private.pem").read_text())
    database = sqlite3.connect(folder / "bare-meeting.sqlite3", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE actor (uri TEXT PRIMARY KEY, document TEXT)")
    database.execute("CREATE TABLE follow (uri TEXT PRIMARY KEY, actor TEXT, object TEXT)")
    gate, under_way = asyncio.Semaphore(AT_ONCE), set[asyncio.Task[None]]()
    async with ClientSession(connector=TCPConnector(limit=0, limit_per_host=4)) as session:

        async def answer(request: web.BaseRequest, body: bytes) -> None:
            async with gate:
                said = json.loads(body)
                async with session.get(said["actor"]) as found:
                    document = await found.json(content_type=None)
                key = load_pem_public_key(document["publicKey"]["publicKeyPem"].encode())
                assert isinstance(key, rsa.RSAPublicKey)
                check(request, body, key)
                database.execute("BEGIN")
                database.execute("INSERT INTO actor VALUES (?, ?)", (said["actor"], json.dumps(document)))
                database.execute("INSERT INTO follow VALUES (?, ?, ?)", (said["id"], said["actor"], said["object"]))
                database.execute("COMMIT")
                accept = json.dumps({"type": "Accept", "actor": said["object"], "object": said}).encode()
                inbox = document["inbox"]
                headers = sign_request("POST", inbox, accept, signer, Scheme.CAVAGE, datetime.now(UTC))
                async with session.post(inbox, data=accept, headers=headers) as given:
                    assert given.status == 202

        async def inbox(request: web.Request) -> web.Response:
            task = asyncio.create_task(answer(request, await request.read()))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
            return web.Response(status=202)

        app = web.Application()
        app.router.add_post("/inbox", inbox)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
