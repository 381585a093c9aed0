"""Who reads a post: said before it is published, chosen again, and kept from everybody else on every page."""

from __future__ import annotations

from typing import Any

import pytest

from fedcop.accounts import instance
from fedcop.communities import service as communities
from fedcop.communities.models import Community
from fedcop.core.site import Site
from fedcop.discussions import service
from fedcop.discussions.models import Post, Revision
from fedcop.federation.models import HeldCopy
from tests.rig.browser import Browser
from tests.rig.people import make_member
from tests.rig.queries import counted
from tests.web.conftest import SignIn


@pytest.fixture
async def lea(sign_in: SignIn) -> Browser:
    return await sign_in("lea")


@pytest.fixture
async def circle(lea: Browser) -> Community:
    return await communities.found(
        lea.actor, title="Comité", name="comite", purpose="Se parler", visibility="private", join_policy="request"
    )


async def write(lea: Browser, circle: Community, **more: Any) -> Post:
    text = {"kind": "question", "title": "Le grésil tardif", "source": "Aujourd’hui", **more}
    return await service.write(lea.actor, circle, **text)


async def test_it_is_said_where_it_goes_and_chosen(
    lea: Browser, circle: Community, sign_in: SignIn, browser: Browser, site: Site
) -> None:
    nic, guest = await sign_in("nic"), browser
    await instance.change(await make_member("awa", "owner"), name="Réseau Verger")
    await lea.get("/c/comite/new")
    assert "Visible par 1 membre. Pas public." in lea.page.text
    assert (
        "Visible par 1 membre, et par les 3 personnes qui ont un compte chez Réseau Verger. Pas public."
        in lea.page.text
    )
    assert "Public : tout le monde peut lire, membre ou non. On ne pourra pas tout effacer ensuite." in lea.page.text
    assert "Organisations alliées" not in lea.page.text, "there are none"
    lea.page.choose("Question").choose("Mon organisation").fill("Titre", "Le grésil").fill("Votre texte", "Qui sait ?")
    page = await lea.press("Publier")
    assert page.h1 == "Le grésil" and "Pour les membres, et tous les comptes de Réseau Verger" in page.main.text
    await site.runner.settle()
    for path in (page.path, "/search?q=gresil", "/?whose=all"):
        assert "Le grésil" in (await nic.get(path)).text, path
        assert "Le grésil" not in (await guest.get(path)).text, path
    page = await nic.get(page.path)
    assert "Seuls les membres écrivent ici." in page.main.text, "who reads without belonging is told so"
    assert "Merci" not in [one.text for one in page.main.all("button")], "no button is there that refuses"
    assert "Merci" in [one.text for one in (await lea.get(page.path)).main.all("button")]
    assert (await nic.post(f"{page.path}/react", kind="thanks")).status == 403


async def test_who_gains_and_who_loses_is_said_first(lea: Browser, circle: Community, sign_in: SignIn) -> None:
    await sign_in("nic")
    post = await write(lea, circle)
    await lea.get(f"/p/{post.id}")
    await lea.click("Qui peut lire")
    lea.page.choose("Public")
    page = await lea.press("Voir ce qui change")
    assert "les 2 personnes qui ont un compte chez atelier.example" in page.main.text
    assert "toutes les autres personnes, avec ou sans compte" in page.main.text
    assert "même en refermant" in page.main.text and (await Post.get(id=post.id)).audience == "community"
    page = await lea.press("Ouvrir")
    assert "Modifié" in page.messages[0] and (await Post.get(id=post.id)).audience == "public"
    moment = (await Post.get(id=post.id)).published_at
    await HeldCopy.create(post_id=post.id, community_id=circle.id, host="ferme.example", since=moment, last_at=moment)
    await lea.get(f"/p/{post.id}/audience?audience=community")
    page = await lea.press("Voir ce qui change")
    assert "1 organisation qui détient une copie est priée de l’effacer : ferme.example." in page.main.text
    await Post.filter(id=post.id).update(audience="organisation")  # meanwhile, in another window
    page = await lea.press("Fermer")
    assert page.status == 422 and "entre-temps" in page.text
    assert (await lea.post(f"/p/{post.id}/audience", audience="everybody")).status == 422


async def test_nobody_else_comes_near_it(lea: Browser, circle: Community, sign_in: SignIn) -> None:
    nic = await sign_in("nic")
    post = await write(lea, circle, audience="organisation")
    assert (await nic.get(f"/p/{post.id}/audience")).status == 403
    shut = await write(lea, circle)
    assert (await nic.get(f"/p/{shut.id}/audience")).status == 404
    hidden = await communities.found(
        lea.actor, title="Caché", name="cache", purpose="x", visibility="private", join_policy="invitation"
    )
    assert "Mon organisation" not in (await lea.get("/c/cache/new")).text
    mine = await write(lea, hidden)
    await lea.get(f"/p/{mine.id}/audience")
    assert "Mon organisation" not in lea.page.text and "Vous, et personne d’autre." in lea.page.text


async def test_no_trace_of_what_is_for_fewer(  # H23
    lea: Browser, circle: Community, sign_in: SignIn, browser: Browser
) -> None:
    """Answers, their number, that one was accepted, earlier texts: none of it opens with the thread."""
    guest, mia = browser, await sign_in("mia")
    await communities.admit(lea.actor, await communities.join(mia.actor, circle))
    post = await write(lea, circle)
    answer = await service.reply(mia.actor, post, source="Une grêle de mots")
    await service.accept_answer(lea.actor, post, answer)
    await service.edit(lea.actor, post, source="Demain")
    await service.change_audience(lea.actor, post, "public", seen="community")
    page = await guest.get(f"/p/{post.id}")
    assert "Demain" in page.text and "grêle" not in page.text
    assert (
        "Pas encore de réponse" in page.main.text
        and "Réponse acceptée" not in page.main.text
        and "Répondu" not in page.text
    )
    assert "Aujourd’hui" not in (await guest.get(f"/p/{post.id}/history")).text
    assert "Aujourd’hui" in (await mia.get(f"/p/{post.id}/history")).text
    page = await mia.get(f"/p/{post.id}")
    assert "grêle" in page.text and "Pour les membres de la communauté" in page.main.text
    assert "1 réponse" in page.main.text
    assert (await Revision.get(post_id=post.id)).audience == "community"
    await service.change_audience(mia.actor, await Post.get(id=answer.id), "public", seen="community")
    with counted() as statements:
        page = await guest.get(f"/p/{post.id}")
    assert "grêle" in page.text and "1 réponse" in page.main.text and len(statements) < 40
    await service.change_audience(lea.actor, await Post.get(id=post.id), "community", seen="public")
    assert (await Post.get(id=answer.id)).audience == "community" and (await guest.get(f"/p/{answer.id}")).status == 404
