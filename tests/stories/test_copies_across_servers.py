"""Who holds a copy, what each server says when a post goes, and what happens when the last member of a server is gone."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.actors.service import mark_gone
from fedcop.communities import queries, remote, service
from fedcop.communities.copies import ledger
from fedcop.communities.copies.asking import ask, ask_again, copies_uri
from fedcop.communities.copies.models import Erasure
from fedcop.communities.models import Community, Membership, ThreadActivity
from fedcop.core.site import Site
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.discussions.polls.asking import Asked
from fedcop.discussions.polls.models import Poll
from fedcop.federation.fetching import resolver
from fedcop.federation.models import HeldCopy, InboxItem
from fedcop.media import service as media
from fedcop.media.models import Media
from fedcop.notifications.models import Notification
from fedcop.search.models import SearchEntry
from tests.rig.fakeserver import Stranger
from tests.rig.manners import LEMMY, PLAIN
from tests.rig.people import make_member
from tests.rig.samples import picture
from tests.rig.world import World, outcomes

A, B = "coop.example", "vallee.example"
FEDCOP = replace(PLAIN, software="fedcop", version="1.0")


def _give_it_a_voice(person: Stranger) -> None:
    """Serve the actor that speaks for a whole server."""
    peer = f"{person.server.origin}/actor"
    voice = {**person.document, "id": peer, "type": "Application", "preferredUsername": person.server.host}
    key = {"id": f"{peer}#main-key", "owner": peer, "publicKeyPem": person.public_pem}
    person.server.put(peer, {**voice, "inbox": f"{peer}/inbox", "publicKey": key})


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    """A file as it is uploaded."""
    yield content


class Stage:
    """Ana's private community on A; Ben of B belongs to it."""

    def __init__(self, world: World, a: Site, b: Site) -> None:
        self.world, self.a, self.b = world, a, b
        self.home: Community
        self.ana: Actor
        self.ben: Actor

    async def begin(self) -> None:
        async with self.a.entered():
            self.ana = (await make_member("ana")).actor
            self.home = await service.found(
                self.ana, title="Entre nous", name="nous", purpose="x", visibility="private", join_policy="request"
            )
        async with self.b.entered():
            self.ben = (await make_member("ben")).actor
        await self.join()

    async def seen(self) -> Community:
        return await remote.community_of(await resolver.handle("!nous@coop.example"))

    async def join(self) -> None:
        async with self.b.entered():
            await service.join(self.ben, await self.seen(), "")
        await self.world.settle()
        await self.admit_all()

    async def admit_all(self) -> None:
        async with self.a.entered():
            for one in await Membership.filter(community_id=self.home.id, state="asked").select_related("actor"):
                await service.admit(self.ana, one)
        await self.world.settle()

    async def leave(self) -> None:
        async with self.b.entered():
            await service.leave(self.ben, await self.seen())
        await self.world.settle()

    async def write(self, title: str = "Un secret", *, files: bool = False, poll: Asked | None = None) -> Post:
        async with self.a.entered():
            ids = [(await media.accept(self.ana, "plan.jpg", pieces(picture()))).id] if files else []
            for one in ids:
                await media.describe(self.ana, await Media.get(id=one), "Le plan")
            post = await discussions.write(
                self.ana, self.home, kind="question", title=title, source="Gardé pour nous", media=ids, poll=poll
            )
        await self.world.settle()
        return post

    async def copies(self, post: Post) -> dict[str, str]:
        async with self.a.entered():
            found = await Post.get(id=post.id)
            gone = found.deleted_at is not None or found.removed_at is not None
            return {one.host: one.state for one in await ledger.of_post(post.id, gone=gone)}

    async def holders(self) -> dict[str, ledger.Holder]:
        async with self.a.entered():
            return {one.host: one for one in await ledger.holders(self.home)}

    async def erasures(self) -> dict[str, str]:
        async with self.a.entered():
            return {one.host: one.state for one in await Erasure.all()}

    async def left_on_b(self) -> dict[str, int]:
        """What B still has of the community."""
        async with self.b.entered():
            community = await queries.by_uri(self.home.actor.uri)
            assert community is not None
            return {
                "posts": await Post.filter(community_id=community.id).count(),
                "files": await Media.filter(community_id=community.id).count(),
                "search": await SearchEntry.filter(community_id=community.id, kind="post").count(),
                "activities": await ThreadActivity.filter(community_id=community.id).count(),
                "told": await Notification.filter(community_id=community.id, kind="mention").count(),
                "bytes": len([p for p in (self.b.settings.data / "files").rglob("*") if p.is_file()]),
            }

    async def stranger(self, handle: str, manners: Any) -> Stranger:
        """Somebody of another server who belongs too."""
        one = await self.world.stranger(handle, manners)
        if manners.software == "lemmy":
            await one.follows(self.home.actor.uri, f"https://{A}/inbox")
        else:
            await one.joins(self.home.actor.uri, f"https://{A}/inbox")
        await self.world.settle()
        await self.admit_all()
        return one


