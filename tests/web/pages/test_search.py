"""The search page: what one may read, with the words marked; and anything elsewhere by its address."""

from __future__ import annotations

from typing import Any

import pytest

from fedcop.communities import service as communities
from fedcop.core.site import Site
from fedcop.discussions import service
from fedcop.people import service as people
from tests.rig.people import make_stranger
from tests.rig.queries import counted
from tests.web.conftest import SignIn


@pytest.fixture
async def lea(sign_in: SignIn) -> Any:
    """The responsible person of a public community, at her browser."""
    browser = await sign_in("lea")
    browser.community = await communities.found(
        browser.actor, title="Fruitiers nordiques", name="fruitiers", purpose="Faire pousser ce qui tient l’hiver"
    )
    return browser


async def test_finds_and_marks_words(site: Site, lea: Any, browser: Any) -> None:
    post = await service.write(
        lea.actor,
        lea.community,
        kind="question",
        title="La préparation aux litiges",
        source="Pour les participant·e·s <script>.",
        language="fr",
        tags=["droit"],
    )
    await service.reply(lea.actor, post, source="Un litige se prépare tôt.")
    await site.runner.settle()
    page = await browser.get("/search?q=preparation+litige")
    assert [mark.text for mark in page.main.all("mark")][:2] == ["préparation", "litiges"]
    assert {
        one["href"].partition("#")[0] for one in page.main.all("a") if one.text == "La préparation aux litiges"
    } == {f"/p/{post.id}"}
    assert "dans Fruitiers nordiques" in page.main.text
    assert "Réponse" in page.main.text and "Question" in page.main.text
    assert "<script>" not in page.main.text or "&lt;script&gt;" in page.html
    assert "Trouvé dans : le titre" in page.main.text and "Trouvé dans : le texte" in page.main.text
    assert (
        "Trouvé dans : le texte, l’étiquette #droit" in (await browser.get("/search?q=participants+droits")).main.text
    )
    assert "Trouvé dans : le nom, l’adresse fruitiers@" in (await browser.get("/search?q=fruitiers")).main.text


async def test_the_form_in_the_header_leads_here(site: Site, lea: Any) -> None:
    await site.runner.settle()
    await lea.get("/")
    page = await lea.get("/search?q=fruitiers")
    assert page.h1 == "Rechercher" and "Fruitiers nordiques" in page.main.text
    assert (await lea.get("/search")).status == 200
    assert (await lea.get("/search?q=%20")).status == 200


async def test_private_things_are_not_there_for_others(site: Site, lea: Any, browser: Any, sign_in: SignIn) -> None:
    secret = await communities.found(
        lea.actor, title="Cellule", name="cellule", purpose="En petit", visibility="private"
    )
    await service.write(lea.actor, secret, kind="idea", title="Zibeline", source="Le plan.")
    await site.runner.settle()
    assert "Le plan" in (await lea.get("/search?q=zibeline")).main.text
    noor = await sign_in("noor")
    for other in (browser, noor):
        for more in ("", f"&community={secret.id}", "&kind=post"):
            page = await other.get(f"/search?q=zibeline{more}")
            assert "Aucun résultat" in page.main.text and "Le plan" not in page.main.text


async def test_filters(site: Site, lea: Any) -> None:
    other = await communities.found(lea.actor, title="Potagers", name="potagers", purpose="Des légumes")
    for place in (lea.community, other):
        await service.write(lea.actor, place, kind="idea", title=f"Compost de {place.actor.name}", source="Oui.")
    await site.runner.settle()
    page = await lea.get("/search?q=compost")
    assert "Compost de fruitiers" in page.main.text and "Compost de potagers" in page.main.text
    page = await lea.get(f"/search?q=compost&community={other.id}")
    assert "Compost de fruitiers" not in page.main.text and "Compost de potagers" in page.main.text
    page = await lea.get("/search?q=potagers&kind=community")
    assert "Compost" not in page.main.text and "Potagers" in page.main.text
    assert (await lea.get("/search?q=potagers&kind=nonsense&after=%27")).status == 200


async def test_people_are_found_by_members_only(site: Site, lea: Any, browser: Any, sign_in: SignIn) -> None:
    ines = await sign_in("ines")
    await people.change_profile(ines.actor, display_name="Inès Côté", discoverable=True)
    await site.runner.settle()
    assert (await lea.get("/search?q=ines")).links["Inès Côté"] == "/u/ines"
    assert "Inès" not in (await browser.get("/search?q=ines&kind=person")).main.text
    await people.block(ines.actor, lea.actor)
    assert "Inès" not in (await lea.get("/search?q=ines")).main.text


async def test_pages_follow_one_another(site: Site, lea: Any, clock: Any) -> None:
    for number in range(25):
        await service.write(lea.actor, lea.community, kind="idea", title=f"Tuteur {number}", source="Oui.")
        clock.advance(60)
    await site.runner.settle()
    first = await lea.get("/search?q=tuteur")
    assert len(first.main.all("article")) == 20
    second = await lea.click("Voir plus de résultats")
    assert len(second.main.all("article")) == 5
    assert not {one["id"] for one in first.main.all("h3")} & {one["id"] for one in second.main.all("h3")}


async def test_a_handle_or_address_that_we_know_leads_there(site: Site, lea: Any, browser: Any) -> None:
    gus = await make_stranger("gus", "ailleurs.example")
    for text in ("@gus@ailleurs.example", "gus@ailleurs.example", gus.uri):
        page = await lea.get(f"/search?q={text}")
        assert page.path == "/u/gus@ailleurs.example", text
    assert (await lea.get("/search?q=!fruitiers@atelier.example")).path == "/c/fruitiers"
    assert (await browser.get("/search?q=https://atelier.example/c/fruitiers")).path == "/c/fruitiers"
    assert (await browser.get("/search?q=https://atelier.example//ailleurs.example/")).path.startswith("/search")


async def test_what_is_not_found_is_said_in_words(site: Site, lea: Any, browser: Any) -> None:  # E17, E18
    page = await lea.get("/search?q=@personne@nulle-part.example")
    assert page.status == 200 and "Nous n’avons rien trouvé" in page.main.text
    # Whatever stands in the way, it is said in the same words; and what lies inside is not even dialled.
    said = {
        (await lea.get(f"/search?q={address}")).main.text.replace(address, "")
        for address in ("https://10.0.0.1/x", "https://localhost:22/x", "https://nulle-part.example/x")
    }
    assert len(said) == 1
    page = await browser.get("/search?q=https://nulle-part.example/x")
    assert "Les membres peuvent la chercher" in page.main.text


async def test_another_site_cannot_make_members_fetch(site: Site, lea: Any) -> None:  # E17
    with counted() as statements:
        answer = await lea.client.get(
            "/search", params={"q": "@x@nulle-part.example"}, headers={"Sec-Fetch-Site": "cross-site"}
        )
    assert answer.status == 200 and "La chercher" in await answer.text()
    assert not any("INTO job" in str(one) for one in statements)


async def test_search_asks_a_fixed_number_of_questions(site: Site, lea: Any) -> None:
    async def write(number: int) -> None:
        for _ in range(number):
            await service.write(lea.actor, lea.community, kind="idea", title="Un tuteur", source="Oui.")
        await site.runner.settle()

    await write(1)
    await lea.get("/search?q=tuteur")
    with counted() as few:
        await lea.get("/search?q=tuteur")
    await write(8)
    with counted() as many:
        await lea.get("/search?q=tuteur")
    assert len(many) <= len(few), (len(few), len(many))
