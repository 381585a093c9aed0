"""A database that is set aside takes no other one's place, however soon after it that was."""

from __future__ import annotations

import fcntl
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from fedcop.cli.archiving import aside
from fedcop.core import running
from fedcop.core.errors import Unavailable
from fedcop.core.settings import Settings
from tests.rig.clock import StandingClock


def instance(folder: Path) -> Settings:
    return Settings(url="https://atelier.example", data=folder, database=f"sqlite:///{folder}/fedcop.sqlite3")


def of_number(database: Path, number: int) -> None:
    with closing(sqlite3.connect(database)) as raw:
        raw.execute(f"PRAGMA user_version = {number}")


def number_of(database: Path) -> int:
    with closing(sqlite3.connect(database)) as raw:
        return int(raw.execute("PRAGMA user_version").fetchone()[0])


async def test_two_in_one_second_are_both_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: StandingClock
) -> None:
    monkeypatch.setattr(aside, "now", clock.now)
    database, kept = tmp_path / "fedcop.sqlite3", []
    for number in range(2):
        database.write_bytes(b"")
        async with aside.set_aside(instance(tmp_path), wanted=True) as one:
            kept.append(one.kept)
            of_number(Path(one.settings.database.removeprefix("sqlite:///")), number)
    assert len(set(kept)) == 2 and all(Path(name).exists() for name in kept) and number_of(database) == 1


async def test_the_old_one_keeps_its_place_until_the_new_one_is_whole(tmp_path: Path) -> None:
    database = tmp_path / "fedcop.sqlite3"
    of_number(database, 1)
    (tmp_path / "fedcop.sqlite3.growing").write_bytes(b"of one that was killed")
    with pytest.raises(ValueError, match="broken"):  # noqa: PT012
        async with aside.set_aside(instance(tmp_path), wanted=True) as one:
            of_number(Path(one.settings.database.removeprefix("sqlite:///")), 2)
            assert number_of(database) == 1, "who is killed here has changed nothing"
            raise ValueError("broken")
    assert [path.name for path in tmp_path.iterdir()] == [database.name] and number_of(database) == 1


async def test_who_works_on_it_is_noticed_whatever_its_port(tmp_path: Path) -> None:
    of_number(tmp_path / "fedcop.sqlite3", 1)
    with (tmp_path / "worker.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Unavailable, match="still works on"):
            await running.refuse_if_running(instance(tmp_path))
    await running.refuse_if_running(replace(instance(tmp_path), port=0))
