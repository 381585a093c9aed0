"""Reads that take no time are done where they are asked for: in the thread of the event loop.

To hand a statement to another thread and wait for its answer costs more than most of our statements take. So a read is begun at once,
on a connection of the loop's own thread, and SQLite asks again and again while it works whether to go on. What is more than `WORK`,
waits for a disk longer than `PATIENCE`, or meets anything else in its way, is given up; whoever asked lets a reader do it from the start in a
thread of its own, where others need not wait for it. What on the average is too much work goes there without a trial for a while, and all that is written
alike; not what was slow once among many times, for in its thread a statement of thirty rows waits thirty times for the loop to let go of Python's lock.

What writes cannot be given up: that would undo its whole transaction. In one that is open, the few rows that a statement names are written
at once as well; what may take its time, and whatever waits for the lock or the disk (BEGIN, COMMIT), is done in the writer's thread.
"""

from __future__ import annotations

import gc
import re
import sqlite3
import time
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")

STEPS = 200  # of SQLite's machine between two looks: 2 µs of work, or as many pages of a cold disk
WORK = 2000  # looks: 4 ms, in which others have to wait; to write a page takes longer
PATIENCE = 0.05  # seconds; not less, or each other program that has its turn meanwhile ends a trial
LONG = 0.002  # seconds of work; what takes more on the average is not tried again
WORST = 0.005  # seconds beyond LONG that one run counts for at most: the first may have been the beginning that is slow
OWED = 0.005  # seconds that the runs of a text may take beyond LONG, less those that they stay below it
APART_FOR = 60.0  # seconds; another time it may find less
MOST = 1000  # texts
BRIEF = re.compile(
    r"\s*(?:INSERT\s+INTO\s.*\bVALUES\b"
    r"|(?:UPDATE|DELETE\s+FROM)\s.*\bWHERE\s+\"?id\"?\s*(?:=\s*\?|IN\s*\(\?(?:,\s*\?)*\))(?:\s+AND\s[^()]*)?\Z)",
    re.IGNORECASE | re.DOTALL,
)


@lru_cache(maxsize=1000)
def is_brief(query: str) -> bool:
    """Tell whether a statement writes only rows that it names, and looks at no others. In doubt, no."""
    return BRIEF.match(query) is not None and "SELECT" not in query.upper()


def opened(path: str) -> sqlite3.Connection:
    """Open a connection for the loop's thread: it waits for nobody. Another thread may set it up."""
    raw = sqlite3.connect(
        path, timeout=0, isolation_level=None, detect_types=sqlite3.PARSE_DECLTYPES, check_same_thread=False
    )
    raw.row_factory = sqlite3.Row
    return raw


class AtOnce:
    """What is done in the loop's thread on one connection, and the texts that took too long on it."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw
        self._looks, self._until = 0, 0.0
        self._apart: dict[str, float] = {}
        self._owed: dict[str, float] = {}

    def _gives_up(self) -> bool:
        self._looks += 1
        return self._looks > WORK or time.monotonic() > self._until

    def read(self, query: str, function: Callable[[sqlite3.Connection], T]) -> T | None:
        """Give what `function` does for a statement that only reads; None if a thread should do it."""
        now, begun = time.monotonic(), time.thread_time()
        if now < self._apart.get(query, 0.0):
            return None
        self._looks, self._until = 0, now + PATIENCE
        self._raw.set_progress_handler(self._gives_up, STEPS)
        collects = gc.isenabled()
        gc.disable()  # whoever makes the most rows meets the collector most often; what it takes is nobody's in particular
        try:
            found = function(self._raw)
        except sqlite3.Error:  # a thread says what it was, if it was more than the time
            found = None
        finally:
            if collects:
                gc.enable()
            self._raw.set_progress_handler(None, 0)  # the writer's thread uses the same connection, and takes its time
        # SQLite does not always ask: a search for words is one step.
        beyond = time.thread_time() - begun - LONG if self._looks <= WORK else WORST  # what was given up was in vain
        if beyond > 0 or query in self._owed:
            self._note(query, now, beyond)
        return found

    def version(self) -> int | None:
        """Give a number that changes with whatever any other connection commits, of this process or another; None if it cannot be told now."""
        try:
            found: int = self._raw.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error:
            return None
        return found

    def write(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """Do what is_brief(), in a transaction that holds the lock already; it is never given up."""
        return function(self._raw)

    def _note(self, query: str, now: float, beyond: float) -> None:
        owed = self._owed.pop(query, 0.0) + min(beyond, WORST)
        if owed <= 0:
            return
        if len(self._owed) >= MOST:
            self._owed.clear()
        self._owed[query] = min(owed, OWED)
        if owed > OWED:
            if len(self._apart) >= MOST:
                self._apart.clear()
            self._apart[query] = now + APART_FOR

    def close(self) -> None:
        """Close it."""
        self._raw.close()
