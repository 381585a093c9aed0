"""Invitations on the web: links made, opened and dead; the way in with an account here or elsewhere; lists shown before they are sent."""

from __future__ import annotations

import pytest

from fedcop.accounts import instance
from fedcop.communities import queries, service
from fedcop.communities.admission import links, writing
from fedcop.communities.charter.words import Charter
from fedcop.communities.models import Community, InvitationLink
from fedcop.core.site import Site
from tests.rig.browser import Browser
from tests.web.conftest import PASSWORD, SignIn

SECRET = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex", "Referrer-Policy": "same-origin"}


@pytest.fixture
async def ana(sign_in: SignIn) -> Browser:
    """Who founds."""
    return await sign_in("ana", role="admin")


@pytest.fixture
async def hidden(ana: Browser) -> Community:
    """A community that strangers may not know of."""
    said = {
        "title": "Santé des sols",
        "name": "sols",
        "purpose": "Des sols vivants.",
        "charter": Charter(text="Soyons polis."),
    }
    made = await service.found(ana.actor, **said, join_policy="invitation", visibility="private")
    found = await queries.by_id(made.id)
    assert found is not None
    return found


async def test_a_link_from_its_making_to_its_end(ana: Browser, hidden: Community, sign_in: SignIn) -> None:
    await ana.get("/c/sols/members")
    page = await ana.click("Invitations")
    page = await ana.press("Créer le lien")
    page.choose("Pour des gens que nous connaissons").fill("Pourquoi", "Vos patates.")
    page.fill("Combien de personnes", "0")
    page = await ana.press("Créer le lien")
    assert page.status == 422 and page.value("Pourquoi") == "Vos patates."
    page.fill("Combien de personnes", "2")
    page = await ana.press("Créer le lien")
    address = page.value("Lien")
    path = address.removeprefix("https://atelier.example")
    drawn = page.root.all("img")[-1]["src"]
    async with ana.client.get(drawn) as answer:
        assert answer.content_type == "image/svg+xml" and (await answer.text()).startswith("<svg")

    ben = await sign_in("ben")
    assert (await ben.get("/c/sols")).status == 404
    page = await ben.get(path)
    assert "Vos patates." in page.text and "Soyons polis." in page.text
    assert {name: page.headers[name] for name in SECRET} == SECRET
    page = await ben.press("Accepter l")
    assert page.status == 422, "the charter is not ticked"
    page.choose("agreed")
    page = await ben.press("Accepter l")
    assert "Bienvenue" in page.text
    assert (await ben.get(path)).path == "/c/sols", "who belongs already is at home"
    for path_ in ("/c/sols/invitations", "/c/sols/invite/list", drawn):
        assert (await ben.get(path_)).status == 403

    page = await ana.get("/c/sols/invitations")
    assert "Utilisé 1 fois sur 2" in page.text
    page = await ana.press("Reprendre")
    assert "retiré" in page.text
    eve = await sign_in("eve")
    dead, unknown = await eve.get(path), await eve.get("/c/rien/i/xxxxxxxxxxxxxxxxxxxxxxxx")
    assert dead.status == unknown.status == 404
    assert dead.text == unknown.text and "ne fonctionne pas" in dead.text
    assert (await eve.post("/c/sols/join", code=address.rpartition("/")[2])).status == 404


async def test_a_stranger_signs_up_here_and_comes_back_to_the_link(
    site: Site, ana: Browser, hidden: Community, browser: Browser
) -> None:
    await instance.change(ana.account, registration="open")
    link = await links.make(ana.actor, hidden, kind="known", why="Vos patates.", uses=1, days=7)
    path = f"/c/sols/i/{link.code}"
    page = await browser.get(path)
    assert "Santé des sols" in page.text and "Des sols vivants." in page.text and "Vos patates." in page.text
    assert {name: page.headers[name] for name in SECRET} == SECRET
    [way] = [one["href"] for one in page.root.all("a") if one["href"].startswith("/signup?next=")]
    page = await browser.get(way)
    page.fill("name", "nour").fill("email", "nour@exemple.test").fill("password", PASSWORD)
    await browser.press("Créer mon compte")
    await site.runner.settle()
    letter = site.mailer.to("nour@exemple.test")[-1].text
    await browser.get(letter[letter.index("/confirm/") :].split()[0])
    page = await browser.press("Confirmer")
    assert page.path.startswith("/login?next=")
    page.fill("who", "nour").fill("password", PASSWORD)
    page = await browser.press("Se connecter")
    assert page.path == path
    page.choose("agreed")
    assert "Bienvenue" in (await browser.press("Accepter l")).text


