"""Many mailboxes at once: who failed before holds nobody up, what ended is put away together, and what was claimed in vain is given back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from activitypub.client.deliver import Delivered, Later, Result
from activitypub.signatures import Scheme
from fedcop.core import clock
from fedcop.core.ids import new_id
from fedcop.federation.models import Destination, MailboxEntry, OutgoingActivity, Server
from fedcop.federation.peers import presence
from fedcop.federation.sending import destinations, sender
from fedcop.federation.sending.destinations import Failure
from fedcop.federation.sending.parcels import Parcel
from fedcop.federation.sending.wake import Bell
from tests.fedcop.federation.conftest import Stage
from tests.rig.queries import counted

LATELY = timedelta(minutes=1)


async def mailboxes(stage: Stage, count: int, *, each: int = 1, failed: bool = False, name: str = "peer") -> list[int]:
    """As many servers for which something waits, their clocks run down if they failed before."""
    made = []
    sent = [
        await OutgoingActivity.create(
            uri=f"https://v.example/a/{new_id()}", sender_id=stage.ana.id, body=b"{}", created_at=clock.now()
        )
        for _ in range(each)
    ]
    for number in range(count):
        host = f"{name}{number}.example"
        await Server.create(host=host, created_at=clock.now())
        at = {"retry_at": clock.now() - LATELY, "failures": 1, "failing_since": clock.now() - LATELY} if failed else {}
        box = await Destination.create(id=new_id(), inbox=f"https://{host}/inbox", host=host, **at)
        for one in sent:
            await MailboxEntry.create(destination_id=box.id, outgoing_id=one.id)
        made.append(box.id)
    return made


@asynccontextmanager
async def sending(stage: Stage) -> AsyncIterator[None]:
    """The sender's own loop."""
    stop = asyncio.Event()
    async with stage.site.entered(), asyncio.timeout(30), asyncio.TaskGroup() as group:
        group.create_task(sender.run(stop))
        try:
            yield
        finally:
            stop.set()
            stage.site.part(Bell).rung.set()


async def waits_for(ids: list[int]) -> int:
    return await MailboxEntry.filter(destination_id__in=ids).count()


