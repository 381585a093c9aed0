"""How soon an instance serves: with a database that is there, and with none yet. Yardstick: an aiohttp application that has nothing."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from tests.bench import serving
from tests.bench.report import Figure
from tests.bench.serving import Served

SOON = 2.0  # seconds


async def figures(*, quick: bool = False) -> list[Figure]:
    """Start often."""
    rounds = 1 if quick else 5
    with tempfile.TemporaryDirectory(prefix="fedcop-bench-") as name:
        folders = [Path(name) / str(number) for number in range(rounds + 1)]
        _of(
            [lambda: serving.fedcop(folders[rounds])]
        )  # compiles what is not yet, and makes the database of those that follow
        bare = _of([serving.bare] * rounds)
        there = _of([lambda: serving.fedcop(folders[rounds])] * rounds)
        first = _of([lambda folder=folder: serving.fedcop(folder) for folder in folders[:rounds]])  # type: ignore[misc]
    found = []
    for what, (wall, cpu) in (("the database being there", there), ("for the first time", first)):
        found += [
            Figure("start", f"serves, {what}", wall, "s", "bare aiohttp", bare[0], at_most=SOON),
            Figure("start", f"processor until then, {what}", cpu, "s", "bare aiohttp", bare[1]),
        ]
    return found


def _of(starts: list[Callable[[], AbstractContextManager[Served]]]) -> tuple[float, float]:
    """Start and end; gives the medians of seconds, and of those of the processor."""
    walls, cpus = [], []
    for start in starts:
        with start() as served:
            walls.append(served.wall)
            cpus.append(served.cpu)
    return statistics.median(walls), statistics.median(cpus)
