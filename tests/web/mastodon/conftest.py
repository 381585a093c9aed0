"""Apps of members: `phone = await connect("lea")`, then `phone.get("/api/v1/…")`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp.test_utils import TestClient, TestServer

from fedcop.accounts.models import Account
from fedcop.communities.models import Community
from tests.rig import apps
from tests.rig.apps import Phone

Connect = Callable[..., Awaitable[Phone]]


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[TestClient]:
    """What every phone of a test speaks through; it keeps no cookies worth the name."""
    async with TestClient(server) as opened:
        yield opened


@pytest.fixture
def connect(client: TestClient) -> Connect:
    """`await connect(account, "read")`; None is an app in nobody's name, `acts_as` a community."""

    async def enter(
        account: Account | None, scopes: str = "read write follow push", acts_as: Community | None = None
    ) -> Phone:
        return await apps.connect(client, account, scopes, acts_as)

    return enter
