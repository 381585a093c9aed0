"""Writes the table of budgets that people read, from fedcop/core/budgets.py: `python -m tests.rig.budgets`."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from fedcop.core import budgets

PAPER = Path(__file__).parents[2] / "deploy" / "LIMITS.md"
HEAD = """# Limits

How much strangers, members and other servers may ask of an instance, and what happens beyond. Those of one process hold for each `fedcop serve`, `web` or
`worker`; rates are of all together ([how](../fedcop/decisions/0028-several-processes.md)). What an upload may weigh, and
all uploads of one member together, are settings (`max_upload`, `member_files`). Written by
`python -m tests.rig.budgets` from `fedcop/core/budgets.py`; nothing here is changed by hand.
"""


def value_of(name: str) -> int | float:
    """Give the number that a line is about."""
    module, _, constant = name.rpartition(":")
    found: int | float = getattr(import_module(module) if module else budgets, constant)
    return found


def in_words(value: float, what: str = "") -> str:
    """Write a number as people read it, bytes in the usual steps."""
    whole = int(value)
    if whole != value:
        return f"{value:g}"
    for size, unit in ((1 << 20, "Mi"), (1 << 10, "Ki")):
        if "bytes" in what and whole >= size and whole % size == 0:
            return f"{whole // size} {unit}"
    return f"{whole:,}".replace(",", " ")


def paper() -> str:
    """Give the paper as it should be."""
    written = [HEAD]
    for area, lines in budgets.TABLE.items():
        written += [f"## {area}\n", "| at most | | beyond |", "|---:|---|---|"]
        written += [f"| {in_words(value_of(line.name), line.what)} | {line.what} | {line.beyond} |" for line in lines]
        written.append("")
    written += [
        "## How often\n",
        "Of one machine, or of one account where somebody is known; beyond: 429 with `Retry-After`.\n",
    ]
    written += ["| kind of request | in a row | then |", "|---|---:|---:|"]
    written += [f"| {name} | {in_words(burst)} | {_pace(pace)} |" for name, (burst, pace) in budgets.RATES.items()]
    return "\n".join(written) + "\n"


def _pace(per_second: float) -> str:
    if per_second >= 1:
        return f"{in_words(per_second)} a second"
    if per_second * 60 >= 1:
        return f"{in_words(round(per_second * 60, 3))} a minute"
    return f"{in_words(round(per_second * 3600, 3))} an hour"


if __name__ == "__main__":
    PAPER.write_text(paper(), "utf-8")
