"""What it costs to search: a rare word, one that stands in a tenth of all texts, one in all of them, two words; with 10,000 posts and with a million.

Milliseconds of this process's CPU for the service, not the page. Yardstick: the plainest question to the same index, for as many of the newest.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from fedcop.accounts.models import Account
from fedcop.communities import access
from fedcop.core.database import rows
from fedcop.core.mail import OutboxMailer
from fedcop.core.site import open_site
from fedcop.features import FEATURES
from fedcop.search import service as search
from tests.bench import fullness
from tests.bench.fullness import COMMON, RARE, STEMS, TENTH, Size
from tests.bench.report import Figure

WORDS = {
    "a rare word": RARE,
    "a word of a tenth of the texts": TENTH,
    "two words": f"{STEMS[2]} {STEMS[60]}",
    "a word of every text": COMMON,
}


async def figures(*, quick: bool = False) -> list[Figure]:
    """Search in a small and in a large instance."""
    sizes = (Size(400, 5, 60), Size(1_000, 5, 60)) if quick else (Size(10_000), Size(1_000_000))
    rounds = 3 if quick else 40
    (small, _), (large, bare) = [await _spent(size, rounds) for size in sizes]
    found = []
    for what in WORDS:
        found += [
            Figure("search", f"{what}, {sizes[1].posts:,} posts", large[what], "ms", "20 of the index", bare[what]),
            Figure("search", f"growth from {sizes[0].posts:,} posts: {what}", large[what] / small[what], "×"),
        ]
    return found


async def _spent(size: Size, rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    settings = fullness.settings_of(await fullness.full(size))
    async with open_site(settings, FEATURES, mailer=OutboxMailer()):
        lea = await Account.get(actor__name="lea").select_related("actor")
        visible = access.visible_sql("e", lea.actor)
        newest = "SELECT rowid FROM search_words WHERE search_words MATCH ? ORDER BY rowid DESC LIMIT 20"
        ours, bare = {}, {}
        for what, text in WORDS.items():
            ours[what] = await median(partial(search.query, text, visible=visible), rounds)
            bare[what] = await median(partial(rows, newest, f'"{text.split()[0]}"'), rounds)
        return ours, bare


async def median(call: Callable[[], Awaitable[Any]], rounds: int) -> float:
    """Give the median of many calls in milliseconds of this process's CPU."""
    spent = []
    for _ in range(rounds + 2):
        before = time.process_time()
        await call()
        spent.append((time.process_time() - before) * 1000)
    return statistics.median(spent[2:])
