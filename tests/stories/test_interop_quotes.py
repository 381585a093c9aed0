"""Quotes letter for letter, as a Mastodon gets them: the wish, the answer, the stamp, the text with its stamp, and the end."""

from __future__ import annotations

import json

import pytest

from fedcop.discussions import service
from fedcop.discussions.quotes import service as quoting
from fedcop.discussions.quotes.models import Quote
from tests.rig.golden import Golden
from tests.rig.interop import INBOX, fix_keys, open_coop, post
from tests.rig.manners import GOTOSOCIAL, LEMMY, LEMMY_019, MASTODON, NODEBB, PIEFED, Manners
from tests.rig.quoting import answers, asks, policy, quote_of, stamp_of
from tests.rig.world import World

pytestmark = pytest.mark.once  # How strangers speak is the same whatever we keep it in.
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


async def test_a_quote_there_and_back(world: World, monkeypatch: pytest.MonkeyPatch, golden: Golden) -> None:
    fix_keys(monkeypatch)
    coop = await open_coop(world)
    mia = await coop.joined_by("mia@mastodon.example", MASTODON)
    fact = mia.root(coop.group, "Un fait", interactionPolicy=policy(PUBLIC))
    await mia.creates(fact, INBOX)
    await coop.settle()
    coop.new(mia.server)

    # Ours quotes hers.
    text = await service.write(
        coop.ana, coop.community, kind="tip", title="Voyez", source="À lire.", quoted=await post(fact["id"])
    )
    await coop.settle()
    [request] = [one for one in coop.new(mia.server) if one["type"] == "QuoteRequest"]
    golden("wire/mastodon/quote_request", request)
    assert await coop.proven(request)
    stamp = stamp_of(mia, fact["id"], text.uri)
    await answers(mia, request, "Accept", INBOX, result=stamp)
    await coop.settle()
    [update] = [one for one in coop.new(mia.server) if one["type"] == "Update"]
    assert update["object"]["quoteAuthorization"] == stamp
    golden("wire/mastodon/page_quoting", json.loads((await mia.gets(text.uri)).body))

    # Hers quotes ours.
    note = mia.note("<p>Bien vu.</p>", **quote_of(text.uri))
    await asks(mia, note["id"], text.uri, INBOX)
    await coop.settle()
    [accept] = coop.new(mia.server)
    golden("wire/mastodon/accept_quote", accept)
    golden("wire/mastodon/quote_authorization", json.loads((await mia.gets(accept["result"])).body))
    await quoting.revoke(coop.ana, await Quote.get(uri=note["id"]))
    await coop.settle()
    [delete] = coop.new(mia.server)
    golden("wire/mastodon/delete_quote_authorization", delete)
    await asks(mia, note["id"], text.uri, INBOX)
    await coop.settle()
    [reject] = coop.new(mia.server)
    golden("wire/mastodon/reject_quote", reject)


@pytest.mark.parametrize("manners", [LEMMY, LEMMY_019, NODEBB, PIEFED, GOTOSOCIAL], ids=lambda one: one.software)
async def test_who_knows_no_quotes_reads_the_text_and_the_address(world: World, manners: Manners) -> None:
    coop = await open_coop(world)
    lia = await coop.joined_by("lia@elsewhere.example", manners)
    fact = await service.write(coop.ana, coop.community, kind="tip", title="Un fait", source="Oui.")
    await service.write(coop.bob, coop.community, kind="tip", title="Voyez", source="À lire.", quoted=fact)
    await coop.settle()
    received = coop.new(lia.server)  # each is read as strictly as its software does
    assert received
    if manners.announces == "activity":
        page = received[-1]["object"]["object"]
        assert page["content"].startswith('<p class="quote-inline">RE: <a href=') and fact.uri in page["content"]
        assert page["quote"] == fact.uri
