"""A thread moves to another community: what each server makes of it, what it is told, and who is not believed."""

from __future__ import annotations

import json
from typing import Any

from fedcop.actors.models import Actor
from fedcop.communities import lookup, service
from fedcop.communities import queries as communities
from fedcop.communities.models import Community, ModerationAct
from fedcop.core.site import Site
from fedcop.discussions import queries
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.federation.models import HeldCopy
from fedcop.media.models import Media
from fedcop.notifications.models import Notification
from fedcop.search.models import SearchEntry
from tests.rig.behind_doors import Doors, open_doors
from tests.rig.interop import INBOX, open_coop
from tests.rig.manners import LEMMY, PIEFED
from tests.rig.people import make_member
from tests.rig.world import World, outcomes


async def _place(site: Site, uri: str) -> str:
    """In which community a thread is on a server."""
    async with site.entered():
        post = await Post.get(uri=uri)
        found = await communities.by_id(post.community_id) if post.community_id is not None else None
        return found.actor.name if found is not None else ""


async def test_a_public_thread_moves_on_every_server_that_knows_the_word(world: World) -> None:
    coop = await open_coop(world)
    b = await world.fedcop("https://atelier.example")
    lia = await coop.joined_by("lia@lemmy.example", LEMMY)
    pia = await coop.joined_by("pia@piefed.example", PIEFED)
    async with coop.site.entered():
        other = await service.found(coop.ana, title="Prés", name="pres", purpose="Faucher", posting="anyone")
    async with b.entered():
        ben = (await make_member("ben")).actor
        await lookup.ask_for("!sols@coop.example")
        await coop.settle()
        await service.join(ben, await communities.visible_community(ben, "sols@coop.example"))
    await coop.settle()
    async with b.entered():
        there = await communities.visible_community(ben, "sols@coop.example")
        root = await discussions.write(ben, there, kind="question", title="Quand faucher ?", source="Dites.")
    await coop.settle()
    async with coop.site.entered():
        await discussions.reply(coop.bob, await Post.get(uri=root.uri), source="En juin.")
    await coop.settle()
    coop.new(lia.server), coop.new(pia.server)

    async with coop.site.entered():
        await discussions.move(coop.ana, await Post.get(uri=root.uri), other, "C'est de l'herbe.")
    await coop.settle()

    assert [await _place(site, root.uri) for site in (coop.site, b)] == ["pres", "pres"]
    async with b.entered():
        assert await Post.filter(root_id=root.id).count() == 2
        [told] = await Notification.filter(kind="moderation")
        assert (told.detail["act"], told.detail["community"]) == ("move", "Prés")
        assert [one.act for one in await ModerationAct.all().order_by("id")] == ["move_out", "move_in"]
    assert [one["object"]["type"] for one in coop.new(pia.server)] == ["Move"]
    assert coop.new(lia.server) == [], "Lemmy stumbles over what it does not know"

    async with coop.site.entered():
        answer = await discussions.reply(coop.bob, await Post.get(uri=root.uri), source="Ou en juillet.")
    await coop.settle()
    assert await _place(b, answer.uri) == "pres", "what is said later comes through the other community"


async def _private_pair(world: World) -> tuple[Doors, Community]:
    """A private community on A with Bob of B in it and a life of its own, and another one without him."""
    doors = await open_doors(world)
    await doors.community("request")
    await doors.life()
    async with doors.a.entered():
        other = await service.found(
            doors.ana.actor, title="Noyau", name="noyau", purpose="À trois", visibility="private", posting="members"
        )
    return doors, other


async def _invite(doors: Doors, community: Community) -> None:
    async with doors.a.entered():
        bob = await Actor.get(uri=doors.bob.actor.uri)
        await service.invite(doors.ana.actor, community, bob)
    await doors.settle()
    async with doors.b.entered():
        seen = await Community.get(actor__uri=community.actor.uri).select_related("actor")
        await service.accept_invitation(doors.bob.actor, seen)
    await doors.settle()


