"""All that was asked of fedcop in figures, with one command: `python -m tests.bench [PART …] [--quick] [--save FILE] [--against FILE] [--picture FILE]`.

Each part is a process of its own, one after the other; each figure has a yardstick of the same run, so that it says something on a busy machine
too. The report is Markdown on standard output, the picture an SVG. `--quick` tries all parts in sizes that say nothing. Ends with 1 if something that was asked is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tests.bench import report
from tests.bench.report import Figure

PARTS = {
    "start": "tests.bench.starting",
    "memory": "tests.bench.memory",
    "inbox": "tests.bench.inbox",
    "fanout": "tests.bench.fanout",
    "community": "tests.bench.community",
    "meeting": "tests.bench.meeting",
    "backfill": "tests.bench.backfill",
    "pages": "tests.bench.pages",
    "search": "tests.bench.searching",
    "crowd": "tests.bench.crowd",
}
MARK = "figures:"


def measure(part: str, *, quick: bool) -> list[Figure]:
    """Measure a part in this process."""
    found: list[Figure] = asyncio.run(importlib.import_module(PARTS[part]).figures(quick=quick))
    return found


def measure_apart(part: str, *, quick: bool) -> list[Figure]:
    """Measure a part in a process of its own; what it says meanwhile goes to standard error."""
    words = [sys.executable, "-m", "tests.bench", "--alone", part, *(["--quick"] if quick else [])]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, cwd=report.ROOT, env=environment, check=False)
    told = [line for line in done.stdout.splitlines() if line.startswith(MARK)]
    sys.stderr.write("\n".join(line for line in done.stdout.splitlines() if line not in told) + "\n")
    if done.returncode or not told:
        raise RuntimeError(f"its process ended with {done.returncode}")
    return [Figure(**one) for one in json.loads(told[-1].removeprefix(MARK))]


def main(arguments: Sequence[str] | None = None) -> int:
    """Read what is asked for, measure, and say it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], help=f"of {', '.join(PARTS)}; all, if none is named")
    parser.add_argument("--quick", action="store_true", help="in the smallest sizes: only to see that it works")
    parser.add_argument("--save", type=Path, help="keep the figures in this file")
    parser.add_argument("--against", type=Path, help="compare with those that an earlier run kept")
    parser.add_argument("--picture", type=Path, help="draw them into this file (SVG)")
    parser.add_argument("--alone", choices=PARTS, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.alone:
        print(MARK + json.dumps([asdict(one) for one in measure(given.alone, quick=given.quick)]))
        return 0
    before = report.read(given.against) if given.against else None
    found: list[Figure] = []
    failed: dict[str, str] = {}
    for part in given.parts or PARTS:
        begun = time.monotonic()
        try:
            found += measure_apart(part, quick=given.quick)
        except RuntimeError as error:
            failed[part] = str(error)
        sys.stderr.write(f"{part}: {time.monotonic() - begun:.0f} s\n")
    command = f"python -m tests.bench {' '.join([*given.parts, *(['--quick'] if given.quick else [])])}".strip()
    kept = report.kept(command, found, failed)
    if given.save:
        given.save.write_text(json.dumps(kept, indent=1), "utf-8")
    if given.picture:
        given.picture.write_text(report.picture(found), "utf-8")
    print(report.words(kept, before))
    return 1 if failed or (not given.quick and any(one.met is False for one in found)) else 0


if __name__ == "__main__":
    sys.exit(main())
