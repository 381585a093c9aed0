"""Showing a thread in other communities: in the composer, afterwards, and taken off by their moderators."""

from __future__ import annotations

from typing import Any

from fedcop.communities import service as communities
from fedcop.core.site import Site
from fedcop.discussions.models import Post, Showing
from tests.web.conftest import SignIn


async def test_one_thread_in_two_communities(site: Site, sign_in: SignIn, browser: Any) -> None:
    lea, mira = await sign_in("lea"), await sign_in("mira")
    home = await communities.found(lea.actor, title="Fruitiers", name="fruitiers", purpose="Pousser")
    serres = await communities.found(mira.actor, title="Serres", name="serres", purpose="Au chaud")
    await lea.get("/c/fruitiers/new")
    assert "Serres" not in lea.page.main.text, "she does not belong there"
    await communities.join(lea.actor, serres)
    await lea.get("/c/fruitiers/new")
    lea.page.choose("Serres").choose("Ma communauté").fill("Titre", "Pailler").fill("Votre texte", "Tôt.")
    page = await lea.press("Publier")
    assert page.status == 422 and "Seul ce que tout le monde peut lire" in page.main.text and not await Post.exists()
    await lea.get("/c/fruitiers/new")  # the draft remembers
    page = await lea.press("Enregistrer le brouillon")
    lea.page.choose("Public")
    page = await lea.press("Publier")
    post = await Post.get()
    assert "Aussi affiché dans" in page.root.text and "Serres" in page.root.text
    page = await browser.get("/c/serres")
    assert "Pailler" in page.main.text and "dans Fruitiers" in page.main.text
    assert "Pailler" in (await mira.get("/")).main.text

    page = await lea.get(f"/p/{post.id}/also")
    assert "L’échange reste dans Fruitiers" in page.main.text
    for stranger in (browser, mira):
        await stranger.get(f"/p/{post.id}/also")
        assert "Afficher dans" not in stranger.page.main.text
    assert "Ne plus l’y afficher" not in (await lea.get(f"/p/{post.id}")).root.text
    await mira.get(f"/p/{post.id}")
    page = await mira.press("Ne plus l’y afficher")
    assert "n’y est plus affiché" in page.html and not await Showing.exists()
    assert "n’affiche plus ici" in (await mira.get("/c/serres/moderation")).main.text
    await lea.get(f"/p/{post.id}/also")
    lea.page.choose("Serres")
    await lea.press("Enregistrer")
    assert (await Showing.get()).community_id == serres.id != home.id
