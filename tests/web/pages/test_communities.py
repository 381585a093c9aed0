"""Communities on the web: found one, find one, join, follow, decide, name, remove, ban, in both languages and without scripts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from fedcop.actors.models import Actor
from fedcop.communities import queries, records, roles, service
from fedcop.communities.charter.words import Charter
from fedcop.communities.models import Community, Membership
from fedcop.core import clock
from fedcop.core.i18n import _
from fedcop.core.models import Job
from fedcop.core.site import Site
from tests.rig.browser import Browser, Page
from tests.rig.people import make_stranger
from tests.rig.queries import counted
from tests.web.conftest import SignIn


async def soil(founder: Browser, **fields: Any) -> Community:
    made = await service.found(
        founder.actor, **{"title": "Santé des sols", "purpose": "Des sols vivants.", "name": "sols", **fields}
    )
    found = await queries.by_id(made.id)
    assert found is not None
    return found


def wrong(page: Page) -> set[str]:
    """The fields that an error stands at."""
    return {one["id"].removeprefix("e-") for one in page.root.all("p", class_="wrong")}


@pytest.fixture
async def ana(sign_in: SignIn) -> Browser:
    """Who founds."""
    return await sign_in("ana")


@pytest.fixture
async def ben(sign_in: SignIn) -> Browser:
    """Who joins."""
    return await sign_in("ben")


async def test_founding_a_community(ana: Browser) -> None:
    await ana.get("/communities")
    page = await ana.click("Fonder une communauté")
    assert page.h1 == "Fonder une communauté"
    page.fill("Titre", "Santé des sols")
    page.fill("Raison d’être", "Des sols vivants.")
    page = await ana.press("Fonder la communauté")
    assert page.path == "/c/sante_des_sols" and page.h1.startswith("Santé des sols")
    assert "Des sols vivants." in page.main.text and "1 membre" in page.main.text
    assert "Vous présidez cette communauté." in page.main.text


async def test_the_menu_marks_the_community_one_is_in_and_no_other(ana: Browser) -> None:
    await soil(ana, title="<Sols>")
    await soil(ana, title="Sols deux", name="sols_deux")
    for path, marked in (
        ("/c/sols", ["<Sols>"]),
        ("/c/sols/about", ["<Sols>"]),
        ("/c/sols_deux", ["Sols deux"]),
        ("/communities", []),
    ):
        page = await ana.get(path)
        links = page.root.all("a", aria_current="true")
        assert [one.text.strip() for one in links] == marked, path


async def test_errors_stand_at_their_fields_and_keep_what_was_typed(ana: Browser) -> None:
    page = await ana.get("/communities/new")
    page.fill("Dans nos mots", "Soyons bienveillants.")
    page.fill("Adresse", "Été!")
    page = await ana.press("Fonder la communauté")
    assert page.status == 422
    assert wrong(page) >= {"title", "purpose", "name"}
    assert "Soyons bienveillants." in page.text
    assert page.title.startswith("3 erreurs")


async def test_a_taken_name_can_be_changed(ana: Browser) -> None:
    await soil(ana, name="sante_des_sols")
    page = await ana.get("/communities/new")
    page.fill("Titre", "Santé des sols").fill("Raison d’être", "La même.")
    page = await ana.press("Fonder la communauté")
    assert page.status == 422 and wrong(page) == {"name"}
    page.fill("Adresse", "sols_deux")
    page = await ana.press("Fonder la communauté")
    assert page.path == "/c/sols_deux"


async def test_a_stranger_sees_a_public_community_and_is_asked_to_log_in(browser: Browser, ana: Browser) -> None:
    await soil(ana)
    page = await browser.get("/c/sols")
    assert page.status == 200
    for path in ("/c/sols/about", "/c/sols/members", "/c/sols/moderation"):
        assert (await browser.get(path)).status == 200
    assert (await browser.get("/c/sols/join")).path.startswith("/login")


async def test_joining_takes_reading_the_charter(ana: Browser, ben: Browser) -> None:
    community = await soil(ana, charter=Charter(text="Soyons *bienveillants*."))
    await ben.get("/c/sols")
    page = await ben.click("Devenir membre")
    assert "Suivre" in page.main.text and "Vous appartenez à la communauté" in page.main.text
    page = await ben.press("Devenir membre")
    assert page.status == 422 and wrong(page) == {"agreed"}
    page.choose("J’ai lu la charte et je l’accepte.")
    page = await ben.press("Devenir membre")
    assert page.path == "/c/sols" and "Bienvenue" in page.text
    assert await queries.is_member(community, ben.actor)


async def test_a_request_is_answered(site: Site, ana: Browser, ben: Browser) -> None:
    community = await soil(ana, join_policy="request")
    await ben.get("/c/sols")
    page = await ben.click("Demander à devenir membre")
    page.fill("Un mot à la modération", "Je cultive des patates.")
    page = await ben.press("Envoyer ma demande")
    assert "Votre demande est partie le" in page.main.text
    await ana.get("/c/sols")
    page = await ana.click("Demandes (1)")
    assert "Je cultive des patates." in page.main.text
    page = await ana.press("Accepter ben")
    assert "Personne n’attend de réponse." in page.main.text
    assert await queries.is_member(community, ben.actor)
    await ben.get("/c/sols")
    page = await ben.click("Quitter")
    assert page.path == "/c/sols/leave"
    page = await ben.press("Quitter")
    assert page.path == "/communities" and not await queries.is_member(community, ben.actor)
    assert "Quitter" not in (await ben.get("/c/sols")).links


async def test_an_empty_community_offers_what_one_may_do(ana: Browser, ben: Browser) -> None:
    await soil(ana, post_policy="members")
    page = await ana.get("/c/sols")
    assert page.link("Inviter une personne") == "/c/sols/invite" and page.link("Poser une question") == "/c/sols/new"
    page = await ben.get("/c/sols")
    assert "C’est calme" in page.main.text and not {"Poser une question", "Inviter une personne"} & set(page.links)


async def test_who_was_asked_nothing_is_led_to_no_record(ana: Browser, ben: Browser) -> None:
    await soil(ana, charter=Charter(text="Soyons *bienveillants*."))
    page = await ana.get("/c/sols/charter")
    assert "Vous avez accepté la version 1" in page.main.text
    for path in ("/c/sols/charter", "/c/sols/request"):
        assert not [one for one in (await ana.get(path)).links.values() if one.endswith("/record")]
    await ben.get("/c/sols/join")
    ben.page.choose("J’ai lu la charte et je l’accepte.")
    await ben.press("Devenir membre")
    await ben.get("/c/sols/charter")
    assert (await ben.click("Voir et garder la trace")).status == 200


async def test_declining_with_a_sentence(ana: Browser, ben: Browser) -> None:
    community = await soil(ana, join_policy="request")
    await service.join(ben.actor, community)
    page = await ana.get("/c/sols/requests")
    page.fill("reason", "Au printemps.")
    page = await ana.press("Refuser ben")
    assert await queries.membership(community, ben.actor) is None


async def test_the_last_responsible_person_is_told_what_to_do(ana: Browser) -> None:
    await soil(ana)
    await ana.get("/c/sols/leave")
    page = await ana.press("Quitter")
    assert page.status == 409 and "Nommez-en d’abord une autre." in page.text


async def test_following_and_stopping(site: Site, ana: Browser, ben: Browser) -> None:
    await soil(ana)
    await ben.get("/c/sols")
    page = await ben.press("Suivre (recevoir les publications publiques)")
    assert "Vous suivez Santé des sols" in page.text
    await site.runner.settle()
    await ben.get("/c/sols")
    page = await ben.press("Ne plus suivre")
    assert "Vous ne suivez plus" in page.text


async def test_inviting_by_name_and_answering(ana: Browser, ben: Browser) -> None:
    community = await soil(ana, join_policy="invitation", visibility="private")
    assert (await ben.get("/c/sols")).status == 404
    await ana.get("/c/sols/members")
    page = await ana.click("Inviter une personne")
    page.fill("Qui?", "personne_ici")
    page = await ana.press("Inviter")
    assert page.status == 422 and wrong(page) == {"handle"} and page.value("Qui?") == "personne_ici"
    page.fill("Qui?", "ben")
    page = await ana.press("Inviter")
    assert "Rien n’est activé" in page.text
    page = await ben.get("/communities")
    assert "On vous invite" in page.main.text
    page = await ben.click("Lire et accepter Santé des sols")
    page = await ben.press("Accepter l’invitation")
    assert page.path == "/c/sols" and await queries.is_member(community, ben.actor)


async def test_an_invitation_declined(ana: Browser, ben: Browser) -> None:
    community = await soil(ana, join_policy="invitation")
    await service.invite(ana.actor, community, ben.actor)
    await ben.get("/c/sols")
    page = await ben.press("Refuser l’invitation")
    assert page.path == "/communities" and await queries.membership(community, ben.actor) is None


async def test_private_is_as_absent_as_nothing(browser: Browser, ana: Browser, ben: Browser) -> None:
    await soil(ana, visibility="private", join_policy="request")
    page = await ben.get("/c/sols")
    assert page.status == 200 and "Seuls les membres lisent ce qui se dit ici." in page.main.text
    for who in (browser, ben):
        for path in ("/c/sols/members", "/c/sols/moderation"):
            hidden, absent = await who.get(path), await who.get(path.replace("sols", "rien"))
            assert (hidden.status, hidden.main.text) == (404, absent.main.text)


async def test_members_do_not_reach_what_is_for_moderators(ana: Browser, ben: Browser) -> None:
    community = await soil(ana)
    await service.join(ben.actor, community)
    for path in ("/requests", "/invite", "/settings", "/members/ana"):
        assert (await ben.get(f"/c/sols{path}")).status == 403
    for path in ("/invite", "/settings", "/stage", "/charter/change", "/members/ana"):
        assert (await ben.post(f"/c/sols{path}", do="ban", ban_reason="x")).status == 403
    await service.invite(ana.actor, community, (await make_stranger()))
    [invited] = await queries.invited(community)
    assert (await ben.post(f"/c/sols/requests/{invited.id}", answer="accept")).status == 403


async def test_a_role_a_removal_and_a_ban(ana: Browser, ben: Browser) -> None:
    community = await soil(ana)
    await service.join(ben.actor, community)
    await ana.get("/c/sols/members")
    page = await ana.click("Gérer ben")
    page.choose("Comité").choose("Modération")
    page = await ana.press("Enregistrer le rôle")
    assert await queries.is_moderator(community, ben.actor)
    page = await ana.get("/c/sols/members/ben")
    page = await ana.press("Retirer ben")
    assert page.status == 422 and wrong(page) == {"reason"}
    page.fill("Motif", "Hors sujet.")
    page = await ana.press("Retirer ben")
    assert not await queries.is_member(community, ben.actor)
    page = await ana.get("/c/sols/members/ben")
    page.fill("Motif de l’exclusion", "Insultes.").fill("Jusqu’au", "demain")
    page = await ana.press("Exclure ben")
    assert page.status == 422 and wrong(page) == {"until"} and page.value("Motif de l’exclusion") == "Insultes."
    page.fill("Jusqu’au", "31/12/2099")
    page = await ana.press("Exclure ben")
    page = await ben.get("/c/sols")
    assert "Vous avez été exclu·e de cette communauté jusqu’au" in page.main.text and "Insultes." in page.main.text
    page = await ana.get("/c/sols/moderation")
    for words in ("a exclu", "a retiré", "a donné un autre rôle", "Motif : Insultes."):
        assert words in page.main.text.replace("\u00a0", " ")
    page = await ben.get("/c/sols/moderation")
    assert "La modération a exclu un membre." in page.main.text and "Motif" in page.main.text
    await ana.get("/c/sols/members/ben")
    await ana.press("Lever l’exclusion")
    assert await queries.active_ban(community, ben.actor) is None


async def test_warn_and_suspend_by_clicking(ana: Browser, ben: Browser) -> None:
    community = await soil(ana)
    await service.join(ben.actor, community)
    page = await ana.get("/c/sols/members/ben")
    page = await ana.press("Avertir ben")
    assert page.status == 422 and wrong(page) == {"warning"}
    (role,) = [one["value"] for one in page.main.all("input", type="radio", name="role") if "checked" in one]
    assert role == "member", "the form of the role shows what they have, whatever was wrong in another"
    page.fill("Ce que vous voulez lui dire", "Restons courtois.")
    page = await ana.press("Avertir ben")
    assert "a reçu un avertissement" in page.messages[0]
    page = await ana.get("/c/sols/members/ben")
    page.fill("Motif de la suspension", "Rappels sans effet.").fill("Suspension jusqu", "bientôt")
    page = await ana.press("Suspendre ben")
    assert page.status == 422 and wrong(page) == {"suspend_until"}
    page.fill("Suspension jusqu", (clock.now() + timedelta(days=10)).strftime("%Y-%m-%d"))
    await ana.press("Suspendre ben")
    page = await ben.get("/c/sols")
    assert "Votre participation est suspendue" in page.main.text and "Rappels sans effet." in page.main.text
    page = await ben.get("/c/sols/moderation")
    assert "La modération a suspendu un membre." in page.main.text
    assert "averti un membre en privé" in page.main.text and "Restons courtois." not in page.main.text
    page = await ana.get("/c/sols/moderation")
    assert "Restons courtois." in page.main.text, "those who moderate read what was said"
    await ana.get("/c/sols/members/ben")
    await ana.press("Lever la suspension")
    assert "suspendue" not in (await ben.get("/c/sols")).main.text


async def test_about_says_who_may_do_what(browser: Browser, ana: Browser) -> None:
    await soil(ana, charter=Charter(text="Soyons *bienveillants*."), posting="moderators")
    page = await browser.get("/c/sols/about")
    assert "Soyons bienveillants." in page.main.text
    assert "!sols@atelier.example" in page.main.text
    who = {row.first("th").text: row.first("td").text.replace("\u00a0", " ") for row in page.main.all("tr")[1:]}
    assert list(who) == [_(label) for label in roles.ACTS.values()]
    assert who["Exclure une personne, avec un motif"] == "Président·e, Comité : modération"
    assert who["Répondre et réagir"] == "Tous les membres"
    assert who["Lancer une discussion, partager une ressource"].startswith("Président·e, Comité, Permanence")


async def test_changing_and_archiving(ana: Browser) -> None:
    await soil(ana)
    page = await ana.get("/c/sols/settings")
    page.fill("Titre", "")
    page = await ana.press("Enregistrer")
    assert page.status == 422 and wrong(page) == {"title"}
    page.fill("Titre", "Sols vivants")
    page = await ana.press("Enregistrer")
    assert page.path == "/c/sols/about" and page.h1.startswith("Sols vivants")
    await ana.get("/c/sols/settings")
    page = await ana.click("Étape : annoncer, ouvrir, mettre en sommeil, archiver")
    page.choose("Archivée")
    page = await ana.press("Enregistrer")
    assert "Archivée le" in page.main.text
    page = await ana.get("/c/sols/stage")
    page.choose("Pilote")
    await ana.press("Enregistrer")
    page = await ana.get("/c/sols/stage")  # what is missing leads to where one sees to it
    assert page.link("deux personnes responsables") == "/c/sols/members" and not [
        x for x in page.main.all("a") if "raison" in x.text
    ]
    found = await queries.by_uri("https://atelier.example/c/sols")
    assert found is not None and found.closed_at is None


async def test_a_community_elsewhere_has_the_same_pages(site: Site, ana: Browser) -> None:
    group = await make_stranger("sols", "coop.example", kind="Group", display_name="Sols d’ailleurs")
    community = await records.record_remote(
        group, purpose="Là-bas.", members_count=479, elsewhere_count=61, organisations_count=4
    )
    page = await ana.get("/c/sols@coop.example")
    assert page.status == 200 and "chez coop.example" in page.main.text
    assert "479 membres, dont 61 sur 4 autres organisations" in page.main.text
    page = await ana.click("Devenir membre")
    assert "Cette communauté vit sur coop.example" in page.main.text.replace("\u00a0", " ")
    page = await ana.press("Devenir membre")
    assert "Votre demande est partie" in page.text
    membership = await Membership.get(community_id=community.id)
    assert membership.state == "asked"
    for path in ("/about", "/members", "/moderation"):
        assert (await ana.get(f"/c/sols@coop.example{path}")).status == 200
    assert (await ana.get("/c/sols@coop.example/settings")).status in (403, 404)

    # How many read is said before one writes: a member's page asks the community's server, not at each look.
    waiting = Job.filter(name__endswith="refresh_known")
    assert not await waiting.exists(), "nobody asks for who is no member"
    await Membership.filter(id=membership.id).update(state="active")
    for age, asked in ((4, 0), (6, 1)):
        await Actor.filter(id=group.id).update(fetched_at=clock.now() - timedelta(minutes=age))
        for path in ("", "/new"):
            assert (await ana.get(f"/c/sols@coop.example{path}")).status == 200
        assert await waiting.count() == asked


async def test_a_community_nobody_looked_for_can_be_looked_for(browser: Browser, ana: Browser) -> None:
    assert (await browser.get("/c/inconnue@coop.example")).status == 404
    page = await ana.get("/c/inconnue@coop.example")
    assert page.status == 404 and "Pas encore connue ici" in page.h1
    page = await ana.get("/communities")
    page.fill("Son adresse", "n’importe quoi")
    page = await ana.press("La chercher")
    assert page.status == 422 and wrong(page) == {"handle"}


async def test_the_list_finds_by_words_and_place(browser: Browser, ana: Browser) -> None:
    await soil(ana)
    await records.record_remote(await make_stranger("pots", "coop.example", kind="Group", display_name="Potagers"))
    page = await browser.get("/communities?q=vivants")
    assert "Santé des sols" in page.main.text and "Potagers" not in page.main.text
    page = await browser.get("/communities?where=elsewhere")
    assert "Potagers" in page.main.text and "chez coop.example" in page.main.text and "Santé" not in page.main.text
    page = await browser.get("/communities?q=rien")
    assert "Aucune communauté ne correspond." in page.main.text
    assert (await browser.get("/communities?after=x&kind=y&where=z")).status == 200


async def test_who_may_not_found_is_told_whom_to_ask(ana: Browser, sign_in: SignIn) -> None:
    lea = await sign_in("lea", role="owner")
    page = await lea.get("/admin/settings")
    page.choose("L’administration seulement")
    await lea.press("Enregistrer")
    assert "Fonder une communauté" not in (await ana.get("/communities")).main.text
    page = await ana.get("/communities/new")
    assert page.status == 403 and "responsables de l’instance" in page.main.text


async def test_an_announced_community_of_a_type(site: Site, browser: Browser, ana: Browser, ben: Browser) -> None:
    await ana.get("/communities/new")
    page = await ana.click("Cohorte")
    page.fill("Titre", "Promo 2024").fill("Raison d’être", "Garder le contact.").choose("À venir")
    page = await ana.press("Fonder la communauté")
    assert "À venir" in page.main.text
    tabs = page.root.first("nav", class_="tabs")
    assert [one.text for one in tabs.all("a")][:2] == [
        "Membres",
        "Échanges",
    ]
    page = await ana.get("/c/promo_2024/stage")
    page.choose("Active").fill("launch", "2031-13-01")
    page = await ana.press("Enregistrer")
    assert page.status == 422 and wrong(page) == {"launch"}
    page.fill("launch", "")
    page = await ana.press("Enregistrer")
    assert wrong(page) == {"stage"} and "(manque)" in page.main.text
    await ben.get("/c/promo_2024")
    page = await ben.press("Prévenez-moi de l’ouverture")
    assert "Vous recevrez un avis" in page.main.text
    page = await ben.press("Ne pas m’avertir")
    assert "Prévenez-moi" in page.main.text and "Prévenez-moi" in (await browser.get("/c/promo_2024")).main.text
    page = await ana.get("/c/promo_2024/settings")
    page.fill("first_tab", "resources")
    page = await ana.press("Enregistrer")
    assert page.root.first("nav", class_="tabs").first("a").text == "Répertoire partagé"


async def test_english_is_as_complete(sign_in: SignIn) -> None:
    lea = await sign_in("lea", language="en-CA")
    await lea.get("/communities?lang=en")
    await soil(lea, charter=Charter(text="Be kind."), join_policy="request")
    for path in (
        "/communities",
        "/communities/new",
        "/c/sols",
        "/c/sols/about",
        "/c/sols/members",
        "/c/sols/charter",
        "/c/sols/charter/change",
        "/c/sols/stage",
        "/c/sols/requests",
        "/c/sols/settings",
        "/c/sols/invite",
    ):
        page = await lea.get(path)
        assert page.status == 200, path
        assert "Communauté" not in page.main.text


async def test_lists_take_the_same_number_of_statements_whatever_their_length(ana: Browser) -> None:
    community = await soil(ana)

    async def statements(path: str) -> int:
        with counted() as found:
            assert (await ana.get(path)).status == 200
        return len(found)

    await ana.get("/communities")  # what is kept for a minute is read once
    few = [await statements(path) for path in ("/communities", "/c/sols/members")]
    for number in range(12):
        await service.found(ana.actor, title=f"Groupe {number}", purpose="Essai.")
        await service.join(await make_stranger(f"p{number}", "coop.example"), community)
    assert [await statements(path) for path in ("/communities", "/c/sols/members")] == few


async def test_webfinger_does_not_tell_of_a_hidden_community(ana: Browser, browser: Browser) -> None:
    await soil(ana, name="cellule", title="Cellule", visibility="private", join_policy="invitation")
    await soil(ana)
    answers = [
        (await browser.get(f"/.well-known/webfinger?resource=acct:{name}@atelier.example")).status
        for name in ("cellule", "absent", "sols")
    ]
    assert answers == [404, 404, 200]
