"""A post quotes another one: its author is asked, their word is looked at, and each reader sees what they may read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from fedcop.accounts.signup import create_confirmed
from fedcop.actors.models import Actor
from fedcop.communities import remote
from fedcop.communities import service as communities
from fedcop.communities.models import Community
from fedcop.core.errors import Forbidden, Invalid
from fedcop.core.site import Site
from fedcop.discussions import service
from fedcop.discussions.activities.quoting import look_again
from fedcop.discussions.models import Post
from fedcop.discussions.quotes import queries as quotes
from fedcop.discussions.quotes import service as quoting
from fedcop.discussions.quotes.models import Quote
from fedcop.federation.fetching import resolver
from fedcop.notifications.models import Notification
from fedcop.people import service as people
from tests.rig.fakeserver import PUBLIC, Stranger
from tests.rig.manners import MASTODON
from tests.rig.quoting import answers, asks, fallback, policy, quote_of, stamp_of, takes_back
from tests.rig.world import World, outcomes

INBOX = "https://coop.example/inbox"
PASSWORD = "une phrase de passe assez longue"


@dataclass
class Towns:
    """Coop has the community and Ana; Vallée has Bob, a member of it; Mia and Max follow it from two Mastodons."""

    world: World
    coop: Site
    vallee: Site
    ana: Actor
    bob: Actor
    home: Community
    seen: Community
    mia: Stranger
    max: Stranger

    async def settle(self, **later: float) -> None:
        self.world.clock.advance(**(later or {"seconds": 1}))
        await self.world.settle()

    async def post(self, text: str = "Novembre ?", **more: Any) -> Post:
        """A thread by Ana, everywhere."""
        async with self.coop.entered():
            found = await service.write(
                self.ana, self.home, kind="question", title="Quand bâcher ?", source=text, **more
            )
        await self.settle()
        return found

    async def seen_by(self, site: Site, uri: str, who: Actor | None = None) -> quotes.QuoteView | None:
        """What a post quotes, as somebody sees it on a server."""
        async with site.entered():
            post = await Post.get(uri=uri)
            return (await quotes.views(who, [post])).get(post.id)

    async def state(self, site: Site, uri: str, who: Actor | None = None) -> str:
        view = await self.seen_by(site, uri, who)
        return view.state if view is not None else ""

    def said(self, one: Stranger, quoted: str, stamp: str = "", **more: Any) -> dict[str, Any]:
        """A thread of a stranger in the community that quotes something."""
        text = f"{fallback(quoted)}<p>À lire.</p>"
        note = one.root(self.home.actor.uri, "Voyez", **quote_of(quoted, stamp), **more)
        return {**note, "content": text}


@pytest.fixture
async def towns(world: World) -> AsyncIterator[Towns]:
    coop = await world.fedcop("https://coop.example")
    ana = (await create_confirmed("ana", "ana@coop.example", PASSWORD)).actor
    home = await communities.found(
        ana, title="Sols vivants", name="sols", purpose="Des sols qui vivent", posting="followers"
    )
    vallee = await world.fedcop("https://vallee.example")
    bob = (await create_confirmed("bob", "bob@vallee.example", PASSWORD)).actor
    seen = await remote.community_of(await resolver.handle("!sols@coop.example"))
    await communities.join(bob, seen)
    mia = await world.stranger("mia@mastodon.example", MASTODON)
    max_ = await world.stranger("max@autre.example", MASTODON)
    for one in (mia, max_):
        await one.follows(home.actor.uri, INBOX)
    await world.settle()
    yield Towns(world, coop, vallee, ana, bob, home, seen, mia, max_)


async def test_a_quote_from_a_mastodon_is_asked_for_and_shown(towns: Towns) -> None:
    root = await towns.post()
    mia, mastodon = towns.mia, towns.mia.server
    note = towns.said(mia, root.uri)
    mastodon.put(note["id"], {"@context": "https://www.w3.org/ns/activitystreams", **note})
    await mia.creates(note, INBOX)
    await towns.settle()
    assert await towns.state(towns.coop, note["id"]) == "pending"
    async with towns.coop.entered():
        there = await Post.get(uri=note["id"])
        assert (there.content, there.title) == ("<p>À lire.</p>", "À lire."), "the line for others is taken out"
        assert (await Post.get(id=root.id)).quotes_count == 0
        assert not await Notification.filter(kind="quote").exists()

    request = await asks(mia, note["id"], root.uri, INBOX)
    await towns.settle()
    [accept] = [one for one in mastodon.took("Accept") if one["object"]["type"] == "QuoteRequest"]
    assert (accept["actor"], accept["to"], accept["object"]["id"]) == (towns.ana.uri, [mia.uri], request["id"])
    assert (accept["object"]["instrument"], accept["object"]["object"]) == (note["id"], root.uri)
    stamp = orjson.loads((await mia.gets(accept["result"])).body)
    assert (stamp["type"], stamp["id"], stamp["attributedTo"]) == (
        "QuoteAuthorization",
        accept["result"],
        towns.ana.uri,
    )
    assert (stamp["interactingObject"], stamp["interactionTarget"]) == (note["id"], root.uri)
    view = await towns.seen_by(towns.coop, note["id"])
    assert view is not None and view.state == "accepted" and view.post is not None and view.post.id == root.id
    async with towns.coop.entered():
        assert (await Post.get(id=root.id)).quotes_count == 1
        told = await Notification.get(kind="quote")
        assert (told.post_id, told.account_id) == (there.id, (await towns.ana.account).id)

    # With the stamp in it, a third server looks at it and shows it too.
    await mia.updates({**note, **quote_of(root.uri, accept["result"])}, INBOX)
    await towns.settle()
    assert await towns.state(towns.vallee, note["id"]) == "accepted", await outcomes(towns.vallee)

    # Asked once more: the same answer. Taken back: for good, everywhere.
    await asks(mia, note["id"], root.uri, INBOX)
    await towns.settle()
    assert [one["result"] for one in mastodon.took("Accept")[-2:]] == [accept["result"]] * 2
    async with towns.coop.entered():
        await quoting.revoke(towns.ana, await Quote.get(uri=note["id"]))
    await towns.settle()
    assert [one["object"] for one in mastodon.took("Delete")] == [accept["result"]]
    assert (await mia.gets(accept["result"])).status == 404
    for site in (towns.coop, towns.vallee):
        assert await towns.state(site, note["id"]) == "revoked"
    async with towns.coop.entered():
        assert (await Post.get(id=root.id)).quotes_count == 0 and not await Notification.filter(kind="quote").exists()
    await asks(mia, note["id"], root.uri, INBOX)
    await mia.updates({**note, **quote_of(root.uri, accept["result"])}, INBOX)
    await towns.settle()
    assert mastodon.took("Reject")[-1]["object"]["instrument"] == note["id"]
    for site in (towns.coop, towns.vallee):
        assert await towns.state(site, note["id"]) == "revoked"


async def thread_of(towns: Towns, one: Stranger, **more: Any) -> dict[str, Any]:
    """A thread of a stranger in the community, everywhere."""
    note = one.root(towns.home.actor.uri, "Un fait", **more)
    one.server.put(note["id"], {"@context": "https://www.w3.org/ns/activitystreams", **note})
    await one.creates(note, INBOX)
    await towns.settle()
    return note


async def test_quoting_a_mastodon_asks_its_author(towns: Towns) -> None:
    mia, mastodon = towns.mia, towns.mia.server
    fact = await thread_of(towns, mia, interactionPolicy=policy(PUBLIC))
    async with towns.vallee.entered():
        quoted = await Post.get(uri=fact["id"])
        post = await service.write(
            towns.bob, towns.seen, kind="idea", title="À propos", source="Lisez.", quoted=quoted, quote_policy="nobody"
        )
        assert (await Post.get(id=quoted.id)).quotes_count == 0
    await towns.settle()
    [request] = mastodon.took("QuoteRequest")
    assert (request["actor"], request["object"], request["to"]) == (towns.bob.uri, fact["id"], [mia.uri])
    document = request["instrument"]
    assert (document["quote"], document["quoteUrl"]) == (fact["id"],) * 2 and "quoteAuthorization" not in document
    assert (
        document["content"] == f'<p class="quote-inline">RE: <a href="{fact["id"]}">{fact["id"]}</a></p><p>Lisez.</p>'
    )
    assert document["interactionPolicy"]["canQuote"] == {"automaticApproval": [towns.bob.uri]}
    [link] = [one for one in document["tag"] if one["type"] == "Link"]
    assert (link["href"], link["rel"]) == (fact["id"], "https://misskey-hub.net/ns#_misskey_quote")
    for site in (towns.vallee, towns.coop):
        assert await towns.state(site, post.uri) == "pending"

    # Others cannot answer for her, nor she with a stamp of another server; nor is another's Reject heard.
    eve = await towns.world.stranger("eve@autre.example", MASTODON)
    stamp = stamp_of(mia, fact["id"], post.uri)
    inbox = "https://vallee.example/inbox"
    await answers(eve, request, "Accept", inbox, result=stamp_of(eve, fact["id"], post.uri))
    await answers(mia, request, "Accept", inbox, result=stamp_of(eve, fact["id"], post.uri))
    await answers(eve, request, "Reject", inbox)
    await answers(mia, {**request, "id": f"{request['id']}0"}, "Accept", inbox, result=stamp)
    await towns.settle()
    assert await towns.state(towns.vallee, post.uri) == "pending"

    await answers(mia, request, "Accept", inbox, result=stamp)
    await towns.settle()
    for site in (towns.vallee, towns.coop):
        assert await towns.state(site, post.uri) == "accepted", await outcomes(towns.coop)
    async with towns.vallee.entered():
        assert (await Post.get(id=quoted.id)).quotes_count == 1
    served = orjson.loads((await mia.gets(post.uri)).body)
    assert (served["quote"], served["quoteAuthorization"]) == (fact["id"], stamp)

    # Corrected: who quotes it is told. Taken back by another: nothing. Taken back by her: gone everywhere, and an old yes does not bring it back.
    await mia.updates({**fact, "content": "<p>Un fait</p><p>Corrigé.</p>"}, INBOX)
    await towns.settle(seconds=2)
    async with towns.vallee.entered():
        told = await Notification.get(kind="quoted_update")
        assert told.post_id == post.id and told.account_id == (await towns.bob.account).id
    await takes_back(eve, stamp, inbox)
    await towns.settle()
    assert await towns.state(towns.vallee, post.uri) == "accepted"
    await takes_back(mia, stamp, inbox)
    await towns.settle()
    assert await towns.state(towns.vallee, post.uri) == "revoked", await outcomes(towns.vallee)
    assert "quoteAuthorization" not in orjson.loads((await mia.gets(post.uri)).body)
    await answers(mia, request, "Accept", inbox, result=stamp)
    await towns.settle()
    assert await towns.state(towns.vallee, post.uri) == "revoked"

    # Her server hears of what becomes of the text that quotes her.
    async with towns.vallee.entered():
        await service.edit(towns.bob, await Post.get(uri=post.uri), source="Lisez bien.")
    await towns.settle()
    assert "Lisez bien." in mastodon.took("Update")[-1]["object"]["content"]
    async with towns.vallee.entered():
        await service.delete(towns.bob, await Post.get(uri=post.uri))
    await towns.settle()
    assert mastodon.took("Delete")[-1]["object"]["id"] == post.uri


async def test_stamps_are_looked_at(towns: Towns) -> None:  # D37
    """A stamp counts only on the server of who is quoted, by them, for these two posts."""
    mia, eve = towns.mia, towns.max
    fact = await thread_of(towns, mia, interactionPolicy=policy(PUBLIC))
    other = await thread_of(towns, mia, interactionPolicy=policy(PUBLIC))
    lou = await towns.world.stranger("lou@mastodon.example", MASTODON)
    forged: dict[str, Callable[[str], str]] = {
        "on her own server": lambda by: stamp_of(eve, fact["id"], by),
        "in the name of who is quoted": lambda by: stamp_of(eve, fact["id"], by, attributedTo=mia.uri),
        "by somebody else there": lambda by: stamp_of(lou, fact["id"], by),
        "for another post of hers": lambda by: stamp_of(mia, fact["id"], f"{by}0"),
        "of another post": lambda by: stamp_of(mia, other["id"], by),
        "of another kind": lambda by: stamp_of(mia, fact["id"], by, type="LikeAuthorization"),
        "that is not there": lambda by: f"{mia.uri}/quote_authorizations/99",
    }
    for what, stamped in forged.items():
        said = towns.said(eve, fact["id"])
        await eve.creates({**said, "quoteAuthorization": stamped(said["id"])}, INBOX)
        await towns.settle()
        assert await towns.state(towns.coop, said["id"]) == "pending", what
    good = towns.said(eve, fact["id"])
    stamp = stamp_of(mia, fact["id"], good["id"])
    await eve.creates({**good, "quoteAuthorization": stamp}, INBOX)
    await towns.settle()
    assert await towns.state(towns.coop, good["id"]) == "accepted", await outcomes(towns.coop)
    # One's own needs no stamp.
    own = towns.said(mia, fact["id"])
    await mia.creates(own, INBOX)
    await towns.settle()
    assert await towns.state(towns.coop, own["id"]) == "accepted"
    # A week later the stamp is not there any more, though nobody said so.
    mia.server.documents.pop(stamp.removeprefix(mia.server.origin))
    await towns.settle(days=8)
    async with towns.coop.entered():
        await look_again()
    await towns.settle()
    assert await towns.state(towns.coop, good["id"]) == "revoked"
    assert await towns.state(towns.coop, own["id"]) == "accepted"


async def test_what_is_not_kept_here_is_told_of(towns: Towns) -> None:
    """A post of a Mastodon that is in no community: of it a title, the first words and the way there are kept, as long as it may be quoted."""
    mia, eve = towns.mia, towns.max
    far = mia.note("<p>Loin d’ici.</p>", interactionPolicy=policy(PUBLIC))
    note = towns.said(eve, far["id"])
    stamp = stamp_of(mia, far["id"], note["id"])
    await eve.creates({**note, "quoteAuthorization": stamp}, INBOX)
    await towns.settle()
    view = await towns.seen_by(towns.coop, note["id"])
    assert view is not None and (view.state, view.post, view.text, view.address) == (
        "accepted",
        None,
        "Loin d’ici.",
        far["id"],
    )
    async with towns.coop.entered():
        assert not await Post.exists(uri=far["id"])
        mine = await Actor.get(uri=mia.uri)
        await people.block(towns.ana, mine)
    assert await towns.state(towns.coop, note["id"], towns.ana) == "blocked_account"
    # Once it is in a community too, it is shown as what is kept here.
    async with towns.coop.entered():
        quoted = await thread_of(towns, mia)
        await Quote.filter(uri=note["id"]).update(quoted_uri=quoted["id"])
        await look_again()
    view = await towns.seen_by(towns.coop, note["id"])
    assert view is not None and view.post is not None and view.post.uri == quoted["id"] and view.kept is None
    async with towns.coop.entered():
        assert (await Post.get(uri=quoted["id"])).quotes_count == 1
        await Quote.filter(uri=note["id"]).update(quoted_uri=far["id"], quoted_id=None)
    quiet = mia.note("<p>Entre nous.</p>", to=[f"{mia.uri}/followers"], cc=[])
    hidden = towns.said(eve, quiet["id"])
    await eve.creates({**hidden, "quoteAuthorization": stamp_of(mia, quiet["id"], hidden["id"])}, INBOX)
    await towns.settle()
    view = await towns.seen_by(towns.coop, hidden["id"])
    assert view is not None and (view.state, view.kept) == ("unauthorized", None)
    # Deleted by its author, nothing of its words stays; by another, all of it.
    gone = mia.note("<p>Bientôt loin.</p>", interactionPolicy=policy(PUBLIC))
    about = towns.said(mia, gone["id"])
    await mia.creates(about, INBOX)
    await towns.settle()
    view = await towns.seen_by(towns.coop, about["id"])
    assert view is not None and view.text == "Bientôt loin."
    await eve.sends({**eve.activity("Delete", gone["id"])}, INBOX)
    await towns.settle()
    view = await towns.seen_by(towns.coop, about["id"])
    assert view is not None and view.text == "Bientôt loin."
    await mia.deletes(gone["id"], INBOX)
    await towns.settle()
    view = await towns.seen_by(towns.coop, about["id"])
    assert view is not None and (view.state, view.kept) == ("unauthorized", None)
    await takes_back(mia, stamp, INBOX)
    await towns.settle()
    view = await towns.seen_by(towns.coop, note["id"])
    assert view is not None and (view.state, view.kept) == ("revoked", None)


async def test_who_may_quote_is_for_the_author_to_say(towns: Towns) -> None:
    mia, mastodon = towns.mia, towns.mia.server
    ours = await towns.post(quote_policy="followers")
    served = orjson.loads((await mia.gets(ours.uri)).body)
    assert served["interactionPolicy"]["canQuote"] == {"automaticApproval": [f"{towns.ana.uri}/followers"]}
    note = towns.said(mia, ours.uri)
    await asks(mia, note, ours.uri, INBOX)
    await towns.settle()
    assert [one["object"]["object"] for one in mastodon.took("Reject")] == [ours.uri]
    async with towns.coop.entered():
        assert not await Quote.exists()
    await mia.follows(towns.ana.uri, INBOX)
    await towns.settle()
    await asks(mia, note, ours.uri, INBOX)
    await towns.settle()
    async with towns.coop.entered():
        one = await Quote.get()
        assert (one.uri, one.state, one.post_id) == (note["id"], "accepted", None)
        # What is kept nowhere here is told beside one's own post, and counted.
        assert (await Notification.get(kind="quote")).post_id == ours.id
        post = await Post.get(id=ours.id)
        assert post.quotes_count == 1
        await quoting.change_policy(towns.ana, post, "nobody")
    await towns.settle()
    # What was agreed to stays. Of ours across servers: a fedcop reads the policy too.
    async with towns.vallee.entered():
        there = await Post.get(uri=ours.uri)
        assert there.quote_policy == "nobody"
        with pytest.raises(Forbidden):
            await service.write(towns.bob, towns.seen, kind="tip", title="Hé", source="", quoted=there)
    await asks(mia, mia.note("<p>Encore</p>", **quote_of(ours.uri)), ours.uri, INBOX)
    await towns.settle()
    assert len(mastodon.took("Reject")) == 2
    # Its author deletes it there: it is counted no more.
    await mia.deletes(note["id"], INBOX)
    await towns.settle()
    async with towns.coop.entered():
        assert not await Quote.exists() and (await Post.get(id=ours.id)).quotes_count == 0


async def test_nobody_asks_for_another(towns: Towns) -> None:  # D38
    """The post that would quote is the asker's own, on their server, and quotes that very post."""
    root, other = await towns.post(), await towns.post("Autre chose ?")
    mia, eve = towns.mia, towns.max
    theirs = mia.note("<p>De moi</p>", **quote_of(root.uri))
    mine = eve.note("<p>De moi</p>", **quote_of(other.uri))
    lou = await towns.world.stranger("lou@autre.example", MASTODON)
    tried: list[tuple[Any, str]] = [
        (theirs["id"], root.uri),  # on another server
        (theirs, root.uri),
        (mine["id"], root.uri),  # quotes something else
        ({**mine, **quote_of(root.uri), "attributedTo": lou.uri}, root.uri),  # of somebody else there
        (lou.note("<p>De Lou</p>", **quote_of(root.uri))["id"], root.uri),
        (eve.note("<p>Rien</p>")["id"], root.uri),  # quotes nothing
        (eve.note("<p>Rien</p>", **quote_of("https://coop.example/p/1"))["id"], "https://coop.example/p/1"),
        (eve.note("<p>Soi</p>", **quote_of(theirs["id"]))["id"], theirs["id"]),  # nothing of ours
    ]
    for instrument, quoted in tried:
        await asks(eve, instrument, quoted, INBOX)
    await asks(eve, theirs["id"], root.uri, INBOX, actor=mia.uri, id=f"{mia.uri}/quote_requests/1")
    async with towns.coop.entered():
        hers = await Actor.get(uri=mia.uri)
        await people.block(towns.ana, hers)
    await asks(mia, theirs["id"], root.uri, INBOX)  # her own, but blocked
    await towns.settle()
    async with towns.coop.entered():
        assert not await Quote.exists(), await outcomes(towns.coop)
    assert not [one for one in eve.server.took("Accept") if one["object"]["type"] == "QuoteRequest"]
    assert [one["object"]["actor"] for one in mia.server.took("Reject")] == [mia.uri]


