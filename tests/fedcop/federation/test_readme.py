"""The README says all that the real features receive and serve, and nothing more."""

from __future__ import annotations

import re
from pathlib import Path

from fedcop.features import FEATURES

README = (Path(__file__).parents[3] / "fedcop" / "federation" / "README.md").read_text("utf-8")


def table(heading: str) -> list[list[str]]:
    """The rows of the first table under a heading."""
    part = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = re.search(r"\n\|---.*\n((?:\|.*\n)+)", part)
    assert rows
    return [[cell.strip(" `") for cell in row.strip("|\n").split("|")] for row in rows[1].splitlines()]


def test_everything_received_is_documented() -> None:
    received = {
        (route.activity.__name__, route.object.__name__ if route.object else "-")
        for feature in FEATURES
        for route in feature.receives
    }
    assert {(row[0], row[1]) for row in table("What is received")} == received


def test_everything_served_is_documented() -> None:
    served = {path for feature in FEATURES for path in feature.serves}
    assert {row[0] for row in table("What is served")} == served


def test_our_terms_are_documented() -> None:
    root = Path(__file__).parents[3] / "fedcop"
    used = {term for path in root.rglob("*.py") for term in re.findall(r'"(fc:[A-Za-z]+)"', path.read_text("utf-8"))}
    assert not {term for term in used if f"`{term}`" not in README}
