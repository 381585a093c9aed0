"""The maximum of a community and the line before it: who waits, who comes in when, and that a last place goes to one."""

from __future__ import annotations

import asyncio

import pytest

from fedcop.actors.models import Actor
from fedcop.communities import queries, service
from fedcop.communities.admission import setting, waiting
from fedcop.communities.models import Community, Membership
from fedcop.core.errors import Conflict, Invalid
from fedcop.core.site import Site
from fedcop.notifications.models import Notification
from tests.rig.people import make_member


@pytest.fixture
async def eve(site: Site) -> Actor:
    """Who comes after Ben."""
    return (await make_member("eve")).actor


async def of_two(founder: Actor, **fields: str) -> Community:
    community = await service.found(founder, **{"title": "Sols", "purpose": "Partager.", **fields})
    await setting.change_door(founder, community, [], maximum="2")
    return community


async def state(community: Community, actor: Actor) -> str:
    found = await queries.membership(community, actor)
    return found.state if found is not None else "none"


async def told(actor: Actor) -> list[str]:
    return [one.kind for one in await Notification.filter(account__actor_id=actor.id).order_by("id")]


async def test_of_two_who_come_at_once_one_gets_the_last_place(
    site: Site, ana: Actor, ben: Actor, eve: Actor
) -> None:  # J16
    community = await of_two(ana)
    again = [await queries.by_id(community.id) for _ in range(2)]
    await asyncio.gather(service.join(ben, again[0]), service.join(eve, again[1]))
    assert sorted([await state(community, ben), await state(community, eve)]) == ["active", "waiting"]
    assert await Membership.filter(community_id=community.id, state="active").count() == 2


async def test_the_first_in_line_comes_in_when_somebody_leaves(site: Site, ana: Actor, ben: Actor, eve: Actor) -> None:
    community = await of_two(ana)
    gus = (await make_member("gus")).actor
    for actor in (ben, eve, gus):
        await service.join(actor, community)
    assert await waiting.place_in_line(community, await queries.membership(community, gus)) == 2
    await service.leave(ben, community)
    late = (await make_member("late")).actor
    assert (await service.join(late, community)).state == "waiting", "a free place belongs to who waits for it"
    await site.runner.settle()
    assert [await state(community, one) for one in (eve, gus, late)] == ["active", "waiting", "waiting"]
    assert await told(eve) == ["accepted"] and await told(gus) == []
    await setting.change_door(ana, community, [], maximum="1000")
    await site.runner.settle()
    assert [await state(community, one) for one in (gus, late)] == ["active", "active"]
    assert (await queries.by_id(community.id)).members_count == 4


async def test_where_moderators_decide_a_place_makes_a_request(site: Site, ana: Actor, ben: Actor, eve: Actor) -> None:
    community = await of_two(ana, join_policy="request")
    await service.admit(ana, await service.join(ben, community))
    assert (await service.join(eve, community)).state == "waiting"
    await site.runner.settle()
    assert await told(ana) == [], "who waits asks nobody yet"
    await service.leave(ben, community)
    await site.runner.settle()
    assert await state(community, eve) == "asked"
    assert await told(eve) == ["turn"] and await told(ana) == ["join_asked"]


async def test_whom_the_community_wanted_waits_only_for_a_place(site: Site, ana: Actor, ben: Actor, eve: Actor) -> None:
    community = await of_two(ana, join_policy="request")
    asked = [await service.join(ben, community), await service.join(eve, community)]
    gus = (await make_member("gus")).actor
    await service.invite(ana, community, gus)
    await service.admit(ana, asked[0])
    assert (await service.admit(ana, asked[1])).state == "waiting"
    with pytest.raises(Conflict):
        await service.admit(ana, await queries.membership(community, eve))
    assert (await service.accept_invitation(gus, community)).state == "waiting"
    await site.runner.settle()
    assert await told(eve) == ["waiting"]
    await setting.change_door(ana, community, [], maximum="4")
    await site.runner.settle()
    assert [await state(community, one) for one in (eve, gus)] == ["active", "active"]


async def test_the_maximum_is_a_number_and_puts_nobody_out(site: Site, ana: Actor, ben: Actor) -> None:
    community = await of_two(ana)
    await service.join(ben, community)
    for odd in ("", "0", "-1", "1e3", "100001", "٣"):
        with pytest.raises(Invalid) as caught:
            await setting.change_door(ana, community, [], maximum=odd)
        assert set(caught.value.errors) == {"maximum"}
    await setting.change_door(ana, community, [], maximum="1")
    await site.runner.settle()
    assert await state(community, ben) == "active"
    assert waiting.maximum(await service.found(ana, title="Autre", purpose="Autre.")) == 1000


async def test_who_waits_may_go_and_may_be_taken_off(site: Site, ana: Actor, ben: Actor, eve: Actor) -> None:
    community = await of_two(ana)
    gus = (await make_member("gus")).actor
    for actor in (ben, eve, gus):
        await service.join(actor, community)
    await service.leave(eve, community)
    await service.decline(ana, await queries.membership(community, gus), "Plus de place avant longtemps.")
    await site.runner.settle()
    assert [await state(community, one) for one in (eve, gus)] == ["none", "none"]
    assert (await Notification.get(kind="refused")).detail["reason"] == "Plus de place avant longtemps."
