"""Somebody who hosts: types commands, reads what is said, and counts exit codes."""

from __future__ import annotations

from pathlib import Path

from click.testing import Result
from typer.testing import CliRunner

from fedcop.cli.main import app


class Operator:
    """Somebody at a terminal, with a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment: dict[str, str | None] = {
            "FEDCOP_DATA": str(folder / "data"),
            "FEDCOP_URL": "https://atelier.example",
            "FEDCOP_DATABASE": "",
            "FEDCOP_HOST": "127.0.0.1",
            "FEDCOP_PORT": "0",
        }

    def types(self, *words: str, **settings: str) -> Result:
        """Run the command."""
        return CliRunner().invoke(app, words, env={**self.environment, **settings})

    def is_told(self, code: int, *words: str, **settings: str) -> str:
        """Run the command, and give the one sentence that it ends with."""
        result = self.types(*words, **settings)
        lines = result.output.strip().splitlines()
        assert result.exit_code == code, result.output
        assert len(lines) == 1 and lines[0].startswith("fedcop: "), result.output
        return lines[0]
