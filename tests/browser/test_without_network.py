"""Keys for those who want them, and what remains of the site when there is no network."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect

from fedcop.accounts import service as accounts
from fedcop.accounts import sessions
from fedcop.accounts.models import Account
from fedcop.communities import service as communities
from fedcop.core.site import Site
from fedcop.discussions import service
from fedcop.discussions.models import Post
from tests.browser.rig import log_in, window
from tests.e2e.instances import until
from tests.rig.people import make_member


@pytest.fixture
async def lea(here: Site) -> Account:
    """A member with a question in her community."""
    account = await make_member("lea")
    community = await communities.found(account.actor, title="Fruitiers", name="fruitiers", purpose="Faire pousser")
    for title in ("Quelle toile ?", "Quelle paille ?"):
        await service.write(account.actor, community, kind="question", title=title, source="Contre le gel ?")
    return account


async def at_home(chrome: Browser, live: str, account: Account) -> Page:
    context = await window(chrome, "desk", service_workers="allow")
    await log_in(context, live, await sessions.open_session(account, "test", "127.0.0.1"))
    page = await context.new_page()
    await page.goto(live)
    return page


async def test_keys_act_only_for_who_chose_them(chrome: Browser, live: str, lea: Account) -> None:
    page = await at_home(chrome, live, lea)
    await page.keyboard.press("j")
    await expect(page.locator("article:focus")).to_have_count(0)
    await accounts.change_preferences(lea, shortcuts=True)
    await page.reload()
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await expect(page.locator("article:focus")).to_contain_text("Quelle toile ?")
    await page.keyboard.press("k")
    await expect(page.locator("article:focus")).to_contain_text("Quelle paille ?")
    await page.keyboard.press("/")
    await page.keyboard.type("jk?")
    await expect(page.locator("#search")).to_have_value("jk?")
    await page.locator("main").focus()
    await page.keyboard.press("g")
    await page.keyboard.press("c")
    await page.wait_for_url(f"{live}/communities")
    await page.keyboard.press("?")
    await page.wait_for_url(f"{live}/help#shortcuts")
    await page.context.close()


async def test_what_is_published_without_network_leaves_when_it_is_back(
    chrome: Browser, live: str, lea: Account
) -> None:
    page = await at_home(chrome, live, lea)
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await page.wait_for_function("localStorage.getItem('digest-taken')")
    thread = await Post.filter(title="Quelle toile ?").get()
    await page.goto(f"{live}/p/{thread.id}")
    await page.context.set_offline(True)
    area = page.get_by_label("Texte de votre réponse")
    await area.fill("Du lin.")
    await area.press("Control+Enter")
    await expect(page.get_by_text("Votre texte est gardé et partira dès son retour.")).to_be_visible()
    await page.goto(f"{live}/communities")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Il n’y a pas de réseau")
    await page.get_by_role("link", name="Lire mon dernier résumé").click()
    await expect(page.get_by_role("heading", name="Quelle paille ?")).to_be_visible()
    assert not await Post.filter(parent_id=thread.id).exists()
    await page.context.set_offline(False)
    # By the page or by the service worker, whoever hears first of the network.
    await until(
        lambda: Post.filter(parent_id=thread.id, source="Du lin.").exists(), "the reply did not leave", seconds=20
    )
    await page.goto(f"{live}/p/{thread.id}")
    await expect(page.locator(".reply .prose")).to_have_text("Du lin.")
    assert await Post.filter(parent_id=thread.id).count() == 1
    await expect(area).to_have_value("")
    await page.context.close()
