"""The pages of communities as Chromium draws them: barriers and sizes, light and dark, phone and desk."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser

from fedcop.accounts import sessions
from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.communities import records, service
from fedcop.communities.admission import links
from fedcop.communities.charter.words import Charter
from fedcop.communities.models import Community
from fedcop.communities.participation.choosing import change_criterion
from fedcop.core import clock
from fedcop.core.site import Site
from fedcop.letterbox import posting
from fedcop.reports import service as reports
from fedcop.reports.appeals import decisions
from fedcop.reports.appeals import service as appeals
from fedcop.successions import service as successions
from tests.browser.rig import Look, find_faults, in_every_look, log_in, shoot, window
from tests.rig.people import make_member, make_stranger

PICTURES = os.environ.get("FEDCOP_TESTS_PICTURES", "")
PUBLIC = ("/communities", "/c/fruitiers", "/c/fruitiers/about", "/c/fruitiers/members", "/c/fruitiers/moderation")
STRANGE = (*PUBLIC, "/c/fruitiers/i/printemps", "/c/fruitiers/i/hiver")
MINE = (
    *PUBLIC,
    "/communities/new",
    "/communities?q=rien",
    "/c/fruitiers/requests",
    "/c/fruitiers/invite",
    "/c/fruitiers/invite/list",
    "/c/fruitiers/invitations",
    "/c/fruitiers/settings",
    "/c/fruitiers/leave",
    "/c/fruitiers/members/noor",
    "/c/fruitiers/reports",
    "/u/noor/report",
    "/reports",
    "/c/fruitiers/charter",
    "/c/fruitiers/stage",
    "/c/fruitiers/split",
    "/c/fruitiers/merge",
    "/c/pommiers/succession",
    "/c/fruitiers/participation",
    "/c/fruitiers/participation/change",
    "/c/fruitiers/new",
    "/c/fruitiers/mail",
    "/c/fruitiers/charter/versions",
    "/c/fruitiers/charter/change",
    "/appeals",
    "/c/noyers@coop.example",
    "/c/noyers@coop.example/join",
    "/c/noyers@coop.example/about",
    "/c/inconnue@coop.example",
)


async def lively() -> Account:
    """Found a lively community; give the account of who is responsible for it."""
    account = await make_member(
        "lea", display_name="Léa Roy-Landry", profession="Arboricultrice", organisation="Verger partagé du Nord"
    )
    lea = account.actor
    noor = (await make_member("noor", display_name="Noor Tessier", profession="Pépiniériste")).actor
    community = await service.found(
        lea,
        title="Fruitiers nordiques",
        name="fruitiers",
        purpose="Faire pousser ensemble ce qui tient l’hiver.",
        charter=Charter(
            ("Dire ce que l’on a essayé, que cela ait marché ou non",),
            ("Faire de la publicité",),
            "Une contribution par an.",
            "## Entre nous\n\n- On dit ce que l’on a **essayé**.\n- On cite ses sources.",
        ),
        join_policy="request",
    )
    await service.admit(lea, await service.join(noor, community, accepted=1))
    await service.appoint(lea, community, noor, "expert")
    for number, host in enumerate(("coop.example", "reseau-des-jardins-communautaires.example", "coop.example")):
        person = await make_stranger(f"p{number}", host, display_name=f"Personne {number}")
        asked = await service.join(person, community, "Je voudrais apprendre à tailler." * (number + 1))
        if number == 0:
            await service.admit(lea, asked)
            said = "Des réclames à chaque réponse, malgré deux rappels."
            await reports.report(person, noor, comment=said, community_id=community.id)
    await service.invite(lea, community, await make_stranger("ina", "coop.example"), "Vous greffez des poiriers.")
    link = await links.make(lea, community, kind="strangers", why="Venez tailler avec nous.", uses=20, days=30)
    link.code = "printemps"
    await link.save()
    await service.ban(
        lea, community, await make_stranger("spam", "pub.example"), "Publicité répétée, après deux avertissements."
    )
    await appealed(lea, community, noor)
    there = await make_stranger(
        "noyers", "coop.example", kind="Group", display_name="Noyers et noisetiers", profession=""
    )
    await records.record_remote(
        there,
        purpose="Des noix au nord.",
        members_count=479,
        elsewhere_count=61,
        organisations_count=4,
    )
    await change_criterion(lea, community, contributions="2", months="12")
    pommiers = await service.found(lea, title="Pommiers", name="pommiers", purpose="Des pommes, jusqu’en mai.")
    await successions.propose_merge(lea, pommiers, community, days="14")
    said = "Les variétés brevetées ne se partagent pas ici."
    await service.change_charter(
        lea, community, Charter(("Dire ce que l’on a essayé",), (said,)), changed=said, rights=True, after=1
    )
    return account


@pytest.fixture
async def token(here: Site) -> str:
    """The session of somebody responsible for a lively community."""
    here.settings = replace(here.settings, reply_address="reply@verger.example")
    lea = await lively()
    await posting.give(lea, await Community.get(actor__name="fruitiers"))
    return await sessions.open_session(lea, "test", "127.0.0.1")


async def appealed(lea: Actor, community: Community, noor: Actor) -> None:
    """A ban by somebody else waits for Léa; and she herself was suspended elsewhere."""
    olga = (await make_member("olga", display_name="Olga Petit")).actor
    await service.admit(lea, await service.join(olga, community, accepted=1))
    await service.appoint(lea, community, olga, "committee", duties=["moderation"])
    gil = await make_stranger("gil", "coop.example", display_name="Gil Martin")
    await service.ban(olga, community, gil, "Insultes répétées.")
    [meant] = await decisions.about(gil)
    said = "Ce n’était pas moi : on s’est servi de mon compte pendant mes vacances."
    await appeals.record_appeal(gil, meant, text=said, uri="https://coop.example/flag/1")
    other = await service.found(noor, title="Greffeurs", purpose="Greffer.", name="greffeurs")
    await service.join(lea, other)
    await service.suspend(noor, other, lea, "Ton cassant.", clock.now() + timedelta(days=10))


@in_every_look
async def test_pages_have_no_barriers(live: str, chrome: Browser, token: str, look: Look) -> None:
    found = []
    for session in ("", token):
        context = await window(chrome, look.width, look.scheme, language=look.language)
        if session:
            await log_in(context, live, session, look.language)
        page = await context.new_page()
        for path in MINE if session else STRANGE:
            await page.goto(live + path)
            found += [f"{path} {line}" for line in await find_faults(page, look)]
            if PICTURES:
                name = f"{look}-{'member' if session else 'stranger'}{path.replace('/', '_').replace('?', '_')}"
                await shoot(page, Path(PICTURES), name)
        await context.close()
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("width", ["phone", "desk"])
async def test_an_open_menu_lies_within_the_window(live: str, chrome: Browser, token: str, width: str) -> None:
    context = await window(chrome, width)
    await log_in(context, live, token, "fr-CA")
    page = await context.new_page()
    for path in ("/c/fruitiers", "/u/noor"):
        await page.goto(live + path)
        for menu in await page.locator("details.menu").all():
            if not await menu.locator("summary").is_visible():
                continue
            await menu.locator("summary").click()
            box = await menu.locator("> :is(ul, .react)").bounding_box()
            size = page.viewport_size
            assert box is not None and size is not None
            assert box["x"] >= 0 and box["x"] + box["width"] <= size["width"], (path, box)
            await menu.locator("summary").click()
