"""What the papers say of how long things are kept is what the code does."""

from __future__ import annotations

import re
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest

from fedcop.features import FEATURES

PAPER = Path(__file__).parents[2] / "deploy" / "README.md"
ROWS = re.findall(
    r"^\| .* \| (\d+) \| `([a-z_.]+)\.([A-Z_]+)`(?:, (chosen))? \|$", PAPER.read_text("utf-8"), re.MULTILINE
)


def test_the_table_is_there() -> None:
    assert len(ROWS) >= 10


@pytest.mark.parametrize(("days", "module", "name", "chosen"), ROWS)
def test_each_is_kept_as_long_as_the_paper_says(days: str, module: str, name: str, chosen: str) -> None:
    kept = getattr(import_module(module), name)
    assert (kept.days if chosen else kept) == (int(days) if chosen else timedelta(days=int(days)))


def test_all_that_is_chosen_stands_in_it() -> None:
    named = {getattr(import_module(module), name) for _days, module, name, chosen in ROWS if chosen}
    assert named == {period for feature in FEATURES for period in feature.keeps}
