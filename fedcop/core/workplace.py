"""A folder for what a command writes on the way, such as a copy of the database: private, gone at the end, and swept by the next one if it was killed.

Not for what pages and jobs write: see TEMPORARY in storage.py.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from shutil import rmtree

PREFIX = "work-"
LOCK = "lock"


@contextmanager
def workplace(data: Path) -> Iterator[Path]:
    """Step into a new folder below the data folder; it is removed at the end, whatever happens."""
    with ExitStack() as stack:
        with _one_at_a_time(data):
            _clear(data)
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=PREFIX, dir=data)))
            lock = stack.enter_context((folder / LOCK).open("w"))
            fcntl.flock(lock, fcntl.LOCK_EX)  # ends with the process, however it ends
        yield folder


@contextmanager
def _one_at_a_time(data: Path) -> Iterator[None]:
    """Let nobody clear while a folder is there and its lock not yet."""
    itself = os.open(data, os.O_RDONLY)
    try:
        fcntl.flock(itself, fcntl.LOCK_EX)
        yield
    finally:
        os.close(itself)


def _clear(data: Path) -> None:
    """Remove what commands left that were killed: folders in which no process holds the lock."""
    for folder in data.glob(f"{PREFIX}*/"):
        with suppress(OSError), (folder / LOCK).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            rmtree(folder, ignore_errors=True)
