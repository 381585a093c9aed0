"""Quotes in a browser without scripts: begun at a post, shown with its words, listed, taken back; and who may."""

from __future__ import annotations

from fedcop.communities import service as communities
from fedcop.core.site import Site
from fedcop.discussions import service
from fedcop.discussions.models import Post
from fedcop.discussions.quotes.models import Quote
from fedcop.notifications import service as notifications
from tests.web.conftest import SignIn


async def test_quote_a_post_and_let_it_be_taken_back(sign_in: SignIn, site: Site) -> None:
    lea, noor, eve = await sign_in("lea"), await sign_in("noor"), await sign_in("eve")
    home = await communities.found(lea.actor, title="Fruitiers", name="fruitiers", purpose="Fruits")
    await communities.join(noor.actor, home)
    other = await communities.found(noor.actor, title="Prés", name="pres", purpose="Faucher")
    root = await service.write(lea.actor, home, kind="tip", title="Le lin <b>", source="Il tient mieux.")
    await site.runner.settle()

    page = await noor.get(f"/p/{root.id}")
    assert "Citer dans une nouvelle discussion" in page.main.text
    page = await noor.click("Citer dans une nouvelle discussion")
    assert page.h1 == "Citer cette publication" and "Il tient mieux." in page.main.text
    assert f"/c/pres/new?quote={root.id}" in page.html
    page = await noor.get(f"/c/pres/new?quote={root.id}")
    assert "Votre texte cite cette publication" in page.main.text and "Il tient mieux." in page.main.text
    noor.page.choose("Truc").fill("Titre", "À retenir").fill("Votre texte", "Voyez ceci.")
    page = await noor.press("Enregistrer le brouillon")
    assert "Votre texte cite cette publication" in (await noor.get("/c/pres/new")).main.text
    page = await noor.press("Publier")
    assert page.h1 == "À retenir" and "Le lin <b>" in page.main.text and "Il tient mieux." in page.main.text
    post = await Post.get(title="À retenir")
    assert (post.community_id, post.has_quote, post.quote_policy) == (other.id, True, "public")
    await site.runner.settle()
    assert "Cite une autre publication" in (await noor.get("/c/pres")).main.text
    assert "noor vous cite" in (await lea.get("/notifications")).main.text

    # By e-mail too, for who wants that.
    await notifications.choose(lea.account, {"quote": "now"})
    await service.write(noor.actor, other, kind="tip", title="Encore", source="Oui.", quoted=root)
    await site.runner.settle()
    letter = site.mailer.sent[-1]  # type: ignore[attr-defined]
    assert letter.subject.startswith("noor vous cite") and "Oui." in letter.text
    await service.delete(noor.actor, await Post.get(title="Encore"))

    page = await eve.get(f"/p/{root.id}/quotes")
    assert "À retenir" in page.main.text and "Retirer mon accord" not in page.main.text
    assert (await noor.post(f"/p/{root.id}/quotes/{(await Quote.get()).id}/revoke")).status == 404
    page = await lea.get(f"/p/{root.id}")
    await lea.click("Citée 1 fois")
    page = await lea.press("Retirer mon accord")
    assert "Accord retiré" in page.messages[0] and "À retenir" not in page.main.text
    page = await eve.get(f"/p/{post.id}")
    assert "Il tient mieux" not in page.main.text and "n'est pas d'accord" in page.main.text.replace("’", "'")


async def test_who_may_quote_is_chosen(sign_in: SignIn, site: Site) -> None:
    lea, noor = await sign_in("lea"), await sign_in("noor")
    home = await communities.found(lea.actor, title="Fruitiers", name="fruitiers", purpose="Fruits")
    await communities.join(noor.actor, home)
    await lea.get("/c/fruitiers/new")
    lea.page.choose("Truc").fill("Titre", "Pour nous").fill("Votre texte", "Oui.")
    lea.page.fill("Qui peut la citer", "nobody")
    await lea.press("Publier")
    post = await Post.get()
    assert post.quote_policy == "nobody"
    assert "Citer dans une nouvelle" not in (await noor.get(f"/p/{post.id}")).main.text
    page = await noor.get(f"/p/{post.id}/quote")
    assert page.status == 403 and "ne le permet pas" in page.text
    await lea.get(f"/p/{post.id}/edit")
    assert lea.page.value("Qui peut la citer") == "nobody"
    page = await lea.get(f"/p/{post.id}/quotes")
    lea.page.fill("Qui peut la citer", "public")
    page = await lea.press("Enregistrer")
    assert (await Post.get()).quote_policy == "public" and "Personne ne la cite encore" in page.main.text
    assert (await noor.post(f"/p/{post.id}/quotes", quote_policy="nobody")).status == 403
    # For all that one writes, also by other ways than this form.
    await lea.get("/settings/account")
    assert lea.page.value("Qui peut citer ce que") == "public"
    lea.page.fill("Qui peut citer ce que", "followers")
    await lea.press("Enregistrer")
    await lea.get("/settings/account")
    assert lea.page.value("Qui peut citer ce que") == "followers"
    later = await service.reply(lea.actor, await Post.get(id=post.id), source="Et encore.")
    assert later.quote_policy == "followers"
    await service.delete(lea.actor, later)
    # Where there is one place only, that is where one goes; a quote can be left out again.
    page = await noor.get(f"/p/{post.id}/quote")
    assert page.h1 == "Partager dans Fruitiers"
    noor.page.choose("Truc").fill("Titre", "Sans").fill("Votre texte", "Rien.").untick("Votre texte cite")
    await noor.press("Publier")
    assert not await Quote.exists() and await Post.filter(deleted_at=None).count() == 2
    page = await noor.get(f"/c/fruitiers/new?quote={post.id}")
    noor.page.choose("Truc").fill("Titre", "Avec").fill("Votre texte", "Tout.")
    await noor.press("Publier")
    made = await Post.get(title="Avec")
    await noor.get(f"/p/{made.id}/edit")
    await noor.press("Publier la correction")
    assert await Quote.exists()
    await noor.get(f"/p/{made.id}/edit")
    noor.page.untick("Votre texte cite")
    await noor.press("Publier la correction")
    assert not await Quote.exists() and not (await Post.get(id=made.id)).has_quote
    for nothing in ("1", "x", str(1 << 40)):
        assert (await noor.get(f"/p/{nothing}/quote")).status == 404 == (await noor.get(f"/p/{nothing}/quotes")).status


async def test_each_reads_what_they_may(sign_in: SignIn, site: Site) -> None:
    lea, noor = await sign_in("lea"), await sign_in("noor")
    shut = await communities.found(
        lea.actor, title="Verger clos", name="clos", purpose="Entre nous", visibility="private", join_policy="request"
    )
    secret = await service.write(lea.actor, shut, kind="tip", title="Secret", source="Chut.")
    text = await service.write(lea.actor, shut, kind="tip", title="Ouvert", source="Lu.", quoted=secret)
    await service.change_audience(lea.actor, text, "public", seen="community")
    page = await noor.get(f"/p/{text.id}")
    assert "n'est pas pour vous" in page.main.text.replace("’", "'") and "Secret" not in page.html
    assert str(secret.id) not in page.html
    assert "Secret" in (await lea.get(f"/p/{text.id}")).main.text
    assert (await noor.get(f"/p/{secret.id}/quotes")).status == 404 == (await noor.get(f"/p/{secret.id}/quote")).status
    page = await lea.get(f"/p/{secret.id}/quote")  # there is one place for it: its own
    assert page.h1 == "Partager dans Verger clos"
