"""Strangers deliver, and the servers with their keys take connections and never answer: what members do goes on."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
from aiohttp.web import BaseRequest, Response

from activitypub.signatures import Scheme, Signer, sign_request
from fedcop.core import budgets, elsewhere
from fedcop.core.elsewhere import Elsewhere
from fedcop.discussions import service
from fedcop.federation.models import InboxItem
from fedcop.notifications.models import Notification
from tests.rig.interop import INBOX, Coop, open_coop
from tests.rig.thrift import rsa_pair
from tests.rig.world import World


@pytest.fixture
async def coop(world: World) -> Coop:
    return await open_coop(world)


async def delivered(coop: Coop, hosts: list[str], over: asyncio.Event) -> None:
    """Let strangers of these servers like something here; whoever asks for their keys waits."""

    async def never(_request: BaseRequest) -> Response:
        await over.wait()
        return Response(status=404)

    private = rsa_pair("silent", 1)[0]
    for number, host in enumerate(hosts):
        await coop.world.web.serve(host, never)
        actor = f"https://{host}/u/eve"
        like = {"id": f"https://{host}/{number}", "type": "Like", "actor": actor, "object": coop.ana.uri}
        body = json.dumps(like).encode()
        signer = Signer(f"{actor}#main-key", private)
        headers = sign_request("POST", INBOX, body, signer, Scheme.CAVAGE, coop.world.clock.now())
        assert (await coop.world.request("POST", INBOX, headers, body)).status == 202


async def told_after(coop: Coop, over: asyncio.Event) -> float:
    """How long it takes until Ana is told of an answer, while the loop is at work on all of that."""
    root = await service.write(coop.ana, coop.community, kind="tip", title="Un truc", source="Voilà")
    stop = asyncio.Event()
    async with coop.site.entered(), asyncio.timeout(60), asyncio.TaskGroup() as group:
        group.create_task(coop.site.runner.run(stop))
        while len(coop.site.runner.running) < budgets.JOBS_AT_ONCE:
            await asyncio.sleep(0.01)
        began = time.perf_counter()
        await service.reply(coop.bob, root, source="Merci")
        while not await Notification.filter(kind="reply", account__actor_id=coop.ana.id).exists():
            await asyncio.sleep(0.02)
        took = time.perf_counter() - began
        over.set()
        stop.set()
    return took


async def test_eight_silent_key_servers_hold_nobody_up(coop: Coop) -> None:  # E30
    over = asyncio.Event()
    await delivered(coop, [f"silent{n}.example" for n in range(budgets.JOBS_AT_ONCE)], over)
    took = await told_after(coop, over)
    assert took < 6, f"{took:.1f} s"
    await coop.world.settle(strict=False)
    assert set(await InboxItem.filter(key_id__contains="eve").values_list("outcome", flat=True)) <= {
        "refused",
        "waiting",
    }


async def test_a_hundred_below_one_domain_do_not_either(coop: Coop, monkeypatch: pytest.MonkeyPatch) -> None:  # E30
    monkeypatch.setattr(elsewhere, "PATIENT", 0.5)
    over = asyncio.Event()
    await delivered(coop, [f"h{n}.evil.example" for n in range(100)], over)
    took = await told_after(coop, over)
    assert took < 15, f"{took:.1f} s"
    assert coop.site.part(Elsewhere).count() == 0
