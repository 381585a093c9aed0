"""Invitations by link, by list and by letter: who comes in how, what is shown to whom, and what is forgotten."""

from __future__ import annotations

from asyncio import gather
from dataclasses import asdict
from datetime import timedelta

import pytest

from fedcop.accounts import instance
from fedcop.accounts.letters import address, speaking
from fedcop.actors.models import Actor
from fedcop.communities import access, queries, service
from fedcop.communities.admission import inviting, links, lists, setting, steps, writing
from fedcop.communities.charter.words import Charter
from fedcop.communities.models import Community, InvitationLink
from fedcop.core.clock import now
from fedcop.core.errors import Conflict, Forbidden, Invalid, NotFound
from fedcop.core.site import Site
from fedcop.notifications.models import Notification
from fedcop.people.service import block
from tests.rig.clock import StandingClock
from tests.rig.golden import Golden
from tests.rig.people import make_member, make_stranger

DAY = 24 * 3600


@pytest.fixture
async def hidden(ana: Actor) -> Community:
    """A community that strangers may not know of."""
    said = {
        "title": "Sols",
        "name": "sols",
        "purpose": "Partager.",
        "join_policy": "invitation",
        "visibility": "private",
    }
    return await service.found(ana, **said)


async def a_link(by: Actor, community: Community, **said: object) -> InvitationLink:
    return await links.make(by, community, **{"kind": "known", "why": "Vos patates.", "uses": 1, "days": 7, **said})


async def test_a_link_for_people_we_know_opens_a_hidden_community_as_often_as_was_said(
    hidden: Community, ana: Actor, ben: Actor
) -> None:
    eve = (await make_member("eve")).actor
    link = await a_link(ana, hidden)
    with pytest.raises(NotFound):
        await service.join(ben, hidden, code="falsch")
    assert not await access.may_find(ben, hidden)
    assert await access.may_find(ben, hidden, code=link.code)
    assert (await service.join(ben, hidden, code=link.code)).state == "active"
    with pytest.raises(NotFound):
        await service.join(eve, hidden, code=link.code)
    assert not await access.may_find(eve, hidden, code=link.code)
    [kept] = await links.listed(hidden)
    assert (kept.used, kept.uses_left) == (1, 0)
    wide = await a_link(ana, hidden, uses=2)
    for _ in range(3):  # who comes and goes uses it up once
        await service.leave(ben, hidden)
        await service.join(ben, hidden, code=wide.code)
    assert (await service.join(eve, hidden, code=wide.code)).state == "active"


async def test_a_link_for_strangers_leads_to_the_questions_and_a_decision(
    site: Site, hidden: Community, ana: Actor, ben: Actor
) -> None:
    await setting.change_door(ana, hidden, [("Où ?", "", True)])
    link = await a_link(ana, hidden, kind="strangers", uses=3)
    with pytest.raises(Invalid):
        await service.join(ben, hidden, code=link.code, given={})
    asked = await service.join(ben, hidden, code=link.code, given={"q1": "À Oka."})
    assert asked.state == "asked"
    said = await steps.of(hidden, ben)
    assert said[0].detail["link_of"] == "ana"
    await site.runner.settle()
    assert (await Notification.get(account__actor_id=ana.id)).kind == "join_asked"
    known = await a_link(ana, hidden)
    assert (await service.join(ben, hidden, code=known.code)).state == "active", "the second link needs no decision"


async def test_a_dead_link_is_told_from_a_closed_door_only_where_the_community_is_known(
    ana: Actor, ben: Actor, clock: StandingClock
) -> None:
    public = await service.found(ana, title="Vergers", purpose="Fruits.", join_policy="invitation")
    gone = await a_link(ana, public)
    await links.revoke(ana, public, gone)
    with pytest.raises(Forbidden) as refused:
        await service.join(ben, public, code=gone.code)
    assert refused.value.code == "dead-link"
    other = await service.found(ana, title="Serres", purpose="Fruits.", join_policy="request")
    old = await a_link(ana, other)
    clock.advance(8 * DAY)
    assert (await service.join(ben, other, code=old.code)).state == "asked", "an ordinary request"
    assert await access.link_of(public, old.code) is None


