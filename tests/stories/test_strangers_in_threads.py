"""People of Mastodon, Lemmy and others take part in a community of ours, and one of ours in communities of theirs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from activitypub.signatures import Scheme
from fedcop.accounts.signup import create_confirmed
from fedcop.actors.models import Actor, KnownObject
from fedcop.communities import remote
from fedcop.communities import service as community_service
from fedcop.communities.models import Community
from fedcop.core.site import Site
from fedcop.discussions import queries, service
from fedcop.discussions.models import Post, Reaction, Share
from fedcop.federation.fetching import resolver
from fedcop.federation.models import InboxItem
from fedcop.people import service as people
from tests.rig.manners import FEDIFY, LEMMY, MASTODON, NODEBB
from tests.rig.world import outcomes

INBOX = "https://coop.example/inbox"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
PASSWORD = "une phrase de passe assez longue"


@dataclass
class Coop:
    world: Any
    site: Site
    ana: Actor
    community: Community

    @property
    def group(self) -> str:
        return self.community.actor.uri


@pytest.fixture
async def coop(world: Any) -> AsyncIterator[Coop]:
    site = await world.fedcop("https://coop.example")
    ana = (await create_confirmed("ana", "ana@coop.example", PASSWORD)).actor
    community = await community_service.found(ana, title="Sols vivants", name="sols", purpose="Des sols qui vivent")
    yield Coop(world, site, ana, community)


async def test_a_mention_from_mastodon_becomes_a_thread(coop: Coop) -> None:
    mia = await coop.world.stranger("mia@mastodon.example", MASTODON)
    await mia.follows(coop.group, INBOX)
    await coop.world.settle()
    note = mia.note(
        '<p><span class="h-card"><a href="https://coop.example/c/sols" class="u-url mention">@<span>sols</span></a></span> '
        "Faut-il bâcher en novembre ?</p><p>Il pleut.</p>",
        cc=[f"{mia.uri}/followers", coop.group],
        tag=[{"type": "Mention", "href": coop.group, "name": "@sols@coop.example"}],
    )
    assert await mia.creates(note, INBOX) == 202
    await coop.world.settle()
    post = await Post.get(uri=note["id"])
    assert (post.title, post.title_derived, post.kind, post.depth) == (
        "Faut-il bâcher en novembre ?",
        True,
        "question",
        0,
    )
    assert post.community_id == coop.community.id and post.state == "visible"
    # her server hears of it as a share by the community
    assert any(one["object"] == note["id"] for one in coop.world.strangers["mastodon.example"].took("Announce"))


async def test_her_reply_edit_and_delete_follow(coop: Coop) -> None:
    mia = await coop.world.stranger("mia@mastodon.example", MASTODON)
    root = await service.write(coop.ana, coop.community, kind="question", title="Quand ?", source="Dites-moi.")
    note = mia.note("<p>Maintenant</p>", inReplyTo=root.uri, cc=[coop.ana.uri, coop.group])
    await mia.creates(note, INBOX)
    await coop.world.settle()
    reply = await Post.get(uri=note["id"])
    assert reply.root_id == root.id and reply.parent_id == root.id
    coop.world.clock.advance(60)
    await mia.updates({**note, "content": "<p>Maintenant ou jamais</p>"}, INBOX)
    await coop.world.settle()
    assert "jamais" in (await Post.get(uri=note["id"])).content
    await mia.deletes(note["id"], INBOX)
    await coop.world.settle()
    gone = await Post.get(uri=note["id"])
    assert gone.deleted_at is not None and gone.content == ""


async def test_who_does_not_follow_waits_for_a_moderator(coop: Coop) -> None:
    gus = await coop.world.stranger("gus@mastodon.example", MASTODON)
    note = gus.note("<p>Bonjour !</p>", cc=[coop.group], tag=[{"type": "Mention", "href": coop.group, "name": "@sols"}])
    await gus.creates(note, INBOX)
    await coop.world.settle()
    post = await Post.get(uri=note["id"])
    assert post.state == "held" and not await queries.visible_ids(None, [post.id])
    assert not coop.world.strangers["mastodon.example"].took("Announce")
    await service.publish_held(coop.ana, post)
    await coop.world.settle()
    assert await queries.visible_ids(None, [post.id])


async def test_lemmy_posts_replies_and_votes(coop: Coop) -> None:
    lia = await coop.world.stranger("lia@lemmy.example", LEMMY)
    await lia.follows(coop.group, INBOX)
    await coop.world.settle()
    page = lia.root(coop.group, "Compost de feuilles", "<p>Qui en fait ?</p>")
    await lia.creates(page, INBOX)
    await coop.world.settle()
    post = await Post.get(uri=page["id"])
    assert (post.title, post.state) == ("Compost de feuilles", "visible")
    lemmy = coop.world.strangers["lemmy.example"]
    announced = lemmy.took("Announce")
    assert announced[-1]["object"]["id"].startswith("https://lemmy.example/activities/create/")
    like = await lia.likes(page["id"], INBOX)
    await coop.world.settle()
    assert (await Post.get(id=post.id)).thanks_count == 1
    await lia.undoes(like, INBOX)
    await coop.world.settle()
    assert (await Post.get(id=post.id)).thanks_count == 0


async def test_a_reply_whose_parent_is_unknown_brings_it_along(coop: Coop) -> None:
    mia = await coop.world.stranger("mia@mastodon.example", MASTODON)
    gus = await coop.world.stranger("gus@other.example", MASTODON)
    root = await service.write(coop.ana, coop.community, kind="debate", title="Labourer ?", source="Ou pas.")
    middle = gus.note("<p>Ça dépend</p>", inReplyTo=root.uri, cc=[coop.ana.uri])
    low = mia.note("<p>De quoi ?</p>", inReplyTo=middle["id"], cc=[gus.uri, coop.group])
    await mia.creates(low, INBOX)
    await coop.world.settle()
    view = await queries.thread(None, root)
    assert [(one.post.uri, one.post.depth) for one in view.replies] == [(middle["id"], 1), (low["id"], 2)]


async def test_a_chain_of_replies_without_end(coop: Coop) -> None:  # E21
    eve = await coop.world.stranger("eve@evil.example", MASTODON)
    chain = [f"https://evil.example/chain/{number}" for number in range(60)]
    circle = [f"https://evil.example/circle/{number}" for number in range(2)]
    for uris, last in ((chain, chain[-1]), (circle, circle[0])):
        for uri, above in zip(uris, [*uris[1:], last], strict=True):
            note = eve.note("<p>Encore</p>", inReplyTo=above)
            eve.server.put(uri, {"@context": "https://www.w3.org/ns/activitystreams", **note, "id": uri})
        coop.world.web.asked.clear()
        await eve.creates(eve.note("<p>Oui ?</p>", inReplyTo=uris[0], cc=[coop.group]), INBOX)
        await coop.world.settle()
        assert (await outcomes(coop.site))[-1] == ("refused", "the chain of replies is too long, or a circle")
        fetched = [url for _method, url in coop.world.web.asked if url in uris]
        assert len(fetched) == len(set(fetched)) <= 50
    assert await Post.all().count() == 0


async def test_a_deletion_overtakes_its_creation(coop: Coop, monkeypatch: pytest.MonkeyPatch) -> None:  # J05, J21
    monkeypatch.setattr("fedcop.discussions.activities.incoming.MAX_TOMBSTONES", 1)
    mia = await coop.world.stranger("mia@mastodon.example", MASTODON)
    await mia.follows(coop.group, INBOX)
    await coop.world.settle()
    root = await service.write(coop.ana, coop.community, kind="tip", title="Un truc", source="Voilà")
    note = mia.note("<p>Oups</p>", inReplyTo=root.uri, cc=[coop.group])
    await mia.sends(mia.activity("Delete", {"id": note["id"], "type": "Tombstone"}), INBOX)
    await coop.world.settle()
    await mia.creates(note, INBOX)
    await coop.world.settle()
    assert await Post.get_or_none(uri=note["id"]) is None, await outcomes(coop.site)
    for number in range(2):  # nor are more of them kept than one person could mean
        await mia.sends(mia.activity("Delete", {"id": f"{note['id']}{number}", "type": "Tombstone"}), INBOX)
    await coop.world.settle()
    assert await KnownObject.filter(kind="tombstone").count() == 1


async def test_an_undo_overtakes_its_like(coop: Coop) -> None:  # J05
    mia = await coop.world.stranger("mia@mastodon.example", MASTODON)
    root = await service.write(coop.ana, coop.community, kind="tip", title="Un truc", source="Voilà")
    like = mia.activity("Like", root.uri)
    await mia.undoes(like, INBOX)
    await coop.world.settle()
    await mia.sends(like, INBOX)
    await coop.world.settle()
    assert await Reaction.all().count() == 0


async def test_the_same_create_three_times_is_one_post(coop: Coop) -> None:  # J06, J01
    mia = await coop.world.stranger("mia@mastodon.example", MASTODON)
    root = await service.write(coop.ana, coop.community, kind="tip", title="Un truc", source="Voilà")
    note = mia.note("<p>Une fois</p>", inReplyTo=root.uri, cc=[coop.group])
    create = mia.activity("Create", note)
    for _again in range(2):
        await mia.sends(create, INBOX)
    await mia.creates(note, INBOX)
    await coop.world.settle()
    assert await Post.filter(uri=note["id"]).count() == 1
    assert (await Post.get(id=root.id)).replies_count == 1


async def test_nobody_changes_what_is_not_theirs(coop: Coop) -> None:  # D03, D06, D07
    mia = await coop.world.stranger("mia@mastodon.example", MASTODON)
    eve = await coop.world.stranger("eve@mastodon.example", MASTODON)
    root = await service.write(coop.ana, coop.community, kind="tip", title="Un truc", source="Voilà")
    other = await service.write(coop.ana, coop.community, kind="tip", title="Un autre", source="Voilà")
    note = mia.note("<p>À moi</p>", inReplyTo=root.uri, cc=[coop.group])
    await mia.creates(note, INBOX)
    await coop.world.settle()
    # same server, another person (attacks D07), and the owner moving it to another thread (D03)
    await eve.sends(eve.activity("Delete", note["id"]), INBOX)
    await eve.sends(eve.activity("Update", {**note, "attributedTo": eve.uri, "content": "<p>À Ève</p>"}), INBOX)
    await eve.sends(eve.activity("Lock", root.uri), INBOX)
    coop.world.clock.advance(5)
    await mia.updates({**note, "inReplyTo": other.uri, "content": "<p>Ailleurs</p>"}, INBOX)
    await coop.world.settle()
    kept = await Post.get(uri=note["id"])
    assert kept.deleted_at is None and kept.root_id == root.id and "Ève" not in kept.content
    assert (await Post.get(id=root.id)).locked_at is None


async def test_a_locked_thread_takes_no_reply_from_elsewhere(coop: Coop) -> None:  # D43
    mia = await coop.world.stranger("mia@mastodon.example", MASTODON)
    root = await service.write(coop.ana, coop.community, kind="tip", title="Un truc", source="Voilà")
    await service.lock(coop.ana, root, "Fini")
    note = mia.note("<p>Encore</p>", inReplyTo=root.uri, cc=[coop.group])
    await mia.creates(note, INBOX)
    await coop.world.settle()
    assert await Post.get_or_none(uri=note["id"]) is None
    assert (await outcomes(coop.site))[-1][0] == "refused"


@pytest.mark.parametrize("scheme", list(Scheme))
async def test_nobody_carries_in_what_its_author_may_not_say(coop: Coop, scheme: Scheme) -> None:  # D42, D43, D44
    eve = await coop.world.stranger("eve@evil.example", MASTODON)
    lia = await coop.world.stranger("lia@hollo.example", FEDIFY)
    lou = await coop.world.stranger("lou@lemmy.example", LEMMY)
    for one in (lia, lou):
        await one.follows(coop.group, INBOX)
    await coop.world.settle()
    root = await service.write(coop.ana, coop.community, kind="tip", title="Un truc", source="Voilà")

    async def is_carried(thing: dict[str, Any]) -> bool:
        await eve.sends(lia.activity("Create", thing), INBOX, scheme=scheme)
        await coop.world.settle()
        return await Post.filter(uri=thing["id"]).exists()

    assert await is_carried(lia.note("<p>Oui</p>", inReplyTo=root.uri, cc=[coop.group]))
    await service.lock(coop.ana, root, "Fini")
    assert not await is_carried(lia.note("<p>Encore</p>", inReplyTo=root.uri, cc=[coop.group]))
    await community_service.change(coop.ana, coop.community, posting="moderators")
    mentions = [{"type": "Mention", "href": coop.group, "name": "@sols"}]
    begun = lia.note("<p>Dites</p>", cc=[coop.group], tag=mentions)
    assert not await is_carried(begun)
    await lia.creates(begun, INBOX)
    await lou.creates(lou.root(coop.group), INBOX)
    await coop.world.settle()
    assert await Post.all().count() == 2
    other = await service.write(coop.ana, coop.community, kind="tip", title="Un autre", source="Voilà")
    await community_service.change(coop.ana, coop.community, posting="followers")
    await community_service.ban(coop.ana, coop.community, await resolver.actor(lia.uri), "Insultes")
    assert not await is_carried(lia.note("<p>Encore moi</p>", inReplyTo=other.uri, cc=[coop.group]))


async def test_what_is_not_public_is_not_published(coop: Coop) -> None:  # H21, H22
    mia = await coop.world.stranger("mia@mastodon.example", MASTODON)
    root = await service.write(coop.ana, coop.community, kind="tip", title="Un truc", source="Voilà")
    quiet = mia.note("<p>Entre nous</p>", to=[coop.group], cc=[], inReplyTo=root.uri)
    direct = mia.note("<p>Un message</p>", to=[coop.group], cc=[])
    await mia.creates(quiet, INBOX)
    await mia.creates(direct, INBOX)
    await coop.world.settle()
    assert await Post.filter(uri__in=[quiet["id"], direct["id"]]).count() == 0
    assert mia.server.took("Create") == []
    # A message to a person is not kept either, and who wrote it is told so; a second time only in another month.
    for text in ("<p>Bonjour</p>", "<p>Encore</p>"):
        message = mia.note(text, to=[coop.ana.uri], cc=[], tag=[{"type": "Mention", "href": coop.ana.uri, "name": "@ana@coop.example"}])  # fmt: skip
        await mia.creates(message, INBOX)
        await mia.creates(mia.note(text, to=[f"{mia.uri}/followers"], cc=[coop.ana.uri]), INBOX)
        await coop.world.settle()
    assert await Post.all().count() == 1
    [told] = mia.server.took("Create")
    assert (told["actor"], told["to"], told["cc"]) == ("https://coop.example/actor", [mia.uri], [])
    assert "pas de messages privés" in told["object"]["content"] and told["object"]["inReplyTo"]
    assert await InboxItem.filter(body=b"").count() == 2  # nor are its words, for those who run the server


async def test_a_post_with_a_poll_is_a_thread_and_shares_are_counted(coop: Coop) -> None:
    mia = await coop.world.stranger("mia@mastodon.example", MASTODON)
    await mia.follows(coop.group, INBOX)
    await coop.world.settle()
    question = mia.note(
        "<p>Quelle date ?</p>",
        type="Question",
        cc=[coop.group],
        oneOf=[
            {"type": "Note", "name": f"<b>{day}</b> novembre", "replies": {"type": "Collection", "totalItems": 3}}
            for day in (14, 21)
        ],
        tag=[{"type": "Mention", "href": coop.group, "name": "@sols"}],
    )
    await mia.creates(question, INBOX)
    await coop.world.settle()
    post = await Post.get(uri=question["id"])
    assert (post.kind, post.title, post.content, post.has_poll) == (
        "question",
        "Quelle date ?",
        "<p>Quelle date ?</p>",
        True,
    )
    share = await mia.announces(post.uri, INBOX)
    await coop.world.settle()
    assert await Share.filter(post_id=post.id).count() == 1, await outcomes(coop.site)
    await mia.undoes(share, INBOX)
    await coop.world.settle()
    assert (await Post.get(id=post.id)).shares_count == 0


async def test_the_future_is_clamped(coop: Coop) -> None:  # F07
    mia = await coop.world.stranger("mia@mastodon.example", MASTODON)
    root = await service.write(coop.ana, coop.community, kind="tip", title="Un truc", source="Voilà")
    note = mia.note("<p>De demain</p>", inReplyTo=root.uri, cc=[coop.group], published="2031-01-01T00:00:00Z")
    await mia.creates(note, INBOX)
    await coop.world.settle()
    assert (await Post.get(uri=note["id"])).published_at <= coop.world.clock.now().replace(year=2027)


@dataclass
class Abroad:
    """Ana follows a community of a Lemmy."""

    world: Any
    ana: Actor
    lemmy: Any
    group: Any
    community: Community


@pytest.fixture
async def abroad(coop: Coop) -> Abroad:
    lemmy = await coop.world.server("lemmy.example", LEMMY)
    group = lemmy.group("soil")
    actor = await resolver.actor(group.uri)
    community = await remote.community_of(actor)
    await people.follow(coop.ana, actor)
    await coop.world.settle()
    follow = lemmy.took("Follow")[-1]
    await group.accepts(follow, INBOX)
    await coop.world.settle()
    return Abroad(coop.world, coop.ana, lemmy, group, community)


async def test_what_a_community_elsewhere_announces_is_read_here(  # D26
    abroad: Abroad, monkeypatch: pytest.MonkeyPatch
) -> None:
    lia = abroad.lemmy.person("lia")
    page = lia.root(abroad.group.uri, "Green manure", "<p>Which one?</p>")
    await abroad.group.sends(abroad.group.wraps(lia.activity("Create", page)), INBOX)
    await abroad.world.settle()
    post = await Post.get(uri=page["id"])
    assert post.state == "visible" and post.community_id == abroad.community.id
    comment = lia.note("<p>Rye</p>", inReplyTo=page["id"], audience=abroad.group.uri, cc=[abroad.group.uri])
    await abroad.group.sends(abroad.group.wraps(lia.activity("Create", comment)), INBOX)
    lock = lia.activity("Lock", page["id"], audience=abroad.group.uri)
    await abroad.group.sends(abroad.group.wraps(lock), INBOX)
    await abroad.world.settle()
    view = await queries.thread(None, post)
    assert [one.post.uri for one in view.replies] == [comment["id"]]
    # It pins its own threads only, in its own list, and not without end.
    monkeypatch.setattr("fedcop.discussions.service.moderate.MAX_PINNED", 1)
    more = lia.root(abroad.group.uri, "Clover")
    await abroad.group.sends(abroad.group.wraps(lia.activity("Create", more)), INBOX)
    featured, elsewhere = f"{abroad.group.uri}/featured", "https://lemmy.example/c/other/featured"
    home = await Community.get(actor__local=True).select_related("actor")
    own = await service.write(abroad.ana, home, kind="tip", title="Un truc", source="Voilà")
    wrong, right = ((comment["id"], featured), (own.uri, featured), (more["id"], elsewhere)), (page["id"], more["id"])
    for thing, target in (*wrong, *((uri, featured) for uri in right)):
        add = lia.activity("Add", thing, target=target, audience=abroad.group.uri, cc=[abroad.group.uri])
        await abroad.group.sends(abroad.group.wraps(add), INBOX)
    await abroad.world.settle()
    assert [one.uri for one in await Post.exclude(pinned_at=None)] == [page["id"]]


async def test_our_post_there_waits_for_the_announce(abroad: Abroad) -> None:
    post = await service.write(abroad.ana, abroad.community, kind="question", title="And clover?", source="Anyone?")
    await abroad.world.settle()
    assert (await Post.get(id=post.id)).state == "pending"
    create = abroad.lemmy.took("Create")[-1]
    assert create["object"]["type"] == "Page" and create["audience"] == abroad.group.uri
    assert create["to"][0] == abroad.group.uri
    await abroad.group.sends(abroad.group.wraps(create), INBOX)
    await abroad.world.settle()
    assert (await Post.get(id=post.id)).state == "visible"


async def test_a_forged_post_inside_an_announce_is_not_believed(abroad: Abroad) -> None:  # D18
    good = await abroad.world.server("good.example", NODEBB)
    gus = good.person("gus")
    forged = {
        "id": "https://good.example/post/77",
        "type": "Note",
        "attributedTo": gus.uri,
        "content": "<p>Faux</p>",
        "to": [PUBLIC],
        "cc": [abroad.group.uri],
        "audience": abroad.group.uri,
    }
    await abroad.group.sends(abroad.group.wraps(gus.activity("Create", forged)), INBOX)
    await abroad.world.settle()
    assert await Post.get_or_none(uri=forged["id"]) is None


async def test_a_post_that_only_claims_a_community_waits(abroad: Abroad) -> None:  # C09, J11
    eve = await abroad.world.stranger("eve@evil.example", LEMMY)
    page = eve.root(abroad.group.uri, "I was never announced", "<p>Look at me</p>")
    await eve.creates(page, INBOX)
    await abroad.world.settle()
    post = await Post.get_or_none(uri=page["id"])
    assert post is None or post.state == "pending"
    # Nor does it count because a third server carries it with its author's proof.
    lia = await abroad.world.stranger("lia@hollo.example", FEDIFY)
    carried = lia.root(abroad.group.uri, "Carried here", "<p>Look at me</p>")
    await eve.sends(lia.activity("Create", carried), INBOX)
    await abroad.world.settle()
    post = await Post.get_or_none(uri=carried["id"])
    assert post is None or post.state == "pending"
