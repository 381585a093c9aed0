"""Compares what we send with a file that a person has read. `pytest --golden=write` writes it anew. Nothing is scrubbed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "golden"


class Golden:
    """`golden("activities/create_page", document)` in a test."""

    def __init__(self, *, write: bool) -> None:
        self._write = write

    def __call__(self, name: str, found: Any) -> None:
        path = FOLDER / f"{name}.json"
        shown = json.dumps(found, ensure_ascii=False, indent=2) + "\n"
        if self._write:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(shown, "utf-8")
            return
        assert path.is_file(), f"there is no {path}: look at what is sent and write it with --golden=write"
        assert json.loads(path.read_text("utf-8")) == json.loads(shown), f"differs from {path}"