async def test_links_are_made_by_those_who_invite_and_die_with_their_right(
    hidden: Community, ana: Actor, ben: Actor
) -> None:
    first = await a_link(ana, hidden, uses=5)
    await service.join(ben, hidden, code=first.code)
    with pytest.raises(Forbidden):
        await a_link(ben, hidden)
    for wrong in ({"uses": 0}, {"days": 366}, {"kind": "all"}, {"why": "x" * 301}):
        with pytest.raises(Invalid) as caught:
            await a_link(ana, hidden, **wrong)
        assert set(caught.value.errors) == set(wrong)
    await service.appoint(ana, hidden, ben, "facilitator")
    his = await a_link(ben, hidden)
    assert await access.link_of(hidden, his.code) is not None
    await service.appoint(ana, hidden, ben, "member")
    assert await access.link_of(hidden, his.code) is None
    await service.change_stage(ana, hidden, "archived")
    closed = await _again(hidden)
    assert await access.link_of(closed, first.code) is None
    for vain in (lists.read(ana, closed, LIST), writing.write_to(ana, closed, "a@exemple.test"), service.invite(ana, closed, ben)):  # fmt: skip
        with pytest.raises(Forbidden):
            await vain


async def a_facilitator(hidden: Community, ana: Actor, ben: Actor) -> None:
    await service.join(ben, hidden, code=(await a_link(ana, hidden)).code)
    await service.appoint(ana, hidden, ben, "facilitator")


async def test_links_of_who_is_suspended_here_or_in_the_community_do_nothing(
    hidden: Community, ana: Actor, ben: Actor
) -> None:
    await a_facilitator(hidden, ana, ben)
    his = await a_link(ben, hidden)
    await Actor.filter(id=ben.id).update(suspended_at=now())
    assert await access.link_of(hidden, his.code) is None
    await Actor.filter(id=ben.id).update(suspended_at=None)
    assert await access.link_of(hidden, his.code) is not None
    await service.suspend(ana, hidden, ben, "Ton.", now() + timedelta(days=3))
    assert await access.link_of(hidden, his.code) is None


async def test_a_letter_of_who_may_not_invite_any_more_is_in_nobodys_way(
    hidden: Community, ana: Actor, ben: Actor, clock: StandingClock
) -> None:
    await a_facilitator(hidden, ana, ben)
    nour, awa = [await writing.write_to(ben, hidden, f"{name}@exemple.test", why="Ami.") for name in ("nour", "awa")]
    await service.appoint(ana, hidden, ben, "member")
    [line] = await lists.read(ana, hidden, "nour@exemple.test")
    assert line.state == "new", "what he wrote leads nowhere"
    mine = await writing.write_to(ana, hidden, "nour@exemple.test")
    assert mine.id != nour.id and await access.link_of(hidden, mine.code) is not None
    clock.advance(3 * DAY)
    await writing.write_again(ana, hidden, awa)
    again = await access.link_of(hidden, awa.code)
    assert again is not None and again.by == ana and again.why == "", "in her name, and not with his words"
    assert {one.email for one in await writing.pending(hidden)} == {"nour@exemple.test", "awa@exemple.test"}


async def _again(community: Community) -> Community:
    found = await queries.by_id(community.id)
    assert found is not None
    return found


async def test_who_comes_by_a_link_when_all_places_are_taken_is_first_in_line_without_a_decision(
    site: Site, ana: Actor, ben: Actor
) -> None:
    community = await service.found(ana, title="Serres", purpose="Fruits.", join_policy="request")
    await setting.change_door(ana, community, [], maximum="1")
    link = await a_link(ana, community)
    assert (await service.join(ben, community, code=link.code)).state == "waiting"
    await setting.change_door(ana, await _again(community), [], maximum="2")
    await site.runner.settle()
    assert await queries.is_member(community, ben)


LIST = """adresse;nom;pourquoi
nour@exemple.test;Nour Haddad;Vos <b>légumes</b>.
@ben;;
@gus@Ailleurs.example;;
nour@exemple.test
ana
pas une adresse

@personne@nulle-part.example
"""


