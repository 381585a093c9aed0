"""Whether somebody waits at this very moment, in this process, for many short things: then jobs let them go first, for a while.

The two share a loop, and on SQLite the one who may write: without this, a burst of deliveries is answered as slowly as it is done.
Not for: an order among jobs.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque

from fedcop.core import budgets

MANY = 8  # within SPAN; fewer are answered beside any job
SPAN = 0.2  # seconds
LOOK = 0.01  # seconds between two looks whether it is over


class Pressing:
    """What was asked for lately. `site.part(Pressing)` gives the site's only one."""

    def __init__(self, _site: object) -> None:
        self._asked: deque[float] = deque(maxlen=MANY)
        self._turn_ends = float("-inf")

    def note(self) -> None:
        """Note that somebody waits for a short answer."""
        self._asked.append(time.monotonic())

    def is_now(self) -> bool:
        """Tell whether many were asked for lately, and jobs have not given way for long enough."""
        now = time.monotonic()
        return len(self._asked) == MANY and now - self._asked[0] < SPAN and now >= self._turn_ends

    async def over(self) -> None:
        """Wait until it is over; after `JOBS_GIVE_WAY` it is the turn of jobs for a while: who keeps asking must not stop all work."""
        until = time.monotonic() + budgets.JOBS_GIVE_WAY
        while self.is_now():
            if time.monotonic() >= until:
                self._turn_ends = time.monotonic() + budgets.JOBS_TURN
                return
            await asyncio.sleep(LOOK)
