"""Processes that serve one instance at once hold rooms of their own among the ids, and find one again when the database returns."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from fedcop.core import ids
from fedcop.core.database import open_database, rows
from fedcop.core.rooms import LOCKS, own_room
from tests.e2e.instances import until
from tests.rig.database import postgres_programs, postgres_server

ROOT = Path(__file__).parents[3]
PROCESS = """
import asyncio
from fedcop.core import ids
from fedcop.core.clock import SystemClock, current_clock
from fedcop.core.database import open_database
from fedcop.core.rooms import own_room

class Stopped(SystemClock):
    def now(self):
        return SystemClock.now(self).replace(year=2026, month=3, day=2, hour=0, minute=0, second=0, microsecond=0)

async def main():
    async with open_database("{url}"), own_room():
        current_clock.set(Stopped())
        print(*(ids.new_id() for _ in range(400)), flush=True)
        input()  # hold the room until the others have made theirs

asyncio.run(main())
"""


async def held() -> list[int]:
    found = await rows("SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND classid = ? AND granted", LOCKS)
    return sorted(int(row["objid"]) for row in found)


def room() -> int:
    return ids.new_id() >> 9 & 63


@pytest.mark.postgres
async def test_processes_never_make_the_same_id_in_the_same_millisecond(postgres: str) -> None:
    url = f"{postgres}/postgres"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS.format(url=url)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip
    try:
        made = [[int(word) for word in await asyncio.to_thread(_line, one)] for one in processes]
    finally:
        said = [await asyncio.to_thread(one.communicate, "\n", 30) for one in processes]
    assert [len(each) for each in made] == [400] * 4, said
    assert len({one for each in made for one in each}) == 1600


def _line(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    return process.stdout.readline().split()


@pytest.mark.postgres
@pytest.mark.skipif(postgres_programs() is None, reason="PostgreSQL is not installed")
async def test_a_room_is_left_with_the_database_and_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fedcop.core.rooms.PAUSE", 0.05)
    with postgres_server() as server:
        async with open_database(f"{server.url}/postgres"):
            async with own_room():
                assert [room()] == await held()

                async def left() -> bool:
                    return room() >= ids.HELD

                await asyncio.to_thread(server.stop, "fast")
                await until(left, "still in a room that nobody holds for us")
                await asyncio.to_thread(server.start)

                async def again() -> bool:
                    return room() < ids.HELD

                await until(again, "no room")
                assert [room()] == await held()
            assert room() >= ids.HELD
            await until(none_held, "a room is still held")


async def none_held() -> bool:
    return not await held()


@pytest.mark.postgres
async def test_more_processes_than_rooms_still_work(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "HELD", 1)
    async with open_database(f"{postgres}/postgres"):
        async with own_room():
            assert [room()] == await held() == [0]
            async with own_room():  # as a second process would
                assert room() >= 1
        await until(none_held, "a room is still held")


async def test_on_sqlite_the_one_process_that_serves_has_the_first_room(tmp_path: Path, threads: None) -> None:
    async with open_database(f"sqlite:///{tmp_path}/x.sqlite3"):
        async with own_room():
            assert room() == 0
        assert room() >= ids.HELD
