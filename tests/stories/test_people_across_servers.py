"""People follow, block, change, move and leave across servers: two of us, and strangers of several kinds of software."""

from __future__ import annotations

import pytest

from fedcop.actors import queries as actors
from fedcop.core.site import Site
from fedcop.federation import queries as federation
from fedcop.federation.models import InboxItem
from fedcop.people import departure, queries, service
from tests.rig.fakeserver import Stranger
from tests.rig.manners import ALL, GOTOSOCIAL, MASTODON, PLAIN, Manners
from tests.rig.people import PASSWORD, make_member
from tests.rig.world import World

A, B = "https://coop.example", "https://tiess.example"
AS = "application/activity+json"


async def outcomes_of(who: Stranger) -> list[str]:
    """What became of the activities of a stranger, in the order in which they came."""
    return [item.outcome for item in await InboxItem.filter(actor_uri=who.uri).order_by("received_at", "id")]


@pytest.fixture
async def home(world: World) -> Site:
    """A fedcop with Ana on it."""
    site = await world.fedcop(A)
    await make_member("ana")
    return site


@pytest.mark.parametrize("manners", ALL, ids=lambda manners: manners.software)
async def test_strangers_follow_and_leave(world: World, home: Site, manners: Manners) -> None:
    ana = await actors.local_by_name("ana")
    lia = await world.stranger("lia@ailleurs.example", manners)
    follow = await lia.follows(ana.uri, ana.inbox)
    await world.settle()
    [accept] = lia.server.took("Accept")
    assert (accept["actor"], accept["object"]["id"], accept["object"]["object"]) == (ana.uri, follow["id"], ana.uri)
    assert await queries.count_followers(ana) == 1
    await service.change_profile(ana, profession="Agronome")
    await world.settle()
    [update] = lia.server.took("Update")
    assert update["object"]["fc:profession"] == "Agronome"
    await lia.undoes(follow, ana.inbox)
    await world.settle()
    assert await queries.count_followers(ana) == 0


@pytest.mark.parametrize("manners", ALL, ids=lambda manners: manners.software)
async def test_strangers_are_followed_and_answer(world: World, home: Site, manners: Manners) -> None:
    ana = await actors.local_by_name("ana")
    lia = await world.stranger("lia@ailleurs.example", manners)
    await lia.follows(ana.uri, ana.inbox)  # so that she is known here
    await world.settle()
    known = await actors.by_uri(lia.uri)
    follow = await service.follow(ana, known)
    await world.settle()
    [asked] = lia.server.took("Follow")
    assert (asked["id"], asked["object"]) == (follow.uri, lia.uri)
    assert not await queries.is_following(ana, known)
    await lia.accepts(asked, ana.inbox)
    await world.settle()
    assert await queries.is_following(ana, known)
    await service.unfollow(ana, known)
    await world.settle()
    assert lia.server.took("Undo")[0]["object"]["id"] == follow.uri


async def test_a_follow_by_its_bare_id_is_undone(world: World, home: Site) -> None:
    ana = await actors.local_by_name("ana")
    lia = await world.stranger("lia@ailleurs.example")
    follow = await lia.follows(ana.uri, ana.inbox)
    await world.settle()
    await lia.sends(lia.activity("Undo", follow["id"]), ana.inbox)
    await world.settle()
    assert await queries.count_followers(ana) == 0


async def test_who_approves_followers_answers_strangers_too(world: World, home: Site) -> None:
    ana = await actors.local_by_name("ana")
    await service.change_profile(ana, approves_followers=True)
    lia, gus = await world.stranger("lia@ailleurs.example", MASTODON), await world.stranger("gus@autre.example", PLAIN)
    for one in (lia, gus):
        await one.follows(ana.uri, ana.inbox)
    await world.settle()
    assert lia.server.took("Accept") == []
    asking = {row.actor.uri: row for row in await queries.followers(ana, state="asked")}
    await service.accept_follow(ana, await queries.follow_by_id(asking[lia.uri].follow_id))
    await service.reject_follow(ana, await queries.follow_by_id(asking[gus.uri].follow_id))
    await world.settle()
    assert len(lia.server.took("Accept")) == 1
    assert len(gus.server.took("Reject")) == 1


