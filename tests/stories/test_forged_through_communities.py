"""A community elsewhere that lies: what it announces in the name of people of a third server does nothing in ours."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import lookup, mandates
from fedcop.communities import queries as communities
from fedcop.communities import service as community_service
from fedcop.communities.models import Ban, Community
from fedcop.core.site import Site
from fedcop.discussions import service
from fedcop.discussions.models import Post
from fedcop.federation import known
from fedcop.people import service as people
from fedcop.people.models import Block
from tests.rig.fakeserver import PUBLIC, Stranger
from tests.rig.manners import LEMMY, PLAIN
from tests.rig.people import make_member
from tests.rig.world import World, outcomes

INBOX = "https://coop.example/inbox"


@dataclass
class Stage:
    """Mia and Mo of good.example belong to a community of ours, where Mo moderates; the trap is a group of evil.example."""

    world: World
    site: Site
    ana: Actor
    community: Community
    mia: Stranger
    mo: Stranger
    trap: Stranger

    @property
    def group(self) -> str:
        return self.community.actor.uri

    @property
    def told(self) -> dict[str, Any]:
        """To whom it speaks."""
        return {"to": [PUBLIC], "cc": [self.trap.uri, self.group]}

    async def announces(self, inner: dict[str, Any]) -> tuple[str, str]:
        """Let the trap announce something; gives what became of it."""
        await self.trap.announces(inner, INBOX)
        await self.world.settle()
        return (await outcomes(self.site))[-1]

    async def thread(self) -> tuple[Post, Post]:
        """A question of Mia's, and Ana's answer."""
        question = self.mia.root(self.group, "Quand semer ?", audience=self.group)
        await self.mia.creates(question, INBOX)
        await self.world.settle()
        root = await Post.get(uri=question["id"])
        answer = await service.reply(self.ana, root, source="En avril.")
        await self.world.settle()
        return root, answer


@pytest.fixture
async def stage(world: World) -> AsyncIterator[Stage]:
    site = await world.fedcop("https://coop.example")
    ana = (await make_member("ana")).actor
    community = await community_service.found(ana, title="Sols vivants", name="sols", purpose="Des sols")
    mia, mo = await world.stranger("mia@good.example", PLAIN), await world.stranger("mo@good.example", PLAIN)
    for one in (mia, mo):
        await one.joins(community.actor.uri, INBOX)
    await world.settle()
    moderator = await actors.by_uri(mo.uri)
    assert moderator is not None
    await mandates.appoint(ana, community, moderator, "president")
    await world.settle()
    trap = (await world.server("evil.example", LEMMY)).group("trap")
    trap.moderators = [mo.uri, mia.uri]
    trap.publish_moderators()
    await lookup.ask_for(f"!{trap.handle}")
    await world.settle()
    await people.follow(ana, (await communities.visible_community(ana, trap.handle)).actor)
    await world.settle()
    yield Stage(world, site, ana, community, mia, mo, trap)


async def test_no_author_deletes_through_it(stage: Stage) -> None:  # D48
    root, _answer = await stage.thread()
    forged = stage.mia.activity("Delete", root.uri, **stage.told, summary="x")
    assert (await stage.announces(forged))[0] == "refused"
    assert (await Post.get(id=root.id)).deleted_at is None


async def test_no_account_ends_through_it(stage: Stage) -> None:  # D48
    forged = stage.mia.activity("Delete", stage.mia.uri, **stage.told, summary="x")
    assert (await stage.announces(forged))[0] == "refused"
    mia = await actors.by_uri(stage.mia.uri)
    assert mia is not None and mia.gone_at is None


async def test_what_is_to_come_is_not_buried_through_it(stage: Stage) -> None:  # D49, D50
    coming = f"{stage.mia.server.origin}/posts/777"
    for forged in (
        stage.mia.activity("Delete", coming, **stage.told, summary="x"),
        stage.mia.activity(
            "Undo", {"id": coming, "type": "Like", "actor": stage.mia.uri, "object": "https://a.example/1"}
        ),
    ):
        await stage.announces(forged)
        assert not await known.is_buried(coming)


async def test_who_takes_back_a_reaction_that_never_was_buries_nothing_else(stage: Stage) -> None:  # D50
    root, _answer = await stage.thread()
    undo = stage.mo.activity(
        "Undo", {"id": root.uri, "type": "Like", "actor": stage.mo.uri, "object": "https://a.example/1"}
    )
    await stage.mo.sends(undo, INBOX)
    await stage.world.settle()
    assert not await known.is_buried(root.uri)
    await stage.mia.updates(
        stage.mia.root(stage.group, audience=stage.group) | {"id": root.uri, "content": "<p>Neu</p>"}, INBOX
    )
    await stage.world.settle()
    assert "Neu" in (await Post.get(id=root.id)).content


async def test_no_answer_is_accepted_through_it(stage: Stage) -> None:  # D48
    root, answer = await stage.thread()
    forged = stage.mia.activity("Add", answer.uri, target=f"{root.uri}/answers", **stage.told)
    assert (await stage.announces(forged))[0] == "refused"
    assert (await Post.get(id=root.id)).accepted_id is None


async def test_no_thanks_are_taken_back_through_it(stage: Stage) -> None:  # D48
    _root, answer = await stage.thread()
    like = await stage.mia.likes(answer.uri, INBOX)
    await stage.world.settle()
    undo = stage.mia.activity("Undo", like, **stage.told)
    assert (await stage.announces(undo))[0] == "refused"
    assert (await Post.get(id=answer.id)).thanks_count == 1


async def test_nobody_blocks_through_it(stage: Stage) -> None:  # D48
    await stage.mia.follows(stage.ana.uri, INBOX)
    forged = stage.mia.activity("Block", stage.ana.uri, **stage.told)
    assert (await stage.announces(forged))[0] == "refused"
    assert not await Block.exists()


async def test_no_other_community_bans_through_it(stage: Stage) -> None:  # D48
    """A group of a third server is named as a moderator of the trap."""
    other = stage.mia.server.group("other")
    stage.trap.moderators = [other.uri]
    stage.trap.publish_moderators()
    await lookup.ask_for(f"!{other.handle}")
    await stage.world.settle()
    forged = other.activity("Block", stage.ana.uri, **stage.told, target=other.uri)
    assert (await stage.announces(forged))[0] == "refused"
    assert not await Ban.exists()


ACTS: dict[str, Callable[[Stage, Post, Post], tuple[str, str, dict[str, Any]]]] = {
    "removes a post": lambda _, _root, answer: ("Delete", answer.uri, {"summary": "x"}),
    "locks": lambda _, root, _answer: ("Lock", root.uri, {}),
    "bans": lambda stage, *_: ("Block", stage.mia.uri, {"target": stage.group}),
    "removes a member": lambda stage, *_: ("Remove", stage.mia.uri, {"target": f"{stage.group}/members"}),
    "appoints": lambda stage, *_: ("Add", stage.mia.uri, {"target": f"{stage.group}/moderators"}),
    "pins": lambda stage, root, _answer: ("Add", root.uri, {"target": f"{stage.group}/featured"}),
}


@pytest.mark.parametrize("act", list(ACTS))
async def test_no_moderator_of_ours_acts_through_it(stage: Stage, act: str) -> None:  # D48, D22
    root, answer = await stage.thread()
    kind, about, more = ACTS[act](stage, root, answer)
    assert (await stage.announces(stage.mo.activity(kind, about, **stage.told, **more)))[0] == "refused"
    assert (await Post.get(id=answer.id)).removed_at is None
    after = await Post.get(id=root.id)
    assert after.locked_at is None and after.pinned_at is None
    assert not await Ban.exists()
    mia = await actors.by_uri(stage.mia.uri)
    place = await communities.membership(stage.community, mia)
    assert place is not None and (place.state, place.role, place.duties) == ("active", "member", "")
    # The same in Mo's own hand counts.
    await stage.mo.sends(stage.mo.activity(kind, about, **stage.told, **more), INBOX)
    await stage.world.settle()
    assert (await outcomes(stage.site))[-1] == ("done", "")
