"""The catalogue of attacks: what strangers, members and hosts' neighbours may try, and which test shows that it fails.

The rows lie in `tests/attacks/*.toml`, one file a chapter: an id, the attack in a sentence, and, where no test of ours can
show it or where it does not concern us, the reason (`reason`). A test names its rows in a comment at its `def`:
`async def test_forbidden_addresses(…) -> None:  # E01, E02`. `python -m tests.rig.attacks` writes the table in
`SECURITY.md` anew; `tests/house/test_attacks.py` holds both to each other.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAPER = TESTS.parent / "SECURITY.md"
MARK = "<!-- from here on written by `python -m tests.rig.attacks` -->\n"
ID = re.compile(r"\b[A-Z][0-9]{2}\b")


@dataclass(frozen=True)
class Row:
    """One attack; `reason` says why no test stands beside it."""

    id: str
    attack: str
    reason: str = ""


@cache
def chapters() -> Mapping[str, list[Row]]:
    """Give the rows of each chapter, by its title."""
    found = {}
    for path in sorted((TESTS / "attacks").glob("*.toml")):
        read = tomllib.loads(path.read_text("utf-8"))
        title = read.pop("title")
        found[title] = [Row(name, **row) for name, row in read.items()]
    return found


@cache
def tried() -> Mapping[str, list[str]]:
    """Give the tests, as `file::name`, that try each row."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        text = path.read_text("utf-8")
        if ID.search(text):
            for name, ids in _named(text):
                for one in ids:
                    found[one].append(f"{path.relative_to(TESTS)}::{name}")
    return found


def _named(text: str) -> Iterator[tuple[str, list[str]]]:
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            head = lines[node.lineno - 1 : node.body[0].lineno - 1]
            yield node.name, [one for line in head for one in ID.findall(line.partition("#")[2])]


def table() -> str:
    """Write the chapters as the paper shows them."""
    written = []
    for title, rows in chapters().items():
        written += [f"\n### {title}\n", "| | attack | shown by |", "|---|---|---|"]
        for row in rows:
            shown = [f"`{one.partition('::')[2]}`" for one in tried().get(row.id, [])]
            by = ", ".join(shown[:3]) + (f" and {len(shown) - 3} more" if len(shown) > 3 else "")
            written.append(f"| {row.id} | {row.attack} | {' '.join(filter(None, [by, row.reason]))} |")
    return "\n".join(written) + "\n"


def paper() -> str:
    """Give the paper as it should be."""
    return PAPER.read_text("utf-8").partition(MARK)[0] + MARK + table()


if __name__ == "__main__":
    PAPER.write_text(paper(), "utf-8")
