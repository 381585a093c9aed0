"""Three programs at the door of a private community: Lemmy 1.0 comes in, Mobilizon and Mastodon are told why not and what they can do."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from fedcop.communities import service as communities
from fedcop.communities.models import Community, Membership
from fedcop.discussions import service
from fedcop.discussions.models import Post
from fedcop.people.models import Follow
from tests.rig.fakeserver import PUBLIC, Stranger
from tests.rig.golden import Golden
from tests.rig.interop import HOME, INBOX, Coop, fix_keys, open_coop, post
from tests.rig.manners import LEMMY, MASTODON, MOBILIZON, Manners
from tests.rig.world import World

pytestmark = pytest.mark.once  # How strangers speak is the same whatever we keep it in.


@dataclass
class Stage:
    """Ana's public community, and a private one that shows itself."""

    coop: Coop
    private: Community

    @property
    def group(self) -> str:
        return self.private.actor.uri

    async def states(self, person: Stranger) -> list[str]:
        found = Membership.filter(community_id=self.private.id, actor__uri=person.uri)
        return [str(state) for state in await found.values_list("state", flat=True)]


@pytest.fixture
async def stage(world: World, monkeypatch: pytest.MonkeyPatch) -> Stage:
    fix_keys(monkeypatch)
    coop = await open_coop(world)
    private = await communities.found(
        coop.ana,
        title="Entre nous",
        name="nous",
        purpose="Parler librement",
        visibility="private",
        posting="members",
        join_policy="request",
    )
    await coop.settle()
    return Stage(coop, private)


async def test_lemmy_asks_by_following_talks_and_leaves(stage: Stage, golden: Golden) -> None:
    coop, group = stage.coop, stage.group
    lia = await coop.world.stranger("lia@lemmy.example", LEMMY)
    machine = lia.server.person("lemmy.example", "Application")
    follow = await lia.follows(group, INBOX)
    await coop.settle()
    assert (await stage.states(lia), coop.new(lia.server)) == (["asked"], [])
    await communities.admit(coop.ana, await Membership.get(community_id=stage.private.id, state="asked"))
    await coop.settle()
    [accept] = coop.new(lia.server)
    assert (accept["type"], accept["object"]["id"], accept["actor"]) == ("Accept", follow["id"], group)

    # What she writes is addressed to the group and its followers, and comes back in the group's words to the same.
    to = [group, f"{group}/followers"]
    page = lia.root(group, "En confiance", "<p>Entre nous soit dit</p>", to=to)
    await lia.creates(page, INBOX)
    await coop.settle()
    root = await post(page["id"])
    reply = await service.reply(coop.ana, root, source="Cela reste ici")
    await coop.settle()
    receipt, announced = [one for one in coop.new(lia.server) if one["type"] == "Announce"]
    assert (receipt["object"]["object"]["id"], receipt["to"], receipt["cc"]) == (page["id"], [f"{group}/followers"], [])
    assert announced["object"]["object"]["to"][:2] == to and PUBLIC not in json.dumps(announced)
    golden("wire/lemmy-1.0/private_announce_reply", announced)

    # Its own server is asked for the post, and asks ours whether who asks may read it.
    asked = f"{group}/followers?is_follower="
    assert (await machine.gets(asked + lia.uri)).status == 200
    assert (await machine.gets(asked + "https://lemmy.example/u/max")).status == 404
    assert (await lia.gets(reply.uri)).status == 200

    await lia.deletes(page["id"], INBOX)
    await lia.undoes(follow, INBOX)
    await coop.settle()
    assert await stage.states(lia) == [] and (await Post.get(id=root.id)).deleted_at is not None
    coop.new(lia.server)
    await service.reply(coop.ana, await Post.get(id=reply.id), source="Elle est partie")
    await coop.settle()
    assert coop.new(lia.server) == []
    for by in (lia, machine):
        assert (await by.gets(reply.uri)).status == (await by.gets(asked + lia.uri)).status == 404


