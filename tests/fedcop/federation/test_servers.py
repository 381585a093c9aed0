"""What is known of other servers: health at a sign of life, kinds of actors, documents of ours that others read back."""

from __future__ import annotations

import asyncio

import pytest

from activitypub.discovery.nodeinfo import NodeInfo
from fedcop.actors import queries as actors
from fedcop.cli import inspect
from fedcop.core.clock import now
from fedcop.federation import jobs
from fedcop.federation.models import Destination, InboxItem, Server
from fedcop.federation.peers import servers
from fedcop.federation.sending import console, destinations, outbox
from tests.fedcop.federation.conftest import INBOX, Stage
from tests.rig.fakeserver import PUBLIC


async def test_a_sign_of_life_wakes_what_waits(stage: Stage) -> None:
    stage.gus.server.inbox_status = 500
    like = {
        "id": "https://v.example/activities/1",
        "type": "Like",
        "actor": stage.ana.uri,
        "object": stage.gus.uri,
        "to": [PUBLIC],
    }
    await outbox.publish(like, actor=stage.ana, inboxes=["https://good.example/inbox"])
    await stage.settle()
    waiting = await Destination.get(host="good.example")
    assert waiting.retry_at is not None and len(stage.gus.server.received) == 1
    stage.gus.server.inbox_status = 202
    await stage.gus.creates(stage.gus.note(), INBOX)
    await stage.settle()
    assert [item.type for item in stage.gus.server.received] == ["Like", "Like"]
    assert (await Destination.get(host="good.example")).retry_at is None


async def test_a_paused_server_loses_nothing_gets_nothing_and_begins_anew(stage: Stage) -> None:
    inbox = "https://good.example/inbox"

    def like(n: int) -> dict[str, object]:
        return {
            "id": f"https://v.example/activities/{n}",
            "type": "Like",
            "actor": stage.ana.uri,
            "object": stage.gus.uri,
        }

    stage.gus.server.inbox_status = 500
    await outbox.publish(like(1), actor=stage.ana, inboxes=[inbox])
    await stage.settle()
    stage.world.clock.advance(days=8)
    await stage.settle()
    assert (await Destination.get(host="good.example")).dormant_since is not None
    await console.pause("good.example")
    stage.gus.server.received.clear()
    await outbox.publish(like(2), actor=stage.ana, inboxes=[inbox])
    await outbox.publish(like(3), actor=stage.ana, inboxes=[inbox])
    stage.world.clock.advance(days=40)
    await stage.gus.creates(stage.gus.note(), INBOX)  # a sign of life does not undo what people decided
    await stage.settle()
    assert not stage.gus.server.received
    (line,) = await destinations.waiting_lines()
    assert (line.waiting, line.failing_since) == (3, None)
    assert "3 waiting; paused for 40 days; nothing is lost, nothing is sent" in inspect._line(line)
    await console.resume("good.example")
    await stage.settle()  # it still fails: that is the first failure again, not the forty-eighth day of one
    assert (await Destination.get(host="good.example")).failures == 1
    stage.gus.server.inbox_status = 202
    stage.world.clock.advance(60)
    await stage.settle()
    assert [item.activity["id"][-1] for item in stage.gus.server.received[-3:]] == ["1", "2", "3"]
    assert not await destinations.waiting_lines()


async def test_new_servers_are_asked_what_they_run(stage: Stage) -> None:
    row = await Server.get(host="good.example")
    assert (row.software, row.manner) == ("plain", "microblog")
    stage.world.clock.advance(days=8)
    stage.world.web.asked.clear()
    await jobs.ask_new_servers()
    assert any("nodeinfo" in url for _method, url in stage.world.web.asked)


async def test_servers_that_are_met_at_once_are_asked_side_by_side_and_each_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts = [f"h{number}.example" for number in range(20)]
    asked, all_wait = list[str](), asyncio.Event()

    async def ask(_transport: object, origin: str, **_: object) -> NodeInfo:
        asked.append(origin)
        if len(asked) == len(hosts):
            all_wait.set()
        async with asyncio.timeout(5):
            await all_wait.wait()
        return NodeInfo("lemmy", "1")

    monkeypatch.setattr(servers, "ask_nodeinfo", ask)
    for host in [*hosts, *hosts]:  # two people of each
        await servers.meet(host)
    await stage.settle()
    assert sorted(asked) == sorted(f"https://{host}" for host in hosts)
    assert await Server.filter(host__in=hosts, manner="thread").count() == len(hosts)
    await servers.meet(hosts[0])  # it was asked a moment ago
    await stage.settle()
    assert len(asked) == len(hosts)


async def test_a_silent_server_is_asked_again_a_day_later(stage: Stage) -> None:
    stage.world.web.down.add("silent.example")
    assert await servers.manner_of("silent.example") == "microblog"
    asked = len(stage.world.web.asked)
    assert await servers.manner_of("silent.example") == "microblog"
    assert len(stage.world.web.asked) == asked
    stage.world.clock.advance(days=2)
    await servers.manner_of("silent.example")
    assert len(stage.world.web.asked) == asked + 1


async def test_old_items_are_forgotten_but_not_what_failed(stage: Stage) -> None:
    await stage.gus.creates(stage.gus.note(), INBOX)
    stage.seen.failures.append(RuntimeError("broken"))
    await stage.world.settle(strict=False)
    await stage.gus.creates(stage.gus.note(), INBOX)
    await stage.world.settle(strict=False)
    stage.world.clock.advance(days=31)
    await jobs.prune_inbox()
    assert [item.outcome for item in await InboxItem.all()] == ["failed"]


async def test_a_stale_actor_is_looked_at_again_and_kept_when_its_server_is_silent(stage: Stage) -> None:
    stage.gus.properties["name"] = "Gustave"
    stage.gus.publish()
    await stage.gus.creates(stage.gus.note(), INBOX)
    await stage.settle()
    found = await actors.by_uri(stage.gus.uri)
    assert found is not None and found.display_name == "Gus"
    stage.world.clock.advance(days=2)
    await stage.gus.creates(stage.gus.note(), INBOX)
    await stage.settle()
    found = await actors.by_uri(stage.gus.uri)
    assert found is not None and found.display_name == "Gustave" and found.fetched_at == now()
    stage.world.clock.advance(days=2)
    body = stage.gus.activity("Like", stage.ana.uri)
    stage.gus.server.statuses["/users/gus"] = 500
    await stage.gus.sends(body, INBOX)
    await stage.settle()
    assert await stage.last() == ("done", "")
