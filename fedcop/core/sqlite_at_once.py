"""Reads that take no time are done where they are asked for: in the thread of the event loop.

To hand a statement to another thread and wait for its answer costs more than most of our statements take. So a read is begun at once,
on a connection of the loop's own thread, and SQLite asks again and again while it works whether to go on. What is more than `WORK`,
waits for a disk longer than `PATIENCE`, or meets anything else in its way, is given up; whoever asked lets a reader do it from the start in a
thread of its own, where others need not wait for it. If it is work that takes so long, all that is written alike goes there without a trial
for a while. Never for what writes: to give that up would undo its whole transaction.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

T = TypeVar("T")

STEPS = 200  # of SQLite's machine between two looks: 2 µs of work, or as many pages of a cold disk
WORK = 2000  # looks: 4 ms, in which others have to wait; to write a page takes longer
PATIENCE = 0.05  # seconds; not less, or each other program that has its turn meanwhile ends a trial
LONG = 0.002  # seconds of work; what took so long twice is not tried again
APART_FOR = 60.0  # seconds; another time it may find less
MOST = 1000  # texts


class AtOnce:
    """A connection of the loop's thread, and the texts that took too long on it."""

    def __init__(self, path: str, pragmas: Mapping[str, Any]) -> None:
        self._raw = sqlite3.connect(path, timeout=0, isolation_level=None, detect_types=sqlite3.PARSE_DECLTYPES)
        self._raw.row_factory = sqlite3.Row
        for pragma, value in pragmas.items():
            self._raw.execute(f"PRAGMA {pragma}={value}").close()
        self._raw.set_progress_handler(self._gives_up, STEPS)
        self._looks, self._until = 0, 0.0
        self._apart: dict[str, float] = {}

    def _gives_up(self) -> bool:
        self._looks += 1
        return self._looks > WORK or time.monotonic() > self._until

    def read(self, query: str, function: Callable[[sqlite3.Connection], T]) -> T | None:
        """Give what `function` does for a statement that only reads; None if a thread should do it."""
        now, begun = time.monotonic(), time.thread_time()
        if now < self._apart.get(query, 0.0):
            return None
        self._looks, self._until = 0, now + PATIENCE
        try:
            found = function(self._raw)
        except sqlite3.Error:  # a reader says what it was, if it was more than the time
            found = None
        if time.thread_time() - begun > LONG:  # SQLite does not always ask: a search for words is one step
            self._note(query, now)
        return found

    def _note(self, query: str, now: float) -> None:
        before = query in self._apart  # the first time it may have been the beginning that is slow
        if len(self._apart) >= MOST:
            self._apart.clear()
        self._apart[query] = now + APART_FOR if before else 0.0

    def close(self) -> None:
        """Close it."""
        self._raw.close()
