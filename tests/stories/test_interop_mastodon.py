"""A community as Mastodon sees it: each thread once in the timeline, whole conversations, and its people take part by mention."""

from __future__ import annotations

import json

import pytest

from fedcop.communities import service as communities
from fedcop.discussions import queries, service
from fedcop.discussions.models import Post, Reaction, Share
from tests.rig.fakeserver import PUBLIC, Stranger
from tests.rig.golden import Golden
from tests.rig.interop import HOME, INBOX, Coop, fix_keys, open_coop, post
from tests.rig.manners import FEDIFY, LEMMY, MASTODON
from tests.rig.world import World, outcomes

pytestmark = pytest.mark.once  # How strangers speak is the same whatever we keep it in.

MENTION = (
    '<p><span class="h-card"><a href="https://coop.example/c/sols" class="u-url mention">@<span>sols</span></a></span> '
)


@pytest.fixture
async def coop(world: World, monkeypatch: pytest.MonkeyPatch) -> Coop:
    fix_keys(monkeypatch)
    return await open_coop(world)


@pytest.fixture
async def mia(coop: Coop) -> Stranger:
    return await coop.joined_by("mia@mastodon.example", MASTODON)


def kinds(activities: list[dict[str, object]]) -> list[object]:
    return [one["type"] for one in activities]


async def test_a_follow_is_answered_so_that_it_is_recognised(coop: Coop, mia: Stranger, golden: Golden) -> None:
    [accept] = coop.new(mia.server)
    assert accept["object"]["id"].startswith("https://mastodon.example/follow-")
    golden("wire/mastodon/accept_follow", accept)
    # asked again (Mastodon forgets, people press twice): answered again
    await mia.follows(coop.group, INBOX)
    await coop.settle()
    assert kinds(coop.new(mia.server)) == ["Accept"]


async def test_a_thread_is_one_announce_and_the_rest_comes_quietly(coop: Coop, mia: Stranger, golden: Golden) -> None:
    coop.new(mia.server)
    root = await service.write(
        coop.ana, coop.community, kind="question", title="Quand bâcher ?", source="Novembre ?", language="fr"
    )
    await coop.settle()
    [announce] = coop.new(mia.server)
    assert (announce["type"], announce["object"]) == ("Announce", root.uri)
    golden("wire/mastodon/announce_root", announce)
    # what it then fetches is a post that it takes: one server, one author, something to read
    page = json.loads((await mia.gets(root.uri)).body)
    assert (page["type"], page["attributedTo"], page["id"]) == ("Page", coop.ana.uri, root.uri)
    assert PUBLIC in page["to"] and page["content"] and page["name"]

    reply = await service.reply(coop.bob, root, source="Dès octobre.", language="fr")
    await coop.settle()
    [create] = coop.new(mia.server)
    assert (create["type"], create["actor"], create["object"]["inReplyTo"]) == ("Create", coop.bob.uri, root.uri)
    golden("wire/mastodon/create_reply", create)
    assert await coop.proven(create)
    # it takes this from the community that its people follow, since the author's own proof is in it
    assert 'keyId="https://coop.example/c/sols#' in mia.server.received[-1].headers["Signature"]

    await service.edit(coop.bob, reply, source="Dès la mi-octobre.")
    await coop.settle()
    [update] = coop.new(mia.server)
    assert update["type"] == "Update" and "mi-octobre" in update["object"]["content"]
    golden("wire/mastodon/update_reply", update)
    assert await coop.proven(update)

    await service.delete(coop.bob, await post(reply.uri))
    await coop.settle()
    [delete] = coop.new(mia.server)
    assert delete["type"] == "Delete" and delete["object"]["id"] == reply.uri and "summary" not in delete
    golden("wire/mastodon/delete_reply", delete)
    assert await coop.proven(delete)
    assert (await mia.gets(reply.uri)).status == 410


