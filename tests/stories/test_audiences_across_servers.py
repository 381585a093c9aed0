"""A thread is opened, step by step, and closed again: each server holds it exactly as long as somebody there may read it."""

from __future__ import annotations

import orjson
import pytest

from fedcop.alliances import service as alliances
from fedcop.alliances.models import Alliance
from fedcop.communities import service as communities
from fedcop.communities.models import ThreadActivity
from fedcop.core import clock
from fedcop.core.site import Site
from fedcop.discussions import queries
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.federation.fetching import resolver
from fedcop.federation.models import HeldCopy, InboxItem
from fedcop.federation.peers.speaker import peer_uri
from fedcop.federation.sending import outbox
from fedcop.media.models import Media
from fedcop.search.models import SearchEntry
from tests.rig.behind_doors import Doors, open_doors
from tests.rig.people import make_member
from tests.rig.world import World

LEAGUE = "ligue.example"


@pytest.fixture
async def doors(world: World) -> Doors:
    found = await open_doors(world)
    await found.community("request")
    await found.thread()
    return found


async def allied(doors: Doors) -> Site:
    """An organisation that A has an agreement with; nobody there is a member."""
    league = await doors.world.fedcop(f"https://{LEAGUE}")
    for site, host in ((doors.a, LEAGUE), (league, "coop.example")):
        async with site.entered():
            moment = clock.now()
            await Alliance.create(
                uri="https://coop.example/activities/7", host=host, ours=host == LEAGUE, state="active", from_at=moment,
                created_at=moment, signed_by="A.", data_at="B.",
            )  # fmt: skip
            await resolver.actor(peer_uri(host))
    return league


async def opens(doors: Doors, audience: str) -> None:
    async with doors.a.entered():
        post = await Post.get(id=doors.root.id)
        await discussions.change_audience(doors.ana.actor, post, audience, seen=post.audience)
    await doors.settle()


async def held(site: Site, doors: Doors) -> str:
    """What a server knows: its audience there, "gone", or nothing."""
    async with site.entered():
        found = await Post.get_or_none(uri=doors.root.uri)
        if found is None:
            return ""
        files = {one.audience for one in await Media.filter(post_id=found.id)}
        searched = set(await SearchEntry.filter(id=found.id).values_list("audience", flat=True))
        if found.deleted_at is not None:
            assert not found.content and not files and not searched
            return "gone"
        assert files == searched == {found.audience}
        return found.audience


async def test_step_by_step_and_back(doors: Doors) -> None:  # H19
    league = await allied(doors)
    async with doors.b.entered():  # Bob answers while it is the community's
        await discussions.reply(doors.bob.actor, await Post.get(uri=doors.root.uri), source="Dans la Mirabelle du nord")
    await doors.settle()
    steps = (
        ("organisation", ""), ("allies", "allies"), ("public", "public"), ("allies", "allies"), ("community", "gone"),
        ("allies", "allies"), ("me", "gone"),
    )  # fmt: skip
    async with doors.a.entered():  # only the author's own post can be taken back alone
        await discussions.remove(doors.ana.actor, await Post.get(depth=1, root_id=doors.root.id), "Fin")
        await Post.filter(depth=1).delete()
    for audience, of_league in steps:
        await opens(doors, audience)
        assert await held(doors.a, doors) == audience
        assert await held(doors.b, doors) == ("gone" if audience == "me" else audience), audience
        assert await held(league, doors) == of_league, audience
    async with doors.a.entered():
        assert await HeldCopy.filter(post_id=doors.root.id, confirmed_at=None).count() == 0, (
            "each signed that it is gone"
        )


async def test_answers_keep_the_readers_they_were_written_for(doors: Doors) -> None:
    async with doors.b.entered():
        root = await Post.get(uri=doors.root.uri)
        mine = await discussions.reply(doors.bob.actor, root, source="Entre nous")
    await doors.settle()
    await opens(doors, "public")
    async with doors.a.entered():
        root = await Post.get(id=doors.root.id)
        after = await discussions.reply(doors.ana.actor, root, source="Pour tout le monde")
    await doors.settle()
    for site in (doors.a, doors.b):
        async with site.entered():
            root = await Post.get(uri=doors.root.uri)
            seen = await queries.thread(None, root)
            assert [view.post.uri for view in seen.replies] == [after.uri] and seen.root.post.replies_count == 1
            kept = await Post.get(uri=mine.uri)
            assert kept.audience == "community"
    answer = await doors.world.request(
        "GET",
        f"{doors.root.context_uri.removesuffix('context')}history?page=1",
        {"Accept": "application/activity+json"},
    )
    assert answer.status == 200 and b"Entre nous" not in answer.body
    assert [one["type"] for one in orjson.loads(answer.body)["orderedItems"]] == ["Update", "Create"]
    await opens(doors, "community")
    for site in (doors.a, doors.b):
        async with site.entered():
            assert set(await Post.filter(root_id__not=0).values_list("audience", flat=True)) == {"community"}

    # Nor when the community is hidden from one day on: what was open would tell that it is there.
    await opens(doors, "public")
    for site in (doors.b, doors.a):  # as if it had been written while the community was for everybody
        async with site.entered():
            await Post.filter(uri=mine.uri).update(audience="public")
    async with doors.a.entered():
        await communities.change(doors.ana.actor, doors.home, join_policy="invitation")
    await doors.settle()
    for site in (doors.a, doors.b):
        async with site.entered():
            assert set(await Post.filter(root_id__not=0).values_list("audience", flat=True)) == {"community"}


async def test_an_older_word_opens_nothing(doors: Doors) -> None:  # D04
    await opens(doors, "public")
    async with doors.a.entered():
        words = bytes((await ThreadActivity.get(post_id=doors.root.id, kind="Update")).body)
    await opens(doors, "community")
    async with doors.a.entered():
        group = doors.home.actor
        again = {"id": f"{group.uri}#again", "type": "Announce", "actor": group.uri, "to": [f"{group.uri}/followers"]}
        await outbox.publish(
            again | {"object": orjson.loads(words)}, actor=group, inboxes=["https://vallee.example/inbox"]
        )
    await doors.settle()
    async with doors.b.entered():
        assert b"#again" in b"".join([bytes(one.body) for one in await InboxItem.all()])
        assert (await Post.get(uri=doors.root.uri)).audience == "community"


async def test_an_alliance_that_ends_takes_its_copies_along(doors: Doors) -> None:
    league = await allied(doors)
    async with league.entered():
        zoe = (await make_member("zelie")).actor
    await opens(doors, "allies")
    async with league.entered():
        post = await Post.get(uri=doors.root.uri)
        assert (
            await queries.visible_ids(zoe, [post.id]) == {post.id}
            and await queries.visible_ids(None, [post.id]) == set()
        )
    async with doors.a.entered():
        await alliances.record_end(await Alliance.get(host=LEAGUE), "")
    async with league.entered():
        await Alliance.all().update(state="ended")
        assert await queries.visible_ids(zoe, [post.id]) == set(), "at once, whatever has arrived"
    await doors.settle()
    assert await held(league, doors) == "gone"