async def test_a_list_is_read_line_by_line_and_sent_once(site: Site, hidden: Community, ana: Actor, ben: Actor) -> None:
    read = await lists.read(ana, hidden, LIST)
    assert [(one.number, one.state) for one in read] == [
        (2, "new"), (3, "new"), (4, "unreadable"), (5, "invited"), (6, "member"), (7, "unreadable"), (9, "unreadable"),
    ]  # fmt: skip
    assert lists.to_look_for(read) == ["@gus@Ailleurs.example", "@personne@nulle-part.example"], (
        "only who may live elsewhere is looked for"
    )
    assert await InvitationLink.all().count() == 0, "reading sends nothing"
    assert await lists.send(ana, hidden, LIST, why="Venez.", language="fr") == lists.Sent(2, 0)
    assert await lists.send(ana, hidden, LIST, why="Venez.", language="fr") == lists.Sent(0, 0)
    await site.runner.settle()
    [letter] = site.mailer.to("nour@exemple.test")
    assert "Vos <b>légumes</b>." in letter.text and "<b>" not in letter.html
    [told] = await Notification.filter(account__actor_id=ben.id)
    assert told.kind == "invited" and told.detail["text"] == "Venez."
    for wrong in ("", "\n\n", "x\n" * 501, "x" * 100_001):
        with pytest.raises(Invalid):
            await lists.read(ana, hidden, wrong)
    with pytest.raises(NotFound):
        await lists.read((await make_member("eve")).actor, hidden, LIST)


async def test_a_spreadsheet_may_name_its_columns_in_any_order_or_not_at_all(hidden: Community, ana: Actor) -> None:
    [line] = await lists.read(ana, hidden, "\ufeffNom\tCourriel\tTéléphone\nNour, H.\tNour@Exemple.test\t514\n")
    assert (line.number, line.name, line.address, line.state) == (2, "Nour, H.", "nour@exemple.test", "new")
    [line] = await lists.read(ana, hidden, 'nour@exemple.test,"Haddad, Nour"\n')
    assert line.name == "Haddad, Nour"
    read = await lists.read(ana, hidden, 'a@exemple.test,"Nour\nb@exemple.test\x00,"A ""La"" B",=1+1\nc@exemple.test')
    assert [one.address[:1] for one in read] == ["a", "b", "c"], "a forgotten quotation mark hides no line"
    read = await lists.read(ana, hidden, "a@exemple.test\nnour@exemple.test, Nour")
    assert [one.name for one in read] == ["", "Nour"], "not every line has to say more than an address"
    gus = await make_stranger()
    [line] = await lists.read(ana, hidden, "@gus@Ailleurs.example")
    assert line.person == gus and line.state == "new"


