"""Passkeys as Chromium's own virtual device makes and shows them: added in the settings, then instead of name and password."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pyotp
from playwright.async_api import Browser, BrowserContext, Page, expect

from fedcop.accounts import sessions
from fedcop.accounts.signin import codes
from fedcop.apps import registering
from fedcop.apps.registering import OUT_OF_BAND
from fedcop.core import clock
from fedcop.core.site import Site
from tests.browser.rig import find_barriers, find_misfits, log_in, window
from tests.rig.people import PASSWORD, make_member


async def device_of(context: BrowserContext, page: Page) -> tuple[Any, str]:
    """Give a window a device that its owner unlocks at once; what speaks to it, and its id."""
    wire = await context.new_cdp_session(page)
    await wire.send("WebAuthn.enable", {"enableUI": False})
    options = {
        "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    made = await wire.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return wire, made["authenticatorId"]


async def test_a_passkey_is_made_and_lets_in_twice(here: Site, live: str, chrome: Browser) -> None:
    lea = await make_member("lea", language="en-CA", profession="Agronome")
    context = await window(chrome, "phone", language="en-CA")
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    await log_in(context, live, await sessions.open_session(lea, "test", "127.0.0.1"))
    wire, device = await device_of(context, page)
    await page.goto(f"{live}/settings/security")
    await page.get_by_role("link", name="Add a passkey").click()
    await expect(page.locator("[data-no-passkeys]")).to_be_hidden()
    await page.get_by_label("Its name").fill("My phone")
    await page.get_by_label("Your password").fill(PASSWORD)
    await page.get_by_role("button", name="Continue").click()
    assert await find_barriers(page) == [] and await find_misfits(page) == []
    await page.get_by_role("button", name="Make the passkey").click()
    await expect(page.get_by_text("The passkey “My phone” lets you in from now on.")).to_be_visible()
    (kept,) = (await wire.send("WebAuthn.getCredentials", {"authenticatorId": device}))["credentials"]
    assert kept["isResidentCredential"] and kept["rpId"] == "localhost"

    poche = (await registering.register("Poche", [OUT_OF_BAND], "read")).app
    asked = urlencode({"client_id": poche.client_id, "redirect_uri": OUT_OF_BAND, "response_type": "code"})
    await context.clear_cookies()
    await page.goto(f"{live}/oauth/authorize?{asked}")  # the device answers what the page offers by itself
    await expect(page.get_by_role("heading", name="Let Poche in?")).to_be_visible()

    await codes.begin(lea)
    app = await codes.pending(lea)
    await codes.confirm(lea, PASSWORD, pyotp.TOTP(app.secret).at(clock.now()), keep="")
    await context.clear_cookies()
    await wire.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    await page.goto(f"{live}/oauth/authorize?{asked}")
    await page.get_by_label("E-mail or name").fill("lea")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log in", exact=True).click()
    await expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    await page.get_by_role("button", name="Log in with a passkey").click()
    await expect(page.get_by_text("No passkey answered. Try again, or use your password.")).to_be_visible()
    assert await find_barriers(page) == [] and await find_misfits(page) == []
    await wire.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
    await page.get_by_role("button", name="Log in with a passkey").click()
    await expect(page.get_by_role("heading", name="Let Poche in?")).to_be_visible()
    await page.get_by_role("button", name="Let it in", exact=True).click()
    await expect(page.get_by_role("heading", name="Your code for the application")).to_be_visible()
    assert complaints == []
    await context.close()


async def test_without_scripts_a_sentence_says_that_the_password_remains(live: str, chrome: Browser) -> None:
    context = await window(chrome, "desk", language="en-CA", scripts=False)
    page = await context.new_page()
    await page.goto(f"{live}/login")
    await expect(page.get_by_text("Passkeys need JavaScript")).to_be_visible()
    await expect(page.get_by_role("button", name="Log in with a passkey")).to_be_hidden()
    await context.close()
