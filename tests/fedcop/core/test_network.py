"""No server is asked for more than its budget, whatever strangers name."""

from __future__ import annotations

import pytest

from activitypub.client.transport import HttpRequest, HttpResponse
from activitypub.errors import FetchFailed
from fedcop.core import budgets
from fedcop.core.network import Paced


class Counting:
    """A transport that answers at once and counts."""

    def __init__(self) -> None:
        self.asked = 0

    async def send(self, request: HttpRequest, *, max_bytes: int = 0, timeout: float = 0) -> HttpResponse:  # noqa: ASYNC109
        self.asked += 1
        return HttpResponse(200, request.url, {}, b"")

    async def close(self) -> None:
        return


async def test_one_server_is_asked_for_no_more_than_its_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("fedcop.core.network.time.monotonic", lambda: now)
    inner = Counting()
    paced = Paced(inner)
    for number in range(int(budgets.FETCHES_OF_HOST_IN_A_ROW)):
        await paced.send(HttpRequest("GET", f"https://victim.example/{number}"))
    with pytest.raises(FetchFailed, match="asked this server for too much") as refused:
        await paced.send(HttpRequest("GET", "https://Victim.example/more"))
    assert not refused.value.permanent and inner.asked == budgets.FETCHES_OF_HOST_IN_A_ROW
    await paced.send(HttpRequest("GET", "https://other.example/"))
    await paced.send(HttpRequest("POST", "https://victim.example/inbox"))  # deliveries have a pace of their own
    now += 1
    for number in range(int(budgets.FETCHES_OF_HOST_A_SECOND)):
        await paced.send(HttpRequest("GET", f"https://victim.example/{number}"))
    with pytest.raises(FetchFailed):
        await paced.send(HttpRequest("GET", "https://victim.example/more"))
