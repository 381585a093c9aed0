"""Two organisations agree on what they share, each keeps the same text, either ends it; liars and silent servers get nowhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from fedcop.accounts.models import Account
from fedcop.alliances import queries, service, terms
from fedcop.alliances.models import Alliance
from fedcop.core.errors import Conflict, Invalid
from fedcop.core.site import Site
from fedcop.federation.models import OutgoingActivity
from fedcop.federation.peers import servers
from fedcop.notifications.models import Notification
from tests.rig.fakeserver import Stranger
from tests.rig.manners import MASTODON, PLAIN
from tests.rig.people import make_member
from tests.rig.world import World, outcomes

A, B = "coop.example", "atelier.example"
FEDCOP = replace(PLAIN, software="fedcop", version="1.0", person="/{name}")
TYPED = {
    "from_on": "2026-03-02",
    "until_on": "2027-03-31",
    "shares": "public directory",
    "communities": "sols\n!pommes@atelier.example",
    "signed_by": "Ana Roy, directrice",
    "data_at": "Montréal, chez nous",
    "assessment": "Évaluée en février.\nRien de sensible.",
}
ANSWER = {"signed_by": "Ben Côté, président", "data_at": "Québec, chez un hébergeur"}


class Table:
    """Two organisations with somebody in charge of each."""

    def __init__(self, world: World, a: Site, b: Site) -> None:
        self.world, self.a, self.b = world, a, b
        self.bosses: dict[Site, Account] = {}

    async def propose(self, host: str = B, **changed: str) -> Alliance:
        async with self.a.entered():
            text = terms.typed(TYPED | changed, here=A, there=host, today=date(2026, 3, 2))
            made = await service.propose(self.bosses[self.a], host, text)
        await self.world.settle()
        return made

    async def at(self, site: Site) -> Alliance:
        async with site.entered():
            return await Alliance.all().order_by("-id").first()

    async def agree(self) -> None:
        await self.propose()
        waiting = await self.at(self.b)
        async with self.b.entered():
            await service.accept(self.bosses[self.b], waiting, ANSWER)
        await self.world.settle()

    async def allied(self) -> tuple[frozenset[str], frozenset[str]]:
        found = []
        for site in (self.a, self.b):
            async with site.entered():
                found.append(await queries.allied_hosts())
        return found[0], found[1]

    async def told(self, site: Site) -> list[str]:
        async with site.entered():
            return [one.kind for one in await Notification.all().order_by("id")]


@pytest.fixture
async def table(world: World) -> Table:
    """Two fedcops whose owners sit down at a table."""
    found = Table(world, await world.fedcop(f"https://{A}"), await world.fedcop(f"https://{B}"))
    for site in (found.a, found.b):
        async with site.entered():
            found.bosses[site] = await make_member("patronne", "owner")
            await make_member("lea")
    return found


async def test_both_sides_hold_the_same_text_and_both_signatures(table: Table) -> None:
    await table.propose()
    ours, theirs = await table.at(table.a), await table.at(table.b)
    assert (ours.ours, theirs.ours) == (True, False)
    assert (ours.host, theirs.host) == (B, A)
    assert terms.of(ours) == terms.of(theirs)
    assert theirs.communities == [f"sols@{A}", f"pommes@{B}"]
    assert await table.told(table.b) == ["alliance_proposed"]  # the owner only
    assert await table.allied() == (frozenset(), frozenset())
    async with table.b.entered():
        await service.accept(table.bosses[table.b], theirs, ANSWER)
    await table.world.settle()
    ours, theirs = await table.at(table.a), await table.at(table.b)
    assert (ours.state, theirs.state) == ("active", "active")
    for one in (ours, theirs):
        assert (one.answer_signed_by, one.answer_data_at) == tuple(ANSWER.values())
    assert await table.allied() == ({B}, {A})
    assert await table.told(table.a) == ["alliance_accepted"]


async def test_the_offer_can_be_read_by_whoever_knows_no_term_of_ours(table: Table) -> None:
    await table.propose()
    async with table.a.entered():
        sent = await OutgoingActivity.filter(about__startswith="Offer").first()
    said = " ".join(bytes(sent.body).decode().split())
    assert "<p>Signé par : Ana Roy, directrice</p>" in said
    assert "<p>Dernier jour : 31 mars 2027</p>" in said


async def test_a_refusal_comes_with_its_reason(table: Table) -> None:
    await table.propose()
    waiting = await table.at(table.b)
    async with table.b.entered():
        await service.decline(table.bosses[table.b], waiting, "Pas avant l’automne.")
    await table.world.settle()
    found = await table.at(table.a)
    assert (found.state, found.reason) == ("declined", "Pas avant l’automne.")
    assert await table.told(table.a) == ["alliance_declined"]


@pytest.mark.parametrize("who", ["a", "b"])
async def test_either_side_ends_it(table: Table, who: str) -> None:
    await table.agree()
    site = getattr(table, who)
    mine = await table.at(site)
    async with site.entered():
        await service.end(table.bosses[site], mine, "Nous déménageons.")
    await table.world.settle()
    assert await table.allied() == (frozenset(), frozenset())
    other = await table.at(table.b if who == "a" else table.a)
    assert (other.state, other.ended_by, other.reason) == ("ended", "them", "Nous déménageons.")


async def test_a_proposal_is_taken_back(table: Table) -> None:
    made = await table.propose()
    async with table.a.entered():
        await service.end(table.bosses[table.a], made, "")
    await table.world.settle()
    waiting = await table.at(table.b)
    assert waiting.state == "ended"
    async with table.b.entered():
        with pytest.raises(Conflict):
            await service.accept(table.bosses[table.b], waiting, ANSWER)


async def test_it_ends_at_its_date_on_both_sides_without_a_word(table: Table) -> None:
    await table.agree()
    table.world.clock.at = datetime(2027, 3, 31, 23, 0, tzinfo=UTC)
    assert await table.allied() == ({B}, {A})
    table.world.clock.advance(hours=2)
    assert await table.allied() == (frozenset(), frozenset()), "before the timetable has looked"
    for site in (table.a, table.b):
        async with site.entered():
            await service.end_due()
    await table.world.settle()
    for site in (table.a, table.b):
        found = await table.at(site)
        assert (found.state, found.ended_by) == ("ended", "date")
        assert (await table.told(site))[-1] == "alliance_ended"


async def test_a_newer_agreement_takes_the_place_of_the_older_one(table: Table) -> None:
    await table.agree()
    await table.propose(until_on="")
    newer = await table.at(table.b)
    async with table.b.entered():
        await service.accept(table.bosses[table.b], newer, ANSWER)
    await table.world.settle()
    for site in (table.a, table.b):
        async with site.entered():
            assert [one.state for one in await Alliance.all().order_by("id")] == ["ended", "active"]
            assert (await Alliance.filter(state="ended").get()).ended_by == "renewal"


async def test_it_holds_from_its_first_day_only(table: Table) -> None:
    await table.propose(from_on="2026-03-10")
    async with table.b.entered():
        await service.accept(table.bosses[table.b], await Alliance.get(), ANSWER)
    await table.world.settle()
    assert await table.allied() == (frozenset(), frozenset())
    table.world.clock.advance(days=8)
    assert await table.allied() == ({B}, {A})


async def test_what_is_missing_or_senseless_is_said_at_its_field(table: Table) -> None:
    wrong = {
        "until_on": "2020-01-01",
        "shares": "",
        "communities": "sols@tiers.example",
        "signed_by": "",
        "data_at": "",
    }
    async with table.a.entered():
        with pytest.raises(Invalid) as found:
            terms.typed(TYPED | wrong, here=A, there=B, today=date(2026, 3, 2))
    assert set(found.value.errors) == {"until_on", "shares", "communities", "signed_by", "data_at"}


async def test_members_without_the_role_decide_nothing(table: Table) -> None:
    await table.propose()
    async with table.b.entered():
        lea = await Account.get(actor__name="lea").select_related("actor")
        for act in (service.accept(lea, await Alliance.get(), ANSWER), service.end(lea, await Alliance.get(), "")):
            with pytest.raises(Exception, match="may not"):
                await act


async def _peer(world: World, host: str = "menteur.example") -> Stranger:
    """The actor that speaks for a server which says that it runs fedcop."""
    server = await world.server(host, FEDCOP)
    return server.person("actor", "Application", preferredUsername=host)


async def _offer_of(peer: Stranger) -> dict[str, Any]:
    return peer.server.took("Offer")[-1]


async def test_another_text_than_the_proposed_one_cannot_be_accepted(table: Table) -> None:
    peer = await _peer(table.world)
    await table.propose(peer.server.host, communities="sols")
    offer = await _offer_of(peer)
    altered = {**offer, "object": {**offer["object"], "endTime": "2099-01-01T00:00:00Z"}}
    said = {"fc:signedBy": "Moi", "fc:dataAt": "Partout", "to": [f"https://{A}/actor"]}
    for false in (altered, offer["id"]):
        await peer.sends(peer.activity("Accept", false, **said), f"https://{A}/inbox")
    await table.world.settle()
    assert (await table.at(table.a)).state == "proposed"
    await peer.sends(peer.activity("Accept", offer, **said), f"https://{A}/inbox")
    await table.world.settle()
    assert (await table.at(table.a)).state == "active"


async def test_nobody_else_answers_ends_or_proposes(table: Table) -> None:
    """A third server, and a person of the right server, have no say (and a person proposes nothing)."""
    peer = await _peer(table.world)
    third = await _peer(table.world, "tiers.example")
    clerk = peer.server.person("commis")
    await table.propose(peer.server.host, communities="sols")
    offer = await _offer_of(peer)
    inbox, said = f"https://{A}/inbox", {"fc:signedBy": "Moi", "fc:dataAt": "Partout", "to": [f"https://{A}/actor"]}
    for liar in (third, clerk):
        for kind in ("Accept", "Reject"):
            await liar.sends(liar.activity(kind, offer, **said), inbox)
    await clerk.sends(clerk.activity("Offer", {**offer["object"], "id": f"{clerk.uri}#x"}, to=said["to"]), inbox)
    await table.world.settle()
    async with table.a.entered():
        assert [one.state for one in await Alliance.all()] == ["proposed"]
    assert [outcome for outcome, _ in await outcomes(table.a)] == ["refused"] * 5


async def test_proposals_do_not_pile_up(table: Table) -> None:
    peer = await _peer(table.world)
    thing = {
        "type": "fc:Alliance",
        "startTime": "2026-03-01T00:00:00Z",
        "fc:shares": {"public": True},
        "fc:signedBy": "Moi",
    }
    for _ in range(6):
        await peer.sends(peer.activity("Offer", thing, to=[f"https://{A}/actor"]), f"https://{A}/inbox")
    await table.world.settle()
    async with table.a.entered():
        assert await queries.waiting() == service.WAITING_PER_HOST
        assert await Alliance.filter(host="menteur.example").count() == service.PER_HOST_AND_DAY
    # Whoever is in charge is written to that often, not for each Offer that a stranger can think of.
    assert (await table.told(table.a)).count("alliance_proposed") == service.PER_HOST_AND_DAY
    assert (await outcomes(table.a))[-1][0] == "refused"


async def test_a_server_of_other_software_is_named_as_such(table: Table) -> None:
    await table.world.stranger("mia@mastodon.example", MASTODON)
    made = await table.propose("mastodon.example", communities="")
    async with table.a.entered():
        found = await queries.by_id(made.id)
    assert (found.state, found.reason) == ("failed", "This server does not understand proposals of agreements.")


@pytest.mark.parametrize("mode", ["allowlist", "closed"])
async def test_behind_a_closed_door_only_who_is_invited_agrees(world: World, mode: str) -> None:
    a = await world.fedcop(f"https://{A}", federation=mode)
    b = await world.fedcop(f"https://{B}")
    table = Table(world, a, b)
    for site in (a, b):
        async with site.entered():
            table.bosses[site] = await make_member("patronne", "owner")
    stranger = await _peer(world, "inconnu.example")
    await stranger.sends(stranger.activity("Offer", {"type": "fc:Alliance"}), f"https://{A}/inbox")
    assert await outcomes(a) == []
    await table.agree()
    assert await table.allied() == ({B}, {A})


async def test_a_closed_instance_goes_on_with_whom_it_has_met(world: World) -> None:
    a = await world.fedcop(f"https://{A}", federation="closed")
    async with a.entered():
        await servers.set_policy("ami.example", "allowed")
        assert await servers.may_talk("ami.example")
        assert not await servers.may_talk("nouveau.example")
        met = await servers.server("connu.example")
        met.asked_at = world.clock.now()
        await met.save()
        await servers.set_policy("bloque.example", "blocked")
        assert await servers.may_talk("connu.example")
        assert not await servers.may_talk("bloque.example")
