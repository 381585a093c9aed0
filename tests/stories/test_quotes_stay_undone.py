"""What was taken back, deleted or closed stays so for quotes, by whatever way somebody comes again."""

from __future__ import annotations

import pytest

from fedcop.accounts.signup import create_confirmed
from fedcop.actors import known
from fedcop.actors.models import Actor
from fedcop.communities import service as communities
from fedcop.core.errors import Forbidden
from fedcop.discussions import service
from fedcop.discussions.activities import quoting as wire
from fedcop.discussions.activities.quoted import told_of
from fedcop.discussions.activities.quoting import look_again
from fedcop.discussions.models import Post
from fedcop.discussions.quotes import queries as quotes
from fedcop.discussions.quotes import service as quoting
from fedcop.discussions.quotes.models import Quote
from fedcop.notifications.models import Notification
from fedcop.people import service as people
from tests.rig.fakeserver import PUBLIC
from tests.rig.quoting import asks, policy, quote_of, stamp_of
from tests.stories.test_quotes_across_servers import INBOX, PASSWORD, Towns, thread_of, towns

__all__ = ["towns"]


async def revoked(towns: Towns, uri: str) -> None:
    async with towns.coop.entered():
        await quoting.revoke(towns.ana, await Quote.get(uri=uri))
    await towns.settle()


async def test_deleting_a_post_does_not_let_it_ask_again(towns: Towns) -> None:
    root, mia = await towns.post(), towns.mia
    note = mia.note("<p>Lisez</p>", **quote_of(root.uri))
    await asks(mia, note, root.uri, INBOX)
    await towns.settle()
    await revoked(towns, note["id"])
    await mia.deletes(note["id"], INBOX)
    await towns.settle()
    await asks(mia, note, root.uri, INBOX)
    await towns.settle()
    async with towns.coop.entered():
        assert not await Quote.filter(state="accepted").exists()
        assert (await Post.get(id=root.id)).quotes_count == 0


@pytest.mark.parametrize("between", ["another post", "nothing"])
async def test_quoting_something_else_meanwhile_does_not_bring_it_back(towns: Towns, between: str) -> None:
    root, other, mia = await towns.post(), await towns.post("Autre chose ?"), towns.mia
    note = towns.said(mia, root.uri)
    await mia.creates(note, INBOX)
    await asks(mia, note, root.uri, INBOX)
    await towns.settle()
    assert await towns.state(towns.coop, note["id"]) == "accepted"
    await revoked(towns, note["id"])
    plain = {name: value for name, value in note.items() if name not in quote_of("")}
    await mia.updates({**plain, **(quote_of(other.uri) if between == "another post" else {})}, INBOX)
    await towns.settle()
    await mia.updates(note, INBOX)
    await asks(mia, note, root.uri, INBOX)
    await towns.settle()
    assert await towns.state(towns.coop, note["id"]) == "revoked"
    assert mia.server.took("Reject")[-1]["object"]["instrument"] == note["id"]


async def test_the_name_of_a_request_lets_nothing_come_back(towns: Towns) -> None:
    """Whoever asks chooses it: what was buried under it stays buried."""
    root, mia = await towns.post(), towns.mia
    old = mia.note("<p>Parti</p>")
    note = mia.note("<p>Lisez</p>", **quote_of(root.uri))
    await asks(mia, note, root.uri, INBOX, id=old["id"])
    await towns.settle()
    await mia.deletes(old["id"], INBOX)
    await towns.settle()
    async with towns.coop.entered():
        assert await Quote.exists() and await known.is_buried(old["id"])
    await mia.deletes(note["id"], INBOX)
    await towns.settle()
    async with towns.coop.entered():
        assert not await Quote.exists()
        assert await known.is_buried(old["id"])


async def test_words_kept_of_a_post_elsewhere_go_with_it(towns: Towns) -> None:
    mia, eve = towns.mia, towns.max
    far, other = (mia.note(f"<p>Loin {n}.</p>", interactionPolicy=policy(PUBLIC)) for n in (1, 2))
    notes = []
    for quoted in (far, other):
        note = towns.said(eve, quoted["id"])
        await eve.creates({**note, "quoteAuthorization": stamp_of(mia, quoted["id"], note["id"])}, INBOX)
        notes.append(note["id"])
    await towns.settle()
    for note in notes:
        view = await towns.seen_by(towns.coop, note)
        assert view is not None and view.kept is not None
    await eve.deletes(far["id"], INBOX)  # not hers
    await towns.settle()
    view = await towns.seen_by(towns.coop, notes[0])
    assert view is not None and view.text == "Loin 1."
    await mia.deletes(far["id"], INBOX)
    await towns.settle()
    view = await towns.seen_by(towns.coop, notes[0])
    assert view is not None and (view.is_shown, view.text) == (False, "")
    # With her account goes the rest.
    await mia.sends(mia.activity("Delete", mia.uri), INBOX)
    await towns.settle()
    view = await towns.seen_by(towns.coop, notes[1])
    assert view is not None and (view.is_shown, view.text) == (False, "")