async def test_a_letter_is_written_within_bounds_and_its_address_forgotten(
    site: Site, hidden: Community, ana: Actor, ben: Actor, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = await writing.write_to(ana, hidden, "nour@exemple.test", name="Nour", language="en")
    await links.revoke(ana, hidden, link)
    assert await lists.send(ana, hidden, "nour@exemple.test") == lists.Sent(0, 0), (
        "taken back and sent anew is sent again"
    )
    with pytest.raises(Conflict):
        await writing.write_to(ana, hidden, "nour@exemple.test")
    clock.advance(3 * DAY)
    link = await writing.write_to(ana, hidden, "nour@exemple.test", name="Nour", language="en")
    assert (await writing.write_to(ana, hidden, "nour@exemple.test")).id == link.id
    with pytest.raises(Conflict):
        await writing.write_again(ana, hidden, link)
    for _ in range(1):
        clock.advance(3 * DAY)
        await writing.write_again(ana, hidden, await InvitationLink.get(id=link.id))
    clock.advance(3 * DAY)
    with pytest.raises(Conflict):
        await writing.write_again(ana, hidden, await InvitationLink.get(id=link.id))
    await site.runner.settle()
    assert len(site.mailer.to("nour@exemple.test")) == 3
    monkeypatch.setattr(writing, "PER_DAY", 1)
    assert await lists.send(ana, hidden, "a@exemple.test\nb@exemple.test") == lists.Sent(1, 1)
    await service.join(ben, hidden, code=link.code)
    await writing.refuse(hidden, (await InvitationLink.get(email="a@exemple.test")).code)
    assert not await InvitationLink.exclude(email="").exists() and not await InvitationLink.exclude(name="").exists()
    assert await writing.pending(hidden) == []


async def test_what_is_over_is_erased_and_members_get_no_letter_nor_a_word_of_it(
    site: Site, hidden: Community, ana: Actor, ben: Actor, clock: StandingClock
) -> None:
    [line] = await lists.read(ana, hidden, "ana@atelier.example")
    assert line.state == "new", "an address does not tell whose it is"
    assert await writing.room(ana) == writing.PER_DAY, "somebody looked at who she is"
    await instance.change(await make_member("odile", "owner"), registration="open")
    assert await writing.room(ana) == writing.OF_NEWCOMERS
    await lists.send(ana, hidden, "ana@atelier.example")
    await site.runner.settle()
    assert site.mailer.to("ana@atelier.example") == []
    await block(ben, ana)
    await lists.send(ana, hidden, "ben@atelier.example")
    await site.runner.settle()
    assert site.mailer.to("ben@atelier.example") == [], "nothing comes from whom he does not want to hear"
    await InvitationLink.filter(email="ben@atelier.example").delete()
    clock.advance(timedelta(days=31).total_seconds())
    await links.forget()
    assert (await InvitationLink.get()).email == "" and await writing.room(ana) == writing.PER_DAY
    clock.advance(timedelta(days=90).total_seconds())
    await links.forget()
    assert not await InvitationLink.exists()


async def test_an_invitation_is_sent_again_and_taken_back(
    site: Site, hidden: Community, ana: Actor, ben: Actor, clock: StandingClock
) -> None:
    membership = await service.invite(ana, hidden, ben, "Vos  patates.")
    with pytest.raises(Conflict):
        await inviting.remind(ana, hidden, membership)
    clock.advance(3 * DAY)
    await inviting.remind(ana, hidden, membership)
    await site.runner.settle()
    assert [one.detail["text"] for one in await Notification.filter(account__actor_id=ben.id)] == ["Vos patates."] * 2
    assert await steps.inviter(membership, hidden) == (ana, "Vos patates.")
    with pytest.raises(Forbidden):
        await inviting.withdraw(ben, hidden, membership)
    cleo = (await make_member("cleo")).actor
    await service.join(cleo, hidden, code=(await a_link(ana, hidden)).code)
    await service.appoint(ana, hidden, cleo, "facilitator")
    clock.advance(3 * DAY)
    await inviting.remind(cleo, hidden, membership)
    assert await steps.inviter(membership, hidden) == (cleo, ""), "in her name, and not with words of ana's"
    await inviting.withdraw(ana, hidden, membership)
    assert await queries.membership(hidden, ben) is None
    for _ in range(2):  # taken back and sent anew is sent again
        with pytest.raises(Invalid):
            await service.invite(cleo, hidden, ben)
        clock.advance(3 * DAY)
    assert await lists.send(ana, hidden, "ben") == lists.Sent(0, 0)
    clock.advance(24 * DAY)
    answered = await service.invite(ana, hidden, ben)
    await service.accept_invitation(ben, hidden)
    for late in (inviting.withdraw(ana, hidden, answered), inviting.remind(ana, hidden, answered)):
        with pytest.raises(Conflict):
            await late
    assert await queries.is_member(hidden, ben), "whoever invites may not remove"


@pytest.mark.parametrize("code", ["fr-CA", "en-CA"])
async def test_the_letter(site: Site, golden: Golden, hidden: Community, ana: Actor, code: str) -> None:
    link = await writing.write_to(ana, hidden, "nour@exemple.test", name="Nour", why="Vos légumes.", language=code)
    link.code = "CODE"
    with speaking(code):
        mail = await address(writing.letter(link, hidden, "Awa Diop"), to=link.email, code=code)
    golden(f"mails/community_invitation.{code}", asdict(mail))


async def test_who_presses_twice_is_invited_written_to_and_let_in_once(
    hidden: Community, ana: Actor, ben: Actor
) -> None:
    eve = (await make_member("eve")).actor
    link = await a_link(ana, hidden, uses=9)
    await gather(*(service.invite(ana, hidden, ben) for _ in range(3)))
    await gather(*(service.accept_invitation(ben, hidden) for _ in range(3)), return_exceptions=True)
    await service.change_charter(ana, hidden, Charter(("Essayer",)), rights=True)
    hidden = await _again(hidden)
    await gather(*(service.accept_charter(ben, hidden, 1) for _ in range(3)))
    assert [one.kind for one in await steps.of(hidden, ben)] == ["invited", "invitation_accepted", "charter_accepted"]
    sent = await gather(*(lists.send(ana, hidden, "nour@exemple.test") for _ in range(3)))
    assert len(await writing.pending(hidden)) == 1 and len(sent) == 3
    joined = await gather(*(service.join(eve, hidden, code=link.code, accepted=1) for _ in range(3)))
    assert {one.state for one in joined} == {"active"}
    assert (await InvitationLink.get(id=link.id)).used == 1