async def test_mobilizon_joins_posts_and_leaves_where_it_can_keep_its_word(stage: Stage, golden: Golden) -> None:
    """In a public community. What it writes belongs to the group, and a membership has the id of its Join."""
    coop = stage.coop
    mona = await coop.world.stranger("mona@mobilizon.example", MOBILIZON)
    join = await mona.joins(coop.group, INBOX)
    await coop.settle()
    [accept] = coop.new(mona.server)
    assert (accept["type"], accept["object"]["id"], accept["result"]["id"]) == ("Accept", join["id"], join["id"])
    golden("wire/mobilizon/accept_join", accept)
    listed = json.loads((await mona.gets(f"{coop.group}/members")).body)
    golden("wire/mobilizon/members", {name: value for name, value in listed.items() if name != "proof"})
    assert listed["type"] == "OrderedCollection"
    assert {one["id"]: one["role"] for one in listed["orderedItems"]}[join["id"]] == "member"

    article = mona.root(coop.group, "Chantier de haies", "<p>Samedi, avec des gants</p>")
    await mona.creates(article, INBOX)
    await coop.settle()
    root = await post(article["id"])
    author = await root.author
    assert (author.uri, root.title, root.audience) == (mona.uri, "Chantier de haies", "public")
    await mona.updates({**article, "content": "<p>Dimanche</p>"}, INBOX)
    await coop.settle()
    assert "Dimanche" in (await post(article["id"])).content
    # Who is not the writer speaks neither for the group nor for her.
    max_ = await coop.world.stranger("max@mobilizon.example", MOBILIZON)
    forged = {**article, "content": "<p>Jamais</p>", "updated": "2099-01-01T00:00:00Z"}
    await max_.sends(max_.activity("Update", forged), INBOX)
    await max_.sends(max_.activity("Update", {**forged, "actor": coop.ana.uri}), INBOX)
    # A discussion of Mobilizon is for members: it is not published where everybody reads.
    note = mona.note("<p>Pour nous</p>", name="Discussion", actor=mona.uri, attributedTo=coop.group, to=[f"{coop.group}/members"], cc=[])  # fmt: skip
    await mona.creates(note, INBOX)
    await coop.settle()
    assert "Dimanche" in (await post(article["id"])).content and not await Post.exists(uri=note["id"])

    await mona.deletes(article["id"], INBOX)
    leave = mona.activity("Leave", coop.group, to=[f"{coop.group}/members"], cc=[coop.group], attributedTo=coop.group)
    await mona.sends(leave, INBOX)
    await coop.settle()
    assert (await Post.get(id=root.id)).deleted_at is not None
    assert not await Membership.exists(community_id=coop.community.id, actor__uri=mona.uri)


@pytest.mark.parametrize("manners", [MOBILIZON, MASTODON], ids=lambda one: one.software)
async def test_who_cannot_keep_it_is_told_so_in_words(stage: Stage, golden: Golden, manners: Manners) -> None:
    """A Reject shows nothing there: a message says why, and what is possible. Of a hidden community one hears nothing."""
    coop = stage.coop
    mia = await coop.world.stranger(f"mia@{manners.software}.example", manners)
    knock = mia.joins if manners is MOBILIZON else mia.follows
    await knock(stage.group, INBOX)
    await coop.settle()
    told = {one["type"]: one for one in coop.new(mia.server)}
    assert set(told) == {"Reject", "Create"} and told["Reject"]["actor"] == stage.group
    note = told["Create"]["object"]
    assert note["to"] == [mia.uri] and note["cc"] == [] and note["tag"][0]["href"] == mia.uri
    assert "compte sur ce serveur" in note["content"] and f'href="{stage.group}"' in note["content"]
    golden(f"wire/{manners.software}/private_why_not", told["Create"])
    golden(f"wire/{manners.software}/private_reject", told["Reject"])
    assert await stage.states(mia) == [] and not await Follow.exists(target_id=stage.private.actor_id)

    hidden = await communities.found(
        coop.ana, title="Caché", name="cache", purpose="Ailleurs", visibility="private", join_policy="invitation"
    )
    await coop.settle()
    await knock(hidden.actor.uri, INBOX)
    await knock(f"{HOME}/c/jamais", INBOX)
    await service.write(coop.ana, stage.private, kind="tip", title="Un secret", source="Pour nous")
    await coop.settle()
    assert coop.new(mia.server) == []
