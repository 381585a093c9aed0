"""What the papers say of how long things are kept is what the code does."""

from __future__ import annotations

import re
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest

PAPER = Path(__file__).parents[2] / "deploy" / "README.md"
ROWS = re.findall(r"^\| .* \| (\d+) \| `([a-z_.]+)\.([A-Z_]+)` \|$", PAPER.read_text("utf-8"), re.MULTILINE)


def test_the_table_is_there() -> None:
    assert len(ROWS) >= 10


@pytest.mark.parametrize(("days", "module", "name"), ROWS)
def test_each_is_kept_as_long_as_the_paper_says(days: str, module: str, name: str) -> None:
    assert getattr(import_module(module), name) == timedelta(days=int(days))
