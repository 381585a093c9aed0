"""Agreements at their pages: proposing, what is wrong at its field, answering, ending, and what everybody may read of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fedcop.alliances import service
from fedcop.alliances.models import Alliance
from fedcop.alliances.terms import Terms
from fedcop.communities import service as communities
from fedcop.communities.models import Membership
from fedcop.core import clock
from fedcop.core.site import Site
from fedcop.federation.peers import overseeing
from tests.rig.browser import Browser
from tests.rig.people import make_member, make_stranger
from tests.rig.queries import counted
from tests.web.conftest import SignIn

PUBLIC = "/alliances"


@pytest.fixture
async def owner(sign_in: SignIn) -> Browser:
    """The owner at her browser, in English."""
    return await sign_in(await make_member("patronne", "owner", language="en-CA"))


async def offered(**changed: object) -> Alliance:
    """Another organisation's proposal, as it is stored when it came."""
    now = clock.now()
    text = Terms(True, False, (), now - timedelta(days=1), None, "Ana Roy", "Montréal", "Rien de sensible.")
    made = await service.record_proposal("coop.example", "https://coop.example/activities/1", text)
    assert made is not None
    await made.update_from_dict(changed).save()
    return made


async def test_an_agreement_is_proposed(owner: Browser) -> None:
    page = await owner.get("/admin/alliances")
    assert "No agreement yet." in page.main.text
    page.fill("Server of the other organisation", "https://coop.example/").fill("Last day", "2027-03-31")
    page.fill("Who signs for us", "Léa Roy, directrice").fill("Where our data lie", "Québec")
    page = await owner.press("Propose")
    assert page.messages == ["Your proposal is on its way to coop.example."]
    assert "It waits for the answer of the other organisation." in page.main.text
    assert "Léa Roy, directrice" in page.main.text
    assert "March 31, 2027" in page.main.text
    page = await owner.press("Take back")
    assert "Ended" in page.main.text


async def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(owner: Browser) -> None:
    page = await owner.get("/admin/alliances")
    page.fill("Server of the other organisation", "coop.example").fill("Where our data lie", "Québec")
    page.fill("Last day", "2001-01-01")
    page = await owner.press("Propose")
    assert page.status == 422
    assert page.problems == [
        "The last day lies before the first one, or has passed.",
        "Write who signs, with the function: Ana Roy, general manager.",
    ]
    assert page.value("Where our data lie") == "Québec"
    await overseeing.decide("coop.example", "blocked")
    page.fill("Who signs for us", "Léa")
    assert (await owner.press("Propose")).problems == ["You blocked this server. Open it again first."]
    assert await Alliance.all().count() == 0


async def test_a_proposal_is_accepted_with_a_signature(owner: Browser) -> None:
    await offered()
    page = await owner.get("/admin")
    assert "1 proposal waits for you" in page.main.text
    page = await owner.get("/admin/alliances")
    page = await owner.click("coop.example")
    assert "Rien de sensible." in page.main.text
    page = await owner.press("Accept this agreement")
    assert len(page.problems) == 2
    page.fill("Who signs for us", "Léa Roy").fill("Where our data lie", "Québec")
    page = await owner.press("Accept this agreement")
    assert "In force" in page.main.text
    page.fill("Reason", "Nous déménageons.")
    page = await owner.press("End this agreement")
    assert "We ended it." in page.main.text


async def test_a_proposal_is_declined(owner: Browser) -> None:
    made = await offered()
    page = await owner.get(f"/admin/alliances/{made.id}")
    page.fill("Reason", "Pas cette année.")
    assert "Declined" in (await owner.press("Decline")).main.text


async def test_a_letter_leads_to_the_agreement(site: Site, owner: Browser) -> None:
    made = await offered()
    await site.runner.settle()
    letter = site.mailer.to("patronne@atelier.example")[-1]
    assert letter.subject.startswith("coop.example proposes an agreement between your organisations")
    assert f"https://atelier.example/admin/alliances/{made.id}" in letter.text
    page = await owner.get("/notifications")
    page = await owner.click("coop.example proposes an agreement between your organisations")
    assert page.path == f"/admin/alliances/{made.id}"


async def test_everybody_reads_with_whom_and_what_but_no_hidden_community(browser: Browser, owner: Browser) -> None:
    assert "Aucune entente pour le moment." in (await browser.get(PUBLIC)).main.text
    lea = (await make_member("lea")).actor
    await communities.found(lea, title="Sols vivants", name="sols", purpose="x")
    await communities.found(
        lea, title="Le comité", name="comite", purpose="x", visibility="private", join_policy="invitation"
    )
    named = ["sols@atelier.example", "comite@atelier.example"]
    await offered(state="active", communities=named)
    page = await browser.get(PUBLIC)
    assert "coop.example" in page.main.text
    assert "Sols vivants" in page.main.text
    assert "omit" not in page.main.text
    assert "Ana Roy" not in page.main.text


async def test_everybodys_page_asks_as_much_for_many_communities_as_for_one(browser: Browser, site: Site) -> None:
    lea = (await make_member("lea")).actor
    for n in range(6):
        await communities.found(lea, title=f"Sols {n}", name=f"sols{n}", purpose="x")
    made = await offered(state="active", communities=["sols0@atelier.example"])
    await browser.get(PUBLIC)  # what is read once and kept is kept now
    with counted() as one:
        await browser.get(PUBLIC)
    made.communities = [f"sols{n}@atelier.example" for n in range(6)]
    await made.save()
    with counted() as many:
        assert "Sols 5" in (await browser.get(PUBLIC)).main.text
    assert len(many) == len(one)


async def test_members_see_no_agreement_of_the_administration(sign_in: SignIn) -> None:
    made = await offered()
    lea = await sign_in("lea")
    assert (await lea.get(f"/admin/alliances/{made.id}")).status == 404


async def test_moderators_learn_whom_the_first_person_of_a_server_brings_along(sign_in: SignIn) -> None:
    lea = await sign_in("lea")
    circle = await communities.found(
        lea.actor, title="Le comité", name="comite", purpose="x", visibility="private", join_policy="request"
    )
    await Membership.create(
        community=circle, actor=await make_stranger("gus", "coop.example"), state="asked", created_at=clock.now()
    )
    page = await lea.get("/c/comite/requests")
    assert (
        "Première personne de coop.example. Si vous acceptez, l’équipe technique de coop.example pourra"
        " techniquement lire cette communauté. Il n’y a pas d’entente entre vos organisations." in page.main.text
    )
    made = await offered()
    assert "a été proposée" in (await lea.get("/c/comite/requests")).main.text
    await made.update_from_dict({"state": "active"}).save()
    assert "en vigueur depuis le 1 mars 2026" in (await lea.get("/c/comite/requests")).main.text.replace("1er", "1")
    await Membership.create(
        community=circle, actor=await make_stranger("ida", "coop.example"), state="active", created_at=clock.now()
    )
    assert "Première personne" not in (await lea.get("/c/comite/requests")).main.text
