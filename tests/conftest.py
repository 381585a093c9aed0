"""The fixtures that every test may use: few, and each in a sentence. What they are made of lies in rig/."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from fedcop.core.feature import Feature
from fedcop.core.mail import OutboxMailer
from fedcop.core.settings import load_settings
from fedcop.core.site import Site, open_site
from tests.rig.clock import StandingClock
from tests.rig.database import SqliteTemplate

HERE = "https://atelier.example"


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    """The empty database that all others are copied from."""
    return SqliteTemplate(tmp_path_factory.mktemp("template"))


@pytest.fixture
def features() -> tuple[Feature, ...]:
    """The features of `site`: the real ones, as soon as they import. A test module may put its own here."""
    try:
        found: tuple[Feature, ...] = import_module("fedcop.features").FEATURES
    except ImportError:
        return ()
    return found


@pytest.fixture
def clock() -> StandingClock:
    """The time of `site`; `clock.advance(seconds)`."""
    return StandingClock()


@pytest.fixture
def make_site(
    template: SqliteTemplate, tmp_path: Path, features: tuple[Feature, ...], clock: StandingClock
) -> Callable[..., AbstractAsyncContextManager[Site]]:
    """`async with make_site("https://b.example") as b:` opens one more instance with an empty database."""
    return partial(_open, template, tmp_path, features, clock)


def _open(
    template: SqliteTemplate,
    folder: Path,
    features: tuple[Feature, ...],
    clock: StandingClock,
    url: str = HERE,
    *,
    transport: Any = None,
    **settings: Any,
) -> AbstractAsyncContextManager[Site]:
    name = url.rpartition("/")[2].replace(":", "-")
    return open_site(
        load_settings({}, url=url, data=folder / name, database=template.copy(folder, name), **settings),
        features,
        clock=clock,
        mailer=OutboxMailer(),
        transport=transport,
        migrate=False,
    )


@pytest.fixture
async def site(make_site: Callable[..., AbstractAsyncContextManager[Site]]) -> AsyncIterator[Site]:
    """An instance at https://atelier.example with an empty database, where time stands still."""
    async with make_site() as opened:
        opened.runner.inline = True
        yield opened
