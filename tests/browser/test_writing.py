"""What scripts add while one writes and reads a thread: names to choose from, quoting by selection, news that do not move the page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from playwright.async_api import Browser, Page, expect

from fedcop.accounts import sessions
from fedcop.communities import service as communities
from fedcop.core.site import Site
from fedcop.discussions import service
from tests.browser.rig import PHONE, find_faults, log_in, window
from tests.rig.clock import StandingClock
from tests.rig.people import make_member

TEXT = "Le lin respire mieux que le plastique."


async def test_a_reply_is_written_with_names_and_quotes(
    chrome: Browser, live: str, here: Site, clock: StandingClock
) -> None:
    lea, noor = await make_member("lea"), (await make_member("noor", profession="Pépiniériste")).actor
    community = await communities.found(lea.actor, title="Fruitiers", name="fruitiers", purpose="Faire pousser")
    await communities.join(noor, community)
    thread = await service.write(
        lea.actor, community, kind="question", title="Quelle toile ?", source="Contre le gel ?"
    )
    await service.reply(noor, thread, source=TEXT)
    context = await window(chrome, "phone")
    await log_in(context, live, await sessions.open_session(lea, "test", "127.0.0.1"))
    page = await context.new_page()
    await page.clock.install()
    await page.goto(f"{live}/p/{thread.id}")
    await _names(page)
    await _quotes(page)
    clock.advance(60)
    await _news(page, thread.id, lambda: service.reply(noor, thread, source="Et la paille ?"))
    await context.close()


async def _names(page: Page) -> None:
    area = page.get_by_label("Texte de votre réponse")
    await area.press_sequentially("Merci @no")
    await page.clock.fast_forward(300)
    option = page.get_by_role("option", name="noor")
    await expect(option).to_have_attribute("aria-selected", "true")
    await expect(page.get_by_role("status").filter(has_text="1 suggestion")).to_be_attached()
    assert not await find_faults(page, PHONE)
    await area.press("Enter")
    await expect(area).to_have_value("Merci @noor@" + (await page.evaluate("location.host")) + " ")
    await expect(option).to_have_count(0)
    await area.press_sequentially("et @no")
    await page.clock.fast_forward(300)
    await expect(page.locator(".suggestions li")).to_have_count(1)
    await area.press("Escape")
    await expect(page.locator(".suggestions li")).to_have_count(0)
    await area.fill("")


async def _quotes(page: Page) -> None:
    prose = page.locator(".reply .prose")
    await prose.evaluate(
        """one => { const range = document.createRange(); range.setStart(one.querySelector("p").firstChild, 0);
        range.setEnd(one.querySelector("p").firstChild, 14); getSelection().removeAllRanges(); getSelection().addRange(range); }"""
    )
    # A click by keyboard, so that the selection stays as it does for people.
    await page.locator(".reply details.menu").evaluate("one => one.open = true")
    await page.locator(".reply a[data-quote]").evaluate("one => one.click()")
    await expect(page.get_by_label("Texte de votre réponse")).to_have_value("> Le lin respire\n\n")
    await expect(page.get_by_label("Texte de votre réponse")).to_be_focused()


async def _news(page: Page, thread: int, answer: Callable[[], Awaitable[object]]) -> None:
    before = await page.locator("article.reply").count()
    await answer()
    await page.clock.fast_forward(31_000)
    region = page.get_by_role("status").filter(has_text="1 nouvelle réponse")
    await expect(region).to_be_visible()
    assert await page.locator("article.reply").count() == before, "what one reads does not move by itself"
    await region.get_by_role("link", name="Afficher").click()
    await expect(page.locator("article.reply")).to_have_count(before + 1)
    assert page.url.endswith(f"/p/{thread}#new")
    await expect(page.get_by_label("Texte de votre réponse")).to_have_value("> Le lin respire\n\n")
