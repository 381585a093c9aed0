"""Chromium, axe and a running instance, for tests that look at pages as they are drawn. Also usable by hand: `python -m tests.browser.shoot`."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO, Any
from weakref import WeakSet

import axe_playwright_python
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

CHROMIUM = os.environ.get("FEDCOP_TEST_CHROMIUM", "/usr/bin/chromium")
# Debian's chromium-headless-shell, where it is installed and no other program is asked for: the same engine draws the same pages with a
# quarter less of the processor. It has no windows, and knows nothing of notifications that are pushed.
SHELL = "/usr/lib/chromium/chromium-headless-shell"
LIGHT = SHELL if os.access(SHELL, os.X_OK) and "FEDCOP_TEST_CHROMIUM" not in os.environ else CHROMIUM
# What Playwright gives its own browsers, as far as it matters here: a mouse that hovers, no scrollbars that take room,
# no window that sleeps because nobody looks at it, and nothing of Chromium's own business.
SWITCHES = (
    "--headless", "--no-sandbox", "--remote-debugging-port=0", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic",
    "--hide-scrollbars", "--mute-audio", "--force-color-profile=srgb",
    "--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4",
    "--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding",
    "--disable-ipc-flooding-protection", "--disable-hang-monitor", "--disable-back-forward-cache", "--allow-pre-commit-input",
    "--disable-background-networking", "--disable-component-update", "--disable-component-extensions-with-background-pages",
    "--disable-default-apps", "--disable-extensions", "--disable-field-trial-config", "--disable-breakpad", "--disable-sync",
    "--disable-features=Translate,MediaRouter,OptimizationHints,HttpsUpgrades,PaintHolding", "--disable-popup-blocking",
    "--disable-search-engine-choice-screen", "--no-first-run", "--no-default-browser-check", "--no-service-autorun",
    "--metrics-recording-only", "--password-store=basic", "--use-mock-keychain",
    "--js-flags=--no-opt", "--in-process-gpu",  # axe runs once per page: a compiler that optimises it costs a quarter more
)  # fmt: skip
SAYS_WHERE = "DevTools listening on "
PATIENCE = 60
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
AXE_OPTIONS = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "rules": {"label-content-name-mismatch": {"enabled": True}, "target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
# What may be wrong in one look and right in another: colours, sizes, the words of a language, what a width shows or hides.
VARYING = {
    "runOnly": {
        "type": "rule",
        "values": [
            "color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable", "label-content-name-mismatch",
            "html-lang-valid", "valid-lang", "document-title", "landmark-unique", "landmark-one-main", "skip-link", "heading-order",
        ],
    },
    "resultTypes": ["violations"],
}  # fmt: skip
_with_axe: WeakSet[Page] = WeakSet()
WIDTHS = {"phone": (320, 640), "desk": (1280, 800)}


@dataclass(frozen=True)
class Look:
    """One of the ways in which a page is drawn. Its structure is the same in all of them: the first look asks all rules of axe."""

    width: str
    scheme: str
    language: str
    rules: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.width}-{self.scheme}-{self.language}"


PHONE = Look("phone", "light", "fr-CA", AXE_OPTIONS)
DESK = Look("desk", "dark", "en-CA", VARYING)
in_every_look = pytest.mark.parametrize("look", (PHONE, DESK), ids=str)


@contextmanager
def running_chromium(program: str = LIGHT) -> Iterator[str]:
    """Start a Chromium; give the address that `connected` wants."""
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        command = [program, *SWITCHES, f"--user-data-dir={profile}", "about:blank"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            address: Future[str] = Future()
            Thread(target=_listen, args=(process.stderr, address), daemon=True).start()
            try:
                yield address.result(PATIENCE)
            finally:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()


def _listen(words: IO[str], address: Future[str]) -> None:
    """Read all that Chromium says, to the end, lest it wait for a reader; somewhere in it stands its address."""
    last: deque[str] = deque(maxlen=20)
    for line in words:
        last.append(line)
        if line.startswith(SAYS_WHERE) and not address.done():
            address.set_result(line.removeprefix(SAYS_WHERE).strip())
    if not address.done():
        address.set_exception(RuntimeError("Chromium ended at once: " + "".join(last)))


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[Browser]:
    """Speak to a running Chromium; what was opened in it is closed afterwards."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect_over_cdp(address)
        try:
            yield browser
        finally:
            await browser.close()


