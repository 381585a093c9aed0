"""A community is split and merged: what goes where, who is asked, and what an interruption changes (nothing)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fedcop.communities import queries as communities
from fedcop.communities import service as community_service
from fedcop.communities import stages
from fedcop.communities.models import Community, Membership
from fedcop.core.errors import Conflict, Forbidden, Invalid
from fedcop.core.site import Site
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.notifications.models import Notification
from fedcop.successions import inviting, queries, service, threads
from fedcop.successions.models import Succession
from fedcop.successions.service import Daughter
from tests.rig.clock import StandingClock
from tests.rig.people import make_member
from tests.rig.villages import Village

POMMES = Daughter("Pommiers", "pommiers", "Des pommes", ("pommes", "Greffe"))
RESTE = Daughter("Petits fruits", "petits", "Des baies", ())


async def _threads(village: Village) -> None:
    for title, tags in (("A", ["pommes"]), ("B", ["bleuets"]), ("C", ["bleuets", "greffe"]), ("D", [])):
        await discussions.write(
            village.noor, village.community, kind="question", title=title, source="Dites.", tags=tags
        )


async def _split(village: Village, days: str = "14") -> Succession:
    plan = await service.plan(village.lea, village.community, [POMMES, RESTE], rest=1, days=days)
    return await service.split(village.lea, village.community, plan)


async def _again(name: str) -> Community:
    found = await communities.visible_community(None, name)
    assert found is not None
    return found


async def _titles(name: str) -> list[str]:
    return [one.title for one in await Post.filter(community_id=(await _again(name)).id, depth=0).order_by("title")]


async def test_a_plan_says_what_is_wrong_and_what_goes_where(site: Site, village: Village) -> None:
    await _threads(village)
    with pytest.raises(Invalid) as wrong:
        await service.plan(
            village.lea, village.community, [Daughter("", "", "x"), Daughter("Y", "y", "")], rest=1, days="40"
        )
    assert set(wrong.value.errors) == {"title_1", "tags_1", "name_2", "purpose_2", "days"}
    with pytest.raises(Forbidden):
        await service.plan(village.noor, village.community, [POMMES, RESTE], rest=1, days="14")
    plan = await service.plan(village.lea, village.community, [POMMES, RESTE], rest=1, days="14")
    assert await queries.count_threads(village.community, plan.tags, plan.rest) == [2, 2]
    assert await queries.usual_tags(village.community, 1) == [("bleuets", 2)]
    assert not await Succession.all().count()


async def test_members_are_invited_and_choose_then_threads_move_even_if_interrupted(
    site: Site, village: Village, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _threads(village)
    made = await _split(village)
    await site.runner.settle()
    pommes, reste = await _again("pommiers"), await _again("petits")
    assert stages.of(pommes) == stages.ANNOUNCED and pommes.posting == village.community.posting
    assert {one.actor_id for one in await Membership.filter(community=pommes, state="invited")} == {
        village.noor.id,
        village.sacha.id,
    }
    [told] = await Notification.filter(kind="invited", account__actor_id=village.noor.id, community_id=pommes.id)
    assert told.detail["text"].startswith("Fruitiers nordiques se scinde.")
    await community_service.accept_invitation(village.noor, pommes)
    await community_service.decline_invitation(village.sacha, reste)
    late = (await make_member("late")).actor
    await community_service.join(late, village.community)
    await inviting.go_on()
    await site.runner.settle()
    assert await communities.membership(pommes, late) is not None
    assert await communities.membership(reste, village.sacha) is None, "who said no is not asked again"
    with pytest.raises(Conflict):
        await _split(village)

    clock.advance(timedelta(days=15).total_seconds())
    monkeypatch.setattr(threads, "BATCH", 1)
    await threads.go_on()
    with monkeypatch.context() as broken:
        broken.setattr(discussions, "move_all", None)
        with pytest.raises(TypeError):
            await threads.move_some(made.id)
    await threads.go_on()
    await site.runner.settle()
    assert (await _titles("fruitiers"), await _titles("pommiers"), await _titles("petits")) == (
        [],
        ["A", "C"],
        ["B", "D"],
    )
    mother, pommes = await _again("fruitiers"), await _again("pommiers")
    assert mother.closed_at is not None and mother.heirs == [pommes.actor.uri, reste.actor.uri]
    assert (stages.of(pommes), pommes.threads_count, mother.threads_count) == (stages.of(village.community), 2, 0)
    assert await communities.membership(pommes, village.sacha) is not None, "who chose nothing may still come"
    assert await Notification.filter(kind="succeeded").count() == 4
    assert not await Notification.filter(kind="moderation").count(), "no author is told of each thread"
    assert (await Succession.get(id=made.id)).state == "done"


async def test_called_off_all_is_as_before(site: Site, village: Village) -> None:
    await _threads(village)
    made = await _split(village)
    await site.runner.settle()
    with pytest.raises(Forbidden):
        await service.call_off(village.noor, made)
    found = await queries.by_id(made.id)
    assert found is not None
    await service.call_off(village.lea, found)
    await site.runner.settle()
    assert not await Membership.filter(state="invited").count()
    assert (await _again("pommiers")).closed_at is not None
    assert len(await _titles("fruitiers")) == 4 and (await _again("fruitiers")).closed_at is None


async def test_a_merge_needs_the_yes_of_the_other(site: Site, village: Village) -> None:
    await _threads(village)
    other = await community_service.found(
        village.sacha, title="Vergers", name="vergers", purpose="Planter", posting="members"
    )
    made = await service.propose_merge(village.lea, village.community, other, days="3")
    await site.runner.settle()
    [asked] = await Notification.filter(kind="merge_asked")
    assert asked.detail["path"] == "/c/vergers/succession"
    with pytest.raises(Forbidden):
        await service.answer_merge(village.lea, made, agreed=True)
    await service.answer_merge(village.sacha, made, agreed=True)
    await site.runner.settle()
    assert await communities.membership(other, village.noor) is not None
    found = await queries.by_id(made.id)
    assert found is not None
    await service.finish_now(village.lea, found)
    await site.runner.settle()
    assert len(await _titles("vergers")) == 4 and (await _again("fruitiers")).closed_at is not None
