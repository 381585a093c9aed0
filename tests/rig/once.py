"""What PostgreSQL can do without, besides what is marked `once`: a list that `tests/bench/statements.py` writes."""

from __future__ import annotations

import os
from pathlib import Path

LIST = Path(__file__).with_suffix(".txt")
EVERYTHING = "FEDCOP_TESTS_EVERYTHING"  # set where nothing that is listed is to be left out


def listed() -> frozenset[str]:
    """Give the tests of the list by their names in pytest, without their cases."""
    return frozenset() if EVERYTHING in os.environ else frozenset(LIST.read_text().split())
