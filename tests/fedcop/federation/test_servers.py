"""What is known of other servers: health at a sign of life, kinds of actors, documents of ours that others read back."""

from __future__ import annotations

from fedcop.actors import queries as actors
from fedcop.core.clock import now
from fedcop.federation import jobs, outbox, servers
from fedcop.federation.models import Destination, InboxItem, Server
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


async def test_new_servers_are_asked_what_they_run(stage: Stage) -> None:
    row = await Server.get(host="good.example")
    assert (row.software, row.manner) == ("plain", "microblog")
    stage.world.clock.advance(days=8)
    stage.world.web.asked.clear()
    await jobs.ask_new_servers()
    assert any("nodeinfo" in url for _method, url in stage.world.web.asked)


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
