"""Thread software takes part in a community of ours: Lemmy 0.19 and 1.0, PieFed, NodeBB, each in its own manner of speech."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from fedcop.discussions import service
from fedcop.discussions.models import Post, Reaction
from fedcop.discussions.polls import service as polls
from fedcop.discussions.polls.asking import Asked
from tests.rig.fakeserver import Stranger
from tests.rig.golden import Golden
from tests.rig.interop import INBOX, Coop, fix_keys, open_coop, post
from tests.rig.manners import LEMMY, LEMMY_019, NODEBB, PIEFED, Manners
from tests.rig.world import World, outcomes

pytestmark = pytest.mark.once  # How strangers speak is the same whatever we keep it in.

SOFTWARE = pytest.mark.parametrize(
    "manners", [LEMMY_019, LEMMY, PIEFED, NODEBB], ids=lambda one: f"{one.software}-{one.version}"
)


@dataclass
class Stage:
    """Lia follows the community from her server; a second server of the same software looks on."""

    coop: Coop
    lia: Stranger
    max: Stranger

    def new(self) -> list[dict[str, Any]]:
        """What came to lia's server; the other got the same words."""
        return self.coop.new(self.lia.server)

    def inner(self) -> list[dict[str, Any]]:
        """The activities that came wrapped, or as corrections by their authors, without those that came to lia alone."""
        came = self.new()
        return [
            one["object"] if one["type"] == "Announce" else one for one in came if one["type"] in ("Announce", "Update")
        ]


@pytest.fixture
async def stage(world: World, monkeypatch: pytest.MonkeyPatch, manners: Manners) -> Stage:
    fix_keys(monkeypatch)
    coop = await open_coop(world)
    lia = await coop.joined_by(f"lia@{manners.software}.example", manners)
    other = await coop.joined_by(f"max@other-{manners.software}.example", manners)
    [accept] = coop.new(lia.server)
    assert (accept["type"], accept["object"]["type"], accept["actor"]) == ("Accept", "Follow", coop.group)
    coop.new(other.server)
    return Stage(coop, lia, other)


@SOFTWARE
async def test_they_post_and_reply_and_get_their_own_bytes_back(stage: Stage) -> None:
    coop, lia = stage.coop, stage.lia
    page = lia.root(coop.group, "Compost de feuilles", "<p>Qui en fait ?</p>")
    body = json.dumps(lia.activity("Create", page), ensure_ascii=False, indent=2).encode()
    assert await lia.sends(body, INBOX) == 202
    await coop.settle()
    root = await post(page["id"])
    assert (root.title, root.depth, root.state) == ("Compost de feuilles", 0, "visible")
    for server in (lia.server, stage.max.server):
        [announce] = coop.new(server)
        assert announce["actor"] == coop.group and body in server.received[-1].body, "the author's own bytes"

    mine = await service.write(coop.ana, coop.community, kind="tip", title="Un truc", source="Voilà")
    await coop.settle()
    stage.new()
    first = lia.reply(mine.uri, coop.ana.uri, coop.group, "<p>Merci</p>")
    second = lia.reply(first["id"], lia.uri, coop.group, "<p>encore</p>")
    for note in (first, second):
        assert await lia.creates(note, INBOX) == 202
    await coop.settle()
    found = [await post(note["id"]) for note in (first, second)]
    assert [(one.root_id, one.parent_uri, one.depth) for one in found] == [
        (mine.id, mine.uri, 1),
        (mine.id, first["id"], 2),
    ]
    assert [one["object"]["id"] for one in stage.inner()] == [first["id"], second["id"]]
    assert {outcome for outcome, _reason in await outcomes(coop.site)} == {"done"}


@SOFTWARE
async def test_they_vote_and_take_it_back(stage: Stage) -> None:
    coop, lia = stage.coop, stage.lia
    root = await service.write(coop.ana, coop.community, kind="tip", title="Un truc", source="Voilà")
    await coop.settle()
    stage.new()
    like = await lia.likes(root.uri, INBOX)
    await coop.settle()
    assert (await post(root.uri)).thanks_count == 1
    await lia.undoes(like, INBOX)
    await coop.settle()
    assert (await post(root.uri)).thanks_count == 0
    passed_on = [one["type"] for one in stage.inner()]
    assert passed_on == ([] if lia.server.manners.software == "nodebb" else ["Like", "Undo"])
    if lia.server.manners.votes_down:
        down = lia.activity("Dislike", root.uri)
        assert await lia.sends(down, INBOX) == 202
        await coop.settle()
        assert (await outcomes(coop.site))[-1] == ("ignored", "dislikes are not counted here")
        assert await Reaction.all().count() == 0


