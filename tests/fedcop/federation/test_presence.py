"""What processes know of servers that were away: late is never wrong, the row decides."""

from __future__ import annotations

from datetime import timedelta

from fedcop.actors.models import Actor
from fedcop.core.clock import now
from fedcop.core.feature import Feature
from fedcop.core.site import site
from fedcop.federation import returning
from fedcop.federation.fetching import remote_actors
from fedcop.federation.models import Server
from fedcop.federation.peers import presence, servers
from fedcop.federation.peers.presence import Absences, Trust
from tests.fedcop.federation.conftest import Stage

HOST = "good.example"
LONG_AGO = timedelta(days=30)


async def away(**columns: object) -> None:
    """Another process noted this."""
    await Server.filter(host=HOST).update(**columns)


async def test_what_another_process_settled_counts_though_nobody_told_us(stage: Stage) -> None:  # J10
    held: list[str] = []

    async def whom(_host: str) -> list[Actor]:
        return []

    async def hold(host: str, _actor: Actor | None) -> None:
        held.append(host)

    trusting = Feature(name="trusting", trusts=(Trust(whom, hold),))
    site().features = (*site().features, trusting)
    await away(silent_since=now() - LONG_AGO)
    site().part(Absences).forget()
    assert await presence.is_away(HOST)
    await away(silent_since=None)  # it signed something elsewhere, and then changed its keys
    stage.gus.change_keys()
    await remote_actors.refresh(stage.gus.uri)
    assert held == []
    await away(doubted_since=now() - LONG_AGO)
    site().part(Absences).forget()
    stage.gus.change_keys()
    await remote_actors.refresh(stage.gus.uri)
    assert held == [HOST] and (await Server.get(host=HOST)).doubted_since is None


async def test_what_is_asked_of_a_server_changes_nothing_that_is_noted_of_it_meanwhile(stage: Stage) -> None:
    stage.world.web.down.add(HOST)
    await servers.ask(HOST)
    begun = (await Server.get(host=HOST)).silent_since
    assert begun is not None
    stage.world.clock.advance(days=2)
    await servers.ask(HOST)
    assert (await Server.get(host=HOST)).silent_since == begun
    stage.world.web.down.clear()
    await servers.ask(HOST)
    assert (await Server.get(host=HOST)).silent_since is None
    await away(silent_since=now() - LONG_AGO)
    site().part(Absences).forget()
    await servers.ask(HOST)
    assert await presence.is_away(HOST), "who was away has more to show than what it runs"


async def test_where_nobody_is_trusted_with_anything_it_begins_anew(stage: Stage) -> None:
    await away(silent_since=now() - LONG_AGO)
    site().part(Absences).forget()
    await returning.look_again(HOST)
    row = await Server.get(host=HOST)
    assert (row.silent_since, row.doubted_since) == (None, None)
