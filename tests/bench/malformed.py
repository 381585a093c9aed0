"""Malformed everything against the client API: `python -m tests.bench.malformed --with PATH/TO/schemathesis [--seconds 600] [--role member|admin]`.

Serves the town of `tests/browser/town.py` at a port of this machine and lets schemathesis (installed by whoever runs this, not a
dependency) send what /api/openapi.json describes and what it forbids, as a member and as an administrator, half of the time each. In the
document that it gets, ids are those of things that exist, or anything. Ends with 1 where a 5xx or an answer other than described came.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application

from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.discussions.models import Post
from fedcop.media.models import Media
from fedcop.notifications.models import Notification
from fedcop.reports.models import Report
from tests.browser.town import Town, open_town
from tests.rig import apps
from web.mastodon.openapi import EVENTS, document
from web.shared.routing import Family, declared

WHO = {
    "member": ("sam", "read write follow push profile"),
    "admin": ("awa", "read write follow push profile admin:read admin:write"),
}
CHECKS = "not_a_server_error,response_schema_conformance,content_type_conformance"
EACH = 5  # things of a kind that are named


async def _ids() -> list[str]:
    found: list[str] = []
    for model in (Actor, Post, Media, Notification, Report):
        found += [str(number) for number in await model.all().order_by("id").limit(EACH).values_list("id", flat=True)]
    return found


def _named(text: Any, ids: list[str]) -> Any:
    """Put what exists beside anything, wherever the document asks for an id."""
    real = {"anyOf": [{"type": "string", "enum": ids}, {"type": "string"}]}
    if isinstance(text, list):
        return [_named(one, ids) for one in text]
    if not isinstance(text, dict):
        return text
    if text.get("in") == "path" and text["name"] == "id":
        return {**text, "schema": real}
    return (
        real
        if text == {"type": "string", "pattern": "^[0-9]+$"}
        else {key: _named(one, ids) for key, one in text.items()}
    )


def _is_endless(ways: dict[str, Any]) -> bool:
    """Whether what is asked goes on being answered: streams have tests of their own."""
    return EVENTS in ways.get("get", {}).get("responses", {}).get("200", {}).get("content", {})


async def _try(town: Town, role: str, given: Namespace, folder: Path) -> int:
    name, scopes = WHO[role]
    account = await Account.get(actor__name=name, actor__local=True).select_related("actor")
    async with TestClient(TestServer(Application())) as nowhere:
        token = (await apps.connect(nowhere, account, scopes)).token
    told, ids = document(town.url, declared(Family.API)), await _ids()
    told["paths"] = {path: _sent(ways, ids) for path, ways in told["paths"].items() if not _is_endless(ways)}
    where = folder / "openapi.json"
    where.write_text(json.dumps(told), "utf-8")
    asked = (
        "run",
        str(where),
        "--url",
        town.url,
        "-H",
        f"Authorization: Bearer {token}",
        "-c",
        CHECKS,
        "--max-time",
        str(given.seconds // len(given.role)),
    )
    print(f"# as {role}", flush=True)
    process = await asyncio.create_subprocess_exec(
        getattr(given, "with"), *asked, "--phases", "coverage,fuzzing", "--continue-on-failure", cwd=folder
    )
    return await process.wait()


def _sent(ways: dict[str, Any], ids: list[str]) -> dict[str, Any]:
    return {
        way: {
            name: _named(said, ids) if name in ("parameters", "requestBody") else said
            for name, said in operation.items()
        }
        for way, operation in ways.items()
    }


async def _all(given: Namespace) -> int:
    async with open_town() as town:
        with tempfile.TemporaryDirectory(prefix="fedcop-malformed-") as folder:
            return max([await _try(town, role, given, Path(folder)) for role in given.role])


def main(arguments: Iterable[str] | None = None) -> int:
    """Read what is asked for and try it."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--with", required=True)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--role", action="append", choices=WHO)
    given = parser.parse_args(list(arguments) if arguments is not None else None)
    given.role = given.role or list(WHO)
    return asyncio.run(_all(given))


if __name__ == "__main__":
    sys.exit(main())
