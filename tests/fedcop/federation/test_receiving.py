"""From the inbox to the handler: what honest servers send arrives, once, whatever the order of keys."""

from __future__ import annotations

import pytest
from tortoise.exceptions import IntegrityError

from activitypub.signatures import Scheme
from fedcop.actors import queries as actors
from fedcop.federation import known
from fedcop.federation.models import InboxItem
from fedcop.federation.receiving import intake
from tests.fedcop.federation.conftest import HOME, INBOX, Stage
from tests.rig.fakeserver import PUBLIC
from tests.rig.manners import ALL, FEDIFY, GOTOSOCIAL, Manners
from tests.rig.world import World


async def test_a_create_arrives(stage: Stage) -> None:
    note = stage.gus.note("<p>Bonjour</p>")
    assert await stage.gus.creates(note, INBOX) == 202
    assert stage.seen.posts == {}, "nothing is done before the worker comes"
    await stage.settle()
    assert stage.seen.posts == {note["id"]: "<p>Bonjour</p>"}
    assert await stage.last() == ("done", "")
    [inbound] = stage.seen.inbounds
    assert inbound.actor.uri == stage.gus.uri and inbound.signer.id == inbound.actor.id
    assert stage.world.web.asked[0][0] == "POST" and len(stage.world.web.asked) == 1, "nobody was asked for anything"


@pytest.mark.parametrize("manners", ALL, ids=lambda manners: manners.software)
async def test_a_stranger_of_any_software_is_met(world: World, manners: Manners) -> None:
    site = await world.fedcop(HOME)
    lia = await world.stranger(f"lia@{manners.software}.example", manners)
    note = lia.note("<p>Salut</p>")
    assert await lia.creates(note, INBOX) == 202
    await world.settle()
    [item] = await InboxItem.all()
    assert (item.outcome, item.reason, item.genuine, item.request) == ("done", "", True, {})
    assert item.uri.startswith(f"https://{manners.software}.example/")
    found = await actors.by_uri(lia.uri)
    assert found is not None and found.host == f"{manners.software}.example" and found.inbox == lia.inbox
    assert await known.look_up(note["id"])
    assert site.settings.netloc == "v.example"


@pytest.mark.parametrize("scheme", list(Scheme))
async def test_both_forms_of_signature(stage: Stage, scheme: Scheme) -> None:
    activity = stage.gus.activity("Create", stage.gus.note())
    assert await stage.gus.sends(activity, INBOX, scheme=scheme) == 202
    await stage.settle()
    assert stage.seen.names == ["Create by gus"]


@pytest.mark.parametrize("path", ["/inbox", "/u/ana/inbox", "/actor/inbox"])
async def test_all_inboxes_take_deliveries(stage: Stage, path: str) -> None:
    assert await stage.gus.creates(stage.gus.note(), HOME + path) == 202
    await stage.settle()
    assert stage.seen.names == ["Create by gus"]


async def test_inboxes_of_nobody(stage: Stage) -> None:
    assert await stage.gus.creates(stage.gus.note(), f"{HOME}/u/nobody/inbox") == 404
    assert await stage.gus.creates(stage.gus.note(), f"{HOME}/c/ana/inbox") == 404


async def test_the_same_activity_twice_is_done_once(stage: Stage) -> None:  # A10
    activity = stage.gus.activity("Create", stage.gus.note())
    assert await stage.gus.sends(activity, INBOX) == 202
    assert await stage.gus.sends(activity, INBOX) == 202
    await stage.settle()
    assert await stage.gus.sends(activity, f"{HOME}/u/ana/inbox") == 202
    await stage.settle()
    assert stage.seen.names == ["Create by gus"]


async def test_the_same_activity_twice_before_the_key_is_known(world: World) -> None:
    await world.fedcop(HOME)
    lia = await world.stranger("lia@new.example")
    activity = lia.activity("Create", lia.note())
    assert await lia.sends(activity, INBOX) == 202
    assert await lia.sends(activity, f"{HOME}/actor/inbox") == 202
    await world.settle()
    assert sorted(item.outcome for item in await InboxItem.all()) == ["done"]