async def test_behind_doors_a_quote_shows_nothing_to_others(towns: Towns) -> None:  # H18
    """What not everybody reads is quoted where it is read, and shown to who may read it."""
    async with towns.coop.entered():
        shut = await communities.found(
            towns.ana, title="Entre nous", name="nous", purpose="Parler", visibility="private", join_policy="open"
        )
        secret = await service.write(towns.ana, shut, kind="idea", title="Secret", source="Chut.")
    async with towns.vallee.entered():
        there = await remote.community_of(await resolver.handle("!nous@coop.example"))
        await communities.join(towns.bob, there, "S’il vous plaît")
    await towns.settle()
    async with towns.coop.entered():
        second = await service.write(towns.ana, shut, kind="idea", title="Encore", source="Chut.")
        await towns.settle()
        with pytest.raises(Forbidden):
            await service.write(towns.ana, towns.home, kind="tip", title="Dehors", source="", quoted=secret)
        with pytest.raises(Forbidden):
            await service.write(towns.ana, shut, kind="tip", title="Tous", source="", quoted=secret, audience="public")
    async with towns.vallee.entered():
        seen = await Post.get(uri=second.uri)
        assert seen.quote_policy == "readers"
        post = await service.write(towns.bob, there, kind="idea", title="Ici", source="Voir.", quoted=seen)
    await towns.settle()
    for site, who in ((towns.coop, towns.ana), (towns.vallee, towns.bob)):
        assert await towns.state(site, post.uri, who) == "accepted", await outcomes(towns.coop)
    view = await towns.seen_by(towns.coop, post.uri, None)
    assert view is not None and (view.state, view.uri, view.post) == ("unauthorized", "", None)
    async with towns.coop.entered():
        stamp = (await Quote.get(uri=post.uri)).id
        quoted_id = second.id
    # The stamp is for who may read what is quoted.
    mia = towns.mia
    assert (await mia.gets(f"https://coop.example/p/{quoted_id}/quotes/{stamp}")).status == 404
    # A stranger learns nothing by asking, whether it is there or not.
    for uri in (second.uri, "https://coop.example/p/12345"):
        await asks(mia, mia.note("<p>?</p>", **quote_of(uri))["id"], uri, INBOX)
    await towns.settle()
    assert not mia.server.took("Reject")
    # Opened to all by its author, a text names what is not for all no more.
    async with towns.coop.entered():
        open_text = await service.write(towns.ana, shut, kind="idea", title="Ouvert", source="Lu.", quoted=secret)
        await service.change_audience(towns.ana, open_text, "public", seen="community")
    await towns.settle()
    served = orjson.loads((await mia.gets(open_text.uri)).body)
    assert served["content"] == "<p>Lu.</p>" and "quote" not in served and secret.uri not in str(served)
    assert await towns.state(towns.coop, open_text.uri) == "unauthorized"