@SOFTWARE
async def test_they_correct_and_delete(stage: Stage) -> None:
    coop, lia = stage.coop, stage.lia
    page = lia.root(coop.group, "Compost", "<p>Qui ?</p>")
    await lia.creates(page, INBOX)
    await coop.settle()
    note = lia.reply(page["id"], lia.uri, coop.group, "<p>Moi</p>")
    await lia.creates(note, INBOX)
    await coop.settle()
    stage.new()
    await lia.updates({**page, "name": "Compost de feuilles", "content": "<p>Qui en fait ?</p>"}, INBOX)
    await lia.updates({**note, "content": "<p>Moi aussi</p>"}, INBOX)
    await coop.settle()
    assert ((await post(page["id"])).title, "aussi" in (await post(note["id"])).content) == (
        "Compost de feuilles",
        True,
    )
    await lia.deletes(note["id"], INBOX)
    await coop.settle()
    assert (await post(note["id"])).deleted_at is not None
    assert [one["type"] for one in stage.inner()] == ["Update", "Update", "Delete"]


@SOFTWARE
async def test_all_that_happens_here_is_said_so_that_they_take_it(stage: Stage, golden: Golden) -> None:
    coop, lia = stage.coop, stage.lia
    software = f"{lia.server.manners.software}-{lia.server.manners.version.rpartition('.')[0]}"
    votes = lia.server.manners.software != "nodebb"

    async def keep(name: str) -> None:
        await coop.settle()
        got = stage.new()
        assert len(got) == 1, (name, [one["type"] for one in got])
        if got[0]["type"] == "Update":  # NodeBB hears of corrections by our people from themselves
            name, by = name.removeprefix("announce_"), got[0]["actor"]
            assert not votes and f'keyId="{by}#' in lia.server.received[-1].headers["Signature"]
        golden(f"wire/{software}/{name}", got[0])

    links = [{"href": "https://guide.example/feuilles.pdf", "media_type": "application/pdf", "name": "Guide"}]
    root = await service.write(
        coop.ana,
        coop.community,
        kind="question",
        title="Et l’hiver ?",
        source="Qui *sait* ?",
        language="fr",
        tags=["hiver"],
        links=links,
    )
    await keep("announce_create_page")
    reply = await service.reply(coop.bob, root, source="Moi.", language="fr")
    await keep("announce_create_note")
    await service.edit(coop.ana, await post(root.uri), title="Et en hiver ?", source="Qui *sait* vraiment ?")
    await keep("announce_update_page")
    await service.edit(coop.bob, await post(reply.uri), source="Moi, un peu.")
    await keep("announce_update_note")
    await service.react(coop.bob, await post(root.uri), "thanks")
    if votes:
        await keep("announce_like")
    await service.unreact(coop.bob, await post(root.uri), "thanks")
    if votes:
        await keep("announce_undo_like")
    await service.pin(coop.ana, await post(root.uri))
    await keep("announce_add_featured")
    await service.unpin(coop.ana, await post(root.uri))
    await keep("announce_remove_featured")
    await service.lock(coop.ana, await post(root.uri), "Réglé")
    await keep("announce_lock")
    await service.unlock(coop.ana, await post(root.uri))
    await keep("announce_undo_lock")
    await service.remove(coop.ana, await post(reply.uri), "Hors sujet")
    await keep("announce_delete_by_moderator")
    await service.restore(coop.ana, await post(reply.uri))
    await keep("announce_undo_delete")
    await service.delete(coop.bob, await post(reply.uri))
    await keep("announce_delete_by_author")
    assert "summary" not in json.loads(lia.server.received[-1].body)["object"]
    bodies = [item.body for item in stage.max.server.received]
    assert [one for one in coop.new(stage.max.server)] and bodies[-1] == lia.server.received[-1].body


