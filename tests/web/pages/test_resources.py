"""The library as people use it in a browser without scripts."""

from __future__ import annotations

from typing import Any

import pytest

from fedcop.communities import service as communities
from fedcop.core.site import Site
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.media.models import Media
from fedcop.resources import service
from fedcop.resources.models import Resource
from fedcop.resources.service import Card
from tests.rig.queries import counted
from tests.rig.samples import pdf, picture
from tests.web.conftest import SignIn


@pytest.fixture
async def lea(sign_in: SignIn) -> Any:
    """The responsible person of a public community, at her browser."""
    browser = await sign_in("lea")
    browser.community = await communities.found(
        browser.actor, title="Fruitiers nordiques", name="fruitiers", purpose="Faire pousser ce qui tient l’hiver"
    )
    return browser


async def shelve(lea: Any, title: str = "Taille des pruniers", **more: Any) -> Resource:
    card = {"licence": "CC-BY-4.0", "link": "https://pruniers.example/taille", **more.pop("card", {})}
    return await service.deposit(lea.actor, more.pop("community", lea.community), Card(**card), title=title, **more)


async def test_a_link_a_title_and_a_licence_are_enough(lea: Any) -> None:
    page = await lea.get("/c/fruitiers/resources")
    assert "un lien suffit" in page.main.text
    await lea.click("Déposer une ressource")
    lea.page.fill("Lien", "https://pruniers.example/taille").fill("Titre", "Taille des pruniers").fill(
        "Licence", "CC-BY-4.0"
    )
    page = await lea.press("Déposer")
    assert page.status == 200 and page.path.startswith("/r/")
    assert page.h1 == "Taille des pruniers"
    assert "Vous pouvez réutiliser en citant" in page.main.text and "CC BY 4.0" in page.main.text
    assert "Tout le monde" in page.main.text
    assert "https://pruniers.example/taille" in page.html
    page = await lea.get("/c/fruitiers/resources")
    assert "Taille des pruniers" in page.main.text and "1 ressource" in page.main.text
    assert "Taille des pruniers" in (await lea.get("/resources")).main.text


async def test_several_files_people_and_a_warning(site: Site, lea: Any) -> None:
    await lea.get("/c/fruitiers/resources/new")
    lea.page.attach("Ajouter des fichiers", "fiche.pdf", pdf(), "application/pdf")
    await lea.press("Joindre les fichiers")
    lea.page.attach("Ajouter des fichiers", "verger.png", picture("PNG"), "image/png")
    await lea.press("Joindre les fichiers")
    assert "fiche.pdf" in lea.page.main.text and "verger.png" in lea.page.main.text
    lea.page.fill("Titre", "Fiche prunier").fill("Licence", "CC-BY-SA-4.0").choose("Une partie n’appartient pas")
    lea.page.fill("Nom de la personne ou de l’organisation 1", "A. Tremblay")
    lea.page.fill("Nom de la personne ou de l’organisation 2", "Fonds du verger").fill("Rôle de 2", "funding")
    lea.page.fill("Que montre cette image", "Un verger sous la neige")
    page = await lea.press("Déposer")
    assert page.h1 == "Fiche prunier"
    assert "A. Tremblay (auteur·trice), Fonds du verger (financement)" in page.main.text
    assert "Renseignez-vous avant de le réutiliser" in page.main.text
    assert "Un verger sous la neige" in [one["alt"] for one in page.root.all("img")]
    assert "A. Tremblay (2" in page.main.text
    await site.runner.settle()
    page = await lea.get("/search?q=tremblay+neige")
    assert "la description d’un fichier, « Un verger sous la neige », les crédits, A. Tremblay" in page.main.text
    assert "le fichier « fiche.pdf »" in (await lea.get("/search?q=fiche.pdf")).main.text
    page = await lea.get(f"/r/{(await Resource.get()).id}")
    for media in await Media.all():
        assert media.sha256 in page.html
        assert (await lea.get(media.path)).status == 200
        assert (await lea.get(media.preview_path)).headers["Content-Type"] == "image/webp"


async def test_what_was_uploaded_is_not_asked_for_twice(lea: Any) -> None:
    await lea.get("/c/fruitiers/resources/new")
    lea.page.attach("Ajouter des fichiers", "fiche.pdf", pdf(), "application/pdf").fill("Titre", "Sans licence")
    page = await lea.press("Déposer")
    assert page.status == 422
    assert any("licence" in text.lower() for text in page.problems)
    assert "fiche.pdf" in page.main.text
    lea.page.fill("Licence", "CC0-1.0")
    page = await lea.press("Déposer")
    assert page.h1 == "Sans licence" and "fiche.pdf" in page.main.text
    assert "Aussi offert" not in page.main.text  # in one language only