async def test_whose_account_is_elsewhere_goes_on_there_and_opens_the_link_at_home(
    ana: Browser, hidden: Community, browser: Browser, sign_in: SignIn
) -> None:
    link = await links.make(ana.actor, hidden, kind="strangers", why="", uses=1, days=7)
    page = await browser.get(f"/c/sols/i/{link.code}")
    assert "les gens de la communauté décident" in page.text
    page.fill("home", "pas une adresse")
    page = await browser.press("Continuer")
    assert page.status == 422 and page.value("home") == "pas une adresse"
    page.fill("home", "HTTPS://Coop.example?a=1#b")
    page = await browser.press("Continuer")
    assert page.link("Continuer sur coop.example").startswith("https://coop.example/join?link=")
    page.fill("home", "@lea@coop.example")
    page = await browser.press("Continuer")
    wanted = f"https://coop.example/join?link=https%3A%2F%2Fatelier.example%2Fc%2Fsols%2Fi%2F{link.code}"
    assert page.link("Continuer sur coop.example") == wanted

    ben = await sign_in("ben")
    page = await ben.get(f"/join?link=Https://Atelier.example:443/c/sols/i/{link.code}")
    assert "atelier.example" in page.text
    page = await ben.press("Voir l")
    assert page.path == f"/c/sols/i/{link.code}" and "Envoyer ma demande" in [
        one.text for one in page.root.all("button")
    ]
    page = await ben.get(f"/search?q=https://coop.example/c/sols/i/{link.code}")
    assert page.path.startswith("/join?link="), "a code is nothing to search for"
    await ben.get("/join")
    ben.page.fill("link", "https://atelier.example/c/sols")
    assert (await ben.press("Voir l")).status == 422


async def test_a_list_is_shown_before_it_is_sent_and_addresses_are_for_who_wrote_them(  # I11, J20
    site: Site, ana: Browser, hidden: Community, sign_in: SignIn, browser: Browser
) -> None:
    ben = await sign_in("ben")
    await ana.get("/c/sols/invite/list")
    page = await ana.press("Voir ce que dit cette liste")
    assert page.status == 422
    page.fill("why", "x" * 301).attach(
        "file", "a.txt", "Courriel\tNom\nnour@exemple.test\tÉva\n".encode("utf-16"), "text/csv"
    )
    page = await ana.press("Voir ce que dit cette liste")
    assert page.status == 422 and page.value("list") == "Courriel\tNom\nnour@exemple.test\tÉva\n", "kept, though a file"
    page.attach("file", "a.csv", b"nour@exemple.test;Nour\n" * 30_000, "text/csv")
    page = await ana.press("Voir ce que dit cette liste")
    assert page.status == 422 and "500 lignes au maximum" in page.text and page.value("why") == "x" * 301
    page.fill("list", "").attach(
        "file", "gens.csv", "Courriel;Nom\nnour@exemple.test;Nour Haddad\nana;\n???;\n".encode("cp1252"), "text/csv"
    )
    page.fill("why", "Vos légumes.")
    page = await ana.press("Voir ce que dit cette liste")
    assert "1 nouvelle personne, 1 déjà membre ou invitée, 1 illisible." in page.text
    page = await ana.press("Inviter 1 personne")
    assert "1 personne a été invitée" in page.text and "nour@exemple.test" in page.text
    await site.runner.settle()
    [letter] = site.mailer.to("nour@exemple.test")
    assert "Vos légumes." in letter.text

    link = await InvitationLink.get(letters=1)
    known = await links.make(ana.actor, hidden, kind="known", why="", uses=1, days=1)
    await service.join(ben.actor, hidden, code=known.code, accepted=1)
    await service.appoint(ana.actor, hidden, ben.actor, "facilitator")
    page = await ben.get("/c/sols/invitations")
    assert "Nour Haddad" in page.text and "exemple.test" not in page.text and link.code not in page.html
    page = await ben.press("Renvoyer")
    assert page.status == 422 and "trois jours" in page.text

    await browser.get(f"/c/sols/i/{link.code}")
    page = await browser.press("Refuser l")
    assert "effacée" in page.text and await writing.pending(hidden) == []
