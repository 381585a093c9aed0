"""Instances for one test, ended with it whatever happens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.e2e.instances import Instance


@pytest.fixture
async def raise_instance(tmp_path: Path) -> AsyncIterator[Callable[..., Instance]]:
    """`raise_instance("a")` makes one more; start it with `await a.start()`. Its processes are warm."""
    made: list[Instance] = []

    def make(name: str, **settings: str) -> Instance:
        made.append(Instance(tmp_path, name, **settings))
        made[-1].warm = True
        return made[-1]

    yield make
    for instance in made:
        await instance.close()