async def test_all_errors_are_told_at_once_and_at_their_fields(lea: Any) -> None:
    await lea.get("/c/fruitiers/resources/new")
    page = await lea.press("Déposer")
    assert page.status == 422 and len(page.problems) == 3
    for name in ("files", "title", "licence"):
        assert page.root.all(id=f"f-{name}") and page.root.all(id=f"e-{name}")


async def test_a_link_that_no_browser_opens_is_refused_in_words(lea: Any) -> None:
    await lea.get("/c/fruitiers/resources/new")
    lea.page.fill("Titre", "Fiche").fill("Licence", "CC0-1.0")
    for address in ("https://[x", "http://\u2100.example/", "https://a.example:x/"):
        lea.page.fill("Lien", address)
        page = await lea.press("Déposer")
        assert page.status == 422 and "Fiche" in page.html, address


async def test_a_picture_needs_words_or_to_be_called_decorative(lea: Any) -> None:
    await lea.get("/c/fruitiers/resources/new")
    lea.page.attach("Ajouter des fichiers", "a.png", picture("PNG"), "image/png").fill("Titre", "Photo")
    lea.page.fill("Licence", "CC0-1.0")
    assert (await lea.press("Déposer")).status == 422
    lea.page.choose("Elle est décorative")
    assert (await lea.press("Déposer")).h1 == "Photo"


async def test_another_file_makes_a_new_version_and_the_old_one_stays(lea: Any) -> None:
    await lea.get("/c/fruitiers/resources/new")
    lea.page.attach("Ajouter des fichiers", "v1.pdf", pdf("un"), "application/pdf").fill("Titre", "Fiche")
    await lea.press("Joindre les fichiers")
    lea.page.fill("Licence", "CC0-1.0")
    await lea.press("Déposer")
    old = await Media.get()
    await lea.click("La corriger")
    lea.page.choose("Enlever ce fichier").attach("Ajouter des fichiers", "v2.pdf", pdf("deux"), "application/pdf")
    lea.page.fill("Ce qui change", "Mesures corrigées")
    page = await lea.press("Enregistrer")
    assert "nouvelle version" in page.messages[0]
    assert "Version 2" in page.main.text and "Mesures corrigées" in page.main.text and "v1.pdf" in page.main.text
    assert (await lea.get(old.path)).status == 200
    resource = await Resource.get()
    await lea.get(f"/r/{resource.id}")
    await lea.click("La corriger")
    lea.page.fill("Titre", "Fiche prunier")
    page = await lea.press("Enregistrer")
    assert page.h1 == "Fiche prunier" and (await Resource.get()).version == 2


async def test_the_discussion_is_attached(lea: Any, sign_in: SignIn) -> None:
    resource = await shelve(lea)
    noor = await sign_in("noor")
    await communities.join(noor.actor, lea.community)
    await noor.get(f"/r/{resource.id}")
    noor.page.fill("Texte de votre réponse", "Et en mars ?")
    page = await noor.press("Publier la réponse")
    assert page.path.startswith(f"/r/{resource.id}") and "Et en mars" in page.main.text
    await lea.get(f"/r/{resource.id}")
    page = await lea.press("Merci")
    assert (await Post.get(id=resource.post_id)).thanks_count == 1
    assert f"/r/{resource.id}" in page.path
    assert "Taille des pruniers" in (await noor.get("/c/fruitiers")).main.text


async def test_filters_words_and_pages(lea: Any) -> None:
    await shelve(lea, "Taille des pruniers", tags=["hiver"], language="fr")
    await shelve(
        lea,
        "Grafting plums",
        language="en",
        card={"licence": "CC0-1.0", "kind": "guide", "credits": [{"name": "Orchard 100%"}]},
    )
    for query, there, gone in (
        ("kind=guide", "Grafting", "Taille"),
        ("language=fr", "Taille", "Grafting"),
        ("licence=CC0-1.0", "Grafting", "Taille"),
        ("tag=hiver", "Taille", "Grafting"),
        ("q=PRUNIERS", "Taille", "Grafting"),
        ("q=100%25", "Grafting", "Taille"),
    ):
        page = await lea.get(f"/c/fruitiers/resources?{query}")
        text = " ".join(one.text for one in page.root.all("article"))
        assert there in text and gone not in text, query
    assert "Aucune ressource" in (await lea.get("/resources?q=zzz")).main.text
    for number in range(20):
        await shelve(lea, f"Fiche {number}")
    page = await lea.get("/c/fruitiers/resources")
    assert len(page.root.all("article")) == 20 and "22 ressources" in page.main.text
    with counted() as statements:
        page = await lea.click("Voir 20 ressources de plus")
    assert len(page.root.all("article")) == 2
    statements.at_most(40)


