"""What is said at once in every process of an instance: on PostgreSQL by NOTIFY, also after the listener's connection was lost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from fedcop.core import listening, signals
from fedcop.core.database import atomic, rows
from fedcop.core.signals import CHANNEL, Signal


async def test_every_process_hears_what_was_committed(make_site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "PAUSE", 0.02)
    async with make_site() as web, make_site() as worker:
        on_postgres = web.settings.database.startswith("postgres")
        heard: asyncio.Queue[Signal] = asyncio.Queue()
        begun = asyncio.Event()

        async def listen() -> None:
            async with (web if on_postgres else worker).entered():
                await signals.receive(heard.put_nowait, begun)

        @atomic
        async def change(number: int, *, fails: bool = False) -> None:
            await signals.send(Signal("edited", (number, 7)))
            assert heard.empty()
            if fails:
                raise ValueError

        listening_task = asyncio.get_running_loop().create_task(listen())
        async with asyncio.timeout(10):
            await begun.wait()
            with pytest.raises(ValueError):
                await change(1, fails=True)
            await change(2)
            assert await heard.get() == Signal("edited", (2, 7))
            if on_postgres:
                begun.clear()
                # In our database alone: other tests listen on the same server.
                await rows(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND query LIKE ?",
                    f'LISTEN "{CHANNEL}"%',
                )
                await begun.wait()
                await change(3)
                assert await heard.get() == Signal("edited", (3, 7))
        listening_task.cancel()
        await asyncio.gather(listening_task, return_exceptions=True)
        await change(4)
        assert heard.empty()