@pytest.fixture
async def stage(world: World) -> Stage:
    """Two fedcops and a private community with members of both."""
    found = Stage(world, await world.fedcop(f"https://{A}"), await world.fedcop(f"https://{B}"))
    await found.begin()
    return found


async def test_the_ledger_says_who_was_brought_what_and_since_when(stage: Stage) -> None:
    first = await stage.write()
    began = stage.world.clock.now()
    stage.world.clock.advance(days=1)
    await stage.write("Un autre")
    assert await stage.copies(first) == {B: "holds"}
    held = (await stage.holders())[B]
    assert (held.things, held.belongs, held.since, held.last_at) == (2, True, began, began + timedelta(days=1))


async def test_whoever_fetches_the_past_is_in_the_ledger_too(stage: Stage) -> None:
    post = await stage.write()
    lia = await stage.stranger("lia@lemmy.example", LEMMY)
    assert "lemmy.example" not in await stage.copies(post)
    assert (await lia.gets(post.uri)).status == 200
    assert await stage.copies(post) == {B: "holds", "lemmy.example": "holds"}
    eve = await stage.world.stranger("eve@evil.example", PLAIN)
    assert (await eve.gets(post.uri)).status == 404
    assert "evil.example" not in await stage.copies(post)


async def test_one_row_for_each_post_and_server_whatever_is_sent(stage: Stage) -> None:
    post = await stage.write()
    async with stage.a.entered():
        await discussions.react(stage.ana, await Post.get(id=post.id), "thanks")
        await discussions.edit(stage.ana, await Post.get(id=post.id), title="Un secret", source="Autrement dit")
    await stage.world.settle()
    async with stage.a.entered():
        assert await HeldCopy.all().count() == 1


async def test_a_fedcop_signs_that_a_deleted_post_is_gone_and_others_only_take_the_word(stage: Stage) -> None:  # H24
    lia = await stage.stranger("lia@lemmy.example", LEMMY)
    post = await stage.write(files=True)
    async with stage.a.entered():
        await discussions.delete(stage.ana, await Post.get(id=post.id))
    await stage.world.settle()
    assert lia.server.took("Announce")
    assert await stage.copies(post) == {B: "confirmed", "lemmy.example": "received"}
    left = await stage.left_on_b()
    assert (left["files"], left["bytes"]) == (0, 0)


async def test_a_server_that_refuses_and_one_that_is_silent_are_shown_as_such(stage: Stage) -> None:  # H24
    await stage.stranger("lia@lemmy.example", LEMMY)
    await stage.stranger("max@muet.example", LEMMY)
    post = await stage.write()
    stage.world.strangers["lemmy.example"].inbox_status = 403
    stage.world.strangers["muet.example"].inbox_status = 503
    async with stage.a.entered():
        await discussions.delete(stage.ana, await Post.get(id=post.id))
    await stage.world.settle()
    assert await stage.copies(post) == {B: "confirmed", "lemmy.example": "refused", "muet.example": "waiting"}
    async with stage.a.entered():
        found = {one.host: one for one in await ledger.of_post(post.id, gone=True)}
    assert found["lemmy.example"].status == 403
    assert found["muet.example"].next_try is not None
    stage.world.strangers["muet.example"].inbox_status = 202
    stage.world.clock.advance(hours=1)
    await stage.world.settle()
    assert (await stage.copies(post))["muet.example"] == "received"


