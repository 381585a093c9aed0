"""Scheduling a text in the composer, and the page of what is scheduled: without scripts, by the reader's own clock."""

from __future__ import annotations

from typing import Any

import pytest

from fedcop.communities import service as communities
from fedcop.core.site import Site
from fedcop.discussions import scheduling
from fedcop.discussions.models import Draft, Post
from tests.rig.clock import StandingClock
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
