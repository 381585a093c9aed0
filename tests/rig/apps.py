"""An app of a member, as the server sees it: requests with a token, answers in JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aiohttp.test_utils import TestClient
from yarl import URL

from fedcop.accounts.models import Account
from fedcop.apps import registering, tokens
from fedcop.apps.registering import OUT_OF_BAND
from fedcop.communities.models import Community
from tests.rig.described import check


@dataclass(frozen=True)
class Answered:
    """What came back."""

    status: int
    json: Any
    headers: dict[str, str] = field(default_factory=dict)


class Phone:
    """`await phone.get("/api/v1/…")`; the body of `post` goes as a form, `json=` as JSON."""

    def __init__(self, client: TestClient, token: str = "") -> None:
        self.client = client
        self.token = token

    async def ask(
        self, method: str, path: str | URL, *, form: Any = None, json: Any = None, **headers: str
    ) -> Answered:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        async with self.client.request(
            method, path, data=form, json=json, headers=sent, allow_redirects=False
        ) as answer:
            is_json = answer.content_type == "application/json" and method != "HEAD"
            found = await answer.json() if is_json else await answer.read()
            if is_json and answer.status == 200:
                check(method, str(path), found)
            return Answered(answer.status, found, dict(answer.headers))

    async def get(self, path: str, **headers: str) -> Answered:
        return await self.ask("GET", path, **headers)

    async def post(self, path: str, form: Any = None, **options: Any) -> Answered:
        return await self.ask("POST", path, form=form, **options)


async def connect(
    client: TestClient,
    account: Account | None,
    scopes: str = "read write follow push",
    acts_as: Community | None = None,
) -> Phone:
    """Let an app in without the pages (those have a test of their own)."""
    made = await registering.register("Poche", [OUT_OF_BAND], scopes)
    group_id = acts_as.actor_id if acts_as is not None else None
    issued = await tokens.issue(made.app, account, made.app.scopes, acts_as_id=group_id)
    return Phone(client, issued.text)
