"""The tasks of a member's week without a mouse: every one from its first Tab to what it leads to, in one window and one life."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, FileChooser, Page, expect

from fedcop.actors.models import Actor
from fedcop.communities import service as communities
from fedcop.communities.models import Community
from fedcop.core.clock import now
from fedcop.core.site import Site
from fedcop.discussions import service
from fedcop.discussions.models import Post
from tests.browser.keyboard import follow, press, reach, skip, write
from tests.browser.rig import WIDTHS, window
from tests.rig.clock import StandingClock
from tests.rig.people import PASSWORD, make_member
from tests.rig.samples import pdf


class Orchard:
    """A community with two talkative people; Sacha, who has a keyboard, is not in it yet."""

    community: Community
    lea: Actor
    noor: Actor
    thread: Post


@pytest.fixture
async def orchard(here: Site) -> Orchard:
    found = Orchard()
    found.lea = (await make_member("lea", display_name="Léa Roy", language="en-CA")).actor
    found.noor = (
        await make_member("noor", display_name="Noor Tessier", profession="Nursery keeper", language="en-CA")
    ).actor
    await make_member("sacha", display_name="Sacha Petit", language="en-CA")
    found.community = await communities.found(
        found.lea, title="Northern fruit", name="fruit", purpose="Grow what survives the winter"
    )
    await communities.join(found.noor, found.community)
    found.thread = await service.write(
        found.lea, found.community, kind="question", title="Which cover against frost?", source="Linen or plastic?"
    )
    return found


async def test_a_week_without_a_mouse(
    here: Site, live: str, chrome: Browser, orchard: Orchard, clock: StandingClock, tmp_path: Path
) -> None:
    page = await (await window(chrome, language="en-CA")).new_page()
    await page.goto(live)
    await log_in(page, "sacha")
    await join(page)
    await follow(page, "Which cover against frost?")
    clock.advance(60)
    await service.reply(orchard.noor, orchard.thread, source="Linen breathes better.")
    await read_and_reply(page)
    await report(page)
    await publish_with_a_file(page, tmp_path)
    await change_frequency(page)
    await find_a_person(page)
    await here.runner.settle(strict=False)  # what was written is indexed
    await search(page)
    sacha = await Actor.get(name="sacha")
    await communities.suspend(orchard.lea, orchard.community, sacha, "Sharp words.", now() + timedelta(days=9))
    await appeal(page)
    await log_out(page)
    across, down = WIDTHS["phone"]  # a keyboard at a phone, or a page four times as large: the dock may cover things
    await page.set_viewport_size({"width": across, "height": down})
    await log_in(page, "lea")
    await moderate(page)
    await invite_by_a_list(page)
    await answer_on_a_phone(page)


async def log_in(page: Page, name: str) -> None:
    await follow(page, "Log in")
    await write(page, "E-mail or name", name)
    await write(page, "Password", PASSWORD)
    await press(page, "Show the password")
    await expect(page.locator("#f-password")).to_have_attribute("type", "text")
    await follow(page, "Log in")
    await expect(page.locator("form[action='/logout']")).to_be_attached()


async def log_out(page: Page) -> None:
    await press(page, "Sacha Petit", back=True)
    await follow(page, "Log out")


async def join(page: Page) -> None:
    await follow(page, "Skip this step")
    await follow(page, "Join Northern fruit")
    await follow(page, "Join")
    await expect(page.get_by_role("status").first).to_contain_text("Welcome")
    await follow(page, "Continue")
    await follow(page, "Finish")
    await follow(page, "Put this list away")


async def read_and_reply(page: Page) -> None:
    await follow(page, "Home", back=True)
    await follow(page, "Which cover against frost?")
    await press(page, "1 new since your last visit…")
    await write(page, "Text of your reply", "And hemp?")
    await follow(page, "Publish the reply")
    await expect(page.locator("article.reply").last).to_contain_text("And hemp?")


async def report(page: Page) -> None:
    await press(page, "More on…", back=True)
    await follow(page, "Report…")
    await write(page, "What is wrong?", "It is an advertisement.")
    await follow(page, "Send the report")
    await expect(page.get_by_role("status").first).to_contain_text("You will be told")


async def publish_with_a_file(page: Page, folder: Path) -> None:
    (folder / "sheet.pdf").write_bytes(pdf("Frost"))
    # Asked for long before the key is pressed: Chromium catches choosers only some time after it is told to.
    chosen: asyncio.Queue[FileChooser] = asyncio.Queue()
    page.once("filechooser", lambda chooser: chosen.put_nowait(chooser))
    await follow(page, "Northern fruit", back=True)
    await follow(page, "Share")
    await reach(page, "Question…")
    await page.keyboard.press("ArrowDown")
    await write(page, "Title", "A sheet about frost")
    await write(page, "Your text", "Here it is.")
    await press(page, "Add files…")
    await (await asyncio.wait_for(chosen.get(), timeout=30)).set_files(folder / "sheet.pdf")
    await follow(page, "Publish")
    await expect(page.get_by_role("heading", level=1)).to_have_text("A sheet about frost")
    await expect(page.get_by_role("link", name="sheet.pdf")).to_be_visible()


async def change_frequency(page: Page) -> None:
    await follow(page, "Notifications", back=True)
    await follow(page, "Choose what you receive")
    await reach(page, "How often, from Northern fruit")
    await page.keyboard.press("ArrowDown")
    await follow(page, "Save")
    await expect(page.get_by_role("status").first).not_to_be_empty()


async def find_a_person(page: Page) -> None:
    await follow(page, "Directory", back=True)
    await write(page, "Profession, region, name", "nursery")
    await follow(page, "Find")
    await follow(page, "Noor Tessier")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Noor Tessier")


async def search(page: Page) -> None:
    await reach(page, "Search", back=True)
    await reach(page, "Search", back=True)
    await page.keyboard.insert_text("frost")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await skip(page)
    await follow(page, "A sheet about frost")


async def appeal(page: Page) -> None:
    await press(page, "Sacha Petit", back=True)
    await follow(page, "Settings")
    await follow(page, "My appeals")
    await write(page, "Why should it be looked at again?", "I only asked about the price.")
    await follow(page, "Appeal")
    await expect(page.get_by_text("I only asked about the price.")).to_be_visible()


async def moderate(page: Page) -> None:
    await follow(page, "Communities", back=True)
    await follow(page, "Northern fruit")
    await follow(page, "Reports…")
    await write(page, "A sentence for who reported…", "Thank you, it is one.")
    await follow(page, "Acted upon…")
    await expect(page.get_by_text("No report waits.")).to_be_visible()


async def invite_by_a_list(page: Page) -> None:
    await follow(page, "Communities", back=True)
    await follow(page, "Northern fruit")
    await follow(page, "Members…")
    await follow(page, "Invitations…")
    await follow(page, "Invite many by a list")
    await write(page, "The list", "ann@orchard.example, Ann\nbob@orchard.example, Bob")
    await follow(page, "See what this list means")
    await follow(page, "Invite 2 people")
    await expect(page.get_by_role("status").first).to_contain_text("2")


async def answer_on_a_phone(page: Page) -> None:
    await follow(page, "Home", back=True)
    await follow(page, "Which cover against frost?")
    await write(page, "Text of your reply", "Linen it is.")
    await follow(page, "Publish the reply")
    await expect(page.locator("article.reply").last).to_contain_text("Linen it is.")
