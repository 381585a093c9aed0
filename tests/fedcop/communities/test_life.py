"""The life of a community: who founds it, from its announcement to its archive, and its types."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from fedcop.accounts import instance
from fedcop.actors.models import Actor
from fedcop.communities import life, queries, rules, service, stages, types
from fedcop.communities.charter.words import Charter
from fedcop.communities.models import Community, OpeningNotice
from fedcop.core import clock
from fedcop.core.errors import Conflict, Forbidden, Invalid, NotFound
from fedcop.core.site import Site
from fedcop.notifications.models import Notification
from tests.rig.clock import StandingClock
from tests.rig.people import make_member


async def found(founder: Actor, **fields: str) -> Community:
    return await service.found(founder, **{"title": "Sols", "purpose": "Partager.", **fields})


async def test_a_pilot_grows_with_a_charter_and_two_responsible_people(ana: Actor, ben: Actor) -> None:
    community = await found(ana)
    assert stages.of(community) == "pilot"
    for stage in ("active", "dormant"):  # from there it would be active with nothing
        with pytest.raises(Invalid) as caught:
            await service.change_stage(ana, community, stage)
        assert set(caught.value.errors) == {"stage"}
    await service.change_charter(ana, community, Charter(("Essayer",)), rights=True)
    await service.join(ben, community, accepted=1)
    await service.appoint(ana, community, ben, "sponsor")
    assert stages.present(community, await life.count_responsible(community)) == {
        "purpose": True,
        "charter": True,
        "people": False,
    }
    await service.change_stage(ana, community, "archived")
    with pytest.raises(Invalid):
        await service.change_stage(ana, community, "beta")
    await service.appoint(ana, community, ben, "committee", duties=["moderation"])
    await service.change_stage(ana, community, "active")
    assert (stages.of(community), community.closed_at) == ("active", None)
    with pytest.raises(Forbidden):
        await service.change_stage(ben, community, "dormant")
    await service.change_stage(ana, community, "dormant")
    await rules.may_publish(ben, community)
    with pytest.raises(Invalid):
        await service.change_stage(ana, community, "dead")


async def test_who_asked_for_it_is_told_once_when_it_opens(site: Site, ana: Actor, ben: Actor) -> None:
    community, today = await found(ana, stage="announced"), clock.now().date()
    with pytest.raises(Forbidden) as caught:
        await service.join(ben, community)
    assert caught.value.code == "announced"
    with pytest.raises(Forbidden) as caught:
        await rules.may_reply(ben, community, None)
    assert caught.value.code == "announced", "who may not come in yet does not write there either"
    await life.ask_notice(ben, community)
    await life.ask_notice(ben, community)
    cleo = (await make_member("cleo")).actor
    await life.ask_notice(cleo, community)
    await life.drop_notice(cleo, community)
    for wrong in (today - timedelta(days=1), today + timedelta(days=2000)):
        with pytest.raises(Invalid) as odd:
            await service.change_stage(ana, community, "announced", launch=wrong)
        assert set(odd.value.errors) == {"launch"}
    await service.change_stage(ana, community, "announced", launch=today + timedelta(days=9))
    await service.change_stage(ana, community, "pilot", launch=today + timedelta(days=9))
    assert community.launch_date == today
    await site.runner.settle()
    assert [(one.kind, one.detail["path"]) for one in await Notification.all()] == [("opened", "/c/sols")]
    assert site.mailer.to("ben@atelier.example") or site.mailer.sent
    assert not await OpeningNotice.exists()
    with pytest.raises(Conflict):
        await life.ask_notice(ben, community)
    assert (await service.join(ben, community)).state == "active"


async def test_nobody_waits_for_a_community_they_may_not_know_of(ana: Actor, ben: Actor) -> None:
    hidden = await found(ana, stage="announced", visibility="private", join_policy="invitation")
    with pytest.raises(NotFound):
        await life.ask_notice(ben, hidden)
    await service.invite(ana, hidden, ben)
    await life.ask_notice(ben, hidden)
    assert await life.wants_notice(ben, hidden)
    assert (await service.accept_invitation(ben, hidden)).state == "active", "who is invited comes in before it opens"


async def test_the_instance_says_who_founds(site: Site, ana: Actor) -> None:
    owner = await make_member("lea", role="owner")
    boss = await make_member("max", role="moderator")
    await instance.change(owner, founded_by="moderator")
    with pytest.raises(Forbidden) as caught:
        await found(ana)
    assert caught.value.code == "founding"
    await found(boss.actor, name="un")
    await instance.change(owner, founded_by="admin")
    with pytest.raises(Forbidden):
        await found(boss.actor, name="deux")
    await found(owner.actor, name="trois")


async def test_a_type_brings_its_tabs_and_rules_until_somebody_chooses(ana: Actor) -> None:
    assert set(types.TYPES) == set(rules.KINDS)
    cohort = await found(ana, kind="cohort")
    assert (cohort.join_policy, cohort.posting) == ("invitation", "members")
    assert types.tabs(cohort) == ("members", "threads", "resources")
    await service.change(ana, cohort, tabs=types.chosen(["resources", "x"], "resources"))
    again = await queries.by_id(cohort.id)
    assert again is not None and types.tabs(again) == ("resources", "threads")
    assert (await found(ana, kind="service", name="juristes", visibility="private")).posting == "moderators"


async def test_what_opens_in_the_evening_opened_that_day(clock: StandingClock, site: Site, ana: Actor) -> None:
    clock.advance(timedelta(hours=13).total_seconds())  # from 14:00 to 3:00 of the next day, which is 22:00 in Montréal
    community = await found(ana, stage="announced")
    await service.change_stage(ana, community, "pilot")
    assert community.launch_date == date(2026, 3, 2)
