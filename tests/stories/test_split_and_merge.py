"""A community of A with people of B is split in two and merged back, by clicking: nothing is lost, nothing is double, old links work."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from fedcop.accounts.models import Account
from fedcop.actors import queries as actors
from fedcop.communities import lookup, service
from fedcop.communities import queries as communities
from fedcop.core.site import Site
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.successions import threads
from tests.rig.browser import Browser, Page
from tests.rig.interop import open_coop
from tests.rig.people import make_member
from tests.rig.world import World
from web.app import create_app


@asynccontextmanager
async def at(site: Site, who: Account, language: str = "fr-CA") -> AsyncIterator[Browser]:
    """Somebody at the pages of one server."""
    async with site.entered(), TestServer(create_app(site)) as running, TestClient(running) as client:
        yield await Browser(client, language).log_in(who)


def letters(site: Site, address: str) -> list[dict[str, str]]:
    """The letters to somebody, without what differs from run to run."""
    found = [mail for mail in site.mailer.sent if mail.to == address]
    return [
        {"subject": mail.subject, "text": re.sub(r"unsubscribe/\S+", "unsubscribe/TOKEN", mail.text)} for mail in found
    ]


async def _where(site: Site) -> dict[str, str]:
    """In which community each thread is on a server, by its title."""
    async with site.entered():
        found = [(post, await communities.by_id(post.community_id or 0)) for post in await Post.filter(depth=0)]
        assert len({post.uri for post, _community in found}) == len(found)
        return {post.title: community.actor.name if community else "" for post, community in found}


async def _accepts(browser: Browser, path: str) -> Page:
    await browser.get(path)
    button = "Accept the invitation" if browser.language.startswith("en") else "Accepter l’invitation"
    return await browser.press(button)


async def test_a_community_is_split_in_two_and_merged_back(world: World, golden: Any) -> None:
    coop = await open_coop(world)
    b = await world.fedcop("https://atelier.example")
    async with coop.site.entered():
        ana, bob = await Account.get(actor_id=coop.ana.id), await Account.get(actor_id=coop.bob.id)
        await Account.filter(id=bob.id).update(language="en-CA")
    async with b.entered():
        ben = await make_member("ben")
        await lookup.ask_for("!sols@coop.example")
    await coop.settle()
    async with b.entered():
        there = await communities.visible_community(ben.actor, "sols@coop.example")
        await service.join(ben.actor, there)
        await coop.settle()
        mine = await discussions.write(
            ben.actor, there, kind="question", title="Ce qui gèle", source="Quand ?", tags=["froid"]
        )
    async with coop.site.entered():
        for title, tags in (("Ce qui pousse", ["chaud"]), ("Le reste", [])):
            await discussions.write(coop.ana, coop.community, kind="idea", title=title, source="Voilà.", tags=tags)
    await coop.settle()
    async with coop.site.entered():
        await discussions.reply(coop.bob, await Post.get(uri=mine.uri), source="En mai.")
    await coop.settle()

    # The president splits: sees what would happen, changes her mind about a name, does it.
    async with at(coop.site, ana) as page:
        await page.get("/c/sols/settings")
        shown = await page.click("Scinder la communauté")
        for number, title, tags in ((1, "Sols du nord", "froid, gel"), (2, "Sols du sud", "")):
            shown.fill(f"Titre de la communauté {number}", title)
            shown.fill(f"Raison d’être de la communauté {number}", "Des sols qui vivent")
            shown.fill(f"Mots-clés dont les discussions vont à la communauté {number}", tags)
        shown = await page.press("Voir ce qui se passerait")
        assert "1 discussion · #froid #gel" in shown.text and "2 discussions · tout ce qu" in shown.text
        assert "2 membres sont invités" in shown.text
        shown = await page.press("Changer quelque chose")
        shown.fill("Nom court de la communauté 1", "nord")
        shown.fill("Nom court de la communauté 2", "sud")
        await page.press("Voir ce qui se passerait")
        shown = await page.press("Scinder la communauté maintenant")
        assert "Scission de Sols vivants" in shown.text
    await coop.settle()

    # Everybody is asked, here and elsewhere, by letter and on a page.
    golden("mails/split_invites.fr-CA", letters(b, ben.email)[-2:])
    golden("mails/split_invites.en-CA", letters(coop.site, bob.email)[-2:])
    async with at(b, ben) as page:
        shown = await page.get("/communities")
        assert shown.text.count("Lire et accepter") == 2
        await _accepts(page, "/c/nord@coop.example/join")
    async with at(coop.site, bob, "en-CA") as page:
        shown = await page.get("/c/sols/succession")
        assert "2 discussions go there" in shown.text
        await _accepts(page, "/c/sud/join")
    await coop.settle()
    async with at(coop.site, ana) as page:
        await page.get("/c/sols/succession")
        await page.press("Mettre fin au choix maintenant")
    await coop.settle()

    split = {"Ce qui gèle": "nord", "Ce qui pousse": "sud", "Le reste": "sud"}
    assert await _where(coop.site) == split
    assert await _where(b) == split
    async with at(b, ben) as page:
        shown = await page.get(f"/p/{mine.id}")
        assert "En mai." in shown.text and "Sols du nord" in shown.text, "the old address leads to the thread"
        shown = await page.get("/c/sols@coop.example")
        assert "Elle continue dans : Sols du nord, Sols du sud" in shown.text.replace("\u00a0", " ")
        assert "Il n’y a rien à lire ici" in shown.text and "Poser une question" not in shown.main.text

    # And back: one merges into the other, over which somebody else presides by now.
    async with coop.site.entered():
        sud = await communities.visible_community(coop.ana, "sud")
        await service.appoint(coop.ana, sud, coop.bob, "president")
        await service.appoint(coop.bob, sud, coop.ana, "member")
    await coop.settle()
    async with at(coop.site, ana) as page:
        await page.get("/c/nord/settings")
        shown = await page.click("Fusionner avec une autre communauté")
        shown.fill("L’autre communauté", "!sud").fill("Jours que les membres ont pour choisir", "2")
        await page.press("Proposer la fusion")
    await coop.settle()
    async with at(coop.site, bob, "en-CA") as page:
        await page.get("/c/sud/succession")
        shown = await page.press("Agree to the merger")
    await coop.settle()
    async with at(b, ben) as page:
        await _accepts(page, "/c/sud@coop.example/join")
    await coop.settle()
    world.clock.advance(2 * 86400 + 1)
    async with coop.site.entered():
        await threads.go_on()  # what the timetable does each hour
    await coop.settle()

    merged = dict.fromkeys(split, "sud")
    assert await _where(coop.site) == merged and await _where(b) == merged
    golden("mails/merged.fr-CA", letters(b, ben.email)[-1])
    golden("mails/merge_asked.en-CA", [one for one in letters(coop.site, bob.email) if "merge" in one["subject"]])
    for site in (coop.site, b):
        async with site.entered():
            assert await Post.filter(depth=1).count() == 1
            nord = await actors.by_uri("https://coop.example/c/nord")
            assert nord is not None
            archived = await communities.by_actor(nord)
            assert archived is not None and archived.heirs == ["https://coop.example/c/sud"]
