"""What communities elsewhere announce: the inside counts only if somebody vouches for it, one level deep (attacks D16 to D24, J01 to J06, J28)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import lookup, queries
from fedcop.communities.models import Ban, Community
from fedcop.core.feature import Feature
from fedcop.core.site import Site
from fedcop.federation import known
from fedcop.people import service as people
from tests.fedcop.communities.probe import PROBE, Seen
from tests.rig.fakeserver import PUBLIC, Stranger
from tests.rig.manners import FEDIFY, LEMMY, PLAIN
from tests.rig.people import make_member
from tests.rig.world import World, outcomes

HOME = "https://v.example"
INBOX = f"{HOME}/inbox"


@pytest.fixture
def features(features: tuple[Feature, ...]) -> tuple[Feature, ...]:
    """Communities with a probe above them."""
    return (*features, PROBE)


@dataclass
class Stage:
    """Ana of v.example follows a community on lemmy.example; gus and eve are elsewhere."""

    world: World
    site: Site
    ana: Actor
    group: Stranger
    lia: Stranger
    gus: Stranger
    eve: Stranger

    @property
    def seen(self) -> Seen:
        return self.site.part(Seen)

    async def announces(self, inner: object, by: Stranger | None = None) -> tuple[str, str]:
        """Let the group announce something; gives what became of it."""
        await (by or self.group).announces(inner, INBOX)
        await self.world.settle()
        return (await outcomes(self.site))[-1]

    async def community(self) -> Community:
        found = await queries.by_uri(self.group.uri)
        assert found is not None
        return found


@pytest.fixture
async def stage(world: World) -> AsyncIterator[Stage]:
    """Everybody is there."""
    site = await world.fedcop(HOME)
    async with site.entered():
        ana = (await make_member("ana")).actor
    server = await world.server("lemmy.example", LEMMY)
    group, lia = server.group("soil"), server.person("lia")
    group.moderators = [lia.uri]
    group.publish_moderators()
    gus, eve = await world.stranger("gus@good.example", PLAIN), await world.stranger("eve@evil.example", FEDIFY)
    async with site.entered():
        await lookup.ask_for(f"!{group.handle}")
        await site.runner.settle()
        community = await queries.visible_community(ana, group.handle)
        await people.follow(ana, community.actor)
    await world.settle()
    [follow] = server.took("Follow")
    await group.accepts(follow, INBOX)
    await world.settle()
    yield Stage(world, site, ana, group, lia, gus, eve)


async def test_the_community_was_read(stage: Stage) -> None:
    async with stage.site.entered():
        found = await stage.community()
        assert (found.visibility, found.posting, found.accepts_joins) == ("public", "followers", False)
        assert [one.uri for one in await queries.moderators(found)] == [stage.lia.uri]


async def test_of_its_own_people_a_community_is_believed(stage: Stage) -> None:
    create = stage.lia.activity("Create", stage.lia.root(stage.group.uri))
    assert await stage.announces(create) == ("done", "")
    [inner] = stage.seen.inbounds
    assert (
        (inner.actor.uri, inner.proven) == (stage.lia.uri, True)
        and inner.via is not None
        and inner.via.uri == stage.group.uri
    )
    assert json.loads(inner.body) == create


async def test_a_forgery_in_the_name_of_others_changes_nothing(stage: Stage) -> None:  # D18
    forged = {**stage.gus.root(stage.group.uri), "id": "https://good.example/posts/777", "content": "<p>forged</p>"}
    create = stage.gus.activity("Create", forged)
    outcome, reason = await stage.announces(create)
    assert outcome == "refused" and reason
    assert stage.seen.inbounds == []


async def test_what_others_wrote_is_asked_for_at_their_own_server(stage: Stage) -> None:
    real = stage.gus.root(stage.group.uri, text="<p>real</p>")
    create = stage.gus.activity("Create", {**real, "content": "<p>forged</p>"})
    assert (await stage.announces(create))[0] == "done"
    [inner] = stage.seen.inbounds
    assert "real" in inner.object.content and "forged" not in inner.object.content


async def test_a_proof_makes_asking_unnecessary_and_a_changed_body_is_asked_for(stage: Stage) -> None:  # J03
    good = stage.eve.activity("Create", stage.eve.root(stage.group.uri))
    assert (await stage.announces(good))[0] == "done"
    number = len(stage.eve.server.gets)
    changed = json.loads(json.dumps(good).replace("Who knows", "Nobody knows"))
    changed["id"] += "x"
    assert (await stage.announces(changed))[0] == "done"
    assert "Who knows" in stage.seen.inbounds[-1].object.content
    assert len(stage.eve.server.gets) > number


async def test_a_deletion_in_the_name_of_others_is_checked(stage: Stage) -> None:
    note = stage.gus.root(stage.group.uri)
    delete = stage.gus.activity("Delete", note["id"], to=[stage.group.uri, PUBLIC])
    assert (await stage.announces(delete))[0] == "refused"
    stage.gus.server.statuses["/posts/1"] = 410
    assert (await stage.announces({**delete, "id": delete["id"] + "x"}))[0] in ("done", "refused")


async def test_a_vote_counts_as_the_communitys_word(stage: Stage) -> None:  # D21
    like = stage.gus.activity("Like", "https://lemmy.example/post/1")
    assert (await stage.announces(like))[0] == "done"
    assert not stage.seen.inbounds[0].proven


async def test_one_level_only(stage: Stage) -> None:  # J01
    create = stage.lia.activity("Create", stage.lia.root(stage.group.uri))
    outcome, reason = await stage.announces(stage.group.wraps(create))
    assert outcome == "refused" and "Announce" in reason
    assert stage.seen.inbounds == []


async def test_only_communities_pass_activities_on(stage: Stage) -> None:  # D16, J27
    create = stage.eve.activity("Create", {**stage.eve.root(stage.group.uri), "audience": stage.group.uri})
    assert (await stage.announces(create, by=stage.eve))[0] == "ignored"
    assert stage.seen.inbounds == []


async def test_nobody_pushes_communities_onto_us(stage: Stage) -> None:  # J28
    evil = stage.eve.server.group("evil")
    create = stage.eve.activity("Create", stage.eve.root(evil.uri))
    assert (await stage.announces(create, by=evil))[0] == "ignored"
    async with stage.site.entered():
        await people.follow(stage.ana, await actors.by_uri(evil.uri))
    await stage.world.settle()
    assert (await stage.announces({**create, "id": create["id"] + "x"}, by=evil))[0] in ("done", "refused")


async def test_what_is_not_addressed_to_the_community_is_none_of_its_business(stage: Stage) -> None:
    create = stage.lia.activity("Create", stage.lia.note())
    assert (await stage.announces(create))[0] == "ignored"


async def test_moderators_moderate_and_others_do_not(stage: Stage) -> None:  # D22, D23, D47
    mia = await stage.world.stranger("mia@other.example")
    block = {"target": stage.group.uri, "summary": "spam", "to": [PUBLIC], "cc": [stage.group.uri]}
    outcome, reason = await stage.announces(mia.activity("Block", stage.gus.uri, **block))
    assert outcome == "refused" and "moderate" in reason
    async with stage.site.entered():
        assert not await Ban.all().exists()
    stage.group.moderators = [stage.lia.uri, mia.uri]
    stage.group.publish_moderators()
    stage.world.clock.advance(3700)
    assert await stage.announces(mia.activity("Block", stage.gus.uri, **block)) == ("done", "")
    async with stage.site.entered():
        made = await Ban.all().select_related("actor", "by").first()
        assert made is not None and made.by is not None
        assert (made.actor.uri, made.by.uri, made.reason) == (stage.gus.uri, mia.uri, "spam")
    stage.group.moderators = [stage.lia.uri]
    stage.group.publish_moderators()
    stage.world.clock.advance(3700)
    undone = mia.activity("Undo", mia.activity("Block", stage.gus.uri, **block), to=[PUBLIC], cc=[stage.group.uri])
    assert (await stage.announces(undone))[0] == "refused"


async def test_a_ban_sent_directly_says_nothing_about_a_community_elsewhere(stage: Stage) -> None:  # D27, D28, D29, D47
    block = stage.lia.activity("Block", stage.ana.uri, target=stage.group.uri)
    await stage.lia.sends(block, INBOX)
    await stage.world.settle()
    assert (await outcomes(stage.site))[-1][0] == "refused"
    # Nor is anybody banned from a whole server, theirs or ours, even in what the community announces.
    for whole in ("https://lemmy.example/", f"{HOME}/", HOME):
        more = {"target": whole, "removeData": True, "to": [PUBLIC], "cc": [stage.group.uri]}
        assert (await stage.announces(stage.lia.activity("Block", stage.gus.uri, **more)))[0] in ("ignored", "refused")
    async with stage.site.entered():
        assert not await Ban.all().exists()


async def test_a_list_of_moderators_elsewhere_counts_for_nothing(stage: Stage) -> None:  # D24
    evil = f"{stage.eve.server.origin}/mods"
    stage.eve.server.put(evil, {"id": evil, "type": "OrderedCollection", "orderedItems": [stage.eve.uri]})
    stage.group.properties["attributedTo"] = evil
    stage.group.publish()
    await stage.announces(stage.lia.activity("Update", stage.group.document, to=[PUBLIC], cc=[stage.group.uri]))
    stage.world.clock.advance(3700)
    lock = stage.eve.activity("Lock", "https://lemmy.example/post/1", cc=[stage.group.uri])
    assert (await stage.announces(lock))[0] == "refused"
    assert stage.seen.inbounds == []


async def test_moderators_are_named_by_the_community(stage: Stage) -> None:  # D25, D47
    add = {"target": f"{stage.group.uri}/moderators", "to": [PUBLIC], "cc": [stage.group.uri]}
    await stage.lia.sends(stage.lia.activity("Add", stage.gus.uri, **add), INBOX)
    await stage.eve.sends(stage.eve.activity("Add", stage.eve.uri, **add), INBOX)
    await stage.world.settle()
    async with stage.site.entered():
        assert [one.uri for one in await queries.moderators(await stage.community())] == [stage.lia.uri]
    assert (await stage.announces(stage.lia.activity("Add", stage.gus.uri, **add))) == ("done", "")
    async with stage.site.entered():
        assert stage.gus.uri in [one.uri for one in await queries.moderators(await stage.community())]
    assert (await stage.announces(stage.lia.activity("Remove", stage.gus.uri, **add))) == ("done", "")
    async with stage.site.entered():
        assert stage.gus.uri not in [one.uri for one in await queries.moderators(await stage.community())]


async def test_our_own_activity_comes_back_as_a_receipt(stage: Stage) -> None:  # J02
    mine = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{HOME}/activities/7",
        "type": "Create",
        "actor": stage.ana.uri,
        "object": {"id": f"{HOME}/p/7", "type": "Page", "content": "<p>put into my mouth</p>"},
        "to": [stage.group.uri, PUBLIC],
    }
    assert (await stage.announces(mine))[0] == "ignored"
    assert stage.seen.receipts == []
    async with stage.site.entered():
        await known.remember(mine["id"], "activity", 1, stage.ana.uri)
    assert (await stage.announces(mine))[0] == "done"
    [receipt] = stage.seen.receipts
    assert (receipt.uri, receipt.object_uri) == (f"{HOME}/activities/7", f"{HOME}/p/7")
    assert stage.seen.inbounds == []


async def test_several_at_once_and_a_bad_one_among_them(stage: Stage) -> None:  # J04
    good = stage.lia.activity("Create", stage.lia.root(stage.group.uri))
    also = stage.lia.activity("Like", good["object"]["id"])
    bad = stage.gus.activity("Create", {**stage.gus.root(stage.group.uri), "id": "https://good.example/posts/777"})
    assert await stage.announces([bad, good, also]) == ("done", "")
    assert [one.activity.type for one in stage.seen.inbounds] == ["Create", "Like"]
