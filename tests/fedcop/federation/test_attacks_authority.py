"""Attacks on authority (SECURITY.md D, the engine's part): directly, forwarded, wrapped by an evil group and by the right one."""

from __future__ import annotations

import json

import pytest

from activitypub.errors import ActivityPubError
from fedcop.actors import queries as actors
from fedcop.actors import service
from fedcop.federation.fetching import remote_actors
from fedcop.federation.inbound import Refuse
from fedcop.federation.models import InboxItem
from fedcop.federation.peers import servers
from tests.fedcop.federation.conftest import INBOX, Stage
from tests.rig.fakeserver import Stranger
from tests.rig.manners import FEDIFY, LEMMY

pytestmark = pytest.mark.once  # What guards keep is kept on both databases by test_receiving.py.


async def group(stage: Stage, host: str = "evil.example") -> Stranger:
    server = stage.world.strangers.get(host) or await stage.world.server(host, LEMMY)
    found = server.group("soil")
    return found


async def test_updating_somebody_elses_post(stage: Stage) -> None:  # D01, D05, D07
    note = stage.gus.note("<p>mine</p>")
    await stage.gus.creates(note, INBOX)
    gus2 = stage.gus.server.person("gus2")
    await stage.settle()
    for attacker in (stage.eve, gus2):
        for kind in ("Update", "Delete"):
            thing = (
                {**note, "content": "<p>forged</p>", "attributedTo": attacker.uri} if kind == "Update" else note["id"]
            )
            await attacker.sends(attacker.activity(kind, thing), INBOX)
            await stage.settle()
    assert stage.seen.posts == {note["id"]: "<p>mine</p>"}
    assert [item.outcome for item in await stage.items()] == ["done", "refused", "refused", "refused"]


async def test_deleting_somebody_elses_account(stage: Stage) -> None:  # D05
    await stage.eve.sends(stage.eve.activity("Delete", stage.gus.uri), INBOX)
    await stage.eve.sends(stage.eve.activity("Delete", stage.ana.uri), INBOX)
    await stage.settle()
    assert {item.outcome for item in await stage.items()} == {"refused"}
    for uri in (stage.gus.uri, stage.ana.uri):
        found = await actors.by_uri(uri)
        assert found is not None and found.gone_at is None


async def test_undoing_what_somebody_else_did(stage: Stage) -> None:  # D09
    follow = await stage.gus.follows(stage.ana.uri, INBOX)
    await stage.settle()
    nested = {name: value for name, value in follow.items() if name != "@context"}
    assert await stage.eve.sends(stage.eve.activity("Undo", nested), INBOX) == 400
    assert await stage.eve.sends(stage.eve.activity("Undo", follow["id"]), INBOX) == 202
    await stage.settle()
    assert await stage.last() == ("refused", "the object belongs to somebody else")
    assert stage.seen.names == ["Follow by gus"]


async def test_undoing_the_unknown_asks_nobody(stage: Stage) -> None:  # D10
    assert await stage.gus.sends(stage.gus.activity("Undo", "https://good.example/like/1"), INBOX) == 202
    await stage.settle()
    assert (await stage.last())[0] == "ignored"
    assert [method for method, _url in stage.world.web.asked] == ["POST"]


@pytest.mark.parametrize("kind", ["Accept", "Reject"])
async def test_answering_for_somebody_else(stage: Stage, kind: str) -> None:  # D11, D13, D36
    follow = {"id": "https://v.example/activities/1", "type": "Follow", "actor": stage.ana.uri, "object": stage.gus.uri}
    assert await stage.eve.sends(stage.eve.activity(kind, follow), INBOX) == 400
    invite = {"id": "https://v.example/activities/2", "type": "Invite", "actor": stage.ana.uri, "object": stage.gus.uri}
    assert await stage.eve.sends(stage.eve.activity(kind, invite), INBOX) == 400
    assert await stage.gus.sends(stage.gus.activity(kind, follow), INBOX) == 202
    await stage.settle()
    assert stage.seen.names == [f"{kind} by gus"]


async def test_a_group_that_forges_a_create(stage: Stage) -> None:  # D18
    soil = await group(stage)
    forged = stage.gus.activity(
        "Create", {**stage.gus.note(), "id": "https://good.example/posts/77", "content": "forged"}
    )
    assert await soil.sends(soil.wraps(forged), INBOX) == 202
    await stage.settle()
    assert (await stage.last())[0] == "refused"
    assert stage.seen.posts == {}


