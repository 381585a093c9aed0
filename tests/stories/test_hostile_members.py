"""Somebody of another server who may not say something in a community of ours says it all the same: answers what they cannot read, rewrites what they left, opens what is hidden."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import remote
from fedcop.communities import service as communities
from fedcop.communities.admission import deciding, inviting
from fedcop.communities.models import Community, Membership
from fedcop.core.site import Site
from fedcop.discussions import service
from fedcop.discussions.models import Post
from fedcop.federation.fetching import resolver
from fedcop.resources.models import Resource
from tests.rig.fakeserver import PUBLIC, Stranger, stamp
from tests.rig.manners import LEMMY, PLAIN
from tests.rig.people import make_member
from tests.rig.world import World, outcomes

HOME, THERE = "https://coop.example", "https://fleuve.example"
INBOX = f"{HOME}/inbox"
FEDCOP = replace(PLAIN, software="fedcop", version="1.0")
IGNORED = ("ignored", "who may not speak there takes back, and says nothing more")


@dataclass
class Stage:
    """A private community of Ana's, to which Mia of good.example belongs."""

    world: World
    site: Site
    ana: Actor
    community: Community
    mia: Stranger

    @property
    def group(self) -> str:
        return self.community.actor.uri

    @property
    async def them(self) -> Actor:
        async with self.site.entered():
            found = await actors.by_uri(self.mia.uri)
            assert found is not None
            return found

    async def page(self, **more: Any) -> dict[str, Any]:
        """Let Mia begin a discussion."""
        to = {"to": [self.group, f"{self.group}/followers"], "cc": [], "audience": self.group}
        made = self.mia.note("<p>Avant</p>", **(to | {"type": "Page", "name": "Titre"} | more))
        await self.mia.creates(made, INBOX)
        await self.world.settle()
        return made

    async def says(self, made: dict[str, Any], *, inbox: str = INBOX, **more: Any) -> None:
        """Let Mia say something else of it, a minute later."""
        self.world.clock.advance(60)
        await self.mia.updates({**made, **more}, inbox)
        await self.world.settle()

    def readers(self, audience: str) -> dict[str, Any]:
        """What says of a page who reads it from now on."""
        to = [self.group, PUBLIC] if audience == "public" else [self.group, f"{self.group}/followers"]
        return {"to": to, "fc:readBy": audience, "fc:readBySince": stamp(self.world.clock.now())}


async def _stage(world: World, join_policy: str) -> Stage:
    site = await world.fedcop(HOME)
    ana = (await make_member("ana")).actor
    community = await communities.found(
        ana, title="Entre nous", name="nous", purpose="x", visibility="private", join_policy=join_policy
    )
    mia = await world.stranger("mia@good.example", FEDCOP)
    stage = Stage(world, site, ana, community, mia)
    if join_policy == "invitation":
        await inviting.invite(ana, community, await resolver.actor(mia.uri))
        await world.settle()
    await mia.joins(community.actor.uri, INBOX)
    await world.settle()
    if join_policy == "request":
        await deciding.admit(ana, await Membership.get(actor_id=(await stage.them).id))
        await world.settle()
    assert (await Membership.get(actor_id=(await stage.them).id)).state == "active"
    return stage


@pytest.fixture
async def stage(world: World) -> AsyncIterator[Stage]:
    yield await _stage(world, "request")


async def test_who_was_removed_rewrites_nothing(stage: Stage) -> None:  # D51
    made = await stage.page()
    await stage.says(made, content="<p>Mieux</p>")
    post = await Post.get(uri=made["id"])
    assert post.content == "<p>Mieux</p>"
    await communities.remove_member(stage.ana, stage.community, await stage.them, "Assez.")
    await stage.world.settle()
    await stage.says(made, content="<p>Vengeance</p>")
    assert (await outcomes(stage.site))[-1] == IGNORED
    assert (await Post.get(id=post.id)).content == "<p>Mieux</p>"


async def test_who_was_removed_opens_nothing_and_takes_back_what_they_like(stage: Stage) -> None:  # D51
    made = await stage.page()
    await stage.says(made, **stage.readers("public"))
    post = await Post.get(uri=made["id"])
    assert post.audience == "public", "a member opens what is theirs"
    await stage.says(made, **stage.readers("community"))
    await communities.remove_member(stage.ana, stage.community, await stage.them, "Assez.")
    await stage.world.settle()
    await stage.says(made, **stage.readers("public"))
    assert (await Post.get(id=post.id)).audience == "community"
    await stage.says(made, **stage.readers("me"))
    assert (await Post.get(id=post.id)).audience == "me"
    await stage.mia.deletes(made["id"], INBOX)
    await stage.world.settle()
    assert (await Post.get(id=post.id)).deleted_at is not None


