"""The suite as `make test` runs it: everything on SQLite, then what touches the database again on PostgreSQL.

What is absent on this machine (PostgreSQL, Chromium) is named and left out, unless FEDCOP_TESTS_REQUIRE names it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

REQUIRED = {word for word in os.environ.get("FEDCOP_TESTS_REQUIRE", "").split(",") if word}
WORKERS = os.environ.get("FEDCOP_TESTS_WORKERS", "2")


def has_postgres() -> bool:
    """Tell whether PostgreSQL's own programs are here."""
    return any(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or shutil.which("initdb") is not None


def has_chromium() -> bool:
    """Tell whether a Chromium is here."""
    return shutil.which("chromium") is not None or "FEDCOP_CHROMIUM" in os.environ


def pytest(*words: str, workers: str = "0") -> int:
    """Run pytest with that many workers; gives its exit code."""
    return subprocess.run([sys.executable, "-m", "pytest", *words, "-n", workers], check=False).returncode  # noqa: S603


def main() -> int:
    """Run the suite; the first failure decides the exit code, but everything runs."""
    Path(".coverage").unlink(missing_ok=True)
    have = {"postgres": has_postgres(), "chromium": has_chromium()}
    for name, found in have.items():
        if not found and name in REQUIRED:
            sys.stderr.write(f"tests: {name} is required and not installed\n")
            return 1
        if not found:
            sys.stderr.write(f"tests: {name} is not installed; what needs it is left out\n")
    marks = "not e2e" if have["chromium"] else "not e2e and not browser"
    everywhere = marks if have["postgres"] else f"{marks} and not postgres"
    codes = [pytest("-m", everywhere, *_measured(), "tests", workers=WORKERS), _coverage()]
    if have["postgres"]:
        touched = ("tests/fedcop", "tests/web", "tests/stories")
        codes.append(pytest("--database=postgres", "-m", "not e2e and not browser", *touched, workers=WORKERS))
    codes.append(pytest("-m", "e2e", "tests/e2e"))
    return max(codes)


def _measured() -> list[str]:
    """Measure the library's lines, where the whole suite is required."""
    return ["--cov=activitypub", "--cov-append", "--cov-report="] if REQUIRED else []


def _coverage() -> int:
    """Hold the library to 95 % of its lines."""
    if not REQUIRED:
        return 0
    words = ["report", "--skip-covered", "--fail-under=95", "--include=activitypub/*"]
    return subprocess.run([sys.executable, "-m", "coverage", *words], check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
