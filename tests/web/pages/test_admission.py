"""The door of a community on the web: questions set and answered, requests decided, one's own request and its record."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fedcop.communities import queries, service
from fedcop.communities.charter.words import Charter
from fedcop.communities.models import Community, Membership
from fedcop.core.clock import now
from fedcop.core.site import site
from fedcop.federation.peers import presence
from tests.rig.browser import Browser, Page
from tests.rig.people import make_stranger
from tests.web.conftest import SignIn


@pytest.fixture
async def ana(sign_in: SignIn) -> Browser:
    """Who founds."""
    return await sign_in("ana")


@pytest.fixture
async def ben(sign_in: SignIn) -> Browser:
    """Who joins."""
    return await sign_in("ben")


async def on_request(founder: Browser, **fields: Any) -> Community:
    said = {"title": "Santé des sols", "purpose": "Des sols vivants.", "name": "sols", "join_policy": "request"}
    made = await service.found(founder.actor, **{**said, **fields})
    found = await queries.by_id(made.id)
    assert found is not None
    return found


def wrong(page: Page) -> set[str]:
    return {one["id"].removeprefix("e-") for one in page.root.all("p", class_="wrong")}


async def test_a_request_with_questions_from_the_first_word_to_the_record(ana: Browser, ben: Browser) -> None:
    await on_request(ana, charter=Charter(text="Soyons polis."))
    await ana.get("/c/sols/settings")
    page = await ana.click("Questions à qui demande à entrer")
    page.fill("question-1-fr", "Où cultivez-vous ?").choose("required-1")
    page.fill("question-2-en", "Since when?")
    page = await ana.press("Enregistrer")
    assert page.value("question-1-fr") == "Où cultivez-vous ?" and "Enregistré" in page.text

    page = await ben.get("/c/sols/join")
    page.choose("agreed").fill("message", "Bonjour.")
    page = await ben.press("Envoyer ma demande")
    assert page.status == 422 and wrong(page) == {"answer-q1"} and page.value("message") == "Bonjour."
    page.fill("answer-q1", "À Oka.")
    page = await ben.press("Envoyer ma demande")
    assert "Voir ma demande" in page.text

    page = await ana.get("/c/sols/requests")
    assert "Où cultivez-vous ?" in page.text and "À Oka." in page.text
    page = await ana.press("Demander")
    assert page.status == 422 and wrong(page) == {"reason"}
    page.fill("reason", "Sur quelle surface ?")
    page = await ana.press("Demander")
    assert "lira votre question" in page.text and "Sur quelle surface ?" in page.text

    await ben.get("/c/sols")
    page = await ben.click("Voir ma demande")
    assert "Sur quelle surface ?" in page.text
    page = await ben.press("Envoyer ma réponse")
    assert page.status == 422 and wrong(page) == {"text"}
    page.fill("text", "Deux hectares.")
    page = await ben.press("Envoyer ma réponse")
    assert "Deux hectares." in page.text

    page = await ben.click("Voir et garder la trace de mon consentement")
    assert "Soyons polis." in page.text and "Deux hectares." in page.text
    async with ben.client.get("/c/sols/request/record?form=json") as answer:
        assert "attachment" in answer.headers["Content-Disposition"]
        assert [one["step"] for one in json.loads(await answer.text())["steps"]] == ["asked", "question", "answer"]
    await ana.get("/c/sols/requests")
    page = await ana.press("Accepter")
    carl = await ben.get("/c/sols/join")
    assert "Vous êtes membre" in carl.text and "Demandes" in page.text


async def test_the_usual_delay_is_said_once_it_is_known(ana: Browser, ben: Browser) -> None:
    community = await on_request(ana)
    page = await ben.get("/c/sols/join")
    assert "réponse habituelle" not in page.text
    community.answer_hours = 72
    await community.save()
    page = await ben.get("/c/sols/join")
    assert "Réponse habituelle : 3 jours." in page.text.replace("\xa0", " ")
    page = await ben.press("Envoyer ma demande")
    assert "Demande envoyée — réponse habituelle : 3 jours." in page.text.replace("\xa0", " ")


async def test_who_never_asked_has_no_request_and_no_record(ana: Browser, ben: Browser) -> None:
    await on_request(ana)
    for path in ("/c/sols/request", "/c/sols/request/record", "/c/sols/request/record?form=json"):
        assert (await ben.get(path)).status == 404
    assert (await ben.get("/c/sols/admission")).status == 403
    page = await ana.get("/c/sols/admission")
    page.fill("question-1-fr", "x" * 201)
    page = await ana.press("Enregistrer")
    assert page.status == 422 and wrong(page) == {"question-1-fr"} and page.value("question-1-fr") == "x" * 201


async def test_when_all_places_are_taken_one_waits_and_reads_where_one_stands(
    ana: Browser, ben: Browser, sign_in: SignIn
) -> None:
    await on_request(ana, join_policy="open")
    page = await ana.get("/c/sols/admission")
    page.fill("maximum", "beaucoup")
    page = await ana.press("Enregistrer")
    assert page.status == 422 and wrong(page) == {"maximum"} and page.value("maximum") == "beaucoup"
    page.fill("maximum", "1")
    await ana.press("Enregistrer")
    page = await ben.get("/c/sols/join")
    assert "Toutes les places sont prises" in page.text
    page = await ben.press("Devenir membre")
    assert "Vous êtes au rang 1" in page.text
    page = await ben.click("Voir ma demande")
    assert "liste d’attente" in page.text
    page = await ana.get("/c/sols/requests")
    assert "En attente d’une place" in page.text and "ben" in page.text.lower()
    page = await ana.press("Retirer de la liste")
    assert "En attente d’une place" not in page.text


async def test_whose_server_came_back_with_other_keys_waits_to_be_confirmed(ana: Browser, ben: Browser) -> None:
    community = await on_request(ana)
    await community.fetch_related("actor")
    for name, role in (("gus", "member"), ("mia", "member"), ("lou", "facilitator")):
        stranger = await make_stranger(name, "mer.example")
        await Membership.create(community=community, actor=stranger, state="active", role=role, created_at=now())
    await presence.distrust("mer.example", None)
    await site().runner.settle(strict=False)  # nobody there can be asked what they run
    page = await ana.get("/notifications")
    assert "mer.example est revenu après un long silence" in page.main.text
    page = await ana.click(next(text for text in page.links if "mer.example" in text))
    assert "À confirmer" in page.text and "par téléphone" in page.text and "Animateur·trice" in page.text
    assert "Confirmer Gus" in page.main.text and "À confirmer" not in (await ben.get("/c/sols")).text
    page = await ana.press("Confirmer Gus")
    assert "Gus fait de nouveau partie" in page.text or "de nouveau membre" in page.text
    await ana.press("Retirer Mia")
    held = {one.actor.name: one.state for one in await Membership.filter(community=community).select_related("actor")}
    assert held == {"ana": "active", "gus": "active", "lou": "held"}
    page = await ana.get("/c/sols/moderation")
    assert "ana a confirmé Gus" in page.main.text.replace("Ana", "ana") and "sans prouver" in page.main.text
    row = await Membership.get(community=community, actor__name="lou")
    assert (await ben.post(f"/c/sols/requests/{row.id}", answer="confirm")).status == 403
    for answer in ("accept", "decline"):
        assert (await ana.post(f"/c/sols/requests/{row.id}", answer=answer)).status == 409
    assert (await Membership.get(id=row.id)).state == "held"
    assert (await ana.post(f"/c/sols/requests/{row.id}", answer="confirm")).status in (200, 303)
    assert (await ana.post(f"/c/sols/requests/{row.id}", answer="confirm")).status == 409