async def test_who_left_still_hears_that_a_post_is_gone(stage: Stage) -> None:
    """A server that never erased what it held is told of each deletion all the same."""
    lia = await stage.stranger("lia@lemmy.example", LEMMY)
    post = await stage.write()
    await lia.undoes(lia.activity("Follow", stage.home.actor.uri), f"https://{A}/inbox")
    await stage.world.settle()
    assert (await stage.holders())["lemmy.example"].belongs is False
    before = len(lia.server.received)
    async with stage.a.entered():
        await discussions.delete(stage.ana, await Post.get(id=post.id))
    await stage.world.settle()
    new = [item.activity for item in lia.server.received[before:]]
    assert [one["object"]["type"] for one in new] == ["Delete"]
    assert "Gardé" not in json.dumps(new)


async def test_when_the_last_member_leaves_their_server_erases_all_and_signs_it(stage: Stage) -> None:
    await stage.write(files=True)
    before = await stage.left_on_b()
    assert before["posts"] and before["files"] and before["bytes"] and before["search"] and before["activities"]
    await stage.leave()
    assert set((await stage.left_on_b()).values()) == {0}
    async with stage.b.entered():
        bodies = [bytes(one.body) for one in await InboxItem.all()]
        assert not [body for body in bodies if "Gardé".encode() in body]
        group = await actors.by_uri(stage.home.actor.uri)
        assert group is not None and group.gone_at is None
    assert await stage.erasures() == {B: "confirmed"}
    held = (await stage.holders())[B]
    assert (held.things, held.belongs) == (0, False)


async def test_who_comes_back_finds_everything_again(stage: Stage) -> None:
    post = await stage.write(files=True, poll=Asked(("Un choix secret", "Un autre")))
    async with stage.b.entered():
        there = await Post.get(uri=post.uri)
        mine = await discussions.reply(stage.ben, there, source="Ma réponse")
    await stage.world.settle()
    await stage.leave()
    async with stage.b.entered():
        assert (await Post.get(id=mine.id)).source == "Ma réponse", "what one wrote oneself stays one's own"
        emptied = await Post.get(uri=post.uri)
        assert (emptied.title, emptied.content, emptied.has_poll) == ("", "", False) and not await Poll.exists()
    stage.world.clock.advance(hours=1)
    await stage.join()
    assert await stage.erasures() == {}
    async with stage.b.entered():
        again = await Post.get(uri=post.uri)
        assert (again.title, again.deleted_at, again.has_poll) == ("Un secret", None, True)
        assert "Gardé pour nous" in again.content
    assert (await stage.holders())[B].things > 0


async def test_one_of_two_leaves_and_nothing_is_erased(stage: Stage) -> None:
    await stage.write()
    async with stage.b.entered():
        zoe = (await make_member("zoe")).actor
        await service.join(zoe, await stage.seen(), "")
    await stage.world.settle()
    await stage.admit_all()
    await stage.leave()
    assert await stage.erasures() == {}
    assert (await stage.left_on_b())["posts"] == 1


