"""Places for slow deliveries: a domain with however many silent servers has its share of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from fedcop.core import budgets
from fedcop.core.clock import now
from fedcop.core.database import atomic
from fedcop.core.site import Site
from fedcop.federation.models import Destination, MailboxEntry, OutgoingActivity
from fedcop.federation.sending import destinations, reasons, sender
from fedcop.federation.sending.sender import Busy
from fedcop.federation.sending.wake import Bell
from tests.rig.clock import StandingClock

MANY = budgets.DELIVERED_AT_ONCE + budgets.SLOW_DELIVERIES_AT_ONCE + 40


@atomic
async def waiting_for(*hosts: str) -> dict[str, int]:
    activity = await OutgoingActivity.create(uri="https://atelier.example/1", sender_id=1, body=b"x", created_at=now())
    made = await destinations.destinations_for(f"https://{host}/inbox" for host in hosts)
    await MailboxEntry.bulk_create([MailboxEntry(destination_id=one.id, outgoing_id=activity.id) for one in made])
    return {one.host: one.id for one in made}


class Network:
    """Those below evil.example take a connection and say nothing."""

    def __init__(self) -> None:
        self.hosts: dict[int, str] = {}
        self.silent, self.served = set[str](), set[str]()
        self.most = 0
        self.over = asyncio.Event()

    async def serve(self, destination_id: int) -> bool:
        host = self.hosts[destination_id]
        if "evil" in host and not self.over.is_set():
            self.silent.add(host)
            self.most = max(self.most, len(self.silent))
            await self.over.wait()
            self.silent.discard(host)
        self.served.add(host)
        await MailboxEntry.filter(destination_id=destination_id).delete()
        await destinations.release([destination_id])
        return True


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    made = Network()
    monkeypatch.setattr(sender, "serve", made.serve)
    return made


@asynccontextmanager
async def sending(network: Network) -> AsyncIterator[None]:
    stop = asyncio.Event()
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        group.create_task(sender.run(stop))
        try:
            yield
        finally:
            network.over.set()
            stop.set()


async def test_a_domain_of_silent_servers_leaves_places_to_others(site: Site, network: Network) -> None:  # E32
    evil = await waiting_for(*(f"h{n}.evil.example" for n in range(MANY)))
    well = await waiting_for("well.test", "other.test")
    network.hosts = {one: host for host, one in (evil | well).items()}
    began = time.perf_counter()
    async with sending(network):
        while not network.served >= {"well.test", "other.test"}:
            await asyncio.sleep(0.01)
        assert time.perf_counter() - began < 15
        assert network.most <= budgets.DELIVERED_AT_ONCE + budgets.SLOW_DELIVERIES_OF_DOMAIN
        assert not [host for host in network.served if "evil" in host]
    postponed = await Destination.filter(retry_at__not_isnull=True)
    assert postponed and all("evil" in one.host and one.leased_until is None for one in postponed)
    assert {one.failures for one in postponed} == {0} and {one.failing_since for one in postponed} == {None}
    assert "domaine" in reasons.in_words(postponed[0].last_error)


async def test_who_was_put_off_is_sent_to_when_there_is_room_again(
    site: Site, network: Network, clock: StandingClock
) -> None:
    evil = await waiting_for(*(f"h{n}.evil.example" for n in range(budgets.DELIVERED_AT_ONCE + 30)))
    network.hosts = {one: host for host, one in evil.items()}
    async with sending(network):
        while not await Destination.filter(retry_at__not_isnull=True).count():
            await asyncio.sleep(0.02)
        network.over.set()
        while len(network.served) < len(evil):
            clock.advance(1)
            site.part(Bell).rung.set()
            await asyncio.sleep(0.02)
    assert not await MailboxEntry.all().count()


async def test_those_that_failed_before_have_the_same_share(site: Site, network: Network) -> None:
    evil = await waiting_for(*(f"h{n}.evil.example" for n in range(MANY)))
    await Destination.all().update(retry_at=now() - timedelta(seconds=9), failures=3)
    well = await waiting_for("well.test")
    await Destination.filter(host="well.test").update(retry_at=now() - timedelta(seconds=1), failures=1)
    network.hosts = {one: host for host, one in (evil | well).items()}
    async with sending(network):
        while "well.test" not in network.served:
            site.part(Bell).rung.set()
            await asyncio.sleep(0.02)
        assert not [host for host in network.served if "evil" in host]


async def test_slow_is_who_has_not_answered_for_a_while(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "OF_DOMAIN", 2)
    monkeypatch.setattr(sender, "SLOW", 0.05)
    busy = Busy(site)
    for number, domain in enumerate(("a.example", "a.example", "b.example", "b.example")):
        busy.begin(number, domain)
    assert busy.crowded() == set()
    await asyncio.sleep(0.06)
    assert busy.crowded() == {"a.example", "b.example"}
    with busy.putting_away(3):
        assert busy.crowded() == {"a.example"}, "who waits for our disk is not slow"
    assert busy.crowded() == {"a.example"}, "and asks the next from now on"
    busy.end(0)
    assert busy.crowded() == set()
