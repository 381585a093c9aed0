"""All budgets stand in one file, each is in the table that people read, and each is used where it says."""

from __future__ import annotations

import re
from pathlib import Path

from fedcop.core import budgets
from fedcop.media import preview_process
from tests.rig.budgets import PAPER, paper, value_of

ROOT = Path(__file__).parents[2]
OURS = {name for name in vars(budgets) if name.isupper()} - {"TABLE", "RATES"}
LINES = [line for lines in budgets.TABLE.values() for line in lines]


def test_each_budget_is_in_the_table_once() -> None:
    named = [line.name for line in LINES]
    assert len(named) == len(set(named))
    assert {name for name in named if ":" not in name} == OURS
    assert all(value_of(name) > 0 for name in named)


def test_each_budget_is_used() -> None:
    sources = [path for part in ("fedcop", "web") for path in (ROOT / part).rglob("*.py") if path.name != "budgets.py"]
    used = set(re.findall(r"\bbudgets\.([A-Z_]+)\b", "\n".join(path.read_text("utf-8") for path in sources)))
    # Previews are made by a program that runs without our packages, and has a copy.
    assert used - {"RATES"} == OURS - {"PICTURE_PIXELS"}
    assert preview_process.PIXELS == budgets.PICTURE_PIXELS


def test_the_table_is_what_it_should_be() -> None:
    assert PAPER.read_text("utf-8") == paper(), "python -m tests.rig.budgets writes it anew"