async def test_who_failed_before_holds_nobody_up(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a night many clocks have run down at once, and all those servers are as silent as before."""
    monkeypatch.setattr(sender, "RETRIED_AT_ONCE", 3)
    monkeypatch.setattr(sender, "SLOW_AT_ONCE", 4)
    monkeypatch.setattr(sender, "AT_ONCE", 4)
    monkeypatch.setattr(sender, "SLOW", 0.05)
    ended = asyncio.Event()
    asked: list[str] = []

    async def deliver(parcel: Parcel) -> Result:
        if parcel.destination.host.startswith("dead"):
            asked.append(parcel.destination.host)
            await ended.wait()
            return Later("no answer")
        return Delivered(202, Scheme.CAVAGE, parcel.destination.inbox)

    monkeypatch.setattr(sender, "_deliver", deliver)
    dead = await mailboxes(stage, 20, failed=True, name="dead")
    async with sending(stage):
        while len(asked) < 3:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)  # they are slow by now, and no others of their kind were begun
        assert len(asked) == 3
        healthy = await mailboxes(stage, 12)
        stage.site.part(Bell).rung.set()
        while await waits_for(healthy):
            await asyncio.sleep(0.01)
        assert await waits_for(dead) == 20 and len(asked) == 3
        ended.set()
        while len(asked) < 20:  # their turn comes, too
            await asyncio.sleep(0.01)
    assert not await Destination.filter(leased_until__not_isnull=True)


async def test_what_was_claimed_and_not_begun_is_given_back(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "AT_ONCE", 2)
    go_on, asked = asyncio.Event(), 0

    async def deliver(parcel: Parcel) -> Result:
        nonlocal asked
        asked += 1
        await go_on.wait()
        return Delivered(202, Scheme.CAVAGE, parcel.destination.inbox)

    monkeypatch.setattr(sender, "_deliver", deliver)
    monkeypatch.setattr(sender, "SLOW_AT_ONCE", 0)
    all_of_them = await mailboxes(stage, 9)
    async with sending(stage):
        while asked < 2:
            await asyncio.sleep(0.01)
        assert await Destination.filter(leased_until__not_isnull=True).count() == 9
        asyncio.get_running_loop().call_later(0.1, go_on.set)  # it is stopped by then, and waits for those two
    assert await waits_for(all_of_them) == 7 and asked == 2
    assert not await Destination.filter(leased_until__not_isnull=True)


async def test_one_backlog_goes_in_order_beside_many_others(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """No mailbox is served twice at a time, whatever is claimed ahead, and none is forgotten."""
    monkeypatch.setattr(sender, "AHEAD", 8)
    monkeypatch.setattr(sender, "AT_ONCE", 4)
    monkeypatch.setattr(sender, "WAVE", 2)
    monkeypatch.setattr(sender, "IN_A_ROW", 3)
    heard: dict[int, list[int]] = {}
    at_once: set[int] = set()

    async def deliver(parcel: Parcel) -> Result:
        assert parcel.destination.id not in at_once
        at_once.add(parcel.destination.id)
        await asyncio.sleep(0.001)
        at_once.discard(parcel.destination.id)
        heard.setdefault(parcel.destination.id, []).append(parcel.outgoing.id)
        return Delivered(202, Scheme.CAVAGE, parcel.destination.inbox)

    monkeypatch.setattr(sender, "_deliver", deliver)
    ids = await mailboxes(stage, 30, each=7)
    async with sending(stage):
        while await waits_for(ids):
            await asyncio.sleep(0.01)
    assert sorted(heard) == sorted(ids)
    assert all(len(one) == 7 and one == sorted(one) for one in heard.values())
    assert not await Destination.filter(leased_until__not_isnull=True)


async def test_the_disk_holds_no_place(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "AT_ONCE", 2)
    monkeypatch.setattr(sender, "SLOW", 3600.0)
    put_away, sent, settle = asyncio.Event(), set[int](), destinations.settle_delivered

    async def deliver(parcel: Parcel) -> Result:
        sent.add(parcel.destination.id)
        return Delivered(202, Scheme.CAVAGE, parcel.destination.inbox)

    async def slowly(some: list[tuple[Destination, OutgoingActivity]]) -> list[bool]:
        await put_away.wait()
        return await settle(some)

    monkeypatch.setattr(sender, "_deliver", deliver)
    monkeypatch.setattr(destinations, "settle_delivered", slowly)
    ids = await mailboxes(stage, 9)
    async with sending(stage):
        while len(sent) < 9:
            await asyncio.sleep(0.01)
        assert await waits_for(ids) == 9
        put_away.set()
        while await waits_for(ids):
            await asyncio.sleep(0.01)


async def test_many_that_fail_at_one_moment_are_put_away_together(stage: Stage) -> None:
    ids = await mailboxes(stage, 20)
    with counted() as statements:
        await destinations.settle_failed([Failure(one, "connection refused") for one in ids])
    statements.at_most(20 + 6)  # one for each, since each has a clock of its own
    boxes = await Destination.filter(id__in=ids)
    assert all(box.failures == 1 and box.retry_at and box.failing_since and not box.leased_until for box in boxes)
    assert await Server.filter(silent_since=clock.now()).count() == 20
    stage.world.clock.advance(60)
    await destinations.settle_failed([Failure(ids[0], "connection refused"), Failure(ids[1], "busy", 7.0)])
    one, other = [await Destination.get(id=number) for number in ids[:2]]
    assert (one.failures, one.last_error) == (2, "connection refused")
    assert other.retry_at == clock.now() + timedelta(seconds=7)
    assert await Server.filter(silent_since=clock.now()).count() == 0, "silent since it failed first"
    assert (await presence.of(boxes[0].host)).silent_since is not None
    await destinations.settle_failed([Failure(new_id(), "gone meanwhile")])