async def test_activities_of_one_server_keep_their_order(stage: Stage) -> None:
    notes = [stage.gus.note(f"{number}") for number in range(5)]
    for note in notes:
        await stage.gus.creates(note, INBOX)
    await stage.settle()
    assert list(stage.seen.posts.values()) == ["0", "1", "2", "3", "4"]


async def test_a_changed_key_is_looked_at_again_at_most_every_five_minutes(stage: Stage) -> None:  # A25
    stage.gus.change_keys()
    note = stage.gus.note()
    for _attempt in range(5):
        assert await stage.gus.creates(note, INBOX) == 401
    await stage.settle()
    asked = [url for method, url in stage.world.web.asked if method == "GET" and url == stage.gus.uri]
    assert asked == [stage.gus.uri]
    assert await stage.gus.creates(note, INBOX) == 202
    await stage.settle()
    assert stage.seen.names == ["Create by gus"]


async def test_a_key_that_lies_apart_from_its_actor(world: World) -> None:
    await world.fedcop(HOME)
    lia = await world.stranger("lia@gts.example", GOTOSOCIAL)
    assert lia.key_id.endswith("/main-key")
    assert await lia.creates(lia.note(), INBOX) == 202
    await world.settle()
    assert [item.outcome for item in await InboxItem.all()] == ["done"]
    assert all("Signature" in headers for path, headers in lia.server.gets if path.startswith("/users/"))


async def test_what_is_forwarded_with_a_proof(world: World, stage: Stage) -> None:
    lia = await world.stranger("lia@hollo.example", FEDIFY)
    activity = lia.activity("Like", stage.ana.uri)
    assert await stage.gus.sends(activity, INBOX) == 202
    await stage.settle()
    [inbound] = stage.seen.inbounds
    assert (inbound.actor.uri, inbound.signer.uri, inbound.proven) == (lia.uri, stage.gus.uri, True)
    assert await lia.sends(activity, INBOX) == 202
    await stage.settle()
    assert stage.seen.names == ["Like by lia"], "what is proven bears its own id"


async def test_what_is_forwarded_without_a_proof_is_fetched(stage: Stage) -> None:  # B22
    note = stage.gus.note("<p>the truth</p>")
    activity = stage.gus.activity("Create", {**note, "content": "<p>forged on the way</p>"})
    assert await stage.eve.sends(activity, INBOX) == 202
    await stage.settle()
    assert stage.seen.posts == {note["id"]: "<p>the truth</p>"}
    assert await stage.gus.sends(stage.gus.activity("Create", note), INBOX) == 202
    await stage.settle()
    assert stage.seen.names == ["Create by gus", "Create by gus"]


async def test_a_forwarded_delete_is_asked_for_at_its_origin(stage: Stage) -> None:
    note = stage.gus.note()
    await stage.gus.creates(note, INBOX)
    await stage.settle()
    activity = stage.gus.activity("Delete", note["id"])
    assert await stage.eve.sends(activity, INBOX) == 202
    await stage.settle()
    assert await stage.last() == ("refused", "the object's server still has it")
    stage.gus.server.statuses[note["id"].removeprefix("https://good.example")] = 410
    assert await stage.eve.sends(stage.gus.activity("Delete", note["id"]), INBOX) == 202
    await stage.settle()
    assert await stage.last() == ("done", "")
    assert stage.seen.posts == {}


async def test_what_cannot_be_had_now_is_tried_again_and_holds_nobody_up(stage: Stage) -> None:
    await stage.gus.sends(stage.gus.activity("EmojiReact", stage.ana.uri, content="🙋"), INBOX)
    await stage.gus.creates(stage.gus.note(), INBOX)
    await stage.settle()
    assert stage.seen.names == ["EmojiReact by gus", "Create by gus"]
    first = (await stage.items())[0]
    assert (first.outcome, first.reason) == ("waiting", "the parent is not here yet")
    stage.world.clock.advance(31)
    await stage.settle()
    assert stage.seen.names.count("EmojiReact by gus") == 2
    for pause in intake.PAUSES[1:]:
        stage.world.clock.advance(pause + 1)
        await stage.world.settle(strict=False)
    first = (await stage.items())[0]
    assert (first.outcome, first.reason) == ("failed", "the parent is not here yet")


