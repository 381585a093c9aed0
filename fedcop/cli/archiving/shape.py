"""How a backup is laid out, for those who write one and those who read it.

A tar, read and written from the beginning to the end: `manifest.json` (format, version, address, steps of the schema, rows per table), then
`rows/TABLE.jsonl`, then `files/KEY`, then `sums.json`: the SHA-256 of each part. Sealed, the whole tar lies in an age file.
Format 1 had the manifest last, no sums, and JSON columns as they are instead of as text.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol

from fedcop.core.tables import JSON, Line, Table

FORMAT = 2
MANIFEST, SUMS = "manifest.json", "sums.json"
ROWS, FILES = "rows/", "files/"
# People log in anew after a restore (what hangs on their sessions goes too), and what can be found is read anew.
LEFT_OUT = frozenset({"session", "search_entry"})


class Progress(Protocol):
    """What says how far it has come."""

    def step(self, count: int = 1) -> None:
        """Count what was done."""
        ...

    def end(self) -> None:
        """Finish."""
        ...


Says = Callable[..., Progress]  # a label, and perhaps a total


def to_text(line: Line) -> bytes:
    """Write a row."""
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"


def from_text(table: Table, text: bytes, format: int) -> Line:
    """Read a row of a file of this format."""
    line: dict[str, Any] = json.loads(text)
    if format == 1:
        for name, value in line.items():
            if value is not None and table.columns.get(name) == JSON:
                line[name] = json.dumps(value, ensure_ascii=False)
    return line
