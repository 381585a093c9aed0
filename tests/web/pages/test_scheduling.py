"""Scheduling a text in the composer, and the page of what is scheduled: without scripts, by the reader's own clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from fedcop.communities import service as communities
from fedcop.core.clock import now
from fedcop.core.site import Site
from fedcop.discussions import scheduling
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Draft, Post
from fedcop.resources.models import Resource
from tests.rig.clock import StandingClock
from tests.rig.samples import pdf
from tests.web.conftest import SignIn


@pytest.fixture
async def lea(sign_in: SignIn) -> Any:
    browser = await sign_in("lea")
    browser.community = await communities.found(browser.actor, title="Fruitiers", name="fruitiers", purpose="Pousser")
    return browser


async def write(lea: Any, on: str, at: str, button: str = "Programmer") -> Any:
    lea.page.fill("Titre", "Taille").fill("Votre texte", "Quand ?").fill("Jour", on).fill("Heure", at)
    return await lea.press(button)


async def test_a_text_is_scheduled_changed_and_published(site: Site, lea: Any, clock: StandingClock) -> None:
    await lea.get("/c/fruitiers/new")
    page = await write(lea, "31/02/2026", "25 h")
    assert page.status == 422 and page.value("Jour") == "31/02/2026" and page.value("Heure") == "25 h"
    assert "Écrivez une date comme 2026-03-01 ou 01/03/2026." in page.main.text and "14:30" in page.main.text
    page = await write(lea, "2020-03-01", "9:00")
    assert page.status == 422 and "Choisissez un moment à venir." in page.main.text
    page = await write(lea, "10/03/2026", "9 h 30")
    draft = await Draft.get()
    assert draft.due_at is not None and draft.due_at.isoformat() == "2026-03-10T13:30:00+00:00", (
        "nine thirty in Montréal"
    )
    assert (
        "le mardi 10 mars 2026 à 9 h 30" in page.main.text.replace("\u00a0", " ") and "heure de l’Est" in page.main.text
    )
    assert (await lea.get("/c/fruitiers/new")).value("Titre") == "", "the next text begins empty"

    page = await lea.get(f"/c/fruitiers/new?later={draft.id}")
    assert (page.value("Titre"), page.value("Jour"), page.value("Heure")) == ("Taille", "2026-03-10", "09:30")
    page = await lea.press("Enregistrer le brouillon")
    assert page.status == 200 and (await Draft.get(id=draft.id)).due_at == draft.due_at
    page = await write(lea, "2026-03-11", "14:30")
    assert await Draft.all().count() == 1 and "mercredi 11 mars" in page.main.text
    await lea.press("Annuler Taille")
    assert (await Draft.get()).due_at is None
    await lea.get(f"/c/fruitiers/new?later={draft.id}")
    await write(lea, "", "", "Publier")
    assert await Post.all().count() == 1 and not await Draft.exists()


async def test_publish_now_and_nobody_else_s(site: Site, lea: Any, sign_in: SignIn, clock: StandingClock) -> None:
    await lea.get("/c/fruitiers/new")
    await write(lea, "2026-03-10", "9:30")
    draft, noor = await Draft.get(), await sign_in("noor")
    for act in ("publish", "cancel"):
        await noor.post(f"/drafts/{draft.id}/{act}")
    assert (await Draft.get()).due_at is not None
    await communities.change(lea.actor, lea.community, title="Vergers")
    await lea.get("/drafts")
    await lea.press("Publier maintenant")
    assert await Post.all().count() == 1 and await scheduling.all_of(lea.actor) == []
    # An answer that an app scheduled: not changed while it waits, and in the reply box once it is cancelled.
    post = await Post.get()
    said = {"parent": str(post.id), "source": "Je réponds"}
    await scheduling.schedule(lea.actor, lea.community, said, now() + timedelta(days=1), kind="reply")
    page = await lea.get("/drafts")
    assert "Je réponds" in page.main.text and "Modifier" not in page.main.text
    await lea.press("Annuler")
    assert "Je réponds" in (await lea.get(f"/p/{post.id}?reply={post.id}")).value("Texte de votre réponse")


async def test_a_text_in_two_languages_waits_as_it_is(
    site: Site, lea: Any, open_browser: Any, clock: StandingClock
) -> None:
    await lea.get("/c/fruitiers/new")
    lea.page.fill("Titre dans l’autre langue", "Pruning").fill("L’autre langue", "fr")
    page = await write(lea, "2026-03-10", "9:30")
    assert page.status == 422 and page.value("Titre dans l’autre langue") == "Pruning"
    assert (
        "Choisissez une autre langue" in page.main.text
        and "Écrivez aussi le texte dans cette langue." in page.main.text
    )
    lea.page.fill("L’autre langue", "en").fill("Texte dans l’autre langue", "When the *snow* goes.")
    page = await lea.press("Aperçu")
    assert "<em>snow</em>" in page.html and page.value("Texte dans l’autre langue") == "When the *snow* goes."
    await write(lea, "2026-03-10", "9:30")
    await lea.get(f"/c/fruitiers/new?later={(await Draft.get()).id}")
    assert lea.page.value("Titre dans l’autre langue") == "Pruning"
    await lea.get("/drafts")
    await lea.press("Publier maintenant")
    await site.runner.settle()
    post = await Post.get()

    page = await lea.get(f"/p/{post.id}")
    assert page.h1 == "Taille" and "Quand" in page.main.text and "snow" not in page.main.text
    page = await lea.click("English")
    assert page.h1 == "Pruning" and '<div class="prose" lang="en"' in page.html and "Français" in page.main.text
    reader = await open_browser(language="en")
    page = await reader.get(f"/p/{post.id}")
    assert page.h1 == "Pruning" and '<div class="prose">' in page.html
    assert "Pruning" in (await reader.get("/c/fruitiers")).main.text
    page = await lea.get("/search?q=snow")
    assert "When the" in page.main.text and 'lang="en"' in page.html

    page = await lea.get(f"/p/{post.id}/edit")
    assert (page.value("Titre dans l’autre langue"), page.value("L’autre langue")) == ("Pruning", "en")
    lea.page.fill("Titre dans l’autre langue", "").fill("Texte dans l’autre langue", "")
    page = await lea.press("Publier la correction")
    assert page.path == f"/p/{post.id}" and "Aussi offert" not in page.main.text
    assert "snow" in (await lea.get(f"/p/{post.id}/history")).main.text


async def test_a_resource_is_deposited_at_its_moment(site: Site, lea: Any, clock: StandingClock) -> None:
    await lea.get("/c/fruitiers/resources/new")
    lea.page.attach("Ajouter des fichiers", "fiche.pdf", pdf(), "application/pdf")
    lea.page.fill("Titre", "Fiche").fill("Nom de la personne ou de l’organisation 1", "A. Tremblay")
    page = await lea.press("Programmer")
    assert page.status == 422 and "Choisissez une licence" in page.main.text and "Écrivez une date" in page.main.text
    lea.page.fill("Licence", "CC-BY-4.0").fill("Jour", "2026-03-10").fill("Heure", "9:30")
    page = await lea.press("Programmer")
    draft = await Draft.get()
    assert page.path == "/drafts" and "10 mars 2026" in page.main.text and not await Resource.exists()

    assert (await lea.get(f"/c/fruitiers/new?later={draft.id}")).value("Titre") == "", "it is no text"
    await lea.get("/drafts")
    page = await lea.click("Modifier Fiche")
    assert (page.value("Titre"), page.value("Licence"), page.value("Jour")) == ("Fiche", "CC-BY-4.0", "2026-03-10")
    assert page.value("Nom de la personne ou de l’organisation 1") == "A. Tremblay" and "fiche.pdf" in page.main.text
    page.fill("Titre", "Fiche de taille").fill("Titre dans l’autre langue", "Sheet").fill("Heure", "10:00")
    await lea.press("Programmer")
    assert await Draft.all().count() == 1

    clock.advance(days=30)
    await site.runner.settle()
    made = await Resource.get()
    assert not await Draft.exists() and made.version == 1 and made.credits[0]["name"] == "A. Tremblay"
    page = await lea.get(f"/r/{made.id}")
    assert page.h1 == "Fiche de taille" and "fiche.pdf" in page.main.text and "English" in page.main.text


async def test_a_resource_that_could_not_be_deposited_comes_back(
    site: Site, lea: Any, sign_in: SignIn, clock: StandingClock
) -> None:
    noor = await sign_in("noor")
    await communities.join(noor.actor, lea.community)
    await noor.get("/c/fruitiers/resources/new")
    noor.page.fill("Lien", "https://pruniers.example/taille").fill("Titre", "Taille").fill("Licence", "CC0-1.0")
    noor.page.fill("Jour", "2026-03-10").fill("Heure", "9:30")
    await noor.press("Programmer")
    await communities.leave(noor.actor, lea.community)
    clock.advance(days=30)
    await site.runner.settle()
    assert not await Resource.exists() and (await Draft.get()).due_at is None
    assert "n’a pas pu être publié" in (await noor.get("/drafts")).main.text
    await communities.join(noor.actor, lea.community)
    page = await noor.click("Taille")
    assert page.value("Lien") == "https://pruniers.example/taille" and "n’a pas pu être publié" in page.main.text
    page = await noor.press("Déposer")
    assert page.path.startswith("/r/") and not await Draft.exists()


async def test_a_reply_is_scheduled_in_the_reply_box(site: Site, lea: Any, clock: StandingClock) -> None:
    root = await discussions.write(lea.actor, lea.community, kind="idea", title="Verger", source="Ici.")
    (await lea.get(f"/p/{root.id}")).fill("Texte de votre réponse", "Demain.").fill("Jour", "2020-03-01").fill(
        "Heure", "9:00"
    )
    page = await lea.press("Programmer")
    assert page.status == 422 and "Choisissez un moment à venir." in page.main.text
    assert page.value("Texte de votre réponse") == "Demain." and await Post.all().count() == 1
    page.fill("Jour", "10/03/2026").fill("Heure", "9 h 30").choose("On peut choisir plusieurs réponses")
    page.fill("Avertissement avant le texte", "Long").fill("Choix 1", "Pommes").fill("Choix 2", "Poires").attach(
        "Ajouter des fichiers", "plan.pdf", pdf()
    )
    page = await lea.press("Programmer")
    assert page.path == "/drafts" and "mardi 10 mars 2026" in page.main.text and "Demain." in page.main.text
    draft = await Draft.get()
    assert scheduling.kind_of(draft) == "reply" and draft.due_at is not None and await Post.all().count() == 1
    assert (await lea.get(f"/p/{root.id}")).value("Texte de votre réponse") == "", "the next reply begins empty"
    # Taken back, it is what one was writing, with its poll.
    await lea.get("/drafts")
    await lea.press("Annuler")
    page = await lea.get(f"/p/{root.id}")
    assert (page.value("Texte de votre réponse"), page.value("Choix 2")) == ("Demain.", "Poires")
    assert page.value("Avertissement avant le texte") == "Long" and "plan.pdf" in page.main.text
    page.fill("Jour", "10/03/2026").fill("Heure", "9 h 30")
    await lea.press("Programmer")
    clock.advance(days=10)
    await site.runner.settle()
    answer = await Post.get(parent_id=root.id)
    assert answer.source == "Demain." and not await Draft.exists()
    page = await lea.get(f"/p/{root.id}")
    assert "Poires" in page.main.text
    assert "plan.pdf" in page.main.text, page.main.text
