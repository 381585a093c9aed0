"""Accounts, profiles, settings and administration as Chromium draws them: barriers and sizes, empty, full and with errors."""

from __future__ import annotations

import os
from pathlib import Path

import pyotp
import pytest
from playwright.async_api import Browser, Page, expect

from fedcop.accounts import instance, invites, links, sessions
from fedcop.accounts.models import SignUp
from fedcop.accounts.signin import codes, identities, passkeys, providers, second
from fedcop.accounts.signin.models import Provider
from fedcop.accounts.signin.providers import Claimed
from fedcop.core import clock
from fedcop.core.site import Site
from fedcop.federation.models import Destination, Refusal
from fedcop.federation.peers import overseeing
from fedcop.federation.sending.destinations import destinations_for
from fedcop.notifications import unsubscribing
from fedcop.people import export, service
from tests.browser.rig import Look, find_barriers, find_faults, find_misfits, in_every_look, log_in, shoot, window
from tests.rig.authenticator import Device
from tests.rig.people import PASSWORD, make_member, make_stranger

PICTURES = os.environ.get("FEDCOP_TESTS_PICTURES", "")
LONG = "Conseillère en aménagement participatif et en animation de communautés de pratique interrégionales"


class Stage:
    """An owner with everything that her pages can show."""

    token: str
    member: int
    request: int
    invite: str
    reset: str
    half_in: str
    passkey: int
    identity: int
    came: list[str]
    unsubscribe: str


@pytest.fixture
async def stage(here: Site) -> Stage:
    found = Stage()
    owner = await make_member("awa", "owner", display_name="Awa Diop", approves_followers=True)
    await instance.change(owner, rules=["On s'entraide.", "On cite ses sources."], registration="approval")
    lea = await make_member(
        "lea",
        display_name="Léa Roy-Landry",
        profession=LONG,
        organisation="Coopérative des sols vivants du Bas-Saint-Laurent",
        region="Bas-Saint-Laurent",
        languages=["fr", "en", "es"],
        summary_source="Je peux aider sur **les sols**.\n\n- chaulage\n- compost",
        links=[{"name": "Site", "value": "https://" + "long" * 30 + ".example/"}],
    )
    sam = await make_member("sam")
    gus = await make_stranger(
        "gus",
        "un-serveur-au-nom-plutot-long.example",
        links=({"name": "Site", "value": '<a href="https://gus.example">gus</a>'},),
    )
    for follower in (lea.actor, sam.actor):
        await service.follow(follower, owner.actor)
    await service.record_follow(gus, lea.actor, "https://ailleurs.example/f/1")
    await service.follow(owner.actor, gus)
    await service.block(owner.actor, await make_stranger("eve", "mal.example"))
    await service.mute(owner.actor, sam.actor)
    asked = await SignUp.create(
        name="max",
        email="max@exemple.test",
        password_hash="",
        reason=LONG,
        created_at=clock.now(),
        confirmed_at=clock.now(),
    )
    found.invite = (await invites.create(owner, uses=3)).code
    await invites.create(owner, email="ami@exemple.test")
    await overseeing.decide("mal.example", "blocked", "Pourriels répétés")
    await overseeing.decide("un-serveur-au-nom-plutot-long.example", "open")
    for box in await destinations():
        await Refusal.create(destination=box, outgoing_id=1, status=422, reason="unprocessable", created_at=clock.now())
    await sessions.open_session(
        owner, "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "192.0.2.7"
    )
    await codes.begin(owner)
    token, device = (
        await passkeys.begin_new(owner, PASSWORD, "Le vieux téléphone du bureau"),
        Device(here.origin, "localhost"),
    )
    found.passkey = (await passkeys.add(owner, token, device.make((await passkeys.wish(owner, token))[0]))).id
    await codes.begin(lea)
    await codes.confirm(lea, PASSWORD, pyotp.TOTP((await codes.pending(lea)).secret).at(clock.now()), keep="")
    await export.ask(owner)
    await here.runner.settle(strict=False)
    found.unsubscribe = await unsubscribing.address_for(lea, "mention")
    provider = await Provider.create(
        issuer="https://id.verger.example",
        client_id="fedcop",
        label="le Verger",
        document={"issuer": "x"},
        lets_in=True,
    )
    await identities.link(owner, provider, Claimed("https://id.elsewhere.example", "1", "awa.diop@elsewhere.example"))
    found.identity = (await identities.of(owner))[0].id
    stranger = Claimed(
        provider.issuer, "2", "une-adresse-assez-longue-pour-un-telephone@verger.example", True, "Zoé Côté", "zoe"
    )
    found.came = [await providers.remember(stranger, "/", who) for who in (None, owner)]
    found.half_in = await second.begin(lea, "/")
    found.reset = await links.make("reset", account=lea)
    found.token, found.member, found.request = await sessions.open_session(owner, "test", "127.0.0.1"), lea.id, asked.id
    return found


