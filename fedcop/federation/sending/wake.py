"""The bell beside the sender: rung after a commit that filled a mailbox. Knows neither mailboxes nor the sender."""

from __future__ import annotations

import asyncio

from fedcop.core.site import Site, site


class Bell:
    """An event that several loops of one process may ring and one waits for."""

    def __init__(self, _site: Site) -> None:
        self.rung = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Wait until it rings, or so long at the most."""
        try:
            async with asyncio.timeout(seconds):
                await self.rung.wait()
        except TimeoutError:
            pass
        self.rung.clear()


def wake_sender() -> None:
    """Tell the sender of this process that something waits; other processes look once a second."""
    site().part(Bell).rung.set()
