"""The guided visit as somebody takes it who has no account: everything answers, and nothing of it is anywhere but in their browser."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable

from fedcop.core.site import Site
from tests.rig.browser import Browser
from tests.rig.queries import counted

Open = Callable[..., Awaitable[Browser]]
WRITES = ("INSERT", "UPDATE", "DELETE")


async def test_a_visit_leaves_nothing_behind(site: Site, open_browser: Open) -> None:
    browser = await open_browser(language="en-CA")
    with counted() as statements:
        await browser.get("/")
        await browser.click("Look around first")
        page = await browser.click("How do you hear those who say nothing?")
        assert page.path == "/visit/discussion" and "2 of 5: Reply" in page.main.text
        page.fill("Text of your reply", "é" * 501)
        page = await browser.press("Publish the reply")
        assert page.problems == ["In the visit, 500 characters are enough."] and page.value("Text of your reply")
        page.fill("Text of your reply", "A **talking stick**. <script>alert(1)</script>")
        page = await browser.press("Publish the reply")
        assert "<strong>talking stick</strong>" in page.html and "<script>alert" not in page.html
        page = await browser.press("Thanks")
        assert "Thanks · 3" in page.main.text and "3 replies" in page.main.text
        await browser.click("Next: Join")
        page = await browser.press("Send my request")
        assert (page.status, len(page.problems)) == (422, 1)
        page.choose("I have read the charter and I accept it.")
        page = await browser.press("Send my request")
        assert "You are a member." in page.main.text
        await browser.click("Next: Find again")
        page = await browser.click("Next: Look back")
        assert page.main.text.count("Done:") == 3
        other = await open_browser(language="en-CA")
        assert "talking stick" not in (await other.get("/visit/discussion")).html
        page = await browser.press("End the visit")
        assert page.path == "/" and page.messages == [
            "The visit is over, and nothing of it is kept. Here is the real place."
        ]
        assert "talking stick" not in (await browser.get("/visit/discussion")).html
        for forged in (b'{"said":"","kinds":5,"joined":1}', b'{"said":"\\ud800","kinds":[],"joined":1}'):
            kept = {"__Host-visit": urlsafe_b64encode(forged).decode()}
            browser.client.session.cookie_jar.update_cookies(kept, browser.client.make_url("/"))
            assert (await browser.get("/visit/discussion")).status == 200
    assert not [one for one in statements if one.upper().startswith(WRITES)]
