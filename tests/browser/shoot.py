"""Takes pictures of pages of a running instance: `python -m tests.browser.shoot http://localhost:8000 FOLDER /path … [--token T] [--language en-CA]`."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from tests.browser.rig import connected, running_chromium, shoot_all


async def _take(arguments: argparse.Namespace) -> None:
    with running_chromium() as address:
        async with connected(address) as browser:
            taken = await shoot_all(
                browser,
                arguments.url,
                arguments.paths,
                arguments.folder,
                token=arguments.token,
                language=arguments.language,
            )
    print("\n".join(str(path) for path in taken))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--token", default="")
    parser.add_argument("--language", default="fr-CA")
    asyncio.run(_take(parser.parse_args()))