async def window(
    browser: Browser, width: str = "desk", scheme: str = "light", *, language: str = "fr-CA", **options: Any
) -> BrowserContext:
    """Open a fresh window: "phone" (320 px) or "desk" (1280 px), "light" or "dark"; scripts=False turns JavaScript off. Nothing moves in it."""
    across, down = WIDTHS[width]
    scripts = options.pop("scripts", True)
    return await browser.new_context(
        viewport={"width": across, "height": down},
        color_scheme=scheme,  # type: ignore[arg-type]
        locale=language,
        java_script_enabled=scripts,
        reduced_motion="reduce",
        **options,
    )


async def log_in(context: BrowserContext, url: str, token: str, language: str = "") -> None:
    """Give a window the session of `accounts.sessions.open_session` (of an instance on plain http), and a language before the account's."""
    await context.add_cookies([{"name": "fedcop-session", "value": token, "url": url}])
    if language:
        await context.add_cookies([{"name": "fedcop-language", "value": language, "url": url}])


async def find_faults(page: Page, look: Look) -> list[str]:
    """Give all that is wrong with a page in a look, one line per element."""
    return [*await find_barriers(page, look.rules), *await find_misfits(page)]


async def find_barriers(page: Page, rules: dict[str, Any] = AXE_OPTIONS) -> list[str]:
    """Run axe on a page; give what it finds, one line per element.

    Meanwhile neither the header nor an open menu floats: what lies below the one depends on how far the page is rolled, and one rolls on;
    the other one closes. That neither hides what has the focus is looked at in keyboard.py.
    """
    if page not in _with_axe:
        await page.evaluate(AXE)
        await page.add_init_script(AXE)  # for whatever it shows next: half a megabyte is sent once
        _with_axe.add(page)
    found = await page.evaluate(
        """async options => {
          const floating = [...document.querySelectorAll(".top, .menu[open] > :not(summary)")];
          floating.forEach(one => { one.style.position = "static"; });
          try { return await axe.run(document, options); } finally { floating.forEach(one => { one.style.position = ""; }); }
        }""",
        rules,
    )
    return [
        f"{violation['id']}: {node['target']} {node.get('failureSummary', '')[:200]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


async def find_misfits(page: Page) -> list[str]:
    """Say what sticks out of the window to the side, what is too small to touch, what has no name."""
    found: list[str] = await page.evaluate(
        """() => {
          const misfits = [];
          const root = document.documentElement;
          if (root.scrollWidth > innerWidth) {
            misfits.push(`the page is ${root.scrollWidth} px wide in a window of ${innerWidth}`);
            for (const one of document.querySelectorAll("body *")) {
              const box = one.getBoundingClientRect();
              if (box.right > innerWidth + 1 && !one.closest(".for-ears")) misfits.push(`  sticks out: ${one.tagName}.${one.className}`);
            }
          }
          for (const one of document.querySelectorAll("button, summary, .btn, .tool, .rail a, .dock a, .tabs a, input:not([type=hidden]), select")) {
            const box = one.getBoundingClientRect();
            if (!box.width || one.closest(".option, .for-ears")) continue;
            if (box.height < 43.5) misfits.push(`too low to touch (${Math.round(box.height)} px): ${one.tagName} ${one.textContent.trim() || one.name}`);
          }
          for (const label of document.querySelectorAll("label[for]")) {
            const field = document.getElementById(label.htmlFor);
            if (label.getClientRects().length && field && !field.getClientRects().length) misfits.push(`nobody sees the field of: ${label.textContent.trim()}`);
          }
          return misfits;
        }"""
    )
    return found


async def shoot(page: Page, folder: Path, name: str) -> Path:
    """Keep a picture of the whole page."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{name}.png"
    size = page.viewport_size
    assert size is not None
    # A window as long as the page: what sticks to the bottom of a window would lie over the middle of the picture.
    await page.set_viewport_size({**size, "height": await page.evaluate("document.documentElement.scrollHeight")})
    await page.screenshot(path=target)
    await page.set_viewport_size(size)
    return target


async def shoot_all(
    browser: Browser, url: str, paths: Iterable[str], folder: Path, *, token: str = "", language: str = "fr-CA"
) -> list[Path]:
    """Keep pictures of pages at both widths, light and dark."""
    taken = []
    for width in WIDTHS:
        for scheme in ("light", "dark"):
            context = await window(browser, width, scheme, language=language)
            if token:
                await log_in(context, url, token, language)
            page = await context.new_page()
            for path in paths:
                await page.goto(url + path)
                name = path.strip("/").replace("/", "-").replace("?", "-") or "home"
                taken.append(await shoot(page, folder, f"{name}-{width}-{scheme}"))
            await context.close()
    return taken