async def test_a_server_that_lost_its_last_reader_lets_go_and_gets_it_back_with_the_next(world: World) -> None:
    doors, other = await _private_pair(world)
    mine = Post.filter(author_id=doors.bob.actor.id, depth=1)
    async with doors.b.entered():
        await doors.b.runner.settle()
        own = await mine.get()
    async with doors.a.entered():
        await discussions.move(doors.ana.actor, await Post.get(id=doors.root.id), other, "Entre nous.")
    await doors.settle()

    async with doors.b.entered():
        root = await Post.get(uri=doors.root.uri)
        assert (root.community_id, root.title, root.content) == (None, "", ""), "its place only, for Bob's answer"
        assert not await queries.visible_ids(doors.zoe.actor, [root.id, own.id])
        assert (await Post.get(id=own.id)).source == "Dans la Mirabelle du nord"
        assert not await Media.filter(post_id=root.id).exclude(key="")
        assert not await SearchEntry.filter(id__in=[root.id, own.id])
        assert not await communities.by_uri(other.actor.uri), "it never heard of the other community"
    async with doors.a.entered():
        held = await HeldCopy.filter(host="vallee.example", post_id=doors.root.id).get()
        assert held.confirmed_at is not None, "B signed that it is gone"

    await _invite(doors, other)
    async with doors.b.entered():
        root = await Post.get(uri=doors.root.uri)
        assert (root.community_id is not None, root.title) == (True, "La Mirabelle cachée")
        assert await queries.visible_ids(doors.bob.actor, [root.id, own.id]) == {root.id, own.id}
        assert await Media.filter(post_id=root.id).exclude(key="").count() == 2
        assert await Post.filter(uri=doors.root.uri).count() == 1
    assert await _place(doors.b, own.uri) == "noyau"


async def test_readers_elsewhere_keep_a_private_thread_and_others_there_do_not_see_it(world: World) -> None:
    doors, other = await _private_pair(world)
    await _invite(doors, other)
    await doors.let_in(doors.zoe)
    async with doors.a.entered():
        await discussions.move(doors.ana.actor, await Post.get(id=doors.root.id), other, "Entre nous.")
    await doors.settle()
    async with doors.b.entered():
        root = await Post.get(uri=doors.root.uri)
        assert await queries.visible_ids(doors.bob.actor, [root.id]) == {root.id}
        assert not await queries.visible_ids(doors.zoe.actor, [root.id])
    assert await _place(doors.b, doors.root.uri) == "noyau"
    async with doors.a.entered():
        own = await Post.get(uri=doors.own.uri)
        await discussions.move_all([own], doors.home, other)  # as a community does that ends
    await doors.settle()
    assert await _place(doors.b, doors.own.uri) == "noyau"


async def test_a_move_counts_by_its_own_community_only(world: World) -> None:  # J22
    coop = await open_coop(world)
    gus = await coop.joined_by("gus@good.example", PIEFED)
    evil = await world.server("evil.example", PIEFED)
    mal = evil.person("mal")
    b = await world.fedcop("https://atelier.example")
    async with b.entered():
        ben = (await make_member("ben")).actor
        await lookup.ask_for("!sols@coop.example")
    await coop.settle()
    async with b.entered():
        await service.join(ben, await communities.visible_community(ben, "sols@coop.example"))
    async with coop.site.entered():
        other = await service.found(coop.ana, title="Prés", name="pres", purpose="Faucher", posting="anyone")
        root = await discussions.write(coop.ana, coop.community, kind="question", title="Quand ?", source="Dites.")
    await coop.settle()

    def move(by: Any, actor: str, target: str = other.actor.uri) -> dict[str, Any]:
        said = by.activity("Move", root.uri, cc=[coop.group], audience=coop.group)
        return {**said, "actor": actor, "origin": coop.group, "target": target, "summary": "À moi"}

    for inbox in (INBOX, "https://atelier.example/inbox"):
        await gus.sends(move(gus, gus.uri), inbox)
        await mal.sends(move(mal, mal.uri, f"{evil.origin}/c/x"), inbox)
        group = evil.group("x")
        await group.announces({**move(mal, coop.ana.uri), "id": f"{coop.ana.uri}#forged"}, inbox)
    await coop.settle()
    assert [await _place(site, root.uri) for site in (coop.site, b)] == ["sols", "sols"]
    assert {outcome for outcome, _why in (await outcomes(b))[-3:]} <= {"refused", "ignored"}
    async with coop.site.entered():
        body = json.dumps(await ModerationAct.all().values("act"))
    assert "move" not in body