async def test_nobody_accepts_in_anothers_name(world: World, home: Site) -> None:
    ana = await actors.local_by_name("ana")
    lia, eve = await world.stranger("lia@ailleurs.example"), await world.stranger("eve@mal.example")
    await lia.follows(ana.uri, ana.inbox)
    await world.settle()
    follow = await service.follow(ana, await actors.by_uri(lia.uri))
    await world.settle()
    nested = {"id": follow.uri, "type": "Follow", "actor": ana.uri, "object": lia.uri}
    assert await eve.sends(eve.activity("Accept", nested), ana.inbox) == 400
    assert await eve.sends(eve.activity("Accept", follow.uri), ana.inbox) == 202
    await world.settle()
    assert await outcomes_of(eve) == ["refused"]
    assert (await queries.follow_of(ana, await actors.by_uri(lia.uri))).state == "asked"
    await lia.sends(lia.activity("Accept", follow.uri), ana.inbox)
    await world.settle()
    assert (await queries.follow_of(ana, await actors.by_uri(lia.uri))).state == "accepted"


async def test_a_block_closes_both_doors(world: World, home: Site) -> None:  # D46
    ana = await actors.local_by_name("ana")
    lia = await world.stranger("lia@ailleurs.example", MASTODON)
    await lia.follows(ana.uri, ana.inbox)
    await world.settle()
    known = await actors.by_uri(lia.uri)
    await service.block(ana, known)
    await world.settle()
    assert [len(lia.server.took(kind)) for kind in ("Reject", "Block")] == [1, 1]
    assert await lia.sends(lia.activity("Follow", ana.uri), ana.inbox) == 202  # it is not said that the door is closed
    await world.settle()
    assert await queries.count_followers(ana) == 0
    await service.unblock(ana, known)
    await world.settle()
    assert lia.server.took("Undo")[0]["object"]["type"] == "Block"


async def test_strangers_block_and_take_it_back(world: World, home: Site) -> None:
    ana = await actors.local_by_name("ana")
    lia = await world.stranger("lia@ailleurs.example", MASTODON)
    block = lia.activity("Block", ana.uri)
    assert await lia.sends(block, ana.inbox) == 202
    await world.settle()
    known = await actors.by_uri(lia.uri)
    assert await queries.blocks(known, ana)
    await lia.undoes(block, ana.inbox)
    await world.settle()
    assert not await queries.blocks(known, ana)


async def test_a_strangers_profile_is_read_at_its_home(world: World, home: Site) -> None:
    ana = await actors.local_by_name("ana")
    lia = await world.stranger("lia@ailleurs.example", GOTOSOCIAL)
    await lia.follows(ana.uri, ana.inbox)
    await world.settle()
    forged = {**lia.document, "name": "Forged"}
    lia.properties["name"] = "Lia Roy"
    lia.publish()
    await lia.sends(lia.activity("Update", forged), ana.inbox)
    await world.settle()
    assert (await actors.by_uri(lia.uri)).display_name == "Lia Roy"


async def test_a_deleted_stranger_is_gone_and_only_by_their_own_word(world: World, home: Site) -> None:
    ana = await actors.local_by_name("ana")
    lia, eve = await world.stranger("lia@ailleurs.example", MASTODON), await world.stranger("eve@mal.example")
    await lia.follows(ana.uri, ana.inbox)
    await world.settle()
    await eve.sends(eve.activity("Delete", lia.uri), ana.inbox)
    await world.settle()
    assert (await actors.by_uri(lia.uri)).gone_at is None
    await lia.sends(lia.activity("Delete", lia.uri), ana.inbox)
    await world.settle()
    assert (await actors.by_uri(lia.uri)).gone_at is not None
    assert await queries.count_followers(ana) == 0


