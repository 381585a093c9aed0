"""Chromium, axe and a running instance, for tests that look at pages as they are drawn. Also usable by hand: `python -m tests.browser.shoot`."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

CHROMIUM = os.environ.get("FEDCOP_TEST_CHROMIUM", "/usr/bin/chromium")
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
AXE_OPTIONS = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "rules": {"label-content-name-mismatch": {"enabled": True}, "target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
WIDTHS = {"phone": (320, 640), "desk": (1280, 800)}


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Start Chromium; it is found at FEDCOP_TEST_CHROMIUM or /usr/bin/chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            await browser.close()


async def window(
    browser: Browser, width: str = "desk", scheme: str = "light", *, language: str = "fr-CA", **options: Any
) -> BrowserContext:
    """Open a fresh window: "phone" (320 px) or "desk" (1280 px), "light" or "dark"; scripts=False turns JavaScript off."""
    across, down = WIDTHS[width]
    scripts = options.pop("scripts", True)
    return await browser.new_context(
        viewport={"width": across, "height": down},
        color_scheme=scheme,  # type: ignore[arg-type]
        locale=language,
        java_script_enabled=scripts,
        **options,
    )


async def log_in(context: BrowserContext, url: str, token: str) -> None:
    """Give a window the session of `accounts.sessions.open_session` (of an instance on plain http)."""
    await context.add_cookies([{"name": "fedcop-session", "value": token, "url": url}])


async def find_barriers(page: Page) -> list[str]:
    """Run axe on a page; give what it finds, one line per element."""
    await page.evaluate(AXE)
    found = await page.evaluate("options => axe.run(document, options)", AXE_OPTIONS)
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
          return misfits;
        }"""
    )
    return found


async def shoot(page: Page, folder: Path, name: str) -> Path:
    """Keep a picture of the whole page."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{name}.png"
    await page.screenshot(path=target, full_page=True)
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
                await log_in(context, url, token)
            page = await context.new_page()
            for path in paths:
                await page.goto(url + path)
                name = path.strip("/").replace("/", "-").replace("?", "-") or "home"
                taken.append(await shoot(page, folder, f"{name}-{width}-{scheme}"))
            await context.close()
    return taken
