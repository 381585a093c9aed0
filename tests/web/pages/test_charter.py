"""The charter on the web: read, ticked by oneself, changed, compared, and accepted anew above what one was about to write."""

from __future__ import annotations

import pytest

from fedcop.communities import queries, service
from fedcop.communities.charter.words import Charter
from fedcop.communities.models import Community
from fedcop.core import clock
from fedcop.core.site import Site
from tests.rig.browser import Browser, Page
from tests.web.conftest import SignIn

CHARTER = Charter(("Essayer",), ("Vendre",), "Une contribution par an.", "Le désaccord est bienvenu.")


@pytest.fixture
async def ana(sign_in: SignIn) -> Browser:
    """Who founds."""
    return await sign_in("ana")


@pytest.fixture
async def ben(sign_in: SignIn) -> Browser:
    """Who joins."""
    return await sign_in("ben")


async def soil(founder: Browser) -> Community:
    return await service.found(
        founder.actor, title="Santé des sols", purpose="Des sols vivants.", name="sols", charter=CHARTER
    )


def wrong(page: Page) -> set[str]:
    return {one["id"].removeprefix("e-") for one in page.root.all("p", class_="wrong")}


async def test_a_new_community_begins_with_a_suggestion(ana: Browser) -> None:
    page = await ana.get("/communities/new")
    assert "Ne pas être d’accord, et dire pourquoi" in page.value("may") and "désaccord" in page.value("charter")
    page.fill("Titre", "Sols").fill("Raison d’être", "Des sols vivants.").fill("On ne peut pas", "Vendre\nVendre")
    page = await ana.press("Fonder la communauté")
    page = await ana.get("/c/sols/charter")
    assert "On ne peut pas" in page.main.text and page.main.text.count("Vendre") == 1
    assert "Version 1" in page.main.text and "S’en prendre" not in page.main.text
    for code, said in (("en", "Disagree, and say why"), ("fr", "Ne pas être d’accord")):
        page = await ana.get(f"/communities/new?lang={code}")
        assert said in page.value("may"), "in the language that is chosen below it"
        assert page.value("language") == code


async def test_from_the_door_to_a_new_version_and_back_to_writing(site: Site, ana: Browser, ben: Browser) -> None:
    community = await soil(ana)
    page = await ben.get("/c/sols/join")
    assert "Vendre" in page.main.text and "Une contribution par an." in page.main.text
    page.choose("agreed")
    await ben.press("Devenir membre")
    page = await ben.get("/c/sols/new")
    assert "Avant d’écrire ici pour la première fois" in page.main.text.replace("\u00a0", " ")
    page.fill("Titre", "Trèfle").fill("Votre texte", "Blanc ou rouge ?")

    page = await ana.get("/c/sols/charter/change")
    assert page.value("may") == "Essayer"
    page.fill("may", "Essayer\nSe tromper").fill("may_not", "")
    page = await ana.press("Publier cette version")
    assert page.status == 422 and wrong(page) == {"changed", "rights"} and page.value("may") == "Essayer\nSe tromper"
    page.fill("changed", "On peut se tromper.").choose(
        "Oui : quelque chose est permis, interdit ou attendu qui ne l’était pas"
    )
    page = await ana.press("Publier cette version")
    assert "C’est maintenant la version 2" in page.text and "1 membre ne l’a pas encore acceptée" in page.text
    page = await ana.get("/c/sols/charter/versions")
    text = page.main.text
    assert "De la version 1 à la version 2" in text and "Se tromper" in text and "Retiré" in text
    await site.runner.settle()

    # Ben was writing meanwhile.
    page = await ben.press("Publier")
    assert page.status == 422 and wrong(page) == {"agreed"} and page.value("source") == "Blanc ou rouge ?"
    page = await ben.press("Publier")
    assert wrong(page) == {"agreed"}, "never ticked for anybody"
    page.choose("agreed")
    page = await ben.press("Publier")
    assert page.h1.startswith("Trèfle")
    found = await queries.membership(community, ben.actor)
    assert found is not None and found.charter_accepted == 2
    record = (await ben.get("/c/sols/request/record")).main.text
    assert "Se tromper" in record and "(version 2)" in record and "**" not in record


async def test_the_line_stays_until_the_charter_is_accepted(ana: Browser, ben: Browser) -> None:
    community = await soil(ana)
    await service.join(ben.actor, community, accepted=1)
    await service.change_charter(ana.actor, community, Charter(("Rire",)), changed="Court.", rights=True, after=1)
    await ben.get("/c/sols")
    page = await ben.click("Lire la charte et l’accepter")
    page = await ben.press("Accepter la charte")
    assert page.status == 422 and wrong(page) == {"agreed"}
    late = await ana.get("/c/sols/charter/change")
    late.fill("may", "Rire\nChanter").fill("changed", "Chanter.").choose("Non : elle dit la même chose plus clairement")
    newest = await service.change_charter(
        ana.actor, community, Charter(("Rire", "Dire")), changed="Dire.", rights=False, after=2
    )
    page.choose("agreed")
    page = await ben.press("Accepter la charte")
    assert page.status == 422 and "Dire" in page.main.text, "it was another one that they read"
    page.choose("agreed")
    page = await ben.press("Accepter la charte")
    assert page.path == "/c/sols" and f"version {newest.number}" in page.text
    assert "Lire la charte et l’accepter" not in page.main.text
    late = await ana.press("Publier cette version")
    assert late.status == 422 and late.value("may") == "Rire\nChanter", "somebody was faster"
    assert "version 4" in (await ana.press("Publier cette version")).text, "told so, one may go on"
    for path in ("/c/sols/charter?lang=en", "/c/sols/charter/versions"):
        assert "harter" in (await ben.get(path)).main.text
    await Community.filter(id=community.id).update(charter_binding=4)
    for closed_at, asked in ((None, True), (clock.now(), False)):
        await Community.filter(id=community.id).update(closed_at=closed_at)
        assert ("Read the charter and accept it" in (await ben.get("/c/sols")).main.text) is asked
