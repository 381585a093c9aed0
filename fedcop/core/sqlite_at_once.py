"""Reads that take no time are done where they are asked for: in the thread of the event loop.

To hand a statement to another thread and wait for its answer costs more than most of our statements take. So a read is begun at once,
on a connection of the loop's own thread, and SQLite asks again and again while it works whether to go on. What has not ended within
`BUDGET`, or meets anything in its way (a lock, a disk that fails), is given up; whoever asked lets a reader do it from the start in a
thread of its own, where others need not wait for it. If it was work that took so long, and no other program or disk that we waited for, all
that is written alike goes there without a trial for a while. Never for what writes: to give that up would undo its whole transaction.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

T = TypeVar("T")

BUDGET = 0.005  # seconds in which others may have to wait; to write a page takes longer
STEPS = 200  # of SQLite's machine between two looks at the clock: a few microseconds, or as many pages of a cold disk
APART_FOR = 60.0  # seconds; another time it may find less
MOST = 1000  # texts


class AtOnce:
    """A connection of the loop's thread, and the texts that took too long on it."""

    def __init__(self, path: str, pragmas: Mapping[str, Any]) -> None:
        self._raw = sqlite3.connect(path, timeout=0, isolation_level=None, detect_types=sqlite3.PARSE_DECLTYPES)
        self._raw.row_factory = sqlite3.Row
        for pragma, value in pragmas.items():
            self._raw.execute(f"PRAGMA {pragma}={value}").close()
        self._raw.set_progress_handler(self._is_late, STEPS)
        self._until = float("inf")
        self._apart: dict[str, float] = {}

    def _is_late(self) -> bool:
        return time.monotonic() > self._until

    def read(self, query: str, function: Callable[[sqlite3.Connection], T]) -> T | None:
        """Give what `function` does for a statement that only reads; None if a thread should do it."""
        now, worked = time.monotonic(), time.thread_time()
        if now < self._apart.get(query, 0.0):
            return None
        self._until = now + BUDGET
        try:
            return function(self._raw)
        except sqlite3.Error:  # a reader says what it was, if it was more than the time
            if time.thread_time() - worked > BUDGET / 2:
                self._set_apart(query, now + APART_FOR)
            return None

    def _set_apart(self, query: str, until: float) -> None:
        if len(self._apart) >= MOST:
            self._apart.clear()
        self._apart[query] = until

    def close(self) -> None:
        """Close it."""
        self._raw.close()