@pytest.mark.parametrize("way", ["removed", "banned", "deleted"])
async def test_every_way_of_going_ends_in_the_same_request(stage: Stage, way: str) -> None:
    await stage.write()
    async with stage.a.entered():
        ben = await actors.by_uri(f"https://{B}/u/ben")
        assert ben is not None
        if way == "removed":
            await service.remove_member(stage.ana, stage.home, ben, "Hors charte")
        elif way == "banned":
            await service.ban(stage.ana, stage.home, ben, reason="Hors charte")
        else:
            await mark_gone(ben)
    await stage.world.settle()
    if way == "deleted":  # B has not heard of it: it says that somebody there belongs, until it knows better
        assert await stage.erasures() == {B: "asked"}
        return
    assert await stage.erasures() == {B: "confirmed"}
    assert (await stage.left_on_b())["posts"] == 0


async def test_a_server_that_never_answers_is_named_and_asked_again_each_day(stage: Stage) -> None:
    max_ = await stage.stranger("max@muet.example", FEDCOP)
    _give_it_a_voice(max_)
    await stage.write()
    await max_.sends(max_.activity("Leave", stage.home.actor.uri), f"https://{A}/inbox")
    await stage.world.settle()
    assert await stage.erasures() == {"muet.example": "asked"}
    for day in range(1, 4):
        held = (await stage.holders())["muet.example"]
        assert held.erasure is not None and held.erasure.tries == day
        assert held.next_try is not None and held.next_try > stage.world.clock.now()
        assert held.things == 1
        stage.world.clock.advance(days=1, hours=1)
        async with stage.a.entered():
            await ask_again()
        await stage.world.settle()
    asked = max_.server.took("Remove")
    assert len(asked) == 4
    assert {one["target"] for one in asked} == {copies_uri(stage.home.actor.uri)}
    assert len({one["id"] for one in asked}) == 4


async def test_other_software_cannot_be_asked_and_the_ledger_says_so(stage: Stage) -> None:
    lia = await stage.stranger("lia@lemmy.example", LEMMY)
    await stage.write()
    await lia.undoes(lia.activity("Follow", stage.home.actor.uri), f"https://{A}/inbox")
    await stage.world.settle()
    assert await stage.erasures() == {"lemmy.example": "cannot"}
    assert not lia.server.took("Remove")


async def test_liars_confirm_nothing(stage: Stage) -> None:
    """Neither a member of the server, nor another server, nor a receipt for what was never asked."""
    await stage.stranger("lia@lemmy.example", LEMMY)
    post = await stage.write()
    liar = await stage.world.stranger("mallory@faux.example", FEDCOP)
    gone = {"id": f"https://{A}/activities/1", "type": "Delete", "actor": stage.ana.uri, "object": post.uri}
    await liar.accepts(gone, f"https://{A}/inbox")
    peer = liar.server.person("x", "Application")
    await peer.accepts(gone, f"https://{A}/inbox")
    await stage.world.settle()
    assert await stage.copies(post) == {B: "holds", "lemmy.example": "holds"}
    assert [outcome for outcome, _ in await outcomes(stage.a)][-2:] == ["refused", "refused"]


async def test_nobody_but_the_group_makes_us_erase_and_only_its_own(stage: Stage) -> None:
    await stage.write()
    mallory = await stage.world.stranger("mallory@faux.example", FEDCOP)
    group = mallory.server.group("nous")
    us, theirs = f"https://{B}/actor", copies_uri(stage.home.actor.uri)
    for liar, target in ((mallory, theirs), (group, theirs), (mallory, copies_uri(mallory.uri))):
        await liar.sends(liar.activity("Remove", us, target=target), f"https://{B}/inbox")
    await stage.world.settle()
    assert (await stage.left_on_b())["posts"] == 1
    assert [outcome for outcome, _ in await outcomes(stage.b)][-3:] == ["refused"] * 3


async def test_a_request_that_comes_while_somebody_belongs_erases_nothing(stage: Stage) -> None:
    await stage.write()
    async with stage.a.entered():
        await Erasure.create(
            uri=f"https://{A}/activities/77", community=stage.home, host=B, asked_at=stage.world.clock.now()
        )
        await ask((await Erasure.get()).id)
    await stage.world.settle()
    assert (await stage.left_on_b())["posts"] == 1
    assert await stage.erasures() == {B: "asked"}