async def test_poison_is_kept_and_can_be_replayed(stage: Stage) -> None:
    stage.seen.failures.append(RuntimeError("a mistake of ours"))
    await stage.gus.creates(stage.gus.note(), INBOX)
    await stage.gus.creates(stage.gus.note("second"), INBOX)
    await stage.world.settle(strict=False)
    assert [item.outcome for item in await stage.items()] == ["failed", "done"]
    poisoned = (await stage.items())[0]
    assert poisoned.reason == "RuntimeError: a mistake of ours"
    await intake.replay(poisoned.id)
    assert [item.outcome for item in await stage.items()] == ["done", "done"]
    assert len(stage.seen.posts) == 2


async def test_two_that_wanted_the_same_row_at_once_are_both_done(stage: Stage) -> None:
    stage.seen.failures.append(IntegrityError("UNIQUE constraint failed"))
    await stage.gus.creates(stage.gus.note(), INBOX)
    await stage.settle()
    assert (await stage.items())[0].outcome == "waiting"
    stage.world.clock.advance(intake.PAUSES[0] + 1)
    await stage.settle()
    assert (await stage.items())[0].outcome == "done" and len(stage.seen.posts) == 1


async def test_a_server_that_is_down_when_its_key_is_needed(world: World) -> None:
    await world.fedcop(HOME)
    lia = await world.stranger("lia@new.example")
    world.web.down.add("new.example")
    assert await lia.server.transport._inner.send(_request(lia)) is not None
    await world.settle()
    [item] = await InboxItem.all()
    assert (item.outcome, item.genuine) == ("waiting", False)
    world.web.down.clear()
    world.clock.advance(3 * 3600)
    await world.settle()
    world.clock.advance(3 * 3600)
    await world.settle()
    [item] = await InboxItem.all()
    assert (item.outcome, item.reason) == ("done", ""), "verified as of the moment when it came"


def _request(lia):  # type: ignore[no-untyped-def]
    import json

    from activitypub.client.transport import HttpRequest

    body = json.dumps(lia.activity("Create", lia.note())).encode()
    return HttpRequest("POST", INBOX, lia.signs(INBOX, body), body)


async def test_what_nobody_takes_is_ignored_with_a_reason(stage: Stage) -> None:
    await stage.gus.sends(stage.gus.activity("View", stage.ana.uri), INBOX)
    await stage.settle()
    assert await stage.last() == ("ignored", "nobody here takes View of Person")
    await stage.gus.sends(stage.gus.activity("Invented", stage.ana.uri), INBOX)
    await stage.settle()
    assert (await stage.last())[0] == "ignored"


async def test_bare_references_are_typed_by_what_is_known(stage: Stage) -> None:
    follow = await stage.gus.follows(stage.ana.uri, INBOX)
    await stage.settle()
    await stage.gus.sends(stage.gus.activity("Undo", follow["id"]), INBOX)
    await stage.settle()
    assert stage.seen.names == ["Follow by gus", "Undo by gus"]
    assert await stage.last() == ("done", "")


async def test_a_deleted_account_is_buried(stage: Stage) -> None:
    stage.gus.server.statuses["/users/gus"] = 410
    await stage.gus.sends(stage.gus.activity("Delete", stage.gus.uri), INBOX)
    await stage.settle()
    found = await actors.by_uri(stage.gus.uri)
    assert found is not None and found.gone_at is not None


async def test_a_deleted_account_whose_key_is_gone_too(stage: Stage) -> None:  # A30
    stage.gus.change_keys()
    stage.gus.server.manners = FEDIFY
    lost = stage.gus
    activity = {**lost.activity("Delete", lost.uri)}
    object.__setattr__(lost.server, "manners", type(FEDIFY)("plain", "1", key="#other-key"))
    lost.server.statuses["/users/gus"] = 410
    assert await lost.sends(activity, INBOX) == 202
    await stage.settle()
    found = await actors.by_uri(lost.uri)
    assert found is not None and found.gone_at is not None


async def test_unlisted_public_and_private_all_reach_handlers(stage: Stage) -> None:
    for to, cc in (([PUBLIC], []), ([f"{stage.gus.uri}/followers"], [PUBLIC]), ([stage.ana.uri], [])):
        await stage.gus.creates(stage.gus.note("x", to=to, cc=cc), INBOX)
    await stage.settle()
    assert len(stage.seen.posts) == 3
