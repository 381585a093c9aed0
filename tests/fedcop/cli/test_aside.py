"""A database that is set aside takes no other one's place, however soon after it that was."""

from __future__ import annotations

from pathlib import Path

import pytest

from fedcop.cli.archiving import aside
from fedcop.core.settings import Settings
from tests.rig.clock import StandingClock


def instance(folder: Path) -> Settings:
    return Settings(url="https://atelier.example", data=folder, database=f"sqlite:///{folder}/fedcop.sqlite3")


async def test_two_in_one_second_are_both_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: StandingClock
) -> None:
    monkeypatch.setattr(aside, "now", clock.now)
    database, kept = tmp_path / "fedcop.sqlite3", []
    for number in range(2):
        database.write_bytes(b"")
        async with aside.set_aside(instance(tmp_path), wanted=True) as name:
            kept.append(name)
            (tmp_path / f"new{number}").write_bytes(b"")
    database.write_bytes(b"")
    with pytest.raises(ValueError, match="broken"):  # noqa: PT012
        async with aside.set_aside(instance(tmp_path), wanted=True):
            raise ValueError("broken")
    assert len(set(kept)) == 2 and all(Path(name).exists() for name in kept) and database.exists()