async def test_the_servers_of_other_members_take_no_correction_past_the_community(stage: Stage) -> None:  # D51
    there = await stage.world.fedcop(THERE)
    cleo = (await make_member("cleo")).actor
    await communities.join(cleo, await remote.community_of(await resolver.handle("!nous@coop.example")))
    await stage.world.settle()
    async with stage.site.entered():
        asked = await Membership.get(actor__uri=cleo.uri)
        await deciding.admit(stage.ana, asked)
    await stage.world.settle()
    made = await stage.page()
    async with there.entered():
        assert (await Post.get(uri=made["id"])).state == "visible"
    await stage.says(made, inbox=f"{THERE}/inbox", content="<p>Pour vous seuls</p>")
    assert (await outcomes(there))[-1] == IGNORED
    await stage.says(made, content="<p>Pour tous</p>")
    async with there.entered():
        assert (await Post.get(uri=made["id"])).content == "<p>Pour tous</p>"


async def test_nobody_opens_what_is_said_in_a_hidden_community(world: World) -> None:  # H12
    stage = await _stage(world, "invitation")
    made = await stage.page(**stage.readers("public"))
    post = await Post.get(uri=made["id"])
    assert post.audience == "community"
    await stage.says(made, **stage.readers("public"))
    assert (await Post.get(id=post.id)).audience == "community"
    assert (await world.get(f"{HOME}/p/{post.id}", accept="text/html")).status == 404


async def test_nobody_answers_what_they_cannot_read(world: World) -> None:  # D41
    site = await world.fedcop(HOME)
    ana = (await make_member("ana")).actor
    community = await communities.found(ana, title="Sols", name="sols", purpose="x", posting="anyone")
    mia = await world.stranger("mia@good.example", FEDCOP)
    root = await service.write(
        ana, community, kind="question", title="Oui ?", source="Entre nous.", audience="community"
    )
    reply = mia.reply(root.uri, ana.uri, community.actor.uri)
    await mia.creates(reply, INBOX)
    await world.settle()
    assert (await outcomes(site))[-1] == ("ignored", "it answers something that is not here")
    assert not await Post.filter(uri=reply["id"]).exists()


async def test_who_follows_no_more_belongs_no_more_however_often_they_asked(world: World) -> None:  # H14
    """Lemmy's people belong by following, and each Follow that is sent anew has an id of its own."""
    stage = await _stage(world, "request")
    lia = await world.stranger("lia@lemmy.example", LEMMY)
    await lia.follows(stage.group, INBOX)
    await world.settle()
    await deciding.admit(stage.ana, await Membership.get(actor__uri=lia.uri))
    await world.settle()
    again = await lia.follows(stage.group, INBOX)
    await world.settle()
    assert (await Membership.get(actor__uri=lia.uri)).state == "active"
    await lia.undoes(again, INBOX)
    await world.settle()
    assert not await Membership.filter(actor__uri=lia.uri).exists()
    await service.write(stage.ana, stage.community, kind="tip", title="Après", source="Entre nous")
    await world.settle()
    assert "Après" not in str([one.activity for one in world.strangers["lemmy.example"].received])


async def test_who_joined_belongs_though_they_follow_no_more(stage: Stage) -> None:
    followed = await stage.mia.follows(stage.group, INBOX)
    await stage.world.settle()
    await stage.mia.undoes(followed, INBOX)
    await stage.world.settle()
    assert (await Membership.get(actor__uri=stage.mia.uri)).state == "active"


async def test_who_was_removed_changes_no_card_of_the_library(stage: Stage) -> None:  # D51
    card = {"type": "sheet", "license": "", "link": "https://good.example/guide", "version": 1}
    made = await stage.page(**{"fc:resource": card})
    better = {"fc:resource": card | {"link": "https://good.example/guide-2", "version": 2}}
    await stage.says(made, **better)
    resource = await Resource.get(post__uri=made["id"])
    assert (resource.link, resource.version) == ("https://good.example/guide-2", 2)
    await communities.remove_member(stage.ana, stage.community, await stage.them, "Assez.")
    await stage.world.settle()
    await stage.says(made, **{"fc:resource": card | {"link": "https://evil.example/", "version": 3}})
    await resource.refresh_from_db()
    assert (resource.link, resource.version) == ("https://good.example/guide-2", 2)
