"""Somebody of B appeals what moderators of a community on A decided about them: it travels there, and the answer comes back."""

from __future__ import annotations

import pytest

from fedcop.actors.models import Actor
from fedcop.communities import queries
from fedcop.communities import service as communities
from fedcop.communities.models import Community
from fedcop.notifications.models import Notification
from fedcop.reports.appeals import decisions, judges, service
from fedcop.reports.appeals.models import Appeal
from tests.rig.people import make_member
from tests.rig.world import World
from tests.stories.test_communities_across_servers import A, B, Stage


async def settled_stage(world: World, **fields: str) -> tuple[Stage, Community, Actor]:
    """Ben of B belongs to Ana's community on A, where Noa moderates too."""
    stage = Stage(world, await world.fedcop(A), await world.fedcop(B))
    community = await stage.found(join_policy="request", **fields)
    there = await stage.seen_from_b()
    async with stage.a.entered():
        noa = (await make_member("noa")).actor
        await communities.admit(stage.ana, await communities.join(noa, community, accepted=1))
        await communities.appoint(stage.ana, community, noa, "committee", duties=["moderation"])
    async with stage.b.entered():
        await communities.join(stage.ben, there, accepted=1)
    await world.settle()
    async with stage.a.entered():
        [asked] = await queries.requests(community)
        await communities.admit(stage.ana, asked)
    await world.settle()
    assert await stage.states() == ("active", "active")
    return stage, community, noa


async def appeal(stage: Stage, text: str) -> Appeal:
    async with stage.b.entered():
        [meant] = await decisions.about(stage.ben)
        made = await service.make(stage.ben, meant.key, text)
    await stage.world.settle()
    return made


@pytest.mark.parametrize("visibility", ["public", "private"])
async def test_a_removal_is_changed_and_the_place_comes_back(world: World, visibility: str) -> None:
    posting = "members" if visibility == "private" else "followers"
    stage, community, noa = await settled_stage(world, visibility=visibility, posting=posting)
    async with stage.a.entered():
        await communities.remove_member(stage.ana, community, await stage.ben_on_a(), "Absences.")
    await world.settle()
    assert await stage.states() == ("none", "none")
    made = await appeal(stage, "J’étais malade.")
    [flag] = await stage.sent(stage.b, "Flag")
    assert (flag["fc:appeal"], flag["object"], flag["to"]) == ("removal", f"{B}/u/ben", [f"{A}/c/sante_des_sols"])
    async with stage.a.entered():
        [waiting] = await judges.waiting(noa, community)
        assert waiting.text == "J’étais malade." and await judges.waiting(stage.ana, community) == []
        await service.decide(noa, waiting, changed=True, sentence="Bon retour.")
    await world.settle()
    assert await stage.states() == ("active", "active")
    async with stage.b.entered():
        answered = await Appeal.get(id=made.id)
        assert (answered.state, answered.sentence) == ("changed", "Bon retour.")
        assert (await Notification.get(kind="appeal_changed")).detail["reason"] == "Bon retour."


async def test_a_ban_is_upheld_and_only_the_community_answers(world: World) -> None:
    stage, community, noa = await settled_stage(world)
    async with stage.a.entered():
        await communities.ban(stage.ana, community, await stage.ben_on_a(), "Insultes.")
    await world.settle()
    made = await appeal(stage, "Ce n’était pas moi.")
    eve = await world.stranger("eve@mal.example")
    await eve.sends(eve.activity("Accept", made.uri, to=[f"{B}/u/ben"], summary="Oui."), f"{B}/u/ben/inbox")
    group = f"{A}/c/sante_des_sols"
    await eve.sends(
        eve.activity("Flag", eve.uri, to=[group], content="Moi aussi.", **{"fc:appeal": "ban"}), f"{group}/inbox"
    )
    await world.settle()
    async with stage.b.entered():
        assert (await Appeal.get(id=made.id)).state == "made"
    async with stage.a.entered():
        [waiting] = await judges.waiting(noa, community)
        await service.decide(noa, waiting, changed=False, sentence="C’était bien vous.")
    await world.settle()
    assert await stage.states() == ("none", "none")
    async with stage.b.entered():
        assert (await Appeal.get(id=made.id)).state == "upheld"
        assert await queries.active_ban(
            await queries.visible_community(stage.ben, "sante_des_sols@coop.example"), stage.ben
        )
