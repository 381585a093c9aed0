"""People at a real Chromium in front of real instances, and the mail server that keeps the letters they get."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from playwright.async_api import Browser, Page

from tests.browser.rig import connected, running_chromium, window
from tests.e2e.instances import PASSWORD, Instance, free_port, until

PATIENCE = 20.0  # on a busy machine


class Letters:
    """A mail server that keeps what it gets."""

    def __init__(self) -> None:
        self.kept: list[EmailMessage] = []
        self.port = free_port()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd names it
        """Take a letter."""
        letter = message_from_bytes(envelope.content, policy=default)
        assert isinstance(letter, EmailMessage)
        self.kept.append(letter)
        return "250 OK"

    @contextmanager
    def open(self) -> Iterator[Letters]:
        """Listen until the end."""
        controller = Controller(self, hostname="127.0.0.1", port=self.port)
        controller.start()
        try:
            yield self
        finally:
            controller.stop()

    async def to(self, person: Person, subject: str, words: str = "") -> Letter:
        """Wait for the newest letter to somebody whose subject begins like this, with these words in it; it is taken out."""

        async def found() -> EmailMessage | None:
            mine = [one for one in self.kept if person.address in one["to"] and one["subject"].startswith(subject)]
            mine = [one for one in mine if words in Letter(one).text]
            return mine[-1] if mine else None

        def otherwise() -> str:
            kept = [(one["to"], one["subject"]) for one in self.kept]
            return f"no letter {subject!r} with {words!r} to {person.address}: {kept}"

        letter = await until(found, otherwise, seconds=PATIENCE)
        assert letter is not None
        self.kept.remove(letter)
        return Letter(letter)


class Letter:
    """One letter as it is read, in text and in HTML."""

    def __init__(self, letter: EmailMessage) -> None:
        plain, html = letter.get_body(("plain",)), letter.get_body(("html",))
        assert plain is not None and html is not None, "a letter has both"
        self.language = str(letter["content-language"])
        self.text, self.html = plain.get_content().replace("\r\n", "\n"), html.get_content()

    def link(self, words: str) -> str:
        """Give the address that stands under some words; it stands in the HTML too."""
        found = re.search(rf"^{re.escape(words)}\n(http\S+)$", self.text, re.M)
        assert found, f"no link {words!r} in: {self.text}"
        assert found[1] in self.html.replace("&amp;", "&")
        return found[1]


class Person:
    """Somebody with an account on an instance, at their own window."""

    def __init__(self, name: str, home: Instance, page: Page) -> None:
        self.name, self.home, self.page = name, home, page
        self.address = f"{name}@{home.name}.example"
        page.set_default_timeout(PATIENCE * 1000)

    async def log_in(self) -> Person:
        """Log in through the form."""
        await self.go("/login")
        await self.page.fill("input[name=who]", self.name)
        await self.page.fill("input[name=password]", PASSWORD)
        await self.page.press("input[name=password]", "Enter")
        await self.page.wait_for_url(lambda url: "/login" not in url)
        return self

    async def go(self, path: str) -> int:
        """Open a page of one's own server, or the address that stands in a letter; gives the status."""
        answer = await self.page.goto(
            path if path.startswith("http") else self.home.url + path, wait_until="domcontentloaded"
        )
        assert answer is not None
        return answer.status

    async def press(self, name: str, *, sure: bool = False) -> None:
        """Press a button, and in the question that comes up the same one again if one is `sure`."""
        async with self.page.expect_navigation(wait_until="domcontentloaded"):
            await self.page.locator("main").get_by_role("button", name=name).first.click()
            if sure:
                await self.page.locator("dialog[open]").get_by_role("button", name=name).click()

    async def fill(self, **fields: str) -> None:
        """Fill fields by their names; of several of one name the first."""
        for name, text in fields.items():
            await self.page.locator(f"main [name={name}]:not([type=hidden])").first.fill(text)

    async def choose(self, *labels: str) -> None:
        """Tick or choose by the words beside it."""
        for label in labels:
            await self.page.locator("main").get_by_label(label, exact=True).first.check()

    async def says(self) -> str:
        """What the page says, with single blanks."""
        return " ".join((await self.page.locator("main").inner_text()).split())

    async def sees(self, path: str, *words: str) -> str:
        """Open a page again and again until it says all these words."""
        said = ""

        async def there() -> str:
            nonlocal said
            await self.go(path)
            said = await self.says()
            return said if all(word in said for word in words) else ""

        return await until(there, lambda: f"{path} does not say {words}: {said[:1500]}", seconds=PATIENCE)

    async def accept(self, path: str, button: str) -> None:
        """Read the charter, tick it, and answer."""
        await self.go(path)
        for box in await self.page.locator("main form input[type=checkbox]").all():
            await box.check()
        await self.press(button)


@asynccontextmanager
async def at_chromium() -> AsyncIterator[Browser]:
    """One Chromium for everybody."""
    with running_chromium() as address:
        async with connected(address) as browser:
            yield browser


async def person(browser: Browser, name: str, home: Instance, language: str) -> Person:
    """Give somebody a window and log them in."""
    page = await (await window(browser, language=language)).new_page()
    return await Person(name, home, page).log_in()
