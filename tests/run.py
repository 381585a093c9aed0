"""The suite as `make test` runs it: the library, all else on SQLite, what has a database again on PostgreSQL, real processes.

What is absent on this machine (PostgreSQL, Chromium) is named and left out, unless FEDCOP_TESTS_REQUIRE names it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REQUIRED = {word for word in os.environ.get("FEDCOP_TESTS_REQUIRE", "").split(",") if word}
WORKERS = os.environ.get("FEDCOP_TESTS_WORKERS", "3")  # they wait for threads and disks, so one more than two cores
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


def pytest(*words: str, workers: str = "0") -> int:
    """Run pytest with that many workers; gives its exit code."""
    return subprocess.run([sys.executable, "-m", "pytest", *words, "-n", workers], check=False).returncode  # noqa: S603


def main() -> int:
    """Run the suite; the first failure decides the exit code, but everything runs."""
    have = {"postgres": has_postgres(), "chromium": has_chromium()}
    for name, found in have.items():
        if not found and name in REQUIRED:
            sys.stderr.write(f"tests: {name} is required and not installed\n")
            return 1
        if not found:
            sys.stderr.write(f"tests: {name} is not installed; what needs it is left out\n")
    marks = "not e2e" if have["chromium"] else "not e2e and not browser"
    marks = marks if have["postgres"] else f"{marks} and not postgres"
    with scratch():
        codes = [
            pytest(*_measured(), "tests/activitypub", workers=WORKERS),
            pytest("-m", marks, "tests", "--ignore=tests/activitypub", workers=WORKERS),
        ]
        if have["postgres"]:
            codes.append(pytest("--database=postgres", "-m", marks, *ON_POSTGRES, workers=WORKERS))
        codes.append(pytest("-m", "e2e", "tests/e2e"))
    return max(codes)


ON_POSTGRES = ("tests/fedcop", "tests/web", "tests/stories")


def _measured() -> list[str]:
    """Hold the library to 95 % of its lines by its own tests, where the whole suite is required."""
    return ["--cov=activitypub", "--cov-report=term:skip-covered", "--cov-fail-under=95"] if REQUIRED else []


if __name__ == "__main__":
    sys.exit(main())
