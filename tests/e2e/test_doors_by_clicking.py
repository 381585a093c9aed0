"""The doors of a private community across two servers, by clicking, with the letters that people get: acceptance 4 of the third issue."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

import pytest

from tests.browser.rig import CHROMIUM
from tests.e2e.clicking import Letters, Person, at_chromium, person
from tests.e2e.instances import Instance

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not os.access(CHROMIUM, os.X_OK), reason=f"Chromium is not installed at {CHROMIUM}"),
]
TITLE, NAME = "Orchard keepers", "orchard"
CHARTER = "Accepter l’invitation"


async def test_from_the_invitation_to_the_merger(raise_instance: Callable[..., Instance]) -> None:
    post = Letters()
    settings = {"FEDCOP_SMTP": f"smtp://127.0.0.1:{post.port}"}
    a, b = raise_instance("a", **settings), raise_instance("b", **settings, FEDCOP_LANGUAGE="fr-CA")
    await asyncio.gather(a.start(), b.start())
    people = ((a, "ana", "owner"), (a, "nic", "moderator"), (b, "bob", "owner"), (b, "eve", "member"))
    await asyncio.gather(*(asyncio.to_thread(home.member, name, role) for home, name, role in people))
    with post.open():
        async with at_chromium() as browser:
            ana = await person(browser, "ana", a, "en-CA")
            bob, eve = [await person(browser, name, b, "fr-CA") for name in ("bob", "eve")]
            there = f"{NAME}@{a.host}"
            await _found(ana)
            await _invite(ana, bob)
            await _come_by_letter(bob, post, there)
            await _wait_and_be_refused(ana, eve, post, there)
            await _be_removed_and_appeal(ana, await person(browser, "nic", a, "en-CA"), eve, post, there)
            await _change_the_charter(ana, bob, post, there)
            addresses = await _write(ana, bob, there)
            await _split(ana, bob, eve, post)
            await _each_reads(ana, bob, eve, addresses)
            await _merge(ana, eve, post)
            for who in (bob, eve):
                await who.sees(f"/c/south@{a.host}", "The old pear", "Notre pommier")
            assert await eve.go(addresses["bob"]) == 200
    assert a.queue() == b.queue() == []


async def _found(ana: Person) -> None:
    await ana.go("/communities/new")
    await ana.fill(title=TITLE, name=NAME, purpose="To keep old trees.")
    await ana.choose("Private: only members can read", "On request: a moderator decides")
    await ana.press("Found the community")
    await ana.go(f"/c/{NAME}/admission")
    await ana.fill(maximum="2")
    await ana.page.get_by_label("In English, question 1").fill("How many trees?")
    await ana.press("Save")


async def _invite(ana: Person, bob: Person) -> None:
    """By a letter: a list of one e-mail address."""
    await ana.go(f"/c/{NAME}/invite/list")
    await ana.fill(list=f"{bob.address}, Bob, You know pears.")
    await ana.choose("French")
    await ana.press("See what this list means")
    await ana.press("Invite 1 person")
    assert "Bob" in await ana.says()


async def _come_by_letter(bob: Person, post: Letters, there: str) -> None:
    letter = await post.to(bob, f"ana vous invite dans {TITLE}")
    assert letter.language == "fr-CA" and "ana : « You know pears. »" in letter.text.replace("\u00a0", " ")
    assert await bob.go(letter.link("Lire l’invitation")) == 200
    await bob.fill(home=f"bob@{bob.home.host}")
    await bob.press("Continuer")
    await bob.page.get_by_role("link", name=f"Continuer sur {bob.home.host}").click()
    await bob.press("Voir l’invitation")
    await bob.accept(bob.page.url, CHARTER)
    await bob.sees(f"/c/{there}", "Vous êtes membre", "2 membres")


async def _wait_and_be_refused(ana: Person, eve: Person, post: Letters, there: str) -> None:
    await eve.accept(f"/c/{there}/join", "Envoyer ma demande")
    letter = await post.to(eve, f"{TITLE} est complète")
    await eve.sees(letter.link("Voir ma demande"), "liste d’attente")
    await ana.go(f"/c/{NAME}/admission")
    await ana.fill(maximum="3")
    await ana.press("Save")
    await post.to(ana, f"Request to join {TITLE}: eve")
    await eve.sees((await post.to(eve, "Une place est libre")).link("Voir ma demande"), "attend une réponse")
    await ana.sees(f"/c/{NAME}/requests", "eve")
    await ana.fill(reason="Tell us which trees you keep.")
    await ana.press("Decline eve")
    letter = await post.to(eve, f"{TITLE} n’a pas accepté votre demande")
    assert "Tell us which trees you keep." in letter.text and "Tell us which trees you keep." in letter.html
    await eve.accept(f"/c/{there}/join", "Envoyer ma demande")
    await ana.go((await post.to(ana, f"Request to join {TITLE}: eve")).link("Read and answer"))
    await ana.press("Accept eve")
    await eve.sees((await post.to(eve, "Vous êtes maintenant membre")).link("Voir la communauté"), "Vous êtes membre")


async def _be_removed_and_appeal(ana: Person, nic: Person, eve: Person, post: Letters, there: str) -> None:
    await ana.go(f"/c/{NAME}/members/eve@{eve.home.host}")
    await ana.fill(reason="Three advertisements.")
    await ana.press("Remove eve")
    letter = await post.to(eve, f"Vous n’êtes plus membre d’{TITLE}")
    assert "Three advertisements." in letter.text
    await eve.go(letter.link("La lire, et faire appel si vous le souhaitez"))
    await eve.fill(text="C’étaient des pruniers à donner.")
    await eve.press("Faire appel")
    await nic.sees(
        (await post.to(nic, f"An appeal in {TITLE}")).link("Read and answer"), "C’étaient des pruniers à donner."
    )
    await nic.fill(sentence="To give away is fine.")
    await nic.press("Change it")
    letter = await post.to(eve, f"Votre appel dans {TITLE}")
    assert "To give away is fine." in letter.text
    await eve.sees(f"/c/{there}", "Vous êtes membre")


async def _change_the_charter(ana: Person, bob: Person, post: Letters, there: str) -> None:
    """Bob accepts anew before he writes; Eve has not, and the president sees that somebody has not."""
    await ana.go(f"/c/{NAME}/charter/change")
    await ana.fill(may_not="Sell trees", changed="Nobody sells here.")
    await ana.page.get_by_label("Yes: something is allowed, forbidden or expected").check()
    await ana.press("Publish this version")
    letter = await post.to(bob, f"La charte d’{TITLE} a changé")
    assert letter.language == "fr-CA" and "sells" not in letter.text, "what is said behind the door stays there"
    await bob.sees(letter.link("Voir la communauté"), "Nobody sells here.", "Sell trees")
    await bob.accept(letter.link("Voir la communauté"), "Accepter la charte")
    assert "Vous avez accepté la version 2" in await bob.page.locator("body").inner_text()
    await ana.sees(f"/c/{NAME}/charter", "1 member has not accepted it yet")


async def _write(ana: Person, bob: Person, there: str) -> dict[str, str]:
    found = {}
    for who, community, title, tag in ((ana, NAME, "The old pear", "pears"), (bob, there, "Notre pommier", "pommes")):
        await who.go(f"/c/{community}/new")
        await who.fill(title=title, source="Voilà.", tags=tag)
        await who.press("Publish" if who is ana else "Publier")
        found[who.name] = who.page.url
    await ana.sees(f"/c/{NAME}", "Notre pommier")
    await bob.sees(f"/c/{there}", "The old pear")
    return found


async def _split(ana: Person, bob: Person, eve: Person, post: Letters) -> None:
    await ana.go(f"/c/{NAME}/split")
    await ana.fill(title_1="North", name_1="north", purpose_1="Pears.", tags_1="pears")
    await ana.fill(title_2="South", name_2="south", purpose_2="Apples.")
    await ana.press("See what would happen")
    assert "2 members are invited to each of them" in await ana.says()
    await ana.press("Split the community now")
    for who, chosen in ((bob, "South"), (eve, "North")):
        letter = await post.to(who, f"ana vous invite dans {chosen}")
        address = letter.link("Lire l’invitation")
        await who.sees(address, "Lire et accepter")
        await who.accept(f"{address}/join", CHARTER)
        await who.sees(address, "Vous êtes membre")
    await _end(ana, NAME)
    for who in (bob, eve):
        await post.to(who, f"{TITLE} est archivée")


async def _end(ana: Person, mother: str) -> None:
    """Once all have chosen, the choice is ended by hand."""
    await ana.go(f"/c/{mother}/succession")
    await ana.press("End the choice now", sure=True)
    await ana.sees(f"/c/{mother}", "There is nothing to read here")


async def _each_reads(ana: Person, bob: Person, eve: Person, addresses: dict[str, str]) -> None:
    """Each reads what they chose, at the address that it always had; the other thread is not there, like one that never was."""
    host = ana.home.host
    await bob.sees(f"/c/south@{host}", "Notre pommier")
    await eve.sees(f"/c/north@{host}", "The old pear")
    assert await bob.go(addresses["bob"]) == 200
    assert await eve.go(addresses["bob"]) == 404
    forbidden = await eve.says()
    assert await eve.go("/p/1") == 404
    assert await eve.says() == forbidden


async def _merge(ana: Person, eve: Person, post: Letters) -> None:
    """The north into the south; Eve, who left an invitation there unanswered, is asked again."""
    await ana.go("/c/north/merge")
    await ana.fill(heir="!south")
    await ana.press("Propose the merger")
    letter = await post.to(eve, "ana vous invite dans South", "North")  # for the new reason
    address = letter.link("Lire l’invitation")
    await eve.accept(f"{address}/join", CHARTER)
    await eve.sees(address, "Vous êtes membre", "Notre pommier")
    await _end(ana, "north")
