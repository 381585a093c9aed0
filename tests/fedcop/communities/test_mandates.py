"""Roles, their duties and their end: given by the president, told to those concerned, kept by two who act at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from fedcop.actors.models import Actor
from fedcop.communities import mandates, queries, rules, service
from fedcop.communities.models import Community, Membership
from fedcop.communities.roles import MEMBER, MODERATOR, SEATS, TABLE, Act, Position, may, seats_of
from fedcop.core import clock
from fedcop.core.errors import Conflict, FedcopError, Forbidden, Invalid
from fedcop.core.site import Site
from fedcop.notifications import wording
from fedcop.notifications.models import Notification
from tests.rig.people import make_stranger


@pytest.fixture
async def soil(ana: Actor, ben: Actor) -> Community:
    made = await service.found(ana, title="Sols", purpose="Des sols vivants.")
    await service.join(ben, made)
    return made


async def position(community: Community, actor: Actor) -> Position:
    found = await queries.membership(community, actor)
    assert found is not None
    return Position.of(found)


async def later(site: Site, **time: float) -> None:
    """Let time pass, and what comes back by itself come."""
    site.clock.advance(**time)
    await mandates.warn()
    await mandates.end()
    await site.runner.settle()


async def told(actor: Actor) -> list[str]:
    found = await Notification.filter(account__actor_id=actor.id).order_by("id")
    return [str(one.detail.get("act", one.kind)) for one in found]


def test_the_table_says_of_every_act_who() -> None:
    assert set(TABLE) == set(Act)
    assert all(seats and seats <= set(SEATS) for seats in TABLE.values())
    assert all(may(frozenset(("president",)), act) for act in Act)
    assert {act for act in Act if may(frozenset(("sponsor",)), act)} == {Act.REPLY, Act.PUBLISH}


def test_a_committee_sits_where_its_duties_are() -> None:
    assert seats_of("committee", "admissions themes") == {"admissions", "themes"}
    assert seats_of("expert", "admissions") == {"expert"}
    assert seats_of("committee", "president") == frozenset() == seats_of(None)
    assert not Position("committee", "admissions").moderates and MODERATOR.moderates


async def test_duties_are_shared_person_by_person(soil: Community, ana: Actor, ben: Actor) -> None:
    await service.appoint(ana, soil, ben, "committee", duties=["themes", "admissions", "treasure"])
    assert (await position(soil, ben)).duties == "admissions themes"
    await rules.may_act(ben, soil, Act.ADMIT)
    with pytest.raises(Forbidden):
        await rules.may_act(ben, soil, Act.REMOVE_POST)
    assert [one.id for one in await queries.who_may(soil, Act.ADMIT)] == [ana.id, ben.id]
    assert [one.id for one in await queries.moderators(soil)] == [ana.id]
    with pytest.raises(Invalid) as caught:
        await service.appoint(ana, soil, ben, "committee")
    assert set(caught.value.errors) == {"duties"}


async def test_what_does_not_belong_to_a_role_is_not_kept(soil: Community, ana: Actor, ben: Actor) -> None:
    await service.appoint(ana, soil, ben, "sponsor", duties=["moderation"], field="  Agro-\nnomie ")
    assert await position(soil, ben) == Position("sponsor", field="Agro- nomie")
    await service.appoint(ana, soil, ben, MEMBER, field="x", until=clock.now() + timedelta(days=3))
    assert await position(soil, ben) == Position(MEMBER)


async def test_a_mandate_is_announced_and_ends(site: Site, soil: Community, ana: Actor, ben: Actor) -> None:
    ends = clock.now() + timedelta(days=30)
    await service.appoint(ana, soil, ben, "facilitator", until=ends)
    await site.runner.settle()
    await later(site, days=15)
    assert "mandate" not in await told(ben)
    await later(site, days=2)
    assert (await told(ben))[-1] == "mandate" and (await told(ana))[-1] == "mandate_of"
    await later(site, days=1)
    assert (await told(ben)).count("mandate") == 1
    about = (await Notification.filter(account__actor_id=ana.id).order_by("-id").first()).detail
    assert wording.sentence("moderation", ["ben"], [about]).startswith("Le mandat de ben dans Sols")
    await later(site, days=13)
    assert await position(soil, ben) == Position(MEMBER)
    assert (await told(ben))[-1] == "appoint"
    log = await queries.log(soil)
    assert (log[0].act.act, log[0].act.by_id, log[0].act.reason) == ("appoint", None, MEMBER)


async def test_a_longer_mandate_is_announced_again(site: Site, soil: Community, ana: Actor, ben: Actor) -> None:
    await service.appoint(ana, soil, ben, "expert", until=clock.now() + timedelta(days=7))
    await site.runner.settle()
    await later(site, hours=2)
    assert (await told(ben)).count("mandate") == 1
    await service.appoint(ana, soil, ben, "expert", until=clock.now() + timedelta(days=40))
    await later(site, days=30)
    assert (await told(ben)).count("mandate") == 2


async def test_the_last_president_stays_until_another_one_is_named(
    site: Site, soil: Community, ana: Actor, ben: Actor
) -> None:
    await service.appoint(ana, soil, ana, "president", until=clock.now() + timedelta(days=1))
    await later(site, days=2)
    assert (await position(soil, ana)).role == "president"
    with pytest.raises(Conflict):
        await service.leave(ana, soil)
    with pytest.raises(Conflict):
        await service.remove_member(ana, soil, ana, "Je pars.")
    await service.appoint(ana, soil, ben, "president")
    await later(site, hours=2)
    assert (await position(soil, ana)).role == MEMBER
    with pytest.raises(Invalid):
        await service.appoint(ben, soil, ana, "expert", until=clock.now() - timedelta(days=1))


async def test_two_presidents_who_depose_each_other_leave_one(soil: Community, ana: Actor, ben: Actor) -> None:
    await service.appoint(ana, soil, ben, "president")
    done = await asyncio.gather(
        service.appoint(ana, soil, ben, MEMBER), service.appoint(ben, soil, ana, MEMBER), return_exceptions=True
    )
    assert sorted(isinstance(one, FedcopError) for one in done) == [False, True]
    assert await Membership.filter(community_id=soil.id, role="president").count() == 1


async def test_two_presidents_who_leave_at_once_leave_one(soil: Community, ana: Actor, ben: Actor) -> None:
    await service.appoint(ana, soil, ben, "president")
    done = await asyncio.gather(service.leave(ana, soil), service.leave(ben, soil), return_exceptions=True)
    assert sorted(isinstance(one, Conflict) for one in done) == [False, True]
    assert await Membership.filter(community_id=soil.id, role="president").count() == 1


async def test_what_a_server_says_of_roles(ana: Actor) -> None:
    group = await make_stranger("sols", kind="Group")
    community = await Community.create(actor=group, created_at=clock.now())
    lia, mia = await make_stranger("lia"), await make_stranger("mia")
    await mandates.record_roles(community, [lia, ana], None, [])
    assert await position(community, lia) == MODERATOR
    assert await queries.membership(community, ana) is None  # nobody of ours belongs without a word of theirs
    said = {lia.uri: Position("president"), mia.uri: Position("sponsor", field="Semences")}
    await mandates.record_roles(community, [lia], said, [mia])
    assert (await position(community, lia)).role == "president"
    assert (await position(community, mia)).field == "Semences"
    await mandates.record_roles(community, [lia], None, [])
    assert (await position(community, lia)).role == "president"  # nothing new is said of her
    await mandates.record_roles(community, [mia], {lia.uri: Position("president"), mia.uri: Position("expert")}, [lia])
    assert await position(community, mia) == MODERATOR  # the list decides who moderates
    assert await queries.membership(community, lia) is None