async def test_nothing_floods(coop: Coop, mia: Stranger) -> None:
    lia = await coop.joined_by("lia@lemmy.example", LEMMY)
    coop.new(mia.server)
    root = await service.write(coop.ana, coop.community, kind="debate", title="Labourer ?", source="Ou pas.")
    await coop.settle()
    first = await service.reply(coop.bob, root, source="Non.")
    await service.react(coop.bob, root, "useful")
    await service.pin(coop.ana, root)
    answer = lia.reply(root.uri, coop.ana.uri, coop.group)
    await lia.creates(answer, INBOX)
    await lia.likes(first.uri, INBOX)
    await coop.settle()
    await service.reply(coop.ana, await post(answer["id"]), source="Pourquoi ?")
    await coop.settle()
    got = coop.new(mia.server)
    # Lemmy signs no documents: what lia wrote cannot be handed on as hers, and is not shouted either
    assert kinds(got) == ["Announce", "Create", "Create"]
    assert [one["actor"] for one in got[1:]] == [coop.bob.uri, coop.ana.uri]
    assert len(coop.new(lia.server)) > 5


async def test_a_removed_thread_disappears_from_the_timeline(coop: Coop, mia: Stranger, golden: Golden) -> None:
    root = await service.write(coop.bob, coop.community, kind="tip", title="Un truc", source="Voilà")
    await coop.settle()
    announce = coop.new(mia.server)[-1]
    await service.remove(coop.ana, root, "Hors sujet")
    await coop.settle()
    [undo] = coop.new(mia.server)
    assert undo["type"] == "Undo" and undo["object"]["id"] == announce["id"]
    golden("wire/mastodon/undo_announce", undo)


async def test_a_mention_is_a_thread_and_lives_on(coop: Coop, mia: Stranger) -> None:
    coop.new(mia.server)
    note = mia.root(coop.group, text="<p>Il pleut.</p>")
    note["content"] = f"{MENTION}Faut-il bâcher en novembre ?</p><p>Il pleut.</p>"
    assert await mia.creates(note, INBOX) == 202
    await coop.settle()
    root = await post(note["id"])
    assert (root.title, root.title_derived, root.depth, root.state) == (
        "Faut-il bâcher en novembre ?",
        True,
        0,
        "visible",
    )
    [announce] = coop.new(mia.server)
    assert (announce["object"], mia.uri in announce["cc"]) == (note["id"], True)

    other = mia.reply(note["id"], mia.uri, coop.group, "<p>Et il vente.</p>")
    await mia.creates(other, INBOX)
    await coop.settle()
    reply = await post(other["id"])
    assert (reply.root_id, reply.parent_id, reply.depth) == (root.id, root.id, 1)
    assert not coop.new(mia.server), "her own words do not come back to her"

    await mia.updates({**note, "content": f"{MENTION}Faut-il bâcher en décembre ?</p><p>Il neige.</p>"}, INBOX)
    await mia.updates({**other, "content": "<p>Et il gèle.</p>"}, INBOX)
    await coop.settle()
    root, reply = await post(note["id"]), await post(other["id"])
    assert root.title == "Faut-il bâcher en décembre ?" and "neige" in root.content and "gèle" in reply.content

    await mia.deletes(other["id"], INBOX)
    await mia.deletes(note["id"], INBOX)
    await coop.settle()
    for uri in (note["id"], other["id"]):
        gone = await post(uri)
        assert gone.deleted_at is not None and gone.content == ""
    assert {outcome for outcome, _reason in await outcomes(coop.site)} == {"done"}


async def test_her_votes_and_boosts_count_and_can_be_taken_back(coop: Coop, mia: Stranger) -> None:
    root = await service.write(coop.ana, coop.community, kind="tip", title="Un truc", source="Voilà")
    await coop.settle()
    like = await mia.likes(root.uri, INBOX)
    share = await mia.announces(root.uri, INBOX)
    await coop.settle()
    assert (await Reaction.all().count(), await Share.all().count()) == (1, 1)
    assert "to" not in like and "#likes/" in like["id"]
    # Mastodon makes up the id of the Like anew when it takes it back
    await mia.undoes({**like, "id": f"{mia.uri}#likes/another"}, INBOX)
    await mia.undoes(share, INBOX)
    await coop.settle()
    assert (await Reaction.all().count(), await Share.all().count()) == (0, 0)


