"""Pictures of the main screens, for people to look at one by one: `python -m tests.browser.pictures FOLDER`.

Each in French and in English, on a phone and on a desk, light and dark; of an instance of its own, where time stands still.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from tests.browser.matrix import LANGUAGES
from tests.browser.rig import connected, running_chromium, shoot_all
from tests.browser.town import Town, open_town


def screens(town: Town) -> dict[str, list[str]]:
    """Give the addresses of the main screens by the role that sees most of them."""
    [question], [sheet] = town.values["/p/{id}"], town.values["/r/{id}"]
    return {
        "stranger": ["/", "/login", "/signup", "/about", "/help", "/visit", "/visit/discussion", "/visit/join", "/visit/library", "/visit/end", "/c/fruitiers", f"/p/{question}"],
        "member": [
            "/", "/communities", "/c/fruitiers", "/c/fruitiers/about", "/c/fruitiers/new", f"/p/{question}", "/resources", f"/r/{sheet}",
            "/people", "/u/lea", "/search?q=pruniers", "/notifications", "/notifications/requests", "/settings", "/settings/notifications", "/digest", "/saved", "/lists",
            "/c/noyers@coop.example/join", "/welcome", "/welcome/communities", "/welcome/letters",
        ],
        "facilitator": [
            "/c/fruitiers/members", "/c/fruitiers/requests", "/c/fruitiers/reports", "/c/fruitiers/settings", "/c/fruitiers/invitations",
            "/c/fruitiers/charter/change", "/c/fruitiers/participation", "/appeals",
        ],
        "admin": ["/admin", "/admin/members", "/admin/identity", "/admin/servers", "/admin/alliances", "/admin/deliveries", "/admin/reports"],
    }  # fmt: skip


async def main(folder: Path) -> None:
    """Take them all; FOLDER gets one folder for each language and role."""
    with running_chromium() as address:
        async with open_town() as town, connected(address) as browser:
            for language in LANGUAGES:
                for role, paths in screens(town).items():
                    target = folder / language / role
                    taken = await shoot_all(
                        browser, town.url, paths, target, token=town.tokens[role], language=language
                    )
                    print(f"{len(taken)} pictures in {target}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    asyncio.run(main(parser.parse_args().folder))
