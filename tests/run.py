"""The suite as `make test` runs it: the library, all else on SQLite, what has a database again on PostgreSQL, real processes.

The two databases are tried side by side, for each alone leaves the processors idle while it begins and ends. Real
processes wait for one another more than they work: they follow PostgreSQL's tests, beside the end of SQLite's. What is
said beside is printed when all is over.
What is absent on this machine (PostgreSQL, Chromium, ffmpeg, nginx) is named and left out, unless FEDCOP_TESTS_REQUIRE names it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from subprocess import STDOUT
from typing import IO

from fedcop.media import films

REQUIRED = {word for word in os.environ.get("FEDCOP_TESTS_REQUIRE", "").split(",") if word}
WORKERS = os.environ.get("FEDCOP_TESTS_WORKERS", "2")  # for each database
MEMORY = Path("/dev/shm")  # noqa: S108 (a private folder is made in it)
ENOUGH = 4 << 30


def has_postgres() -> bool:
    """Tell whether PostgreSQL's own programs are here."""
    return any(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or shutil.which("initdb") is not None


def has_chromium() -> bool:
    """Tell whether a Chromium is here."""
    return shutil.which("chromium") is not None or "FEDCOP_TEST_CHROMIUM" in os.environ


@contextmanager
def scratch() -> Iterator[None]:
    """Let temporary files lie in memory, where there is enough of it: thousands of small databases are made and forgotten."""
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < ENOUGH:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="fedcop-tests-", dir=MEMORY, ignore_cleanup_errors=True) as folder:
        # Others may pass through: PostgreSQL runs as a user of its own.
        Path(folder).chmod(0o711)
        os.environ["TMPDIR"] = folder
        yield
        del os.environ["TMPDIR"]


@contextmanager
def shared() -> Iterator[None]:
    """Let a dozen processes, and those that they begin, compile a module, a test or a template once among them."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory(prefix="fedcop-kept-", ignore_cleanup_errors=True) as folder:
        os.environ["FEDCOP_TESTS_KEPT"] = folder
        yield


def alone(*words: str) -> list[str]:
    """Give the command that runs pytest in one process: for what is over before others have begun."""
    return [sys.executable, "-m", "pytest", *words]


def command(*words: str, workers: str = WORKERS) -> list[str]:
    """Give the command that runs pytest with that many workers; one that has no more to do takes from the other."""
    return alone(*words, "-n", workers, "--dist", "worksteal")


def run(*commands: list[str], said: IO[bytes] | None = None) -> int:
    """Run one after the other, whatever becomes of them; gives the worst exit code."""
    return max(subprocess.run(words, check=False, stdout=said, stderr=said and STDOUT).returncode for words in commands)  # noqa: S603


@contextmanager
def beside(*commands: list[str]) -> Iterator[list[int]]:
    """Run commands one after the other while the block runs, then print what they said; their worst exit code is in the list afterwards."""
    codes: list[int] = []
    with tempfile.TemporaryFile() as said, ThreadPoolExecutor(1) as other:
        worst = other.submit(run, *commands, said=said)
        yield codes
        codes.append(worst.result())
        said.seek(0)
        shutil.copyfileobj(said, sys.stdout.buffer)
        sys.stdout.flush()


def main() -> int:
    """Run the suite; the first failure decides the exit code, but everything runs."""
    have = {"postgres": has_postgres(), "chromium": has_chromium(), "ffmpeg": films.programs() is not None}
    have["nginx"] = shutil.which("nginx") is not None
    for name, found in have.items():
        if not found and name in REQUIRED:
            sys.stderr.write(f"tests: {name} is required and not installed\n")
            return 1
        if not found:
            sys.stderr.write(f"tests: {name} is not installed; what needs it is left out\n")
    marks = "not e2e" if have["chromium"] else "not e2e and not browser"
    marks = marks if have["postgres"] else f"{marks} and not postgres"
    sqlite = (
        alone(*_measured(), "tests/activitypub"),
        command("-m", marks, "tests", "--ignore=tests/activitypub"),
    )
    others = [command("-m", "e2e", "tests/e2e")]
    if have["postgres"]:
        others.insert(0, command("--database=postgres", "-m", marks, *ON_POSTGRES))
    with scratch(), shared(), beside(*others) as codes:
        codes.append(run(*sqlite))
    return max(codes)


ON_POSTGRES = ("tests/fedcop", "tests/web", "tests/stories")


def _measured() -> list[str]:
    """Hold the library to 95 % of its lines by its own tests, where the whole suite is required."""
    return ["--cov=activitypub", "--cov-report=term:skip-covered", "--cov-fail-under=95"] if REQUIRED else []


if __name__ == "__main__":
    sys.exit(main())