async def test_a_group_that_forges_the_content(stage: Stage) -> None:  # D19, B22, B25
    soil = await group(stage)
    note = stage.gus.note("<p>true</p>")
    for kind in ("Create", "Update"):
        wrapped = soil.wraps(stage.gus.activity(kind, {**note, "content": "<p>forged</p>"}))
        assert await soil.sends(wrapped, INBOX) == 202
        await stage.settle()
        assert stage.seen.posts == {note["id"]: "<p>true</p>"}
    assert stage.seen.inbounds[-1].via is not None and stage.seen.inbounds[-1].via.uri == soil.uri


async def test_a_group_that_forges_a_delete(stage: Stage) -> None:  # D20
    soil = await group(stage)
    note = stage.gus.note()
    await stage.gus.creates(note, INBOX)
    await soil.sends(soil.wraps(stage.gus.activity("Delete", note["id"])), INBOX)
    await stage.settle()
    assert await stage.last() == ("refused", "the object's server still has it")
    assert note["id"] in stage.seen.posts


async def test_a_group_that_says_who_voted(stage: Stage) -> None:  # D21
    soil = await group(stage)
    await soil.sends(soil.wraps(stage.gus.activity("Like", "https://evil.example/post/1")), INBOX)
    await stage.settle()
    [inbound] = stage.seen.inbounds
    assert (inbound.actor.uri, inbound.proven) == (stage.gus.uri, False), "attested, not proven"


async def test_a_group_that_speaks_for_us(stage: Stage) -> None:  # J02
    soil = await group(stage)
    ours = {"id": "https://v.example/activities/1", "type": "Like", "actor": stage.ana.uri, "object": stage.gus.uri}
    await soil.sends(soil.wraps(ours), INBOX)
    await stage.settle()
    assert (await stage.last())[0] == "refused" and not stage.seen.inbounds


async def test_an_announce_of_an_announce(stage: Stage) -> None:  # E22
    soil = await group(stage)
    inner = stage.gus.activity("Announce", stage.gus.activity("Create", stage.gus.note()))
    await soil.sends(soil.wraps(inner), INBOX)
    await stage.settle()
    assert (await stage.last())[0] == "refused" and not stage.seen.inbounds


async def test_wrapped_with_a_proof(stage: Stage) -> None:  # 1.2.4
    soil = await group(stage)
    lia = await stage.world.stranger("lia@hollo.example", FEDIFY)
    note = lia.note("<p>signed</p>")
    stage.world.web.asked.clear()
    await soil.sends(soil.wraps(lia.activity("Create", note)), INBOX)
    await stage.settle()
    assert stage.seen.posts == {note["id"]: "<p>signed</p>"}
    assert note["id"] not in [url for _method, url in stage.world.web.asked], "the proof is enough"


async def test_wrapped_from_the_groups_own_server(stage: Stage) -> None:  # 1.2.4
    soil = await group(stage, "lemmy.example")
    lia = stage.world.strangers["lemmy.example"].person("lia")
    note = lia.root(soil.uri)
    await soil.sends(soil.wraps(lia.activity("Create", note)), INBOX)
    await stage.settle()
    assert list(stage.seen.posts) == [note["id"]]
    assert note["id"] not in [url for _method, url in stage.world.web.asked]


async def test_a_wrapped_id_of_another_server(stage: Stage) -> None:
    soil = await group(stage)
    inner = {**stage.gus.activity("Like", stage.ana.uri), "id": "https://evil.example/a/1"}
    await soil.sends(soil.wraps(inner), INBOX)
    await stage.settle()
    assert (await stage.last())[0] == "refused"


async def test_a_move_that_only_one_side_confirms(stage: Stage) -> None:  # D33
    gus = await actors.by_uri(stage.gus.uri)
    assert gus is not None
    with pytest.raises(Refuse):
        await remote_actors.check_move(gus, stage.eve.uri)
    stage.gus.properties["movedTo"] = stage.eve.uri
    stage.gus.publish()
    with pytest.raises(Refuse):
        await remote_actors.check_move(gus, stage.eve.uri)
    stage.eve.properties["alsoKnownAs"] = [stage.gus.uri]
    stage.eve.publish()
    assert (await remote_actors.check_move(gus, stage.eve.uri)).uri == stage.eve.uri


@pytest.mark.parametrize("blocked", ["evil.example", "EVIL.example", "example"])
async def test_a_blocked_server_learns_nothing(stage: Stage, blocked: str) -> None:  # D45, A33
    await servers.set_policy(blocked if blocked != "example" else "evil.example", "blocked")
    assert await stage.eve.creates(stage.eve.note(), INBOX) == 202
    assert await stage.gus.sends(stage.eve.activity("Create", stage.eve.note()), INBOX) == 202
    unknown = stage.eve.server.person("unknown")
    assert await unknown.creates(unknown.note(), INBOX) == 202
    assert not await stage.items()
    soil = await group(stage, "lemmy.example")
    await soil.sends(soil.wraps(stage.eve.activity("Create", stage.eve.note())), INBOX)
    await stage.settle()
    assert not stage.seen.inbounds
    with pytest.raises((Refuse, ActivityPubError)):
        await remote_actors.refresh(stage.eve.uri)


