"""Signing in with a second step, as people do it, and what they set of it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import pyotp
import pytest

from fedcop.accounts import service
from fedcop.accounts.models import Account
from fedcop.accounts.signin import codes
from fedcop.core.site import Site
from tests.rig.authenticator import Device
from tests.rig.browser import Browser, Page
from tests.rig.clock import StandingClock
from tests.rig.people import PASSWORD, make_member
from tests.web.conftest import SignIn

Open = Callable[..., Awaitable[Browser]]


@pytest.fixture
async def lea(site: Site) -> Account:
    return await make_member("lea", language="en-CA", profession="Agronome")


async def switch_on(browser: Browser, clock: StandingClock) -> list[str]:
    """Set an app up at the pages; give the recovery codes."""
    page = await browser.get("/settings/security")
    page = await browser.press("Set up an app")
    async with browser.client.get(page.main.first("img")["src"]) as picture:
        assert (picture.content_type, picture.headers["Cache-Control"]) == ("image/svg+xml", "private, no-store")
    shown = pyotp.TOTP(page.main.first("code").text.replace(" ", ""))
    page.fill("Code", "123").fill("Your password", PASSWORD)
    page = await browser.press("Switch the codes on")
    assert (page.status, page.problems[0].startswith("This code is not right")) == (422, True)
    page.fill("Code", shown.at(int(clock.now().timestamp()))).fill("Your password", PASSWORD)
    page = await browser.press("Switch the codes on")
    assert page.headers["Cache-Control"] == "private, no-store"
    return [one.text for one in page.main.all("code")]


async def log_in(browser: Browser, path: str = "/login") -> Page:
    (await browser.get(path)).fill("E-mail or name", "lea").fill("Password", PASSWORD)
    return await browser.press("Log in")


async def test_one_sets_an_app_up_and_comes_in_by_two_steps(
    lea: Account, sign_in: SignIn, open_browser: Open, clock: StandingClock
) -> None:
    inside = await sign_in(lea, language="en-CA")
    await inside.get("/settings")
    await inside.click("Signing in")
    assert inside.page.path == "/settings/security"
    made = await switch_on(inside, clock)
    assert len(made) == 10
    page = await inside.get("/settings/security")
    assert "10 recovery codes left" in page.main.text and made[0] not in page.text
    assert (await inside.get("/settings/security/app")).path == "/settings/security"  # the secret is not shown again

    outside = await open_browser(language="en-CA")
    assert (await outside.get("/login/code")).path == "/login"
    page = await log_in(outside, "/settings/devices")
    assert (page.path, page.h1) == ("/login/code", "One more step")
    assert page.field("Code")["autocomplete"] == "one-time-code"
    assert (await outside.get("/settings/devices")).path.startswith("/login?")  # half in is not in
    page = (await outside.get("/login/code")).fill("Code", "000000")
    page = await outside.press("Log in")
    assert page.status == 422 and page.field("Code")["aria-invalid"] == "true"
    clock.advance(60)
    app = await codes.of(lea)
    page.fill("Code", pyotp.TOTP(app.secret).at(int(clock.now().timestamp())))
    assert (await outside.press("Log in")).path == "/settings/devices"

    other = await open_browser(language="en-CA")
    await log_in(other)
    other.page.fill("Recovery code", made[3])
    assert (await other.press("Log in with a recovery code")).path == "/"
    page = await other.get("/settings/security")
    assert "9 recovery codes left" in page.main.text and "Recovery code used" in page.main.text
    page.fill("recovery_password", "wrong")
    assert (await other.press("Make ten new codes")).problems == ["This is not your password."]
    other.page.fill("off_password", PASSWORD)
    page = await other.press("Switch off")
    assert page.messages == ["Codes are not asked any more when you log in."]
    assert (await log_in(await open_browser(language="en-CA"))).path == "/"


async def test_a_passkey_is_added_used_renamed_and_removed(
    lea: Account, sign_in: SignIn, open_browser: Open, clock: StandingClock
) -> None:
    mine, device = await sign_in(lea, language="en-CA"), Device("https://atelier.example", "atelier.example")
    assert (await mine.get("/settings/security/passkeys/make")).path == "/settings/security/passkeys/new"
    mine.page.fill("Its name", "My phone").fill("Your password", "wrong")
    assert (await mine.press("Continue")).value("Its name") == "My phone"
    mine.page.fill("Your password", PASSWORD)
    page = await mine.press("Continue")
    page.fill("credential", device.make(page.main.first("form", data_passkey="create")["data-options"]))
    assert (await mine.press("Make the passkey")).messages == ["The passkey “My phone” lets you in from now on."]

    outside = await open_browser(language="en-CA")
    await outside.get("/login?next=/settings/devices")
    form = outside.page.main.first("form", data_passkey="get")
    assert form["action"] == "/login/passkey"
    token = outside.page.value("csrf")
    async with outside.client.post(form["data-ask"], data={"csrf": token, "next": "/settings/devices"}) as answer:
        question = await answer.text()
    (await outside.get("/login?next=/settings/devices")).fill("credential", device.answer(question))
    assert (await outside.press("Log in with a passkey")).path == "/settings/devices"
    stranger = await open_browser(language="en-CA")
    (await stranger.get("/login?next=/settings/devices")).fill("credential", device.answer(question))
    page = await stranger.press("Log in with a passkey")
    assert (page.path, page.messages) == (
        "/login?next=%2Fsettings%2Fdevices",
        ["That took too long. Please begin again."],
    )

    await mine.get("/settings/security")
    (await mine.click("My phone")).fill("Its name", "")
    assert (await mine.press("Save")).status == 422
    mine.page.fill("Its name", "Old phone")
    await mine.press("Save")
    await mine.click("Old phone")
    mine.page.fill("remove_password", PASSWORD)
    page = await mine.press("Remove")
    assert page.messages == ["The passkey “Old phone” is removed. Your other devices were logged out."]
    assert (await outside.get("/settings")).path.startswith("/login")


async def test_whoever_takes_too_long_begins_again(
    lea: Account, sign_in: SignIn, open_browser: Open, clock: StandingClock
) -> None:
    await switch_on(await sign_in(lea, language="en-CA"), clock)
    browser = await open_browser(language="en-CA")
    page = await log_in(browser)
    clock.advance(601)
    page.fill("Code", "123456")
    page = await browser.press("Log in")
    assert (page.path, page.messages) == ("/login", ["That took too long. Please begin again."])


async def test_those_in_charge_help_somebody_who_lost_everything(
    site: Site, lea: Account, sign_in: SignIn, clock: StandingClock
) -> None:
    mine = await sign_in(lea, language="en-CA")
    await switch_on(mine, clock)
    mod = await sign_in(await make_member("mod", "moderator", language="en-CA"))
    page = await mod.get(f"/admin/members/{lea.id}")
    assert "Second step" not in page.main.text and "switched on" not in page.main.text
    await mod.post(f"/admin/members/{lea.id}/clear")
    assert await codes.is_on(lea)
    adam = await sign_in(await make_member("adam", "admin", language="en-CA"))
    await adam.get(f"/admin/members/{lea.id}")
    page = await adam.press("Remove the second step")
    assert page.messages == ["The second step of lea is removed; we wrote to them."]
    assert re.search(r"Second step removed by those in charge .* by adam", page.main.text)
    assert (await mine.get("/settings")).path.startswith("/login")
    await site.runner.settle()
    assert site.mailer.to(lea.email)[-1].subject.startswith("The second step of your log-in was removed")
    assert await service.log_in("lea", PASSWORD)


async def test_a_link_in_a_letter_lets_in_once_and_tells_strangers_nothing(
    site: Site, lea: Account, sign_in: SignIn, open_browser: Open, clock: StandingClock
) -> None:
    async def asked(email: str, path: str = "/login") -> Page:
        browser = await open_browser(language="en-CA")
        await browser.get(path)
        (await browser.click("Log in by a link in an e-mail")).fill("E-mail", email)
        return await browser.press("Send me a link")

    async def link() -> str:
        await site.runner.settle()
        texts = [mail.text for mail in site.mailer.to(lea.email) if "/login/link/" in mail.text]
        return re.search(r"https://atelier.example(/login/link/\S+)", texts[-1]).group(1)

    assert (await asked("nowhere")).status == 422
    pages = [await asked(email, "/login?next=/settings/devices") for email in ("nobody@atelier.example", lea.email)]
    assert [page.main.text for page in pages] == [pages[0].main.text] * 2
    first = await link()
    assert [mail.to for mail in site.mailer.sent] == [lea.email]
    browser = await open_browser(language="en-CA")
    await browser.get(first)
    await browser.get(first)  # a mail program that opens links uses nothing up
    assert (await browser.press("Log in")).path == "/settings/devices"
    await browser.get(first)
    assert (await browser.press("Log in")).status == 404
    await asked(lea.email)
    late = await link()
    clock.advance(901)
    await browser.get(late)
    assert (await browser.press("Log in")).status == 404
    await switch_on(await sign_in(lea, language="en-CA"), clock)
    await asked(lea.email)
    other = await open_browser(language="en-CA")
    await other.get(await link())
    assert (await other.press("Log in")).path == "/login/code"
    await asked(lea.email)
    stale = await link()
    await service.change_password(lea, PASSWORD, "une autre phrase longue")
    await other.get(stale)
    assert (await other.press("Log in")).status == 404
    await service.suspend(await make_member("awa", "owner"), lea, "Publicité.")
    await site.runner.settle()
    written = len(site.mailer.sent)
    await asked(lea.email)
    await site.runner.settle()
    assert len(site.mailer.sent) == written
