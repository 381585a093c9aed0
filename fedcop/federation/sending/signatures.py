"""What is delivered is signed in a thread of its own, some at a time, while the loop reads what was answered and writes what is ready.

An RSA signature takes longer than all else that a delivery needs of the loop, and other threads run meanwhile.
Not for: which key signs (keyring.py), or documents, which are sealed once (outbox.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from activitypub.signatures import Unsigned
from fedcop.core.site import Site
from fedcop.core.together import Together

AT_ONCE = 8  # a handful, so that the first ones leave while the next are signed


class Signatures:
    """Those that are asked for. `site.part(Signatures)` gives the site's only one."""

    def __init__(self, site: Site) -> None:
        # Not asyncio's own threads: names that cannot be resolved may hold all of those for seconds.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="signing")
        self._signed = Together[Unsigned, dict[str, str]](site, "signatures", self._sign, most=AT_ONCE)

    async def sign(self, request: Unsigned) -> dict[str, str]:
        """Give the headers of a signed request."""
        return await self._signed(request)

    async def _sign(self, requests: Sequence[Unsigned]) -> list[dict[str, str]]:
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, lambda: [one.signed() for one in requests]
        )