async def test_a_private_library_is_not_there_for_others(lea: Any, sign_in: SignIn, browser: Any) -> None:
    private = await communities.found(
        lea.actor, title="Caves", name="caves", purpose="Entre nous", visibility="private"
    )
    await lea.get("/c/caves/resources/new")
    lea.page.attach("Ajouter des fichiers", "secret.pdf", pdf(), "application/pdf").fill("Titre", "Plan de cave")
    lea.page.fill("Licence", "all-rights-reserved")
    page = await lea.press("Déposer")
    assert "Les membres de Caves" in page.main.text
    resource, media = await Resource.get(), await Media.get()
    assert private.id == resource.community_id
    noor = await sign_in("noor")
    for stranger in (browser, noor):
        assert (await stranger.get(f"/r/{resource.id}")).status == 404
        assert (await stranger.get(media.path)).status == 404
        assert (await stranger.get(media.preview_path)).status == 404
        assert "Plan de cave" not in (await stranger.get("/resources")).text
        assert "Plan de cave" not in (await stranger.get("/c/caves/resources")).text
    assert "private" in (await lea.get(media.path)).headers["Cache-Control"]


async def test_only_its_depositor_corrects_it(lea: Any, sign_in: SignIn) -> None:
    resource = await shelve(lea)
    noor = await sign_in("noor")
    assert (await noor.get(f"/r/{resource.id}/edit")).status == 403
    assert (await noor.get("/r/abc")).status == 404
    assert (await noor.get("/r/99999999999999999999")).status == 404
    assert (await lea.get(f"/p/{resource.post_id}/edit")).status == 404


async def test_deleting_takes_card_and_files_along(lea: Any) -> None:
    await lea.get("/c/fruitiers/resources/new")
    lea.page.attach("Ajouter des fichiers", "fiche.pdf", pdf(), "application/pdf").fill("Titre", "Fiche")
    lea.page.fill("Licence", "CC0-1.0")
    await lea.press("Déposer")
    media, resource = await Media.get(), await Resource.get()
    await discussions.delete(lea.actor, await Post.get(id=resource.post_id))
    assert (await lea.get(media.path)).status == 404
    page = await lea.get(f"/r/{resource.id}")
    assert "Supprimé par" in page.main.text and "fiche.pdf" not in page.html
    assert not (await lea.get("/resources")).root.all("article")


async def test_what_a_moderator_removes_is_not_given_any_more(lea: Any, sign_in: SignIn) -> None:
    noor = await sign_in("noor")
    await communities.join(noor.actor, lea.community)
    await noor.get("/resources/new")
    noor.page.attach("Ajouter des fichiers", "a.pdf", pdf(), "application/pdf").fill("Titre", "Fiche")
    noor.page.fill("Licence", "CC0-1.0")
    await noor.press("Déposer")
    media, resource = await Media.get(), await Resource.get()
    await discussions.remove(lea.actor, await Post.get(id=resource.post_id), "hors sujet")
    assert (await noor.get(media.path)).status == 404
    assert not (await noor.get("/c/fruitiers/resources")).root.all("article")


async def test_in_english_too(lea: Any, open_browser: Any) -> None:
    resource = await shelve(lea)
    sam = await open_browser(language="en-CA")
    page = await sam.get(f"/r/{resource.id}")
    assert "You may reuse it if you credit the author." in page.main.text
    assert "Everybody." in page.main.text
    assert (await sam.get("/resources")).h1 == "Resources"


async def test_the_machine_twins(lea: Any, server: Any) -> None:
    resource = await shelve(lea)
    document = await lea.client.get(f"/r/{resource.id}", headers={"Accept": "application/activity+json"})
    told = await document.json(content_type=None)
    assert told["type"] == "Page" and told["id"].endswith(f"/r/{resource.id}")
    assert told["fc:resource"]["license"] == "CC-BY-4.0" and told["proof"]
    listing = await lea.client.get("/c/fruitiers/resources", headers={"Accept": "application/activity+json"})
    told = await listing.json(content_type=None)
    assert told["totalItems"] == 1