async def destinations() -> list[Destination]:
    boxes = await destinations_for(["https://muet.example/inbox"])
    for box in boxes:
        box.failing_since = box.retry_at = clock.now()
        box.last_error = "no answer within 10 s"
        await box.save()
    return boxes


def inside(stage: Stage) -> list[str]:
    """Pages of members and of those in charge."""
    return [
        "/people", "/u/lea", "/u/awa", "/u/gus@un-serveur-au-nom-plutot-long.example", "/u/awa/followers", "/u/awa/following", "/welcome",
        "/settings", "/settings/profile", "/settings/account", "/settings/devices", "/settings/blocks", "/settings/followers", "/lists", "/settings/filters", "/settings/filters/new",
        "/settings/security", "/settings/security/app", f"/settings/security/passkeys/{stage.passkey}",
        f"/settings/security/provider/{stage.identity}",
        "/settings/data", "/invites", "/admin", "/admin/members", f"/admin/members/{stage.member}",
        f"/admin/requests/{stage.request}", "/admin/members/new", "/admin/settings", "/admin/retention", "/admin/servers", "/admin/deliveries", "/admin/jobs",
    ]  # fmt: skip


def outside(stage: Stage) -> list[str]:
    """Pages of strangers; those that are always the same are in test_every_page."""
    return [
        "/signup", f"/invite/{stage.invite}", "/invite/dead", "/signup/mailed", "/signup/waiting", f"/reset/{stage.reset}", "/confirm/x",
        "/confirm-address/x", f"/unsubscribe/{stage.unsubscribe.rpartition('/')[2]}", "/u/lea",
    ]  # fmt: skip


async def look_at(page: Page, live: str, paths: list[str], look: Look, name: str) -> list[str]:
    """Open each page; give all that is wrong with them."""
    wrong = []
    for path in paths:
        answer = await page.goto(live + path)
        assert answer is not None and answer.status in (200, 404), (path, answer and answer.status)
        wrong += [f"{path}: {line}" for line in await find_faults(page, look)]
        if PICTURES:
            await shoot(page, Path(PICTURES), f"{name}-{path.strip('/').replace('/', '-').replace('@', '-at-')}")
    return wrong


@in_every_look
async def test_pages_have_no_barriers(live: str, chrome: Browser, stage: Stage, look: Look) -> None:
    context = await window(chrome, look.width, look.scheme, language=look.language)
    page = await context.new_page()
    wrong = await look_at(page, live, outside(stage), look, f"people-{look}-out")
    await context.add_cookies([{"name": "fedcop-step", "value": stage.half_in, "url": live}])
    await context.add_cookies([{"name": "fedcop-provider", "value": stage.came[0], "url": live}])
    wrong += await look_at(page, live, ["/login", "/login/code", "/login/provider/new"], look, f"people-{look}-half-in")
    await log_in(context, live, stage.token, look.language)
    wrong += await look_at(page, live, inside(stage), look, f"people-{look}")
    await context.add_cookies([{"name": "fedcop-provider", "value": stage.came[1], "url": live}])
    wrong += await look_at(page, live, ["/settings/security/provider", "/admin/sign-in"], look, f"people-{look}")
    await context.close()
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("width", ["phone", "desk"])
async def test_errors_are_announced_and_get_the_focus(here: Site, live: str, chrome: Browser, width: str) -> None:
    await instance.change(await make_member("awa", "owner"), registration="approval")
    context = await window(chrome, width, language="en-CA")
    page = await context.new_page()
    await page.goto(f"{live}/signup")
    await page.get_by_label("Your address here").fill("admin")
    await page.get_by_label("E-mail").fill("x@y")
    await page.get_by_label("Password").fill("short")
    await page.get_by_label("Who are you").fill("Agronome")
    await page.get_by_role("button", name="Ask for an account").click()
    await expect(page.locator(".summary")).to_be_focused()
    assert await find_barriers(page) == []
    assert await find_misfits(page) == []
    await page.get_by_role("link", name="This name is reserved. Choose another one.").click()
    await expect(page.locator("[name=name]")).to_be_focused()
    if PICTURES:
        await shoot(page, Path(PICTURES), f"people-{width}-errors")
    await context.close()
