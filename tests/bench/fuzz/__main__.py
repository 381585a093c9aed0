"""Malformed everything into the real parsers and endpoints: `python -m tests.bench.fuzz [--minutes N] [--seed S] [--only NAME …] [--case N]`.

Found is: whatever is raised that the house has no words for, an answer of 500 or more, an error in the log, more than a second of the processor for
one case, more than `ROOM` of memory for one. Each is shown once, by where it came from, with the number that repeats it (`--only NAME --case N`;
at the endpoints what was sent before may matter). Ends with 1 if something was found. Nothing leaves the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import faulthandler
import logging
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from types import FrameType, TracebackType

from aiohttp.http_exceptions import HttpProcessingError

from fedcop.core.errors import Unavailable
from fedcop.core.jobs import Retry
from tests.bench.fuzz.endpoints import ENDPOINTS, House, open_house
from tests.bench.fuzz.parsers import OURS, PARSERS
from tests.rig import thrift
from tests.rig.guards import only_this_machine

CPU = 1.0  # seconds for one case
HANGS = 20.0  # seconds of the processor, after which one is broken off
ROOM = 200 << 20  # bytes that one case may add to the most that was ever used
FRESH = 1500  # cases at one house; then what they left there is forgotten
ASKED_FOR = (Retry, Unavailable, HttpProcessingError, *OURS)
ROOT = str(Path(__file__).parents[3])


class Hangs(BaseException):
    """One took too long."""


class Finds(logging.Handler):
    """What was found, each once."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.seen: Counter[str] = Counter()
        self.case = ""
        self.status = 0

    def note(self, what: str, shown: str) -> None:
        """Show something the first time."""
        self.seen[what] += 1
        if self.seen[what] == 1:
            print(f"\n## {what}\n   {self.case}\n{shown}", flush=True)

    def emit(self, record: logging.LogRecord) -> None:
        """Take an error of the log for a find."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and not isinstance(error, ASKED_FOR):
            self.error(error)
        elif error is None and record.levelno >= logging.ERROR:
            self.note(f"said: {record.msg}", f"   {record.getMessage()[:500]}")

    def error(self, error: BaseException) -> None:
        """Take what was raised for a find, by where it was."""
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        self.note(
            f"{type(error).__name__} at {_where(error.__traceback__)}",
            "".join(traceback.format_exception(error))[-3500:],
        )


def _where(tb: TracebackType | None) -> str:
    """Give the innermost place of ours."""
    ours = [one for one in traceback.extract_tb(tb) if one.filename.startswith(ROOT) and "/.venv/" not in one.filename]
    return f"{ours[-1].filename.removeprefix(ROOT)}:{ours[-1].lineno}" if ours else "?"


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


@asynccontextmanager
async def _house() -> AsyncIterator[House]:
    with tempfile.TemporaryDirectory(prefix="fedcop-fuzz-") as folder:
        async with open_house(Path(folder)) as house:
            yield house


class Run:
    """One after the other until the time is over."""

    def __init__(self, given: argparse.Namespace) -> None:
        self.seed, self.only, self.case = given.seed, given.only, given.case
        self.end = time.monotonic() + given.minutes * 60
        self.finds = Finds()
        self.done: Counter[str] = Counter()
        self.slowest: dict[str, float] = {}
        self.answers: dict[str, Counter[int]] = {}

    @property
    def over(self) -> bool:
        """Whether to stop."""
        return time.monotonic() > self.end or (self.case is not None and self.done.total() > 0)

    async def all(self) -> None:
        """Go through all doors in turn; a house serves so many cases."""
        number = self.case or 0
        names = self.only or [*PARSERS, *ENDPOINTS]
        logging.getLogger().addHandler(self.finds)
        while not self.over:
            logging.disable()
            if not any(name in ENDPOINTS for name in names):
                number = await self._some(names, number, None)
                continue
            async with _house() as house:
                number = await self._some(names, number, house)
                logging.disable()

    async def _some(self, names: list[str], number: int, house: House | None) -> int:
        logging.disable(logging.NOTSET)
        for _ in range(FRESH):
            for name in names:
                if self.over:
                    return number
                await self._one(name, number, house)
            number += 1
        return number

    async def _one(self, name: str, number: int, house: House | None) -> None:
        luck = Random(f"{self.seed} {name} {number}")  # noqa: S311 - no secret hangs on it
        self.finds.case = f"--seed {self.seed} --only {name} --case {number}"
        before, began = _peak(), time.process_time()
        signal.setitimer(signal.ITIMER_PROF, HANGS)
        faulthandler.dump_traceback_later(120, exit=True)
        try:
            if name in PARSERS:
                PARSERS[name](luck)
            elif house is not None:
                house.world.clock.advance(5)
                house.answers = self.answers.setdefault(name, Counter())
                await ENDPOINTS[name](house, luck)
        except OURS:
            pass
        except (Exception, Hangs) as error:  # noqa: BLE001 - that is what we look for
            self.finds.error(error)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            faulthandler.cancel_dump_traceback_later()
        took = time.process_time() - began
        self.done[name] += 1
        self.slowest[name] = max(self.slowest.get(name, 0.0), took)
        if took > CPU:
            self.finds.note(f"slow: {name}", f"   {took:.1f} s of the processor")
        if (more := _peak() - before) > ROOM:
            self.finds.note(f"large: {name}", f"   {more >> 20} MiB")

    def say(self, minutes: float) -> None:
        """Say what was tried and what was found."""
        print(f"\nseed {self.seed}, {minutes:.1f} minutes, {self.done.total()} cases; peak {_peak() >> 20} MiB")
        for name, count in self.done.items():
            answers = dict(sorted(self.answers.get(name, {}).items()))
            print(
                f"  {name:12} {count:8}  slowest {self.slowest[name] * 1000:6.0f} ms of the processor  {answers or ''}"
            )
        for what, often in self.finds.seen.items():
            print(f"  found {often} times: {what}")


def _hangs(_number: int, _frame: FrameType | None) -> None:
    raise Hangs


def main() -> int:
    """Read what is asked for and try it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", default=str(int(time.time())))
    parser.add_argument("--only", nargs="+", choices=[*PARSERS, *ENDPOINTS])
    parser.add_argument("--case", type=int)
    given = parser.parse_args()
    signal.signal(signal.SIGPROF, _hangs)
    faulthandler.enable()
    began, run = time.monotonic(), Run(given)
    with tempfile.TemporaryDirectory(prefix="fedcop-kept-") as kept, only_this_machine():
        thrift.begin(Path(kept))
        thrift.share_routes()
        asyncio.run(run.all())
    run.say((time.monotonic() - began) / 60)
    return 1 if run.finds.seen else 0


if __name__ == "__main__":
    sys.exit(main())
