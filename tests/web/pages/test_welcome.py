"""The three steps of a newcomer and the list on the home page; and that nobody who is at home is disturbed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fedcop.accounts import service as accounts
from fedcop.accounts.models import Account
from fedcop.communities import service as communities
from fedcop.core.site import Site
from fedcop.digests import queries as digests
from fedcop.discussions import service as discussions
from tests.rig.browser import Browser
from tests.rig.clock import StandingClock
from tests.rig.people import PASSWORD, make_member
from tests.rig.samples import picture
from tests.web.conftest import SignIn

Open = Callable[..., Awaitable[Browser]]
LIST = "To settle in"


async def test_three_steps_then_a_list_that_is_put_away(site: Site, open_browser: Open) -> None:
    lea = (await make_member("lea", display_name="Léa Roy")).actor
    big = await communities.found(lea, title="Kitchens", name="kitchens", purpose="Cook for many")
    close = await communities.found(lea, title="Soils", name="soils", purpose="For agronomists")
    await communities.found(
        lea, title="Board", name="board", purpose="Decide", visibility="private", join_policy="invitation"
    )
    for number in range(2):
        await communities.join((await make_member(f"m{number}")).actor, big)
    account = await make_member("sam", language="en-CA")
    browser = await open_browser(language="en-CA")
    (await browser.get("/login")).fill("E-mail or name", "sam").fill("Password", PASSWORD)
    page = await browser.press("Log in")
    assert page.path == "/welcome"
    page.fill("Profession", "Agronomist " * 20)
    page = await browser.press("Save and continue")
    assert (page.status, len(page.problems)) == (422, 1) and page.value("Profession").startswith("Agronomist")
    page.fill("Profession", "Agronomist").attach("A picture of you", "me.png", b"no picture")
    page = await browser.press("Save and continue")
    assert (page.status, len(page.problems)) == (422, 1)
    page.attach("A picture of you", "me.jpg", picture())
    page = await browser.press("Save and continue")
    titles = [one.text for one in page.main.all("h3")]
    assert page.path == "/welcome/communities" and titles == ["Soils", "Kitchens"]
    assert "Close to what you do" in page.main.text
    page = await browser.press("Not for me Kitchens")
    assert page.messages == ["This community is not suggested to you any more."]
    assert page.path == "/welcome/communities" and [one.text for one in page.main.all("h3")] == ["Soils"]
    await accounts.change_preferences(await Account.get(actor__name="sam"), not_suggested=None)
    await browser.get("/welcome/communities")
    page = await browser.click("Join Soils")
    page = await browser.press("Join")
    assert page.path == "/welcome/communities" and "You are in: Soils" in page.main.text
    page = await browser.press("Follow Kitchens")
    assert page.path == "/welcome/communities" and [one.text for one in page.main.all("h3")] == []
    await site.runner.settle()
    page = await browser.press("Continue")
    assert page.path == "/welcome/letters" and "a summary every Tuesday" in page.main.text
    assert (await browser.post("/welcome/letters", rhythm="hourly", weekday="1", hour="8")).problems
    page = await browser.post("/welcome/letters", rhythm="month", weekday="4", hour="9")
    assert page.path == "/" and LIST in page.main.text and "3 of 5 done" in page.main.text
    assert {rhythm for _one, rhythm in await digests.homes(account)} == {"month"}
    await browser.click("Take the guided visit")
    page = await browser.press("End the visit")
    assert page.path == "/" and "4 of 5 done" in page.main.text
    page = await browser.click("Say hello, ask or answer")
    assert page.path == "/c/soils/new"
    await discussions.write(account.actor, close, kind="question", title="Hello", source="Hello all")
    assert LIST not in (await browser.get("/")).main.text


async def test_once_a_year_one_says_that_ones_details_are_right(sign_in: SignIn, clock: StandingClock) -> None:
    account, question = await make_member("lea", language="en-CA"), "Are your details still right?"
    home = await sign_in(account)
    assert question not in (await home.get("/")).main.text
    clock.advance(366 * 86400)
    home = await sign_in(account)
    assert question in (await home.get("/")).main.text
    page = await home.press("They are right")
    assert page.path == "/" and question not in page.main.text


async def test_steps_can_be_skipped_taken_up_again_and_put_away_for_good(open_browser: Open, sign_in: SignIn) -> None:
    home = await sign_in(await make_member("lea", language="en-CA"))
    assert LIST not in (await home.get("/")).main.text
    assert (await home.post("/welcome", skip="1")).path == "/welcome/communities"
    assert LIST not in (await home.get("/")).main.text
    await make_member("sam", language="en-CA")
    browser = await open_browser(language="en-CA")
    (await browser.get("/login?next=/help")).fill("E-mail or name", "sam").fill("Password", PASSWORD)
    await browser.press("Log in")
    assert browser.page.path == "/help"
    await browser.get("/")
    assert "0 of 5 done" in browser.page.main.text
    await browser.click("Say what you do")
    assert (await browser.get("/welcome/communities")).link("Found a community") == "/communities/new"
    await browser.get("/welcome")
    for path in ("/welcome/communities", "/welcome/letters", "/"):
        page = await browser.press("Skip this step")
        assert page.path == path
    assert "0 of 5 done" in page.main.text
    page = await browser.press("Put this list away")
    assert page.path == "/" and LIST not in page.main.text
    await browser.press("Log out")
    (await browser.get("/login")).fill("E-mail or name", "sam").fill("Password", PASSWORD)
    await browser.press("Log in")
    assert browser.page.path == "/" and LIST not in browser.page.main.text
    assert (await Account.get(actor__name="sam")).preferences["welcome"] == {}
