"""A community lives on one server, a member on another: the same conversation on both, whatever happens to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from fedcop.accounts.signup import create_confirmed
from fedcop.actors.models import Actor
from fedcop.communities import queries as communities
from fedcop.communities import remote
from fedcop.communities import service as community_service
from fedcop.communities.models import Community
from fedcop.core.site import Site, site
from fedcop.discussions import past, queries, service, showings
from fedcop.discussions.models import Post
from fedcop.discussions.versions import Version, beside
from fedcop.federation.fetching import resolver
from fedcop.timelines import queries as timelines
from tests.rig.manners import MASTODON

PASSWORD = "une phrase de passe assez longue"


ENGLISH = (Version("en", "What to sow after potatoes?", "*Rye*, maybe."),)


@dataclass
class Two:
    """Coop has the community and Ana who founded it; Vallée has Bob, a member of it."""

    world: Any
    coop: Site
    vallee: Site
    ana: Actor
    bob: Actor
    home: Community  # as coop knows it
    seen: Community  # as vallee knows it

    async def settle(self) -> None:
        await self.world.settle()

    async def conversation(self, site: Site, uri: str) -> list[tuple[Any, ...]]:
        """The whole thread as one server tells it."""
        async with site.entered():
            root = await Post.get(uri=uri)
            view = await queries.thread(None, root)
            return [
                (one.post.uri, one.post.content, one.author.uri, one.number, one.level, one.gone, one.accepted)
                for one in (view.root, *view.replies)
            ]

    async def same(self, uri: str) -> list[tuple[Any, ...]]:
        """The thread, which must be the same on both."""
        here, there = await self.conversation(self.coop, uri), await self.conversation(self.vallee, uri)
        assert here == there
        return here


@pytest.fixture
async def two(world: Any) -> AsyncIterator[Two]:
    coop = await world.fedcop("https://coop.example")
    ana = (await create_confirmed("ana", "ana@coop.example", PASSWORD)).actor
    home = await community_service.found(ana, title="Sols vivants", name="sols", purpose="Des sols qui vivent")
    vallee = await world.fedcop("https://vallee.example")
    bob = (await create_confirmed("bob", "bob@vallee.example", PASSWORD)).actor
    group = await resolver.handle("!sols@coop.example")
    seen = await remote.community_of(group)
    await community_service.join(bob, seen)
    await world.settle()
    assert await communities.is_member(seen, bob)
    yield Two(world, coop, vallee, ana, bob, home, seen)


async def bob_asks(two: Two, title: str = "Quel couvert après la pomme de terre ?") -> Post:
    async with two.vallee.entered():
        post = await service.write(
            two.bob,
            two.seen,
            kind="idea",
            title=title,
            source="Du *seigle* peut-être.",
            tags=["Couverts"],
            versions=ENGLISH,
        )
        assert post.state == "pending"
        return post


async def test_a_post_waits_until_its_community_has_it(two: Two) -> None:
    post = await bob_asks(two)
    async with two.vallee.entered():
        assert not await queries.visible_ids(None, [post.id])
        assert await queries.visible_ids(two.bob, [post.id])
    await two.settle()
    told = await two.same(post.uri)
    assert len(told) == 1
    async with two.coop.entered():
        there = await Post.get(uri=post.uri)
        assert (there.kind, there.tags, there.title) == ("idea", ["couverts"], "Quel couvert après la pomme de terre ?")
        assert [(one.title, one.content) for one in beside(there)] == [
            ("What to sow after potatoes?", "<p><em>Rye</em>, maybe.</p>")
        ]
        assert there.context_uri.startswith("https://coop.example/c/sols/t/")
    async with two.vallee.entered():
        assert (await Post.get(id=post.id)).state == "visible"


async def test_the_conversation_is_the_same_on_both(two: Two) -> None:
    post = await bob_asks(two)
    await two.settle()
    two.world.clock.advance(60)
    async with two.coop.entered():
        root = await Post.get(uri=post.uri)
        first = await service.reply(two.ana, root, source="De l’avoine, @bob@vallee.example")
        two.world.clock.advance(1)
        second = await service.reply(two.ana, first, source="Ou du trèfle")
    await two.settle()
    two.world.clock.advance(60)
    async with two.vallee.entered():
        answer = await Post.get(uri=second.uri)
        third = await service.reply(two.bob, answer, source="Merci !")
        await service.react(two.bob, answer, "useful")
        await service.react(two.bob, await Post.get(uri=first.uri), "disagree")
    await two.settle()
    told = await two.same(post.uri)
    assert [uri for uri, *_rest in told] == [post.uri, first.uri, second.uri, third.uri]
    async with two.coop.entered():
        assert (await Post.get(uri=second.uri)).useful_count == 1
        assert (await Post.get(uri=first.uri)).disagree_count == 1


async def test_corrections_and_deletions_follow(two: Two) -> None:
    post = await bob_asks(two)
    await two.settle()
    async with two.coop.entered():
        reply = await service.reply(two.ana, await Post.get(uri=post.uri), source="Première réponse")
    await two.settle()
    two.world.clock.advance(30)
    async with two.vallee.entered():
        await service.edit(
            two.bob, await Post.get(id=post.id), title="Mieux dit", source="Du *seigle*, semé tôt.", versions=()
        )
    async with two.coop.entered():
        await service.edit(two.ana, await Post.get(id=reply.id), source="Réponse corrigée")
    await two.settle()
    told = await two.same(post.uri)
    assert "semé tôt" in told[0][1] and "corrigée" in told[1][1]
    async with two.coop.entered():
        there = await Post.get(uri=post.uri)
        assert there.versions is None
        assert there.title == "Mieux dit" and len(await queries.revisions(None, there)) == 1
        await service.delete(two.ana, await Post.get(id=reply.id))
    await two.settle()
    told = await two.same(post.uri)
    assert told[1][5] and told[1][1] == ""


async def test_a_thread_is_shown_in_a_second_community(two: Two) -> None:
    coteau = await two.world.fedcop("https://coteau.example")
    cleo = (await create_confirmed("cleo", "cleo@coteau.example", PASSWORD)).actor
    mia = await two.world.stranger("mia@mastodon.example", MASTODON)
    async with two.coop.entered():
        second = await community_service.found(two.ana, title="Serres", name="serres", purpose="Au chaud")
    async with coteau.entered():
        serres = await remote.community_of(await resolver.handle("!serres@coop.example"))
        await community_service.join(cleo, serres)
    await two.settle()
    await mia.follows("https://coop.example/c/serres", "https://coop.example/inbox")
    await two.settle()

    async with two.coop.entered():
        post = await service.write(two.ana, two.home, kind="tip", title="Pailler", source="Tôt.", also=[second.id])
    await two.settle()
    [announce] = mia.server.took("Announce")
    assert (announce["actor"], announce["object"]) == ("https://coop.example/c/serres", post.uri)
    async with coteau.entered():
        there = await Post.get(uri=post.uri)
        home = await communities.by_id(there.community_id or 0)
        assert home is not None and home.actor.uri == two.home.actor.uri and there.state == "visible"
        assert [one.id for one in await showings.shown_in(there)] == [serres.id]
        assert list((await timelines.home(cleo)).ids) == [there.id]
    async with two.vallee.entered():
        assert await showings.shown_in(await Post.get(uri=post.uri)) == [], "nobody there follows the second one"

    async with two.coop.entered():
        await service.stop_showing(two.ana, post, second)
    await two.settle()
    assert mia.server.took("Undo")[0]["object"]["id"] == announce["id"]
    async with coteau.entered():
        assert await showings.shown_in(there) == [] == list((await timelines.home(cleo)).ids)
    async with two.coop.entered():
        await service.delete(two.ana, post)
    await two.settle()
    async with coteau.entered():
        assert (await Post.get(uri=post.uri)).deleted_at is not None


async def test_moderation_reaches_everybody(two: Two) -> None:
    post = await bob_asks(two)
    await two.settle()
    async with two.coop.entered():
        root = await Post.get(uri=post.uri)
        await service.pin(two.ana, root)
        await service.lock(two.ana, root, "Réglé")
    await two.settle()
    async with two.vallee.entered():
        there = await Post.get(id=post.id)
        assert there.pinned_at is not None and there.locked_at is not None
    async with two.coop.entered():
        await service.unlock(two.ana, await Post.get(uri=post.uri))
        await service.unpin(two.ana, await Post.get(uri=post.uri))
        await service.remove(two.ana, await Post.get(uri=post.uri), "Hors sujet")
    await two.settle()
    async with two.vallee.entered():
        there = await Post.get(id=post.id)
        assert there.locked_at is None and there.pinned_at is None
        assert there.removed_reason == "Hors sujet"
    async with two.coop.entered():
        await service.restore(two.ana, await Post.get(uri=post.uri))
    await two.settle()
    assert not (await two.same(post.uri))[0][5]


async def test_the_accepted_answer_is_known_on_both(two: Two) -> None:
    async with two.vallee.entered():
        post = await service.write(two.bob, two.seen, kind="question", title="Combien ?", source="Combien de seigle ?")
    await two.settle()
    async with two.coop.entered():
        reply = await service.reply(two.ana, await Post.get(uri=post.uri), source="Cent kilos.")
    await two.settle()
    async with two.vallee.entered():
        await service.accept_answer(two.bob, await Post.get(id=post.id), await Post.get(uri=reply.uri))
    await two.settle()
    told = await two.same(post.uri)
    assert told[1][6]
    async with two.coop.entered():
        await service.accept_answer(two.ana, await Post.get(uri=post.uri), None)
    await two.settle()
    assert not (await two.same(post.uri))[1][6]


async def test_a_newcomer_gets_the_past(two: Two) -> None:
    post = await bob_asks(two)
    await two.settle()
    async with two.coop.entered():
        root = await Post.get(uri=post.uri)
        first = await service.reply(two.ana, root, source="Un")
        two.world.clock.advance(1)
        gone = await service.reply(two.ana, first, source="Deux, bientôt supprimé")
        two.world.clock.advance(1)
        await service.reply(two.ana, gone, source="Trois")
    await two.settle()
    async with two.coop.entered():
        await service.delete(two.ana, await Post.get(id=gone.id))
    await two.settle()
    fleuve = await two.world.fedcop("https://fleuve.example")
    cleo = (await create_confirmed("cleo", "cleo@fleuve.example", PASSWORD)).actor
    group = await resolver.handle("!sols@coop.example")
    await community_service.join(cleo, await remote.community_of(group))
    await two.settle()
    async with fleuve.entered():
        community = await communities.by_actor(group)
        assert community is not None and await past.progress(community) is None
    assert await two.conversation(fleuve, post.uri) == await two.conversation(two.coop, post.uri)


async def test_an_answer_that_comes_by_two_ways_at_once_is_seen(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    async with two.vallee.entered():
        root = await service.write(two.bob, two.seen, kind="tip", title="Semer quoi ?", source="Après les patates.")
    await two.settle()
    mia = await two.world.stranger("mia@mastodon.example", MASTODON)
    await mia.joins(two.home.actor.uri, "https://coop.example/inbox")
    await two.settle()
    answer = mia.reply(root.uri, two.bob.uri, two.home.actor.uri)
    # Her server tells Bob's directly, where it waits for the word of its community …
    await mia.creates(answer, "https://vallee.example/inbox")
    await two.settle()
    async with two.vallee.entered():
        assert (await Post.get(uri=answer["id"])).state == "pending"
    # … which comes at the same moment: whoever brings it looked before the answer was there.
    by_uri, looked = queries.by_uri, list[str]()

    async def looked_before(uri: str) -> Post | None:
        if site() is two.vallee and uri == answer["id"] and not looked:
            looked.append(uri)
            return None
        return await by_uri(uri)

    monkeypatch.setattr(queries, "by_uri", looked_before)
    await mia.creates(answer, "https://coop.example/inbox")
    await two.settle()
    async with two.vallee.entered():
        assert (await Post.get(uri=answer["id"])).state == "visible"
    assert looked and answer["id"] in [line[0] for line in await two.same(root.uri)]
