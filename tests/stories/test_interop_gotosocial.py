"""GoToSocial: answers signed questions only, keeps its keys in documents of their own, writes a list of one as that one."""

from __future__ import annotations

import json

import pytest

from fedcop.communities import service as communities
from fedcop.discussions import service
from fedcop.federation.fetching import resolver
from fedcop.media.models import Media
from fedcop.people import service as people
from tests.rig.fakeserver import Stranger, stamp
from tests.rig.golden import Golden
from tests.rig.interop import INBOX, Coop, fix_keys, open_coop, post
from tests.rig.manners import GOTOSOCIAL, NODEBB
from tests.rig.world import World, outcomes

pytestmark = pytest.mark.once  # How strangers speak is the same whatever we keep it in.


@pytest.fixture
async def coop(world: World, monkeypatch: pytest.MonkeyPatch) -> Coop:
    fix_keys(monkeypatch)
    return await open_coop(world)


@pytest.fixture
async def gil(coop: Coop) -> Stranger:
    return await coop.joined_by("gil@gotosocial.example", GOTOSOCIAL)


async def test_it_follows_and_sees_threads(coop: Coop, gil: Stranger, golden: Golden) -> None:
    [accept] = coop.new(gil.server)
    golden("wire/gotosocial/accept_follow", accept)
    root = await service.write(coop.ana, coop.community, kind="tip", title="Un truc", source="Voilà", language="fr")
    await coop.settle()
    [announce] = coop.new(gil.server)
    assert announce["object"] == root.uri
    golden("wire/gotosocial/announce_root", announce)
    # it never had a shared inbox: all came to gil's own
    assert {item.path for item in gil.server.received} == {"/users/gil/inbox"}
    # all that we asked of it was signed
    assert all("Signature" in headers for path, headers in gil.server.gets if path.startswith("/users/"))
    # replies are not for it, unless they are to its people
    reply = await service.reply(coop.bob, root, source="Merci")
    await service.react(coop.bob, root, "thanks")
    await service.pin(coop.ana, root)
    await coop.settle()
    assert not coop.new(gil.server)
    # changes of what it has fetched come in the author's own name: it takes them from nobody else
    await service.edit(coop.ana, await post(root.uri), source="Voilà, corrigé")
    await coop.settle()
    [update] = coop.new(gil.server)
    assert update["type"] == "Update" and f'keyId="{coop.ana.uri}#' in gil.server.received[-1].headers["Signature"]
    golden("wire/gotosocial/update_root", update)
    await service.delete(coop.ana, await post(root.uri))
    await coop.settle()
    [delete] = coop.new(gil.server)
    assert delete["type"] == "Delete" and f'keyId="{coop.ana.uri}#' in gil.server.received[-1].headers["Signature"]
    golden("wire/gotosocial/delete_root", delete)
    assert reply.uri


async def test_it_posts_replies_votes_and_takes_back(coop: Coop, gil: Stranger, golden: Golden) -> None:
    coop.new(gil.server)
    note = gil.root(coop.group, "Une chèvre, dix chardons", "<p>Qui en a ?</p>")
    assert await gil.creates(note, INBOX) == 202
    await coop.settle()
    root = await post(note["id"])
    assert (root.title, root.state) == ("Une chèvre, dix chardons", "visible")
    assert [one["object"] for one in coop.new(gil.server)] == [note["id"]]

    await service.reply(coop.ana, root, source="Moi, une.", language="fr")
    await coop.settle()
    [create] = coop.new(gil.server)
    assert create["object"]["inReplyTo"] == note["id"] and create["object"]["interactionPolicy"]["canReply"]
    golden("wire/gotosocial/create_reply", create)

    answer = gil.reply(create["object"]["id"], coop.ana.uri, coop.group, "<p>Elle mange quoi ?</p>")
    await gil.creates(answer, INBOX)
    like = await gil.likes(create["object"]["id"], INBOX)
    await coop.settle()
    assert (await post(answer["id"])).root_id == root.id
    assert (await post(create["object"]["id"])).thanks_count == 1
    await gil.undoes(like, INBOX)
    await gil.updates({**answer, "content": "<p>Elle mange tout ?</p>"}, INBOX)
    await coop.settle()
    assert (await post(create["object"]["id"])).thanks_count == 0
    assert "tout" in (await post(answer["id"])).content
    await gil.deletes(answer["id"], INBOX)
    await coop.settle()
    assert (await post(answer["id"])).deleted_at is not None
    assert {outcome for outcome, _reason in await outcomes(coop.site)} == {"done"}


