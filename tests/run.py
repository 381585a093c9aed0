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


def pytest(*words: str) -> int:
    """Run pytest once and give its exit code."""
    return subprocess.run([sys.executable, "-m", "pytest", *words], check=False).returncode  # noqa: S603


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
    codes = [
        pytest("-n", WORKERS, "-m", marks if have["postgres"] else f"{marks} and not postgres", *_coverage(), "tests"),
    ]
    if have["postgres"]:
        codes.append(
            pytest(
                "-n",
                WORKERS,
                "--database=postgres",
                "-m",
                "not e2e and not browser",
                "tests/fedcop",
                "tests/web",
                "tests/stories",
            )
        )
    codes.append(pytest("-m", "e2e", "tests"))
    return max(codes)


def _coverage() -> list[str]:
    """Ask for the coverage of the library, which must stay at 95 % of lines; only where the whole suite is required."""
    if not REQUIRED:
        return []
    return ["--cov=activitypub", "--cov-report=term:skip-covered", "--cov-fail-under=95"]


if __name__ == "__main__":
    sys.exit(main())