async def test_a_server_that_answers_nonsense_keeps_no_other_from_being_asked(
    towns: Towns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "AT_ONCE", 1)
    mia, eve = towns.mia, towns.max
    fact = await thread_of(towns, mia, interactionPolicy=policy(PUBLIC))
    stamps = []
    for _ in range(2):
        note = towns.said(eve, fact["id"])
        stamps.append(stamp_of(mia, fact["id"], note["id"]))
        await eve.creates({**note, "quoteAuthorization": stamps[-1]}, INBOX)
        await towns.settle()
        assert await towns.state(towns.coop, note["id"]) == "accepted"
    last = note["id"]
    mia.server.put(stamps[0], b"<html>", content_type="text/html")
    mia.server.documents.pop(stamps[1].removeprefix(mia.server.origin))
    await towns.settle(days=8)
    for _ in range(2):
        async with towns.coop.entered():
            await look_again()
        await towns.settle(minutes=1)
    assert await towns.state(towns.coop, last) == "revoked"


async def test_the_number_of_quotes_says_nothing_of_texts_that_not_all_readers_read(towns: Towns) -> None:
    async with towns.coop.entered():
        shut = await communities.found(
            towns.ana, title="Entre nous", name="nous", purpose="Parler", visibility="private", join_policy="open"
        )
        root = await service.write(towns.ana, shut, kind="idea", title="Entre nous", source="Chut.")
        await service.write(towns.ana, shut, kind="idea", title="Encore", source="Chut.", quoted=root)
        await towns.settle()
        assert (await Post.get(id=root.id)).quotes_count == 1
        await service.change_audience(towns.ana, await Post.get(id=root.id), "public", seen="community")
        await towns.settle()
        assert (await Post.get(id=root.id)).quotes_count == 0


async def test_a_text_elsewhere_that_is_for_a_few_is_told_to_who_is_quoted_alone(towns: Towns) -> None:
    root, mia = await towns.post(), towns.mia
    quiet = mia.note("<p>Entre nous</p>", **quote_of(root.uri), to=[f"{mia.uri}/followers"], cc=[])
    loud = mia.note("<p>À tous</p>", **quote_of(root.uri))
    for note in (quiet, loud):
        await asks(mia, note, root.uri, INBOX)
        await towns.settle()
    assert len([one for one in mia.server.took("Accept") if one["object"]["type"] == "QuoteRequest"]) == 2
    async with towns.coop.entered():
        post, bob = await Post.get(id=root.id), await Actor.get(uri=towns.bob.uri)
        assert post.quotes_count == 1
        for who in (None, bob):
            assert [one.uri for one in await quotes.quoting(who, post)] == [loud["id"]]
        assert [one.uri for one in await quotes.quoting(towns.ana, post)] == [loud["id"], quiet["id"]]


async def test_the_accounts_of_one_organisation_are_not_those_of_another(towns: Towns) -> None:
    """What the one may read is not named to the other, though both are called "my organisation"."""
    async with towns.coop.entered():
        root = await service.write(
            towns.ana, towns.home, kind="idea", title="Entre nous", source="Chut.", audience="organisation"
        )
        theirs = await Post.get(id=root.id)
        theirs.organisation = "vallee.example"
        await theirs.save(update_fields=["organisation"])
        with pytest.raises(Forbidden):
            await service.write(
                towns.ana, towns.home, kind="tip", title="Voyez", source="", quoted=theirs, audience="organisation"
            )
        inside = await service.write(
            towns.ana, towns.home, kind="tip", title="Voyez", source="", quoted=theirs, audience="community"
        )
        await Post.filter(id=inside.id).update(audience="organisation")
        assert await told_of(await Post.get(id=inside.id)) is None
        await quoting.refresh(root.id)
        assert (await Post.get(id=root.id)).quotes_count == 0


async def test_blocking_somebody_does_not_tell_which_quotes_without_a_name_are_theirs(towns: Towns) -> None:
    root = await towns.post()
    async with towns.vallee.entered():
        post = await service.write(
            towns.bob, towns.seen, kind="idea", title="Ici", source="", quoted=await Post.get(uri=root.uri)
        )
    await towns.settle()
    async with towns.coop.entered():
        bob = await Actor.get(uri=towns.bob.uri)
        await Post.filter(uri=post.uri).update(anonymised_at=towns.world.clock.now())
        await people.block(towns.ana, bob)
        assert [one.uri for one in await quotes.quoting(towns.ana, await Post.get(id=root.id))] == [post.uri]


async def test_who_took_their_name_from_a_text_is_not_told_as_correcting_it(towns: Towns) -> None:
    """Also where the text that quotes it is in another community."""
    async with towns.coop.entered():
        other = await communities.found(towns.ana, title="Haies", name="haies", purpose="Des haies")
    async with towns.coop.entered():
        lea = (await create_confirmed("lea", "lea@coop.example", PASSWORD)).actor
        await communities.join(lea, towns.home)
        quoted = await service.write(lea, towns.home, kind="tip", title="Bâcher", source="En mars.")
        await service.write(towns.ana, other, kind="tip", title="Voyez", source="", quoted=quoted)
        await towns.settle()
        await service.edit(lea, await Post.get(id=quoted.id), title="Bâcher", source="En avril.")
        await towns.settle()
        assert (await Notification.get(kind="quoted_update")).from_actor_id == lea.id
        await service.leave_anonymised(lea, towns.home)
        await towns.settle()
        assert (await Notification.get(kind="quoted_update")).from_actor_id is None