async def test_a_stranger_moves_and_followers_come_along(world: World, home: Site) -> None:
    ana = await actors.local_by_name("ana")
    old, new, eve = [
        await world.stranger(handle, MASTODON)
        for handle in ("lia@ailleurs.example", "lia@neuf.example", "eve@mal.example")
    ]
    for one in (old, eve):
        await one.follows(ana.uri, ana.inbox)
    await world.settle()
    follow = await service.follow(ana, await actors.by_uri(old.uri))
    await world.settle()
    await old.accepts({"id": follow.uri, "type": "Follow", "actor": ana.uri, "object": old.uri}, ana.inbox)
    await world.settle()

    async def moves(who: Stranger, old_uri: str, target: str) -> str:
        move = who.activity("Move", old_uri, target=target)
        await who.sends(move, ana.inbox)
        await world.settle()
        return (await InboxItem.get(uri=move["id"])).outcome

    assert await moves(eve, old.uri, eve.uri) == "refused"
    assert await moves(old, old.uri, new.uri) == "refused"  # neither names the other
    old.properties["movedTo"] = new.uri
    old.publish()
    assert await moves(old, old.uri, new.uri) == "refused"  # the new one does not name the old one
    new.properties["alsoKnownAs"] = [old.uri]
    new.publish()
    assert await moves(old, old.uri, new.uri) == "done"
    assert await queries.follow_of(ana, await actors.by_uri(old.uri)) is None
    assert [asked["object"] for asked in new.server.took("Follow")] == [new.uri]
    assert await moves(old, old.uri, new.uri) == "ignored"


async def test_one_of_ours_moves_from_one_fedcop_to_another(world: World) -> None:
    a = await world.fedcop(A)
    b = await world.fedcop(B)
    lia = await world.stranger("lia@ailleurs.example", MASTODON)
    async with a.entered():
        ana = (await make_member("ana")).actor
        await lia.follows(ana.uri, ana.inbox)
    async with b.entered():
        await make_member("ana_b")
    await world.settle()
    async with a.entered():
        await service.ask_to_move(ana, "@ana_b@tiess.example")
    await world.settle()
    async with a.entered():
        assert (await actors.local_by_name("ana")).moved_to_uri == ""  # B does not name A yet
        assert "@ana_b@tiess.example" in a.mailer.to("ana@atelier.example")[-1].text
    async with b.entered():
        await federation.ask_for("@ana@coop.example")
    await world.settle()
    async with b.entered():
        await service.name_alias(await actors.local_by_name("ana_b"), await actors.by_uri(ana.uri))
    await world.settle()
    async with a.entered():
        await service.ask_to_move(await actors.local_by_name("ana"), "@ana_b@tiess.example")
    await world.settle()
    async with a.entered():
        assert (await actors.local_by_name("ana")).moved_to_uri == f"{B}/u/ana_b"
    [move] = lia.server.took("Move")
    assert (move["object"], move["target"]) == (f"{A}/u/ana", f"{B}/u/ana_b")


async def test_a_deleted_account_disappears_from_the_other_fedcop(world: World) -> None:
    a = await world.fedcop(A)
    b = await world.fedcop(B)
    async with a.entered():
        ana = await make_member("ana")
    async with b.entered():
        ben = (await make_member("ben")).actor
        await federation.ask_for("@ana@coop.example")
    await world.settle()
    async with b.entered():
        await service.follow(ben, await actors.by_uri(ana.actor.uri))
    await world.settle()
    async with b.entered():
        assert (await queries.follow_of(ben, await actors.by_uri(ana.actor.uri))).state == "accepted"
    async with a.entered():
        await departure.delete_account(ana, PASSWORD)
    await world.settle()
    async with b.entered():
        assert (await actors.by_uri(ana.actor.uri)).gone_at is not None
        assert await queries.count_following(ben) == 0
    answer = await world.get(f"{A}/u/ana")
    assert answer.status == 410


async def test_documents_of_people_are_served_whole(world: World, home: Site) -> None:
    answer = await world.get(f"{A}/u/ana")
    assert answer.headers["content-type"] == AS
    for part in ("followers", "following", "outbox", "featured"):
        assert (await world.get(f"{A}/u/ana/{part}")).status == 200
    assert (await world.get(f"{A}/.well-known/webfinger?resource=acct:ana@coop.example")).status == 200
    assert (await world.get(f"{A}/u/nobody")).status == 404
