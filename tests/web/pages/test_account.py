"""Coming in, as people do it: sign up, confirm, log in, log out, a forgotten password, the first owner."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import pytest

from fedcop.accounts import instance, invites, queries, service, sessions
from fedcop.accounts.models import Account, Session
from fedcop.actors import queries as actors
from fedcop.core.site import Site
from tests.rig.browser import Browser
from tests.rig.people import PASSWORD, make_member
from tests.web.conftest import SignIn

Open = Callable[..., Awaitable[Browser]]


@pytest.fixture
async def owner(site: Site) -> Account:
    """The owner of an instance where everybody may sign up."""
    account = await make_member("patronne", "owner", language="en-CA")
    await instance.change(account, registration="open")
    return account


async def last_link(site: Site, to: str) -> str:
    """The path of the link in the last letter to somebody."""
    await site.runner.settle()
    found = re.search(r"https://atelier\.example(/\S+)", site.mailer.to(to)[-1].text)
    assert found
    return found.group(1)


async def fill_sign_up(
    browser: Browser, name: str = "lea", email: str = "lea@exemple.test", password: str = PASSWORD
) -> None:
    page = await browser.get("/signup")
    page.fill("Your name", "Léa Roy").fill("Your address here", name).fill("E-mail", email).fill("Password", password)
    await browser.press("Create my account")


async def test_somebody_signs_up_confirms_and_logs_in(site: Site, owner: Account, open_browser: Open) -> None:
    browser = await open_browser(language="en-CA")
    await fill_sign_up(browser)
    assert (browser.page.path, browser.page.h1) == ("/signup/mailed", "Look into your mailbox")
    link = await last_link(site, "lea@exemple.test")
    await browser.get(link)  # a mail program that opens links confirms nothing
    assert await actors.local_by_name("lea") is None
    await browser.press("Confirm my address")
    assert (browser.page.path, browser.page.messages) == ("/login", ["Your address is confirmed. You can log in now."])
    browser.page.fill("E-mail or name", "Lea").fill("Password", PASSWORD)
    await browser.press("Log in")
    assert (browser.page.path, browser.page.h1) == ("/welcome", f"Welcome to {(await instance.read()).name}")
    browser.page.fill("Profession", "Agronome")
    await browser.press("Save and continue")
    assert browser.page.path == "/welcome/communities"
    assert (await actors.local_by_name("lea")).profession == "Agronome"
    assert (await browser.get(link)).status == 200
    assert (await browser.press("Confirm my address")).status == 404


async def test_what_is_wrong_stands_at_its_field_and_the_rest_is_kept(owner: Account, open_browser: Open) -> None:
    browser = await open_browser(language="en-CA")
    await fill_sign_up(browser, name="admin", email="nowhere", password="short")
    page = browser.page
    assert page.status == 422
    assert page.title.startswith("3 errors – Create an account")
    assert len(page.problems) == 3
    assert page.value("Your name") == "Léa Roy"
    assert page.value("E-mail") == "nowhere"
    assert page.value("Password") == ""
    assert page.field("E-mail")["aria-invalid"] == "true"


async def test_in_french_it_is_french(owner: Account, browser: Browser) -> None:
    page = await browser.get("/signup")
    assert page.h1 == "Créer un compte"
    page.fill("Votre adresse ici", "lea").fill("Courriel", "x").fill("Mot de passe", "court")
    page = await browser.press("Créer mon compte")
    assert page.title.startswith("2 erreurs – Créer un compte")
    assert "Entrez une adresse courriel complète, comme nom@example.org." in page.problems


async def test_on_approval_one_says_who_one_is_and_waits(
    site: Site, owner: Account, open_browser: Open, sign_in: SignIn
) -> None:
    await instance.change(owner, registration="approval", sign_up_question="Votre métier ?")
    browser = await open_browser(language="en-CA")
    page = await browser.get("/signup")
    page.fill("Your address here", "lea").fill("E-mail", "lea@exemple.test").fill("Password", PASSWORD)
    await browser.press("Ask for an account")
    assert browser.page.problems == ["Say in a sentence who you are; the people in charge will read it."]
    browser.page.fill("Votre métier ?", "Agronome").fill("Password", PASSWORD)
    await browser.press("Ask for an account")
    await browser.get(await last_link(site, "lea@exemple.test"))
    await browser.press("Confirm my address")
    assert browser.page.path == "/signup/waiting"
    await browser.get("/login")
    browser.page.fill("E-mail or name", "lea").fill("Password", PASSWORD)
    await browser.press("Log in")
    assert browser.page.problems == ["Your request is waiting for an answer. You will get an e-mail."]
    admin = await sign_in(owner)
    await admin.get("/admin")
    assert "1 request" in admin.page.main.text
    await admin.click("Members")
    assert "Agronome" in admin.page.main.text
    await admin.press("Let in")
    assert admin.page.messages == ["lea may log in now; we wrote to them."]
    browser.page.fill("Password", PASSWORD)
    await browser.press("Log in")
    assert browser.hops[0] == 303


async def test_a_closed_instance_says_so_and_invitations_open_it(
    site: Site, owner: Account, open_browser: Open
) -> None:
    await instance.change(owner, registration="invitation")
    browser = await open_browser(language="en-CA")
    assert "One comes in by invitation here." in (await browser.get("/signup")).main.text
    page = await browser.get("/")
    assert "Join us" not in page.links and page.link("Log in") == "/login"
    invite = await invites.create(owner)
    page = await browser.get(f"/invite/{invite.code}")
    assert "patronne invites you." in page.main.text
    page.fill("Your address here", "lea").fill("E-mail", "lea@exemple.test").fill("Password", PASSWORD)
    await browser.press("Create my account")
    assert browser.page.path == "/signup/mailed"
    assert (await browser.get("/invite/nonsense")).status == 404
    assert browser.page.h1 == "This link does not work any more"


async def test_unknown_and_wrong_look_alike(owner: Account, open_browser: Open) -> None:
    browser, seen = await open_browser(language="en-CA"), []
    for who in ("patronne", "nobody", "nobody@exemple.test"):
        (await browser.get("/login")).fill("E-mail or name", who).fill("Password", "wrong password")
        page = await browser.press("Log in")
        assert page.value("E-mail or name") == who
        seen.append((page.status, page.problems))
    assert seen == [(422, [service.WRONG])] * 3


async def test_one_comes_back_to_where_one_wanted_to_go(owner: Account, open_browser: Open) -> None:
    browser = await open_browser(language="en-CA")
    await browser.get("/settings/devices")
    assert browser.page.path == "/login?next=/settings/devices"
    browser.page.fill("E-mail or name", "patronne").fill("Password", PASSWORD)
    await browser.press("Log in")
    assert browser.page.path == "/settings/devices"


@pytest.mark.parametrize(
    "elsewhere", ["https://mal.example/", "//mal.example/", "/\\mal.example", "javascript:alert(1)", "/\t/mal.example"]
)
async def test_logging_in_never_leads_elsewhere(owner: Account, open_browser: Open, elsewhere: str) -> None:  # G18
    browser = await open_browser(language="en-CA")
    await browser.get("/login")
    browser.page.field("next").attributes["value"] = elsewhere
    browser.page.fill("E-mail or name", "patronne").fill("Password", PASSWORD)
    await browser.press("Log in")
    assert browser.page.path in ("/", "/welcome")


async def test_logging_in_makes_a_new_session_and_ends_the_old_one(owner: Account, open_browser: Open) -> None:
    browser = await open_browser(language="en-CA")
    planted = await sessions.open_session(owner, "planted by somebody")
    browser.client.session.cookie_jar.update_cookies({"__Host-session": planted}, browser.client.make_url("/"))
    await browser.get("/settings")
    await browser.post("/login", who="patronne", password=PASSWORD)
    assert browser.hops[0] == 303
    assert await sessions.viewer_of(planted) is None
    (session,) = await Session.all()
    assert session.user_agent != "planted by somebody"


async def test_a_session_that_nobody_opened_opens_nothing(owner: Account, open_browser: Open) -> None:
    browser = await open_browser(language="en-CA")
    browser.client.session.cookie_jar.update_cookies(
        {"__Host-session": "chosen-by-somebody"}, browser.client.make_url("/")
    )
    assert (await browser.get("/settings")).path.startswith("/login")


async def test_logging_out_ends_the_session_on_the_server(owner: Account, sign_in: SignIn) -> None:
    browser = await sign_in(owner)
    await browser.get("/settings")
    token = next(cookie.value for cookie in browser.client.session.cookie_jar if cookie.key == "__Host-session")
    await browser.press("Log out")
    assert browser.page.messages == ["You are logged out."]
    assert await sessions.viewer_of(token) is None
    assert (await browser.get("/settings")).path.startswith("/login")


async def test_forms_of_other_sites_do_nothing(owner: Account, sign_in: SignIn) -> None:  # I08
    browser = await sign_in(owner)
    await browser.get("/settings")
    for path in ("/logout", "/settings/data/delete", "/settings/account/password", "/u/patronne/block"):
        browser.page.root.children.clear()
        assert (await browser.post(path)).status == 403
    assert await Account.exists(id=owner.id)
    assert await Session.all().count() == 1


async def test_a_way_back_that_no_header_holds_is_left_out(open_browser: Open) -> None:
    browser = await open_browser(language="en-CA")
    await browser.get("/settings/devices?of=" + "%C3%A9" * 1200)
    assert browser.page.path == "/login?next=/"


async def test_a_forgotten_password_is_replaced(site: Site, owner: Account, open_browser: Open) -> None:
    browser = await open_browser(language="en-CA")
    for email in ("nobody@exemple.test", owner.email):
        await browser.get("/login")
        await browser.click("I forgot my password")
        browser.page.fill("E-mail", email)
        await browser.press("Send me a link")
        assert browser.page.path == "/reset/sent"
    link = await last_link(site, owner.email)
    await browser.get(link)
    browser.page.fill("New password", "short")
    assert (await browser.press("Change my password")).status == 422
    browser.page.fill("New password", "une autre phrase longue")
    await browser.press("Change my password")
    assert browser.page.path == "/login"
    assert await service.log_in("patronne", "une autre phrase longue")
    assert (await browser.get(link)).status == 404, "nobody thinks of a password for a link that does nothing"


async def test_of_two_who_open_a_link_one_changes_the_password(site: Site, owner: Account, open_browser: Open) -> None:
    await service.ask_reset(owner.email)
    link, browsers = await last_link(site, owner.email), [await open_browser(language="en-CA") for _ in range(2)]
    for browser in browsers:
        await browser.get(link)
        browser.page.fill("New password", "une autre phrase longue")
    assert [(await browser.press("Change my password")).status for browser in browsers] == [200, 404]


async def test_the_first_owner_takes_the_instance_into_use(site: Site, open_browser: Open) -> None:
    url = await service.owner_link()
    browser = await open_browser(language="en-CA")
    page = await browser.get(url.removeprefix("https://atelier.example"))
    page.fill("Name of the instance", "Réseau Atelier").fill("Your name", "Awa").fill("Your address here", "awa")
    page.fill("E-mail", "awa@exemple.test").fill("Password", "short")
    await browser.press("Become the owner")
    assert browser.page.status == 422
    assert browser.page.value("Name of the instance") == "Réseau Atelier"
    browser.page.fill("Password", PASSWORD)
    await browser.press("Become the owner")
    assert browser.page.path == "/admin/settings"
    assert browser.page.value("Name") == "Réseau Atelier"
    assert (await queries.by_name("awa")).role == "owner"
    other = await open_browser(language="en-CA")
    assert (await other.get(url.removeprefix("https://atelier.example"))).status == 404


async def test_members_do_not_see_these_doors(owner: Account, sign_in: SignIn) -> None:
    browser = await sign_in(owner)
    for path in ("/signup", "/login"):
        assert (await browser.get(path)).path == "/"


async def test_guessing_is_slowed_down(owner: Account, open_browser: Open) -> None:
    browser = await open_browser(language="en-CA")
    await browser.get("/login")
    for _ in range(10):
        await browser.post("/login", who="patronne", password="wrong wrong wrong")
    assert (await browser.post("/login", who="patronne", password=PASSWORD)).status == 429