async def test_each_correction_counts_though_all_have_one_id(coop: Coop, gil: Stranger) -> None:
    nina = await coop.joined_by("nina@nodebb.example", NODEBB)
    note = gil.root(coop.group, "Une chèvre", "<p>Qui en a ?</p>")
    await gil.creates(note, INBOX)
    await coop.settle()
    coop.new(nina.server)
    for words in ("deux", "trois", "quatre"):
        note = {**note, "content": f"<p>Une chèvre</p><p>{words}</p>"}
        coop.world.clock.advance(60)
        assert await gil.updates(note, INBOX) == 202
        await coop.settle()
        assert words in (await post(note["id"])).content
    # and each goes on to those who read threads, in an Announce of its own
    passed = coop.new(nina.server)
    assert [words in json.dumps(one) for one, words in zip(passed, ("deux", "trois", "quatre"), strict=True)] == [
        True
    ] * 3
    assert len({one["id"] for one in passed}) == 3
    # what is merely sent twice is done once
    before = len(await outcomes(coop.site))
    again = gil.activity("Update", {**note, "updated": stamp(coop.world.clock.now())})
    assert await gil.sends(again, INBOX) == await gil.sends(again, INBOX) == 202
    await coop.settle()
    assert len(await outcomes(coop.site)) <= before + 1


async def test_what_is_to_be_seen_is_said_in_the_summary_of_a_picture(coop: Coop, gil: Stranger) -> None:
    picture = {
        "type": "Image",
        "mediaType": "image/png",
        "summary": "Betterave rouge",
        "url": f"{gil.server.origin}/b.png",
    }
    note = gil.root(coop.group, "Une betterave", "<p>La voici</p>", attachment=picture)
    await gil.creates(note, INBOX)
    await coop.settle()
    [file] = await Media.filter(remote_url=picture["url"])
    assert file.description == "Betterave rouge"


async def test_who_writes_a_private_message_is_told_in_one_that_it_takes(coop: Coop, gil: Stranger) -> None:
    coop.new(gil.server)
    mention = {"type": "Mention", "href": coop.ana.uri, "name": "@ana@coop.example"}
    await gil.creates(gil.note("<p>Entre nous</p>", to=[coop.ana.uri], cc=[], tag=mention), INBOX)
    await coop.settle()
    [told] = coop.new(gil.server)  # which has a date
    # seen at a running server: only those whom a message names may answer it, and our server is not among them
    assert told["actor"] == f"{coop.site.settings.url}/actor" and "inReplyTo" not in told["object"]


async def test_a_ban_ends_the_following_there_too(coop: Coop, gil: Stranger) -> None:
    coop.new(gil.server)
    person = await resolver.actor(gil.uri)
    await communities.ban(coop.ana, coop.community, person, "Publicité")
    await coop.settle()
    # seen at a running server: a Reject ends requests only, and who was let in once "follows" for ever
    reject, block, undo = coop.new(gil.server)
    assert [one["type"] for one in (reject, block, undo)] == ["Reject", "Block", "Undo"]
    assert (block["actor"], block["object"], undo["object"]["id"]) == (coop.group, gil.uri, block["id"])
    assert "target" not in block and len({one["id"] for one in (reject, block, undo)}) == 3
    # let in again, they follow as anybody does
    await communities.unban(coop.ana, coop.community, person, "Pardon")
    await gil.follows(coop.group, INBOX)
    await coop.settle()
    assert [one["type"] for one in coop.new(gil.server)] == ["Accept"]
    # who is blocked by a person here is so with one word, as before
    await gil.follows(coop.ana.uri, INBOX)
    await coop.settle()
    coop.new(gil.server)
    await people.block(coop.ana, person)
    await coop.settle()
    assert [one["type"] for one in coop.new(gil.server)].count("Undo") == 0


async def test_a_removal_is_an_undone_boost_and_nothing_that_it_stumbles_over(coop: Coop, gil: Stranger) -> None:
    note = gil.root(coop.group, "Achetez !", "<p>Pas cher</p>")
    await gil.creates(note, INBOX)
    await coop.settle()
    coop.new(gil.server)
    await service.lock(coop.ana, await post(note["id"]))
    await service.remove(coop.ana, await post(note["id"]), "Publicité")
    await coop.settle()
    # seen at a running server: a Delete by anybody but the owner is answered with 500
    assert [one["type"] for one in coop.new(gil.server)] == ["Undo"]


async def test_our_documents_are_there_for_signed_questions_too(coop: Coop, gil: Stranger) -> None:
    root = await service.write(coop.ana, coop.community, kind="tip", title="Un truc", source="Voilà")
    await coop.settle()
    for uri in (coop.group, coop.ana.uri, root.uri, f"{root.uri}/replies", f"{coop.group}/featured"):
        answer = await gil.gets(uri)
        assert answer.status == 200 and json.loads(answer.body)["id"] == uri