async def test_a_blocked_domain_covers_what_is_below_it(stage: Stage) -> None:  # A33
    await servers.set_policy("evil.example", "blocked")
    assert not await servers.may_talk("a.b.evil.example")
    assert not await servers.may_talk("evil.example:8443")
    assert await servers.may_talk("notevil.example")
    assert await servers.may_talk("good.example.evil.test")


async def test_only_allowed_servers_in_allow_list_mode(stage: Stage) -> None:
    site = await stage.world.fedcop("https://w.example", federation="allowlist")
    async with site.entered():
        assert await stage.gus.creates(stage.gus.note(), "https://w.example/inbox") == 202
        assert await InboxItem.all().count() == 0
        await servers.set_policy("good.example", "allowed")
        assert await stage.gus.creates(stage.gus.note(), "https://w.example/inbox") == 202
        assert await InboxItem.all().count() == 1


async def test_the_suspended_and_the_gone(stage: Stage) -> None:
    gus, eve = await actors.by_uri(stage.gus.uri), await actors.by_uri(stage.eve.uri)
    assert gus is not None and eve is not None
    await service.suspend(gus)
    await stage.gus.creates(stage.gus.note(), INBOX)
    await stage.settle()
    assert await stage.last() == ("refused", "the actor is suspended here")
    await service.mark_gone(eve)
    await stage.eve.creates(stage.eve.note(), INBOX)
    await stage.settle()
    assert not [inbound for inbound in stage.seen.inbounds if inbound.actor.uri == stage.gus.uri]


async def test_handlers_see_only_what_was_verified(stage: Stage) -> None:  # B22
    note = stage.gus.note("<p>true</p>")
    activity = stage.gus.activity("Create", {**note, "content": "<p>altered</p>"})
    await stage.eve.sends(json.dumps(activity).encode(), INBOX)
    await stage.settle()
    [inbound] = stage.seen.inbounds
    assert not isinstance(inbound.object, str) and inbound.object is not None
    assert getattr(inbound.object, "content", "") == "<p>true</p>"


async def test_a_group_whose_own_member_writes_under_a_foreign_id(stage: Stage) -> None:  # B23, D18
    soil = await group(stage)
    theirs = {**stage.gus.note("<p>forged</p>"), "attributedTo": stage.gus.uri}
    for thing in (theirs, {**theirs, "attributedTo": stage.eve.uri}):
        for kind in ("Create", "Update"):
            await soil.sends(soil.wraps(stage.eve.activity(kind, thing)), INBOX)
            await stage.settle()
            assert await stage.last() == ("refused", "the object's id is not on its actor's server")
    assert stage.seen.posts == {}


async def test_the_blocked_carried_by_others(stage: Stage) -> None:  # D42, D45
    soil = await group(stage, "lemmy.example")
    lia = await stage.world.stranger("lia@hollo.example", FEDIFY)
    await lia.sends(lia.activity("Like", stage.ana.uri), INBOX)
    await stage.settle()
    await servers.set_policy("hollo.example", "blocked")
    for activity in (lia.activity("Create", lia.note()), lia.activity("Like", "https://lemmy.example/post/1")):
        await soil.sends(soil.wraps(activity), INBOX)
        await stage.settle()
        assert await stage.last() == ("refused", "we do not talk to this server")
    await servers.set_policy("hollo.example", "open")
    found = await actors.by_uri(lia.uri)
    assert found is not None
    await service.suspend(found)
    await soil.sends(soil.wraps(lia.activity("Create", lia.note())), INBOX)
    await stage.settle()
    assert await stage.last() == ("refused", "the actor is suspended here")


async def test_the_deleted_does_not_come_back_in_an_announce(stage: Stage) -> None:  # C11
    soil = await group(stage, "lemmy.example")
    lia = await stage.world.stranger("lia@hollo.example", FEDIFY)
    note = lia.note()
    activity = lia.activity("Create", note)
    await lia.sends(activity, INBOX)
    await stage.settle()
    await lia.deletes(note["id"], INBOX)
    await stage.settle()
    await soil.sends(soil.wraps(activity), INBOX)
    await stage.settle()
    assert await stage.last() == ("ignored", "the object has been deleted")
    assert stage.seen.posts == {}