async def test_our_answer_to_her_reaches_her(coop: Coop, mia: Stranger, golden: Golden) -> None:
    note = mia.root(coop.group, text="<p>Qui sait ?</p>")
    await mia.creates(note, INBOX)
    await coop.settle()
    coop.new(mia.server)
    await service.reply(coop.ana, await post(note["id"]), source="Moi.")
    await service.react(coop.ana, await post(note["id"]), "thanks")
    await coop.settle()
    got = coop.new(mia.server)
    assert kinds(got) == ["Create", "Like"], "each once, though she follows and wrote"
    assert any(tag["href"] == mia.uri for tag in got[0]["object"]["tag"]) and mia.uri in got[0]["object"]["cc"]
    golden("wire/mastodon/like", got[1])


async def test_after_she_leaves_it_is_quiet(coop: Coop, mia: Stranger) -> None:
    follow = mia.activity("Follow", coop.group)
    await mia.undoes(follow, INBOX)  # another id than she followed with
    await coop.settle()
    coop.new(mia.server)
    await service.write(coop.ana, coop.community, kind="tip", title="Un truc", source="Voilà")
    await coop.settle()
    assert not coop.new(mia.server)


async def test_warnings_pictures_and_unlisted(coop: Coop, mia: Stranger) -> None:
    note = mia.root(coop.group, text="<p>Regardez ces vers.</p>", to=[f"{mia.uri}/followers"], cc=[PUBLIC, coop.group])
    note |= {
        "summary": "des vers de terre",
        "sensitive": True,
        "attachment": [
            {
                "type": "Document",
                "mediaType": "image/jpeg",
                "url": "https://mastodon.example/m/1.jpg",
                "name": "Trois vers",
                "blurhash": "x",
                "width": 640,
                "height": 480,
            },
            {"type": "Document", "mediaType": "video/mp4", "url": "https://mastodon.example/m/1.mp4", "name": "Un ver"},
        ],
    }
    await mia.creates(note, INBOX)
    await coop.settle()
    root = await post(note["id"])
    assert (root.warning, root.sensitive, root.state) == ("des vers de terre", True, "visible")
    [view] = await queries.load_posts(None, [root.id])
    assert [(file.description, file.is_film) for file in view.files] == [("Trois vers", False), ("Un ver", True)]


async def test_two_communities_in_one_mention(coop: Coop, mia: Stranger) -> None:  # J08
    other = await communities.found(coop.ana, title="Eau", name="eau", purpose="De l’eau")
    await mia.follows(other.actor.uri, INBOX)
    await coop.settle()
    note = mia.root(coop.group)
    note["cc"].append(other.actor.uri)
    note["tag"].append({"type": "Mention", "href": other.actor.uri, "name": "@eau@coop.example"})
    await mia.creates(note, INBOX)
    await coop.settle()
    assert await Post.filter(uri=note["id"]).count() == 1


async def test_hollo_signs_documents_and_its_replies_travel(coop: Coop, mia: Stranger) -> None:
    han = await coop.joined_by("han@hollo.example", FEDIFY)
    root = await service.write(coop.ana, coop.community, kind="tip", title="Un truc", source="Voilà")
    await coop.settle()
    coop.new(mia.server)
    note = han.reply(root.uri, coop.ana.uri, coop.group, "<p>Merci !</p>")
    create = han.activity("Create", note)
    body = json.dumps(create, ensure_ascii=False, indent=1).encode()
    await han.sends(body, INBOX)
    await coop.settle()
    assert [item.body for item in mia.server.received[-1:]] == [body], "the author's own bytes"
    assert kinds(coop.new(mia.server)) == ["Create"]
    assert await queries.visible_ids(None, [(await post(note["id"])).id])


async def test_what_it_fetches_about_us_is_what_it_expects(coop: Coop, mia: Stranger) -> None:
    finger = json.loads(
        (
            await coop.world.get(
                f"{HOME}/.well-known/webfinger?resource=acct:sols@coop.example", "application/jrd+json"
            )
        ).body
    )
    [uri] = [link["href"] for link in finger["links"] if link["rel"] == "self"]
    assert (finger["subject"], uri) == ("acct:sols@coop.example", coop.group)
    group = json.loads((await mia.gets(coop.group)).body)
    assert (
        group["type"] == "Group" and group["preferredUsername"] == "sols" and group["publicKey"]["owner"] == coop.group
    )
    for part in ("inbox", "outbox", "followers", "featured"):
        assert group[part].startswith(f"{coop.group}/")
    for part in ("outbox", "followers", "featured"):
        assert json.loads((await mia.gets(group[part])).body)["type"] == "OrderedCollection"
