"""Warned and suspended on another server: what travels, to whom, and what each side makes of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import lookup, queries, records, rules, service
from fedcop.communities.models import Ban, Community, ModerationAct
from fedcop.core import clock as clocks
from fedcop.core.errors import Forbidden
from fedcop.core.site import Site
from fedcop.federation.fetching import resolver
from fedcop.federation.models import OutgoingActivity
from fedcop.notifications.models import Notification
from tests.rig.interop import INBOX, open_coop
from tests.rig.manners import LEMMY
from tests.rig.people import make_member
from tests.rig.world import World, outcomes

B = "https://atelier.example"


@dataclass
class Stage:
    """Ana's community at coop.example, Ben at B a member."""

    world: World
    a: Site
    b: Site
    ana: Actor
    ben: Actor
    community: Community

    async def ben_at_a(self) -> Actor:
        found = await actors.by_uri(f"{B}/u/ben")
        assert found is not None
        return found

    async def there(self) -> Community:
        return await queries.visible_community(self.ben, "sols@coop.example")

    async def sent(self, kind: str) -> list[tuple[dict[str, Any], int]]:
        async with self.a.entered():
            found = await OutgoingActivity.all().order_by("id")
            bodies = [(json.loads(bytes(one.body)), one.sender_id) for one in found]
        return [(body, sender) for body, sender in bodies if body["type"] == kind]


@pytest.fixture
async def stage(world: World) -> Stage:
    coop = await open_coop(world)
    b = await world.fedcop(B)
    async with b.entered():
        ben = (await make_member("ben")).actor
        await lookup.ask_for("!sols@coop.example")
    await world.settle()
    async with b.entered():
        await service.join(ben, await queries.visible_community(ben, "sols@coop.example"))
    await world.settle()
    return Stage(world, coop.site, b, coop.ana, ben, coop.community)


async def test_a_suspension_holds_on_both_servers_and_ends_on_both(stage: Stage) -> None:
    lia = await stage.world.stranger("lia@lemmy.example", LEMMY)
    await lia.follows(stage.community.actor.uri, INBOX)
    await stage.world.settle()
    async with stage.a.entered():
        until = clocks.now() + timedelta(days=3)
        await service.suspend(stage.ana, stage.community, await stage.ben_at_a(), "Rappels sans effet", until)
    await stage.world.settle()
    async with stage.b.entered():
        there = await stage.there()
        [made] = await Ban.all()
        assert (made.kind, made.reason, made.until) == ("suspension", "Rappels sans effet", until)
        assert await queries.is_member(there, stage.ben)
        with pytest.raises(Forbidden):
            await rules.may_reply(stage.ben, there, None)
        assert [one.detail["act"] for one in await Notification.filter(kind="moderation")] == ["suspend"]
    [block] = [one["object"] for one in lia.server.took("Announce") if one["object"]["type"] == "Block"]
    assert block["endTime"] and block["target"] == stage.community.actor.uri, "Lemmy reads a ban that ends"
    async with stage.a.entered():
        await service.unban(stage.ana, stage.community, await stage.ben_at_a())
    await stage.world.settle()
    async with stage.b.entered():
        await rules.may_reply(stage.ben, await stage.there(), None)
        assert [one.act for one in await ModerationAct.all().order_by("id")] == ["suspend", "unsuspend"]


async def test_a_warning_reaches_the_person_and_nobody_else(stage: Stage) -> None:
    lia = await stage.world.stranger("lia@lemmy.example", LEMMY)
    await lia.follows(stage.community.actor.uri, INBOX)
    async with stage.a.entered():
        await service.warn(stage.ana, stage.community, await stage.ben_at_a(), "Restons courtois.")
    await stage.world.settle()
    async with stage.b.entered():
        [told] = await Notification.filter(kind="moderation")
        assert (told.detail["act"], told.detail["reason"]) == ("warn", "Restons courtois.")
    assert not [one for one in lia.server.received if b"courtois" in one.body]
    [(warning, _sender)] = await stage.sent("Warn")
    assert (warning["to"], warning["audience"]) == ([f"{B}/u/ben"], stage.community.actor.uri)


async def test_a_moderator_elsewhere_warns_and_the_journal_at_home_notes_it(stage: Stage) -> None:
    async with stage.a.entered():
        await service.appoint(
            stage.ana, stage.community, await stage.ben_at_a(), "committee", duties=["admissions", "moderation"]
        )
        bob = await actors.local_by_name("bob")
        assert bob is not None
    await stage.world.settle()
    async with stage.b.entered():
        there = await stage.there()
        bob_there = await resolver.actor(bob.uri)
        await records.record_warning(there, bob_there, by=stage.ben, reason="Doucement.")
    await stage.world.settle()
    async with stage.a.entered():
        [told] = await Notification.filter(kind="moderation", account__actor_id=bob.id)
        assert (told.detail["act"], told.detail["reason"]) == ("warn", "Doucement.")
        assert [one.act for one in await ModerationAct.filter(act="warn")] == ["warn"]


async def test_a_stranger_warns_nobody(stage: Stage) -> None:  # D32
    mal = await stage.world.stranger("mal@fremd.example", LEMMY)
    warning = mal.activity(
        "Warn", f"{B}/u/ben", to=[f"{B}/u/ben"], audience=stage.community.actor.uri, target=stage.community.actor.uri
    )
    await mal.sends({**warning, "summary": "haha"}, f"{B}/inbox")
    await stage.world.settle()
    async with stage.b.entered():
        assert not await Notification.filter(kind="moderation")
    assert (await outcomes(stage.b))[-1][0] == "refused"
