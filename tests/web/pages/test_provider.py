"""Signing in by the provider of an organisation: set by the admin, there and back over TLS, and which account is whose."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager

import pytest
from joserfc.jwk import ECKey

from fedcop.accounts import queries
from fedcop.accounts.signin import identities
from fedcop.accounts.signin.models import Identity, Provider, SignInStep
from fedcop.core.site import Site
from tests.fedcop.accounts.test_second_step import switch_on
from tests.rig.browser import Browser, Page
from tests.rig.clock import StandingClock
from tests.rig.fakeweb import FakeWeb
from tests.rig.people import PASSWORD, make_member
from tests.rig.provider import CLIENT, SECRET, FakeProvider, open_provider, secret_key
from tests.web.conftest import SignIn

Open = Callable[..., Awaitable[Browser]]
HOST = "id.coop.example"


@pytest.fixture
async def web() -> AsyncIterator[FakeWeb]:
    opened = FakeWeb()
    yield opened
    await opened.close()


@pytest.fixture
async def site(make_site: Callable[..., AbstractAsyncContextManager[Site]], web: FakeWeb) -> AsyncIterator[Site]:
    async with make_site(transport=web.transport()) as opened:
        yield opened


@pytest.fixture
async def coop(site: Site, web: FakeWeb, clock: StandingClock) -> FakeProvider:
    return await open_provider(web, HOST, clock)


@pytest.fixture
async def admin(sign_in: SignIn) -> Browser:
    return await sign_in(await make_member("adam", "admin", language="en-CA"))


async def set_up(admin: Browser, coop: FakeProvider, *ticks: str, domains: str = "") -> Page:
    page = await admin.get("/admin/sign-in")
    page.fill("Name on the button", "the co-op").fill("Address of the provider", coop.issuer)
    page.fill("Identifier", CLIENT).fill("Secret", SECRET).fill("Only for these", domains)
    for tick in ticks:
        page.choose(tick)
    return await admin.press("Save")


async def sent(browser: Browser, path: str = "/login/provider") -> str:
    """Follow the button to the provider; where it leads."""
    async with browser.client.get(path, allow_redirects=False) as answer:
        assert answer.status == 303
        return answer.headers["Location"]


async def through(browser: Browser, coop: FakeProvider, path: str = "/login/provider", **changed: str) -> Page:
    return await browser.get(coop.visit(await sent(browser, path), **changed))


async def test_an_admin_sets_a_provider_and_is_told_whether_it_answers(
    web: FakeWeb, coop: FakeProvider, admin: Browser, browser: Browser, sign_in: SignIn
) -> None:
    page = await admin.get("/admin/sign-in")
    assert "https://atelier.example/login/provider/back" in page.main.text
    page.fill("Address of the provider", "http://id.coop.example").fill("Only for these", "not a domain!")
    page = await admin.press("Save")
    assert page.status == 422 and len(page.problems) == 4
    web.down.add(HOST)
    assert "does not answer" in (await set_up(admin, coop)).messages[0]
    assert "Coop" not in (await browser.get("/login")).main.text and not (await Provider.get()).document
    web.down.clear()
    coop.document = {"issuer": "https://other.example"}
    assert "calls itself something else" in (await set_up(admin, coop)).main.text
    coop.document = {"authorization_endpoint": "javascript:alert(1)"}
    assert "no OpenID provider" in (await set_up(admin, coop)).main.text
    coop.document = {}
    page = await set_up(admin, coop, domains="@Coop.example\nverger.example")
    assert page.messages == ["The settings are saved, and the provider answers."]
    assert page.value("Only for these") == "coop.example\nverger.example"
    assert SECRET not in page.html and page.value("Secret") == ""
    await admin.press("Save")  # an empty secret keeps the one there is
    assert (await Provider.get()).secret == SECRET
    assert "the co-op" in (await browser.get("/login")).main.text
    for inside in ("https://localhost/", "https://10.0.0.1", "https://id.coop.local"):
        (await admin.get("/admin/sign-in")).fill("Address of the provider", inside)
        assert "does not answer" in (await admin.press("Save")).messages[0]
        assert (await Provider.get()).secret == ""  # it was made with another provider
    await admin.press("Remove")
    assert not await Provider.exists()
    assert (await browser.get("/login/provider")).path == "/login"
    mod = await sign_in("mod", role="moderator")
    assert (await mod.get("/admin/sign-in")).status == 404


async def test_somebody_links_by_their_password_once_and_is_known_then_by_subject_alone(
    site: Site, coop: FakeProvider, admin: Browser, open_browser: Open
) -> None:
    lea = await make_member("lea", language="en-CA", profession="Agronome")
    await set_up(admin, coop)
    coop.person["email"] = lea.email  # proves nothing here
    browser = await open_browser(language="en-CA")
    page = await through(browser, coop, "/login/provider?next=/settings/devices")
    assert (page.path, page.h1) == ("/login/provider/new", "Which account is yours?")
    assert lea.email in page.main.text and "does not open an account" in page.main.text
    page.fill("E-mail or name", "lea").fill("Password", "wrong")
    page = await browser.press("Log in and link")
    assert page.status == 422 and page.value("E-mail or name") == "lea"
    page.fill("Password", PASSWORD)
    assert (await browser.press("Log in and link")).path == "/settings/devices"
    await site.runner.settle()
    assert site.mailer.to(lea.email)[-1].subject.startswith("Your account is linked with the co-op")
    coop.person["email"] = "somebody-else@coop.example"
    other = await open_browser(language="en-CA")
    assert (await through(other, coop, "/login/provider?next=/settings/security")).path == "/settings/security"
    assert "linked on" in other.page.main.text

    await other.click("the co-op")
    other.page.fill("unlink_password", PASSWORD)
    page = await other.press("Remove the link")
    assert page.messages == ["The link with the co-op is removed. Your other devices were logged out."]
    assert (await browser.get("/settings")).path.startswith("/login")
    assert (await through(await open_browser(language="en-CA"), coop)).path == "/login/provider/new"


async def test_who_is_inside_links_in_the_settings_with_the_password(
    coop: FakeProvider, admin: Browser, sign_in: SignIn, open_browser: Open
) -> None:
    lea, sam = await make_member("lea", language="en-CA"), await make_member("sam", language="en-CA")
    await set_up(admin, coop)
    mine, his = await sign_in(lea, language="en-CA"), await sign_in(sam, language="en-CA")
    page = await mine.get("/settings/security")
    page = await through(mine, coop, page.link("Link with the co-op"))
    assert page.path == "/settings/security/provider" and "Is it you?" in page.main.text
    page.fill("Your password", "wrong")
    assert (await mine.press("Link them")).status == 422
    assert not await Identity.exists()
    mine.page.fill("Your password", PASSWORD)
    assert (await mine.press("Link them")).messages == ["Your account is linked with the co-op."]
    await through(his, coop, "/login/provider?link=1")
    his.page.fill("Your password", PASSWORD)
    assert (await his.press("Link them")).problems == [identities.TAKEN]
    assert [row.account_id for row in await Identity.all()] == [lea.id]


async def test_new_people_come_in_if_the_admin_chose_it_and_the_provider_verified_their_address(
    site: Site, coop: FakeProvider, admin: Browser, open_browser: Open
) -> None:
    await set_up(admin, coop, "Let new people in", domains="coop.example")
    for wrong in (
        {"email_verified": False},
        {"email": "x@elsewhere.example"},
        {"email": "x@evil-coop.example"},
        {"email": ""},
    ):
        before = dict(coop.person)
        coop.person |= wrong
        browser = await open_browser(language="en-CA")
        assert "does not open an account" in (await through(browser, coop)).main.text
        await browser.post("/login/provider/open", name="zoe")
        assert await queries.by_name("zoe") is None
        coop.person = before
    coop.quiet = True  # the particulars come from the provider's other address
    browser = await open_browser(language="en-CA")
    page = await through(browser, coop, "/login/provider?next=/settings/account")
    page.fill("Your address here", "admin")
    page = await browser.press("Create my account")
    assert page.status == 422 and page.value("Your name") == "Léa"
    page.fill("Your address here", "lea")
    assert (await browser.press("Create my account")).path == "/settings/account"
    lea = await queries.by_name("lea")
    assert (lea.email, lea.role, lea.actor.display_name) == ("lea@coop.example", "member", "Léa")
    assert [row.subject for row in await identities.of(lea)] == ["s-1"]
    assert (await through(await open_browser(), coop, "/login/provider?next=/settings/data")).path == "/settings/data"
    coop.person["sub"] = "s-2"  # the same address, somebody else: no second account, and not this one
    assert "does not open an account" in (await through(await open_browser(language="en-CA"), coop)).main.text


async def test_an_address_links_only_if_the_admin_chose_it_and_never_those_in_charge(
    coop: FakeProvider, admin: Browser, open_browser: Open, clock: StandingClock
) -> None:
    lea, owner, max_ = (
        await make_member("lea", profession="x"),
        await make_member("awa", "owner"),
        await make_member("max"),
    )
    await switch_on(max_, clock)
    await set_up(admin, coop, "Link accounts by e-mail address", domains="atelier.example")
    for person in ({"email": owner.email}, {"email": max_.email}, {"email": lea.email, "email_verified": False}):
        before = dict(coop.person)
        coop.person |= person
        assert (await through(await open_browser(), coop)).path == "/login/provider/new"
        coop.person = before
    coop.person["email"] = lea.email
    assert (await through(await open_browser(), coop)).path == "/welcome"
    assert [row.account_id for row in await Identity.all()] == [lea.id]


async def test_what_does_not_fit_lets_nobody_in_and_no_secret_is_written_down(  # I14
    site: Site, web: FakeWeb, coop: FakeProvider, admin: Browser, open_browser: Open, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    lea = await make_member("lea", profession="x")
    await set_up(admin, coop)
    await identities.link(lea, await Provider.get(), identities.Claimed(coop.issuer, "s-1"))
    right = dict(coop.claims)

    async def refused(**changed: str) -> None:
        browser = await open_browser(language="en-CA")
        page = await through(browser, coop, **changed)
        assert page.path == "/login" and len(page.messages) == 1, page.path
        assert "use your password" in page.messages[0]

    for wrong in (
        {"nonce": "other"}, {"nonce": None}, {"aud": "another client"}, {"iss": "https://evil.example"}, {"exp": 1}, {"exp": None},
        {"aud": [CLIENT, "other"]}, {"azp": "other"}, {"sub": None}, {"sub": 7}, {"sub": "x" * 256},
    ):  # fmt: skip
        coop.claims = {**right, **wrong}
        await refused()
    coop.claims = right
    for algorithm, key in (
        ("none", None),
        ("HS256", secret_key()),
        ("ES256", ECKey.generate_key("P-256", {"kid": "one"})),
    ):
        coop.algorithm, coop.signs_with = algorithm, key
        await refused()
    coop.algorithm, coop.signs_with = "ES256", coop.key
    for changed in (
        {"state": "other"},
        {"state": ""},
        {"iss": "https://evil.example"},
        {"error": "access_denied"},
        {"code": ""},
        {"code": "guess"},
    ):
        await refused(**changed)
    thief, victim = await open_browser(language="en-CA"), await open_browser(language="en-CA")
    back = coop.visit(await sent(thief))  # somebody else's way back, brought to another browser
    await sent(victim)
    assert (await victim.get(back)).path == "/login"
    assert (await thief.get(back)).path == "/welcome"
    assert (await thief.get(back)).path in ("/settings/security", "/login")  # once
    web.down.add(HOST)
    await refused()
    web.down.clear()
    assert (await through(await open_browser(), coop)).path == "/"
    said = " ".join(one.getMessage() for one in caplog.records if one.name.startswith(("fedcop", "web")))
    assert "nobody comes in by https://id.coop.example/realm" in said
    kept = json.dumps([row.value async for row in SignInStep.all()])
    for secret in (SECRET, "code-1", "token-of-access"):
        assert secret not in said and secret not in kept
    assert '"code"' not in kept


async def test_a_suspended_account_and_the_second_step_are_asked_after_all(
    site: Site, coop: FakeProvider, admin: Browser, open_browser: Open, clock: StandingClock
) -> None:
    lea = await make_member("lea", language="en-CA", profession="x")
    await set_up(admin, coop)
    made = await switch_on(lea, clock)
    browser = await open_browser(language="en-CA")
    page = await through(browser, coop)
    page.fill("E-mail or name", "lea").fill("Password", PASSWORD)
    page = await browser.press("Log in and link")
    assert page.path == "/login/code" and not await Identity.exists()  # half in links nothing
    page.fill("Recovery code", made[0])
    await browser.press("Log in with a recovery code")
    await through(browser, coop, "/login/provider?link=1")
    browser.page.fill("Your password", PASSWORD)
    await browser.press("Link them")
    other = await open_browser(language="en-CA")
    assert (await through(other, coop)).path == "/login/code"
    await admin.get(f"/admin/members/{lea.id}")
    admin.page.fill("Reason", "Publicité.")
    await admin.press("Suspend this account")
    page = await through(await open_browser(language="en-CA"), coop)
    assert page.path == "/login" and "suspended" in page.messages[0]
