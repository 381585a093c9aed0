"""Every page × role × language × width × colours, looked at by axe: `python -m tests.browser.matrix [--paths /c /p] [--roles …] …`.

An hour or so in all, hence no test; those keep a sample. One line a fault, a summary, and 1 as exit code when there was any.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from playwright.async_api import Browser, Page

from tests.browser.rig import (
    AXE_OPTIONS,
    VARYING,
    WIDTHS,
    connected,
    find_barriers,
    find_misfits,
    log_in,
    running_chromium,
    window,
)
from tests.browser.town import Town, addresses, open_town

ROLES = ("stranger", "member", "facilitator", "admin")
LANGUAGES = ("fr-CA", "en-CA")
COLOURS: dict[str, dict[str, Any]] = {
    "light": {"scheme": "light"},
    "dark": {"scheme": "dark"},
    "forced": {"scheme": "light", "forced_colors": "active"},
}


@dataclass
class Walk:
    """What was looked at, and what was wrong with it."""

    looked: int = 0
    faults: list[str] = field(default_factory=list)

    def blame(self, fault: str) -> None:
        """Say it at once: a walk is long."""
        self.faults.append(fault)
        print(fault, flush=True)


async def look_around(browser: Browser, town: Town, paths: list[str], walk: Walk, asked: argparse.Namespace) -> None:
    """Open every page in every chosen way; the first way asks all rules, the others those that may answer otherwise."""
    told: set[str] = set()
    for role in asked.roles:
        rules: dict[str, Any] = AXE_OPTIONS
        for language, width, colours in product(asked.languages, asked.widths, asked.colours):
            context = await window(browser, width, language=language, **COLOURS[colours])
            if town.tokens[role]:
                await log_in(context, town.url, town.tokens[role], language)
            page = await context.new_page()
            page.on("pageerror", lambda error: walk.blame(f"script: {error}"))
            where = f"{role} {language} {width} {colours}"
            seen: set[str] = set()
            for path in paths:
                for fault in await _look(page, town.url, path, rules, seen, walk):
                    if f"{role} {path} {fault}" not in told:  # once, in the first way that shows it
                        told.add(f"{role} {path} {fault}")
                        walk.blame(f"{path} [{where}] {fault}")
            await context.close()
            rules = VARYING
            print(f"# {where}: {len(seen)} pages", file=sys.stderr, flush=True)


async def _look(page: Page, url: str, path: str, rules: dict[str, Any], seen: set[str], walk: Walk) -> list[str]:
    answer = await page.goto(url + path)
    assert answer is not None
    if answer.status >= 500:
        return [f"answers {answer.status}"]
    # Addresses that lead to others, and refusals, which look alike: one of each is enough.
    led = page.url.partition("?")[0] if page.url != url + path else page.url
    name = led if answer.status < 400 else f"{answer.status}"
    if name in seen:
        return []
    seen.add(name)
    walk.looked += 1
    for summary in await page.locator("main details:not(.menu) > summary").all():
        await summary.evaluate("one => { one.parentElement.open = true; }")
    return [*await find_barriers(page, rules), *await find_misfits(page)]


async def main(asked: argparse.Namespace) -> int:
    """Walk; give the exit code."""
    walk = Walk()
    async with open_town() as town:
        paths, unknown = addresses(town)
        for path in unknown:
            walk.blame(f"{path}: the town has nothing for its parameters, see tests/browser/town.py")
        paths = [path for path in paths if path.startswith(tuple(asked.paths))]
        with running_chromium() as address:
            async with connected(address) as browser:
                await look_around(browser, town, paths, walk, asked)
    print(f"{walk.looked} looks at {len(paths)} addresses, {len(walk.faults)} faults")
    return 1 if walk.faults else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--paths", nargs="+", default=["/"], help="beginnings of addresses")
    for name, choices in (
        ("roles", ROLES),
        ("languages", LANGUAGES),
        ("widths", tuple(WIDTHS)),
        ("colours", tuple(COLOURS)),
    ):
        parser.add_argument(f"--{name}", nargs="+", choices=choices, default=choices)
    sys.exit(asyncio.run(main(parser.parse_args())))
