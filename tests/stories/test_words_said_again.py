"""A true word with a good proof, carried here once more by somebody else: it did what it says, and does so no second time (attacks A10, D52)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import lookup, mandates, queries
from fedcop.communities import service as communities
from fedcop.communities.models import Ban, Community, Membership
from fedcop.core.site import Site
from fedcop.discussions.models import Post
from fedcop.federation import jobs
from fedcop.people import service as people
from tests.rig.fakeserver import PUBLIC, Stranger
from tests.rig.manners import FEDIFY, LEMMY
from tests.rig.people import make_member
from tests.rig.world import World, outcomes

INBOX = "https://coop.example/inbox"


@dataclass
class Stage:
    """Mo of good.example presides over a community of ours; Eve of evil.example belongs to it, and runs a group that Ana follows."""

    world: World
    site: Site
    ana: Actor
    community: Community
    mo: Stranger
    eve: Stranger
    trap: Stranger

    @property
    def group(self) -> str:
        return self.community.actor.uri

    def act(self, kind: str, thing: Any, **more: Any) -> dict[str, Any]:
        """Something that Mo does in the community, with a proof."""
        made = self.mo.activity(kind, thing, to=[PUBLIC], cc=[self.group, self.trap.uri], **more)
        assert "proof" in made
        return made

    async def says(self, said: dict[str, Any]) -> None:
        """Let Mo say it."""
        await self.mo.sends(said, INBOX)
        await self.world.settle()
        assert (await outcomes(self.site))[-1][0] == "done", await outcomes(self.site)

    async def says_again(self, said: dict[str, Any], way: str) -> str:
        """Let Eve say the same words of Mo's once more; gives what became of it."""
        if way == "announced":
            await self.trap.announces(said, INBOX)
        else:
            self.world.clock.advance(40 * 86_400)
            await jobs.prune_inbox()
            await self.eve.sends(said, INBOX)
        await self.world.settle()
        return (await outcomes(self.site))[-1][0]

    async def place(self) -> Membership | None:
        found = await actors.by_uri(self.eve.uri)
        assert found is not None
        return await queries.membership(self.community, found)


@pytest.fixture
async def stage(world: World) -> AsyncIterator[Stage]:
    site = await world.fedcop("https://coop.example")
    ana = (await make_member("ana")).actor
    community = await communities.found(ana, title="Sols vivants", name="sols", purpose="Des sols")
    mo, eve = await world.stranger("mo@good.example", FEDIFY), await world.stranger("eve@evil.example", FEDIFY)
    for one in (mo, eve):
        await one.joins(community.actor.uri, INBOX)
    await world.settle()
    president = await actors.by_uri(mo.uri)
    assert president is not None
    await mandates.appoint(ana, community, president, "president")
    trap = (await world.server("trap.example", LEMMY)).group("trap")
    trap.moderators = [mo.uri]
    trap.publish_moderators()
    await lookup.ask_for(f"!{trap.handle}")
    await world.settle()
    await people.follow(ana, (await queries.visible_community(ana, trap.handle)).actor)
    await world.settle()
    yield Stage(world, site, ana, community, mo, eve, trap)


WAYS = ("announced", "carried")


@pytest.mark.parametrize("way", WAYS)
async def test_a_role_that_was_taken_does_not_come_back(stage: Stage, way: str) -> None:  # D52
    named = stage.act("Add", stage.eve.uri, target=f"{stage.group}/moderators")
    await stage.says(named)
    await stage.says(stage.act("Remove", stage.eve.uri, target=f"{stage.group}/moderators"))
    assert await stage.says_again(named, way) in ("refused", "ignored")
    place = await stage.place()
    assert place is not None and (place.role, place.duties) == ("member", "")


@pytest.mark.parametrize("way", WAYS)
async def test_a_ban_that_was_made_anew_is_not_lifted(stage: Stage, way: str) -> None:  # D52
    ban = stage.act("Block", stage.eve.uri, target=stage.group)
    await stage.says(ban)
    lifted = stage.act("Undo", ban)
    await stage.says(lifted)
    await stage.says(stage.act("Block", stage.eve.uri, target=stage.group))
    assert await stage.says_again(lifted, way) in ("refused", "ignored")
    assert await Ban.exists()


async def test_who_came_back_does_not_leave_again(stage: Stage) -> None:  # D52
    joined = stage.mo.activity("Join", stage.group, to=[stage.group])
    await stage.mo.sends(joined, INBOX)
    left = stage.mo.activity("Undo", joined["id"], to=[stage.group])
    await stage.trap.announces(left, INBOX)
    await stage.world.settle()
    assert (await outcomes(stage.site))[-1][0] == "refused"


@pytest.mark.parametrize("way", WAYS)
async def test_who_left_does_not_belong_again(stage: Stage, way: str) -> None:  # D52
    joined = stage.eve.activity("Join", stage.group, to=[stage.group])
    stage.world.clock.advance(60)
    await stage.eve.sends(joined, INBOX)
    await stage.eve.sends(stage.eve.activity("Leave", stage.group, to=[stage.group]), INBOX)
    await stage.world.settle()
    assert (await stage.place()) is None or (await stage.place()).state == "left"  # type: ignore[union-attr]
    stage.eve = stage.mo  # somebody else carries it
    outcome = await stage.says_again(joined, way)
    assert outcome in ("refused", "ignored")


async def test_what_was_removed_elsewhere_once_more_stays_removed(stage: Stage) -> None:  # D52
    server = await stage.world.server("forum.example", replace(FEDIFY, software="piefed"))
    forum, lia, max_ = server.group("soil"), server.person("lia"), server.person("max")
    await lookup.ask_for(f"!{forum.handle}")
    await stage.world.settle()
    await people.follow(stage.ana, (await queries.visible_community(stage.ana, forum.handle)).actor)
    await stage.world.settle()
    page = lia.note("<p>Bêche</p>", type="Page", name="Bêche", audience=forum.uri, cc=[forum.uri])
    removed = max_.activity("Delete", page["id"], to=[PUBLIC], cc=[forum.uri], summary="x")
    back = max_.activity("Undo", removed)
    for said in (
        lia.activity("Create", page),
        removed,
        back,
        max_.activity("Delete", page["id"], to=[PUBLIC], cc=[forum.uri], summary="y"),
    ):
        await forum.announces(said, INBOX)
        await stage.world.settle()
        assert (await outcomes(stage.site))[-1][0] == "done", await outcomes(stage.site)
    assert (await Post.get(uri=page["id"])).removed_at is not None
    await stage.eve.sends(back, INBOX)
    await stage.world.settle()
    assert (await outcomes(stage.site))[-1] == ("ignored", "this came before")
    assert (await Post.get(uri=page["id"])).removed_at is not None
