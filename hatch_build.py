"""Write into what is built from which commit it is, so that `fedcop --version` knows it where it is installed. Without a checkout nothing is written."""

from __future__ import annotations

from pathlib import Path
from runpy import run_path
from tempfile import mkdtemp
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CommitHook(BuildHookInterface):  # type: ignore[type-arg,misc]
    """Of wheels alone: an editable install reads the checkout whenever it is asked."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the file."""
        built = run_path(str(Path(self.root) / "fedcop" / "built.py"))
        commit = built["commit_of"](Path(self.root))
        if version == "editable" or not commit:
            return
        place = Path(mkdtemp()) / built["NAME"]
        place.write_text(commit + "\n")
        build_data["force_include"][str(place)] = f"fedcop/{built['NAME']}"
