"""One fedcop at https://v.example with a member ana, and honest and evil strangers around it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from fedcop.actors import service
from fedcop.actors.feature import FEATURE as ACTORS
from fedcop.actors.models import Actor
from fedcop.core.feature import Feature
from fedcop.core.site import Site
from fedcop.federation.feature import FEATURE as FEDERATION
from fedcop.federation.models import InboxItem
from tests.fedcop.federation.probe import PROBE, Seen
from tests.rig.fakeserver import Stranger
from tests.rig.world import World

HOME = "https://v.example"
INBOX = f"{HOME}/inbox"


@pytest.fixture
def features() -> tuple[Feature, ...]:
    """The engine and a probe, nothing else."""
    return (ACTORS, FEDERATION, PROBE)


@dataclass
class Stage:
    """Who stands on the stage of a test."""

    world: World
    site: Site
    ana: Actor
    gus: Stranger
    eve: Stranger

    @property
    def seen(self) -> Seen:
        """What the probe saw."""
        return self.site.part(Seen)

    async def items(self) -> list[InboxItem]:
        """What the inbox stored."""
        return await InboxItem.all().order_by("id")

    async def settle(self) -> None:
        """Let everything happen."""
        await self.world.settle()

    async def last(self) -> tuple[str, str]:
        """Outcome and reason of the newest item."""
        item = (await self.items())[-1]
        return item.outcome, item.reason


@pytest.fixture
async def stage(world: World) -> AsyncIterator[Stage]:
    """V with ana; gus at an honest server whose key V knows already; eve at an evil one, known too."""
    site = await world.fedcop(HOME)
    ana = await service.create_local("Person", "ana")
    gus = await world.stranger("gus@good.example")
    eve = await world.stranger("eve@evil.example")
    found = Stage(world, site, ana, gus, eve)
    for stranger in (gus, eve):
        assert await stranger.sends(stranger.activity("Like", ana.uri), INBOX) == 202
    await world.settle()
    await InboxItem.all().delete()
    found.seen.inbounds.clear()
    world.web.asked.clear()
    yield found