async def test_both_ends_may_go(towns: Towns) -> None:
    root = await towns.post()
    async with towns.vallee.entered():
        quoted = await Post.get(uri=root.uri)
        post = await service.write(towns.bob, towns.seen, kind="idea", title="Ici", source="", quoted=quoted)
        again = await service.write(towns.bob, towns.seen, kind="idea", title="Là", source="x", quoted=quoted)
    await towns.settle()
    for site in (towns.coop, towns.vallee):
        assert await towns.state(site, post.uri) == "accepted", await outcomes(towns.coop)
    async with towns.coop.entered():
        assert (await Post.get(id=root.id)).quotes_count == 2
        assert await Notification.filter(kind="quote").count() == 2
    async with towns.vallee.entered():
        await service.delete(towns.bob, await Post.get(id=post.id))
        mine = await Post.get(id=again.id)
        with pytest.raises(Invalid):
            await service.edit(towns.bob, mine, source="x", quoted_id=mine.id)
        await service.edit(towns.bob, mine, source="Sans.", quoted_id=None)
    await towns.settle()
    async with towns.coop.entered():
        assert not await Quote.exists() and (await Post.get(id=root.id)).quotes_count == 0
        assert not (await Post.get(uri=again.uri)).has_quote
        # What is deleted or removed says so.
        third = await service.reply(towns.ana, root, source="Moi.", quoted=await Post.get(uri=again.uri))
    await towns.settle()
    assert await towns.state(towns.coop, third.uri) == "accepted", await outcomes(towns.vallee)
    async with towns.coop.entered():
        await service.remove(towns.ana, await Post.get(uri=again.uri), "Hors sujet")
    await towns.settle()
    assert await towns.state(towns.coop, third.uri) == "deleted"
    async with towns.coop.entered():
        await service.restore(towns.ana, await Post.get(uri=again.uri))
    await towns.settle()
    assert await towns.state(towns.coop, third.uri) == "accepted"
