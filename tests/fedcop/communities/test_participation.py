"""Participation: what is counted, who is reminded of it and who never is, once in each period, until one says "not now"."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.communities import records, service, stages
from fedcop.communities.models import Community, Membership
from fedcop.communities.participation import choosing, criterion, reminding
from fedcop.communities.participation.criterion import Criterion
from fedcop.core import clock
from fedcop.core.errors import Forbidden, Invalid, NotFound
from fedcop.core.ids import new_id
from fedcop.core.site import Site
from fedcop.discussions.models import Post
from fedcop.notifications.models import Notification
from tests.rig.people import make_member, make_stranger

MORE_THAN_HALF_A_YEAR = timedelta(days=190)


@pytest.fixture
async def soil(ana: Actor, ben: Actor) -> Community:
    """Ana's; she asks for two contributions in half a year."""
    made = await service.found(ana, title="Sols", purpose="Des sols vivants.")
    await service.join(ben, made)
    await choosing.change_criterion(ana, made, contributions="2", months="6")
    return made


async def write(by: Actor, community: Community) -> Post:
    """Nothing here depends on what stands above: a row is enough."""
    number, now = new_id(), clock.now()
    return await Post.create(
        id=number,
        uri=f"https://atelier.example/p/{number}",
        author_id=by.id,
        community_id=community.id,
        root_id=number,
        published_at=now,
        created_at=now,
        last_activity_at=now,
    )


async def run(site: Site, after: timedelta = timedelta()) -> list[str]:
    """Let time pass and the job run twice; give who was ever reminded, by name."""
    site.clock.advance(after.total_seconds())
    await reminding.remind()
    await reminding.remind()
    await site.runner.settle()
    found = Notification.filter(kind="participation").order_by("id")
    return [str(one) for one in await found.values_list("account__actor__name", flat=True)]


def test_a_period_begins_on_the_same_day_or_the_last_of_the_month() -> None:
    assert Criterion(1, 6).begin(datetime(2026, 8, 31, 9, tzinfo=UTC)) == datetime(2026, 2, 28, 9, tzinfo=UTC)
    assert Criterion(1, 12).begin(datetime(2026, 1, 15, tzinfo=UTC)) == datetime(2025, 1, 15, tzinfo=UTC)


async def test_who_presides_chooses_what_is_counted(site: Site, ana: Actor, ben: Actor) -> None:
    made = await service.found(ana, title="Sols", purpose="Des sols vivants.")
    assert criterion.of(made) is None, "off by default"
    for count, months, fields in (("0", "7", {"contributions"}), ("2", "", {"months"}), ("x", "37", None)):
        with pytest.raises(Invalid) as caught:
            await choosing.change_criterion(ana, made, contributions=count, months=months)
        assert set(caught.value.errors) == (fields or {"contributions", "months"})
    await service.join(ben, made)
    with pytest.raises(Forbidden):
        await choosing.change_criterion(ben, made, contributions="1", months="1")
    await choosing.change_criterion(ana, made, contributions="1", months="12")
    assert criterion.of(await Community.get(id=made.id)) == Criterion(1, 12)
    await choosing.change_criterion(ana, made, contributions="", months=" ")
    assert criterion.of(await Community.get(id=made.id)) is None


async def test_a_member_is_reminded_once_in_each_period_until_they_say_not_now(
    site: Site, ben: Actor, soil: Community
) -> None:
    assert await run(site) == [], "joined less than a period ago"
    site.clock.advance(MORE_THAN_HALF_A_YEAR.total_seconds())
    await write(ben, soil)
    gone = await write(ben, soil)
    assert await run(site) == [] and await reminding.count(soil, ben) == 2
    await Post.filter(id=gone.id).update(deleted_at=clock.now())
    assert await run(site) == ["ben"] and await reminding.count(soil, ben) == 1, "what was taken away does not count"
    assert await run(site, timedelta(days=150)) == ["ben"]
    assert await run(site, timedelta(days=60)) == ["ben", "ben"]
    await choosing.choose_reminders(ben, soil, wanted=False)
    assert await run(site, MORE_THAN_HALF_A_YEAR) == ["ben", "ben"]
    await choosing.choose_reminders(ben, soil, wanted=True)
    assert await run(site) == ["ben", "ben", "ben"]
    with pytest.raises(NotFound):
        await choosing.choose_reminders((await make_member("zoe")).actor, soil, wanted=False)


async def test_nobody_else_is_reminded(site: Site, ana: Actor, ben: Actor, soil: Community) -> None:
    for name, role in (("sol", "sponsor"), ("tim", "member")):
        person = (await make_member(name)).actor
        await service.join(person, soil)
        await service.appoint(ana, soil, person, role)
    site.clock.advance(MORE_THAN_HALF_A_YEAR.total_seconds())
    await service.join((await make_member("new")).actor, soil)
    await service.suspend(ana, soil, ben, "Repos.", clock.now() + timedelta(days=3))
    await Account.filter(actor__name="tim").update(suspended_at=clock.now())
    for stage in (stages.ANNOUNCED, stages.DORMANT):
        await Community.filter(id=soil.id).update(stage=stage)
        assert await run(site) == []
    await Community.filter(id=soil.id).update(stage=stages.ACTIVE, closed_at=clock.now())
    assert await run(site) == []
    await Community.filter(id=soil.id).update(closed_at=None)
    assert await run(site) == [], "president, sponsor, suspended here or there, newcomer"
    await Account.filter(actor__name="tim").update(suspended_at=None)
    assert await run(site) == ["tim"]
    assert await run(site, timedelta(days=4)) == ["tim", "ben"], "when a suspension is over it is as before"


async def test_only_so_many_in_one_run(site: Site, soil: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    await service.join((await make_member("zoe")).actor, soil)
    monkeypatch.setattr(reminding, "MOST", 1)
    site.clock.advance(MORE_THAN_HALF_A_YEAR.total_seconds())
    await reminding.remind()
    assert await Membership.exclude(reminded_at=None).count() == 1
    await reminding.remind()
    assert await Membership.exclude(reminded_at=None).count() == 2


async def test_the_letter_speaks_the_language_of_the_reader(
    site: Site, ben: Actor, soil: Community, golden: Any
) -> None:
    kim = (await make_member("kim", language="en-CA")).actor
    await service.join(kim, soil)
    assert await run(site, MORE_THAN_HALF_A_YEAR) == ["ben", "kim"]
    for code, person in (("fr", ben), ("en", kim)):
        account = await Account.get(actor_id=person.id)
        (mail,) = [one for one in site.mailer.sent if one.to == account.email]
        stop = mail.headers["List-Unsubscribe"].strip("<>")
        said = {"subject": mail.subject, "text": mail.text, "html": mail.html}
        golden(f"mails/participation.{code}", {key: text.replace(stop, "UNSUBSCRIBE") for key, text in said.items()})


async def test_each_server_counts_its_own_people_in_communities_elsewhere(site: Site, ben: Actor) -> None:
    group = await make_stranger("noyers", "coop.example", kind="Group", display_name="Noyers")
    there = await records.record_remote(group, **criterion.columns(Criterion(1, 12)))
    mia = await make_stranger("mia", "coop.example")
    for person in (ben, mia):
        await Membership.create(community=there, actor=person, state="active", created_at=clock.now())
    site.clock.advance(days=370)
    await reminding.remind()
    assert [one.actor_id for one in await Membership.exclude(reminded_at=None)] == [ben.id]