@SOFTWARE
async def test_what_they_do_not_know_is_not_sent_to_them(stage: Stage) -> None:
    coop, lia = stage.coop, stage.lia
    root = await service.write(coop.ana, coop.community, kind="question", title="Combien ?", source="Dites.")
    await coop.settle()
    reply = await service.reply(coop.bob, root, source="Cent kilos.")
    await coop.settle()
    stage.new()
    await service.accept_answer(coop.ana, await post(root.uri), await post(reply.uri))
    await service.react(coop.ana, await post(reply.uri), "experience")
    await service.react(coop.ana, await post(reply.uri), "disagree")
    await coop.settle()
    stage.new()
    note = lia.reply(root.uri, coop.ana.uri, coop.group)
    await lia.creates(note, INBOX)
    await coop.settle()
    stage.new()
    # a poll, as each can read it; how it stands only to who knows polls
    lists = lia.server.manners.software == "lemmy"
    asked = await service.write(
        coop.ana, coop.community, kind="idea", title="Quand ?", source="", poll=Asked(("A", "B"))
    )
    await coop.settle()
    (told,) = stage.inner()
    assert (told["object"]["id"], told["object"]["type"]) == (asked.uri, "Page" if lists else "Question")
    await polls.vote(coop.ana, asked, [0])
    coop.world.clock.advance(minutes=3)
    await coop.settle()
    assert [one["object"]["votersCount"] for one in stage.inner()] == ([] if lists else [1])
    # to the author of a post, too
    await service.react(coop.ana, await post(note["id"]), "experience")
    await service.react(coop.ana, await post(note["id"]), "thanks")
    await coop.settle()
    stage.new()


@SOFTWARE
async def test_a_moderator_removes_what_they_wrote_and_they_hear_of_it(stage: Stage) -> None:
    coop, lia = stage.coop, stage.lia
    page = lia.root(coop.group, "Publicité", "<p>Achetez</p>")
    await lia.creates(page, INBOX)
    await coop.settle()
    stage.new()
    await service.remove(coop.ana, await post(page["id"]), "Pas de publicité ici")
    await coop.settle()
    told = stage.inner()
    assert [(one["type"], one["summary"], one["object"]) for one in told] == [
        ("Delete", "Pas de publicité ici", page["id"])
    ]
    assert (await post(page["id"])).removed_reason == "Pas de publicité ici"


@SOFTWARE
async def test_what_they_fetch(stage: Stage) -> None:
    coop, lia = stage.coop, stage.lia
    root = await service.write(coop.ana, coop.community, kind="tip", title="Un truc", source="Voilà")
    await coop.settle()
    group = json.loads((await lia.gets(coop.group)).body)
    assert isinstance(group["language"], list) and isinstance(group["attributedTo"], str)
    assert group["endpoints"]["sharedInbox"] == INBOX and "#" in group["publicKey"]["id"]
    assert group.get("icon") is None or isinstance(group["icon"]["url"], str)
    moderators = json.loads((await lia.gets(group["attributedTo"])).body)
    assert (moderators["type"], moderators["orderedItems"]) == ("OrderedCollection", [coop.ana.uri])
    outbox = json.loads((await lia.gets(group["outbox"])).body)
    assert outbox["type"] == "OrderedCollection" and outbox["totalItems"] >= 1
    # the activity itself, by its id, for who got only that
    [announce] = [one for one in stage.new() if one["type"] == "Announce"]
    create = await lia.gets(announce["object"]["id"])
    assert json.loads(create.body)["object"]["id"] == root.uri
    assert (await coop.world.get(announce["object"]["id"])).status == 404, "nobody else turns it into a boost"


@SOFTWARE
async def test_after_they_leave_it_is_quiet(stage: Stage) -> None:
    coop, lia = stage.coop, stage.lia
    await lia.undoes(lia.activity("Follow", coop.group), INBOX)
    await coop.settle()
    stage.new()
    await service.write(coop.ana, coop.community, kind="tip", title="Un truc", source="Voilà")
    await coop.settle()
    assert not stage.new()
    assert await Post.all().count() == 1
