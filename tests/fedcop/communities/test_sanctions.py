"""The gentler steps of the ladder: warn in private, suspend until a date; who may, what follows, how it ends."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fedcop.actors.models import Actor
from fedcop.communities import access, queries, rules, service
from fedcop.communities.models import Ban, Community, ModerationAct
from fedcop.core import clock as clocks
from fedcop.core.errors import Conflict, Forbidden, Invalid, NotFound
from fedcop.core.site import Site
from fedcop.notifications.models import Notification
from tests.rig.clock import StandingClock
from tests.rig.people import make_member


@pytest.fixture
async def jury(site: Site, ana: Actor, ben: Actor) -> Community:
    """A private community of Ana's, to which Ben belongs."""
    made = await service.found(ana, title="Jury", purpose="Juger", visibility="private")
    await service.invite(ana, made, ben)
    await service.accept_invitation(ben, made)
    return made


async def test_a_suspended_member_reads_and_does_not_write_until_it_ends(
    site: Site, jury: Community, ana: Actor, ben: Actor, clock: StandingClock
) -> None:
    until = clocks.now() + timedelta(days=3)
    await service.suspend(ana, jury, ben, "Trois rappels sans effet", until)
    await site.runner.settle()
    assert await access.may_read(ben, jury) and await queries.is_member(jury, ben)
    for may in (rules.may_publish, rules.may_react):
        with pytest.raises(Forbidden) as refused:
            await may(ben, jury)
        assert refused.value.code == "suspended"
    [told] = await Notification.filter(kind="moderation", account__actor_id=ben.id)
    assert (told.detail["act"], told.detail["reason"]) == ("suspend", "Trois rappels sans effet")
    assert (await service.join(ben, jury)).state == "active", "belonging is not asked for anew"
    clock.advance(4 * 86400)
    await rules.may_publish(ben, jury)


async def test_it_can_be_undone_and_both_stand_in_the_log(site: Site, jury: Community, ana: Actor, ben: Actor) -> None:
    await service.suspend(ana, jury, ben, "Trop vite", clocks.now() + timedelta(days=3))
    await site.runner.settle()
    await service.unban(ana, jury, ben, "Malentendu")
    await site.runner.settle()
    await rules.may_publish(ben, jury)
    assert [one.act for one in await ModerationAct.filter(community_id=jury.id).order_by("id")] == [
        "suspend",
        "unsuspend",
    ]
    acts = [one.detail["act"] for one in await Notification.filter(kind="moderation").order_by("id")]
    assert acts == ["suspend", "unsuspend"]


async def test_a_ban_takes_the_place_of_a_suspension_and_not_the_other_way(
    jury: Community, ana: Actor, ben: Actor
) -> None:
    later = clocks.now() + timedelta(days=3)
    await service.suspend(ana, jury, ben, "Rappel", later)
    await service.ban(ana, jury, ben, "Encore")
    assert [one.kind for one in await Ban.all()] == ["ban"] and not await queries.is_member(jury, ben)
    with pytest.raises(NotFound):
        await service.suspend(ana, jury, ben, "Rappel", later)


async def test_a_warning_is_private(site: Site, jury: Community, ana: Actor, ben: Actor) -> None:
    await service.warn(ana, jury, ben, "Restons courtois.")
    await site.runner.settle()
    [told] = await Notification.filter(kind="moderation")
    assert (told.detail["act"], told.detail["reason"]) == ("warn", "Restons courtois.")
    [line] = await ModerationAct.filter(community_id=jury.id)
    assert (line.act, line.target_actor_id) == ("warn", ben.id)
    await rules.may_publish(ben, jury)


async def test_who_may_not(jury: Community, ana: Actor, ben: Actor) -> None:
    later = clocks.now() + timedelta(days=3)
    cleo = (await make_member("cleo")).actor
    with pytest.raises(Forbidden):
        await service.warn(ben, jury, ana, "x")
    await service.appoint(ana, jury, ben, "committee", duties=["admissions", "moderation"])
    with pytest.raises(Forbidden):
        await service.suspend(ben, jury, ana, "x", later)
    with pytest.raises(Conflict):
        await service.suspend(ana, jury, ana, "x", later)
    with pytest.raises(NotFound):
        await service.warn(ana, jury, cleo, "x")
    with pytest.raises(Invalid):
        await service.warn(ana, jury, ben, " ")
    for wrong in (clocks.now(), clocks.now() + timedelta(days=500)):
        with pytest.raises(Invalid):
            await service.suspend(ana, jury, ben, "x", wrong)


async def test_a_suspended_moderator_does_not_moderate(jury: Community, ana: Actor, ben: Actor) -> None:
    await service.appoint(ana, jury, ben, "committee", duties=["admissions", "moderation"])
    await service.suspend(ana, jury, ben, "x", clocks.now() + timedelta(days=3))
    with pytest.raises(Forbidden):
        await rules.may_moderate(ben, jury)
