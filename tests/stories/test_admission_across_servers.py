"""The door of a community on A for people of B: questions, answers, what is asked back, decisions, places, links."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import TestClient, TestServer

from fedcop.accounts.models import Account
from fedcop.communities import access, life, lookup, queries, remote, rules, service, stages
from fedcop.communities.admission import consent, exchange, inviting, links, questions, setting, steps, waiting
from fedcop.communities.charter import versions
from fedcop.communities.charter.words import Charter
from fedcop.communities.models import Community, InvitationLink, Membership
from fedcop.core.errors import Forbidden, NotFound
from fedcop.federation.fetching import resolver
from fedcop.notifications.models import Notification
from tests.rig.browser import Browser
from tests.rig.people import make_member
from tests.rig.world import World
from tests.stories.test_communities_across_servers import A, B, Stage
from web.app import create_app

ASKED = [("Où cultivez-vous ?", "Where do you grow?", True), ("Depuis quand ?", "", False)]


@pytest.fixture
async def stage(world: World) -> Stage:
    """Two fedcops."""
    a = await world.fedcop(A)
    b = await world.fedcop(B)
    return Stage(world, a, b)


async def on_request(stage: Stage, **fields: str) -> Community:
    community = await stage.found(join_policy="request", **fields)
    async with stage.a.entered():
        await setting.change_door(stage.ana, community, ASKED)
    return community


async def test_questions_answers_and_the_exchange_travel_until_the_decision(stage: Stage) -> None:
    community = await on_request(stage)
    there = await stage.seen_from_b()
    async with stage.b.entered():
        assert [(one.key, one.said, one.required) for one in questions.of(there)] == [
            ("q1", "Où cultivez-vous ?", True),
            ("q2", "Depuis quand ?", False),
        ]
        await service.join(stage.ben, there, "Bonjour.", given={"q1": "À Oka.", "q2": ""}, accepted=1)
    await stage.world.settle()
    [join] = await stage.sent(stage.b, "Join")
    assert join["participationMessage"] == "Bonjour.\n\nOù cultivez-vous ?\nÀ Oka."
    async with stage.a.entered():
        [asked] = await queries.requests(community)
        assert asked.message == "Bonjour."
        [first] = (await steps.exchanges(community, [asked]))[asked.actor_id]
        assert first.detail["answers"] == [{"key": "q1", "question": "Où cultivez-vous ?", "answer": "À Oka."}]
        await exchange.ask(stage.ana, asked, "Sur quelle surface ?")
    await stage.world.settle()
    assert await stage.states() == ("asked", "asked"), "a question is no decision"
    assert await stage.told(stage.b) == ["asked_back"]
    async with stage.b.entered():
        await exchange.answer(stage.ben, there, "Deux hectares.")
    await stage.world.settle()
    async with stage.a.entered():
        said = (await steps.exchanges(community, [asked]))[asked.actor_id]
        assert [(one.kind, one.text) for one in said[1:]] == [
            ("question", "Sur quelle surface ?"),
            ("answer", "Deux hectares."),
        ]
        await service.decline(stage.ana, asked, "Nous cherchons plus grand.")
    await stage.world.settle()
    assert await stage.states() == ("none", "none")
    assert await stage.told(stage.a) == ["join_asked", "answered_back"]
    async with stage.b.entered():
        assert (await Notification.get(kind="refused")).detail["reason"] == "Nous cherchons plus grand."
        record = await consent.of(there, stage.ben, None)
    assert [one["step"] for one in record["steps"]] == ["asked", "question", "answer", "declined"]
    assert record["community"]["address"] == f"{A}/c/sante_des_sols"
    assert record["steps"][0]["charter"] == "Soyons *bienveillants*."


async def test_only_the_community_asks_and_only_the_applicant_answers(stage: Stage) -> None:
    community = await on_request(stage)
    there = await stage.seen_from_b()
    async with stage.b.entered():
        membership = await service.join(stage.ben, there, given={"q1": "À Oka."}, accepted=1)
    await stage.world.settle()
    eve = await stage.world.stranger("eve@mal.example")
    ben, group = f"{B}/u/ben", f"{A}/c/sante_des_sols"
    about = {"type": "Join", "id": membership.join_uri, "actor": ben, "object": group, "content": "Je mens."}
    await eve.sends(eve.activity("TentativeAccept", about, to=[ben], content="Mot de passe ?"), f"{B}/u/ben/inbox")
    await eve.sends(eve.activity("Update", about, to=[group]), f"{A}/c/sante_des_sols/inbox")
    await stage.world.settle()
    async with stage.b.entered():
        assert [one.kind for one in await steps.of(there, stage.ben)] == ["asked"]
    async with stage.a.entered():
        assert [one.kind for one in await steps.of(community, await stage.ben_on_a())] == ["asked"]


async def test_waiting_for_a_place_across_servers(stage: Stage) -> None:
    community = await stage.found()
    async with stage.a.entered():
        await setting.change_door(stage.ana, community, [], maximum="1")
    there = await stage.seen_from_b()
    async with stage.b.entered():
        assert waiting.looks_full(there)
        await service.join(stage.ben, there, accepted=1)
    await stage.world.settle()
    assert await stage.states() == ("waiting", "waiting")
    assert await stage.told(stage.b) == ["waiting"]
    async with stage.a.entered():
        await setting.change_door(stage.ana, community, [], maximum="2")
    await stage.world.settle()
    assert await stage.states() == ("active", "active")
    assert await stage.told(stage.b) == ["waiting", "accepted"]
    async with stage.b.entered():
        there = await queries.visible_community(stage.ben, "sante_des_sols@coop.example")
        assert (there.members_count, there.elsewhere_count) == (2, 1), "whoever came in is counted at home too"


async def test_a_turn_across_servers_is_a_request(stage: Stage) -> None:
    community = await on_request(stage)
    async with stage.a.entered():
        await setting.change_door(stage.ana, community, ASKED, maximum="1")
    there = await stage.seen_from_b()
    async with stage.b.entered():
        await service.join(stage.ben, there, given={"q1": "À Oka."}, accepted=1)
    await stage.world.settle()
    assert await stage.states() == ("waiting", "waiting")
    async with stage.a.entered():
        await setting.change_door(stage.ana, community, ASKED, maximum="2")
    await stage.world.settle()
    assert await stage.states() == ("asked", "asked")
    assert await stage.told(stage.b) == ["waiting", "turn"]


async def test_an_invitation_accepted_elsewhere_waits_for_a_place(stage: Stage) -> None:
    community = await stage.found(join_policy="invitation")
    await stage.seen_from_b()
    async with stage.a.entered():
        await setting.change_door(stage.ana, community, [], maximum="1")
        ben = await resolver.actor(f"{B}/u/ben")
        await service.invite(stage.ana, community, ben)
    await stage.world.settle()
    async with stage.b.entered():
        there = await queries.visible_community(stage.ben, "sante_des_sols@coop.example")
        await service.accept_invitation(stage.ben, there, 1)
    await stage.world.settle()
    assert await stage.states() == ("waiting", "waiting")
    async with stage.a.entered():
        await setting.change_door(stage.ana, community, [], maximum="2")
    await stage.world.settle()
    assert await stage.states() == ("active", "active")


async def look(stage: Stage, link: InvitationLink) -> str:
    """Ben opens a link of A at his own server; gives the name of the community there, or "" if that leads nowhere."""
    async with stage.b.entered():
        await lookup.ask_for_link(f"{A}/c/sante_des_sols/i/{link.code}")
    await stage.world.settle()
    async with stage.b.entered():
        try:
            there = await queries.visible_community(stage.ben, "sante_des_sols@coop.example", code=link.code)
        except NotFound:
            return ""
        found = await access.link_of(there, link.code)
        return f"{found.by.name} : {found.why}" if found and found.by else ""


async def test_a_link_leads_somebody_of_another_server_into_a_hidden_community(stage: Stage) -> None:
    community = await stage.found(join_policy="invitation", visibility="private")
    async with stage.a.entered():
        made = {"kind": "known", "why": "Vos patates.", "uses": 1, "days": 7}
        dead = await links.make(stage.ana, community, **made)
        await links.revoke(stage.ana, community, dead)
        link = await links.make(stage.ana, community, **made)
    assert await look(stage, dead) == ""
    assert await look(stage, link) == "ana : Vos patates."
    async with stage.b.entered():
        there = await queries.visible_community(stage.ben, "sante_des_sols@coop.example", code=link.code)
        with pytest.raises(NotFound):
            await queries.visible_community(stage.ben, "sante_des_sols@coop.example")
        await service.join(stage.ben, there, code=link.code, accepted=1)
    await stage.world.settle()
    assert await stage.states() == ("active", "active")
    [join] = await stage.sent(stage.b, "Join")
    assert join["fc:invitation"] == link.code and join["to"] == [f"{A}/c/sante_des_sols"]
    assert link.code not in str(await stage.sent(stage.a, "Accept") + await stage.sent(stage.a, "Announce"))

    # A second person of B is too late, and is told so: the link was shown to that server while it worked.
    async with stage.b.entered():
        zoe = (await make_member("zoe")).actor
        await service.join(zoe, there, code=link.code, accepted=1)
    await stage.world.settle()
    async with stage.b.entered():
        refused = await Notification.get(kind="refused", account__actor_id=zoe.id)
        assert refused.detail["reason"].startswith("Ce lien d’invitation ne fonctionne pas")


async def test_a_link_speaks_for_nobody_of_another_server(stage: Stage) -> None:
    mal = await stage.world.server("mal.example")
    group = mal.group("piege")
    code = "x" * 24
    link = f"https://mal.example/c/piege/i/{code}"
    said = {"id": link, "type": "Invite", "target": group.uri, "content": "Viens.", "fc:kind": "known"}
    gus = await stage.world.stranger("gus@good.example")
    for actor, name in ((f"{B}/u/ben", None), (gus.uri, None), (group.uri, "piege")):
        mal.put(link, {"@context": "https://www.w3.org/ns/activitystreams", **said, "actor": actor})
        async with stage.b.entered():
            await lookup.ask_for_link(link)
        await stage.world.settle()
        async with stage.b.entered():
            found = await InvitationLink.get(code=code).select_related("by")
            assert found.why == "Viens." and (found.by.name if found.by else None) == name


async def test_an_invitation_says_why_and_may_be_sent_again(stage: Stage) -> None:
    community = await stage.found(join_policy="invitation")
    await stage.seen_from_b()
    async with stage.a.entered():
        membership = await service.invite(stage.ana, community, await resolver.actor(f"{B}/u/ben"), "Vos patates.")
    await stage.world.settle()
    stage.world.clock.advance(3 * 24 * 3600)
    async with stage.a.entered():
        await inviting.remind(stage.ana, community, await Membership.get(id=membership.id).select_related("actor"))
    await stage.world.settle()
    first, second = await stage.sent(stage.a, "Invite")
    assert first["content"] == second["content"] == "Vos patates." and first["id"] != second["id"]
    async with stage.b.entered():
        assert [one.detail["text"] for one in await Notification.filter(kind="invited")] == ["Vos patates."] * 2
        there = await queries.visible_community(stage.ben, "sante_des_sols@coop.example")
        await service.accept_invitation(stage.ben, there, 1)
    await stage.world.settle()
    assert await stage.states() == ("active", "active")


async def test_a_charter_is_accepted_across_servers_and_again_when_rights_change(stage: Stage) -> None:
    community = await stage.found()
    there = await stage.seen_from_b()
    async with stage.b.entered():
        await service.join(stage.ben, there, accepted=1)
    await stage.world.settle()
    [join] = await stage.sent(stage.b, "Join")
    assert join["fc:charterVersion"] == 1
    newer = Charter(("Se tromper",), ("Vendre",))
    async with stage.a.entered():
        await service.change_charter(stage.ana, community, newer, changed="On ne vend plus.", rights=True, after=1)
    await stage.world.settle()
    assert await stage.told(stage.b) == ["accepted", "charter_accept"]
    async with stage.b.entered():
        there = await queries.by_id(there.id) or there
        assert await versions.current_words(there) == newer
        with pytest.raises(Forbidden):
            await rules.may_publish(stage.ben, there)
    eve = await stage.world.stranger("eve@mal.example")
    lie = {**join, "fc:charterVersion": 2}
    await eve.sends(eve.activity("Update", lie, to=[community.actor.uri]), f"{A}/c/sante_des_sols/inbox")
    await stage.world.settle()
    async with stage.a.entered():
        assert await versions.count_owing(community) == 1, "nobody accepts for somebody else"
    async with stage.b.entered():
        await service.accept_charter(stage.ben, there, 2)
        await rules.may_publish(stage.ben, there)
    await stage.world.settle()
    async with stage.a.entered():
        assert await versions.count_owing(community) == 0
        said = await steps.of(community, await stage.ben_on_a())
    assert [(one.kind, one.detail.get("version")) for one in said] == [("joined", 1), ("charter_accepted", 2)]


async def test_who_joins_by_an_older_charter_learns_of_the_newer_one(stage: Stage) -> None:
    community = await stage.found(join_policy="invitation")
    there = await stage.seen_from_b()
    async with stage.a.entered():
        await service.invite(stage.ana, community, await resolver.actor(f"{B}/u/ben"))
    await stage.world.settle()
    async with stage.a.entered():
        newer = Charter(("Se tromper",))
        await service.change_charter(stage.ana, community, newer, changed="Court.", rights=True, after=1)
    async with stage.b.entered():
        there = await queries.visible_community(stage.ben, "sante_des_sols@coop.example")
        await service.accept_invitation(stage.ben, there, 1)
    await stage.world.settle()
    async with stage.a.entered():
        assert (await queries.membership(community, await stage.ben_on_a())).charter_accepted == 1
        better = Charter(("Se tromper", "Rire"))
        await service.change_charter(stage.ana, community, better, changed="Rire.", rights=False, after=2)
    await stage.world.settle()
    async with stage.b.entered():
        there = await queries.by_id(there.id) or there
        assert (there.charter_version, there.charter_binding) == (3, 2)
        assert rules.owes_acceptance(await queries.membership(there, stage.ben), there)


async def test_an_announced_community_elsewhere_tells_when_it_opens(stage: Stage) -> None:
    community = await stage.found(stage="announced")
    there = await stage.seen_from_b()
    async with stage.b.entered():
        assert stages.of(there) == "announced"
        await life.ask_notice(stage.ben, there)
        with pytest.raises(Forbidden):
            await service.join(stage.ben, there, accepted=1)
    async with stage.a.entered():
        await service.change_stage(stage.ana, community, "pilot")
    async with stage.b.entered():
        await remote.refresh_known(there.id)
    await stage.world.settle()
    assert await stage.told(stage.b) == ["opened"]
    async with stage.a.entered():
        await service.change_stage(stage.ana, community, "archived")
    async with stage.b.entered():
        await remote.refresh_known(there.id)
    await stage.world.settle()
    async with stage.b.entered():
        there = await queries.by_id(there.id) or there
        assert (stages.of(there), there.launch_date) == ("archived", community.launch_date)


async def test_a_list_names_people_elsewhere_whom_nobody_here_knows_yet(stage: Stage) -> None:
    await stage.found(join_policy="invitation")
    async with stage.a.entered(), TestServer(create_app(stage.a)) as running, TestClient(running) as client:
        page = await Browser(client).log_in(await Account.get(actor_id=stage.ana.id))
        shown = await page.get("/c/sante_des_sols/invite/list")
        shown.fill("La liste", f"@ben@{B.removeprefix('https://')}, Ben\n@nemo@nulle-part.example")
        shown = await page.press("Voir ce que dit cette liste")
        assert "Reçoit une invitation sur son serveur" in shown.text and "Nous ne trouvons personne" in shown.text
        await page.press("Inviter 1 personne")
    await stage.world.settle()
    assert await stage.told(stage.b) == ["invited"]
