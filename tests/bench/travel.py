"""How long a post takes from one person's screen to another's, across three real instances: `python -m tests.bench.travel`.

Two yardsticks in the same run: reading the page at home, and a bare GET of a static file. Not a timed test.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from tests.e2e import test_three_organisations as play
from tests.e2e.instances import Instance

ROUNDS = 12


async def main() -> None:
    """Print medians in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        made: list[Instance] = []

        def make(name: str, **settings: str) -> Instance:
            made.append(Instance(Path(folder), name, **settings))
            return made[-1]

        try:
            times = await measure(make)
        finally:
            for instance in made:
                await instance.close()
    for what, values in times.items():
        print(f"{what:40} median {statistics.median(values) * 1000:6.0f} ms   max {max(values) * 1000:6.0f} ms")


async def measure(make) -> dict[str, list[float]]:  # type: ignore[no-untyped-def]
    """Write roots on B and replies on C, and look for them on the others."""
    (a, _b, _c), (ana, bob, cleo) = await play.three(make)
    there = f"soils@{a.host}"
    await play.join(bob, there)
    await play.join(cleo, there)
    times: dict[str, list[float]] = {}
    for _ in range(3):
        a.stop()
        began = time.monotonic()
        await a.start()
        times.setdefault("a start, data being there", []).append(time.monotonic() - began)

    def note(what: str, since: float) -> float:
        times.setdefault(what, []).append(time.monotonic() - since)
        return time.monotonic()

    for number in range(ROUNDS):
        began = time.monotonic()
        await ana.get("/c/soils")
        note("yardstick: a community page at home", began)
        began = time.monotonic()
        await play.write(bob, there, f"Root {number}", "Text")
        began = note("B: the form of a new thread, 3 requests", began)
        at_a = await play.thread_at(ana, "soils", f"Root {number}")
        note("root, from B to A", began)
        at_c = await play.thread_at(cleo, there, f"Root {number}")
        note("root, from B through A to C", began)
        at_b = await play.thread_at(bob, there, f"Root {number}")
        await play.reply(cleo, at_c, f"Reply {number}")
        began = time.monotonic()
        await play.sees(ana, at_a, f"Reply {number}")
        note("reply, from C to A", began)
        await play.sees(bob, at_b, f"Reply {number}")
        note("reply, from C through A to B", began)
    return times


if __name__ == "__main__":
    asyncio.run(main())
