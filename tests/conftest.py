"""The fixtures that every test may use: few, and each in a sentence. What they are made of lies in rig/."""

from __future__ import annotations

import asyncio
import inspect
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import aiosqlite
import pytest

from fedcop.core.feature import Feature
from fedcop.core.mail import OutboxMailer
from fedcop.core.settings import load_settings
from fedcop.core.site import Site, open_site
from fedcop.core.sql import sqlite_engine
from fedcop.media import previews
from tests.rig import thrift
from tests.rig.clock import StandingClock
from tests.rig.database import MISSING, PostgresTemplate, SqliteTemplate, postgres_programs, postgres_server
from tests.rig.golden import Golden
from tests.rig.guards import lingering, only_this_machine
from tests.rig.once import listed

HERE = "https://atelier.example"
SHARED = "FEDCOP_TESTS_POSTGRES"  # where the one server of a run listens: its first process begins it, workers find it
BEGUN = pytest.StashKey[ExitStack]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """--database=postgres runs the same tests on PostgreSQL."""
    parser.addoption("--database", choices=("sqlite", "postgres"), default="sqlite", help="which database to test on")
    parser.addoption("--golden", choices=("compare", "write"), default="compare", help="write golden files anew")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse what cannot be done, in words, before anything runs; take carelessness for failure."""
    if config.getoption("--database") == "postgres" and postgres_programs() is None:
        raise pytest.UsageError(MISSING)
    begun = config.stash[BEGUN] = ExitStack()
    if thrift.KEPT not in os.environ:
        folder = tempfile.TemporaryDirectory(prefix="fedcop-kept-", ignore_cleanup_errors=True)
        os.environ[thrift.KEPT] = begun.enter_context(folder)
        begun.callback(os.environ.pop, thrift.KEPT)
    thrift.begin(Path(os.environ[thrift.KEPT]))
    if config.getoption("--database") == "postgres" and SHARED not in os.environ:
        os.environ[SHARED] = begun.enter_context(postgres_server()).url
        begun.callback(os.environ.pop, SHARED)
    for category in ("ResourceWarning", "RuntimeWarning", "pytest.PytestUnraisableExceptionWarning"):
        config.addinivalue_line("filterwarnings", f"error::{category}")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what this very process began."""
    if BEGUN in config.stash:
        config.stash[BEGUN].close()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL, run only what is given a database and may depend on which: all else would be the same once more."""
    if config.getoption("--database") == "postgres":
        elsewhere = listed()
        kept = [
            item
            for item in items
            if "template" in getattr(item, "fixturenames", ())
            and item.get_closest_marker("once") is None
            and item.nodeid.partition("[")[0] not in elsewhere
        ]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
        items[:] = kept


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL of our own, for tests marked so whatever the database of the others; left out by name when absent."""
    if SHARED in os.environ:
        yield os.environ[SHARED]
        return
    if postgres_programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres_server() as server:
        yield server.url


@pytest.fixture(scope="session")
def template(
    request: pytest.FixtureRequest, pytestconfig: pytest.Config
) -> Iterator[SqliteTemplate | PostgresTemplate]:
    """The empty database that all others are copied from; `template.dialect` says which kind."""
    kept = pytestconfig.cache.mkdir("template")
    on_postgres = pytestconfig.getoption("--database") == "postgres"
    made = PostgresTemplate(request.getfixturevalue("postgres"), kept) if on_postgres else SqliteTemplate(kept)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def guards(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test leaves the machine or leaves a task behind."""
    if inspect.iscoroutinefunction(getattr(request, "function", None)):
        request.getfixturevalue("no_lingering_tasks")
    with only_this_machine():
        yield


@pytest.fixture
async def no_lingering_tasks() -> AsyncIterator[None]:
    """Every task that a test begins, it ends."""
    before = asyncio.all_tasks()
    yield
    left = await lingering(before)
    assert not left, f"tasks left behind: {left}"


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite as fedcop really runs it, each connection in a thread of its own."""
    monkeypatch.setattr(sqlite_engine, "aiosqlite", aiosqlite)


@pytest.fixture
def easel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Previews as fedcop really makes them, each by a process of its own."""
    monkeypatch.setattr(previews, "_ask", thrift._draw)


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
async def make_site(
    template: SqliteTemplate | PostgresTemplate, tmp_path: Path, features: tuple[Feature, ...], clock: StandingClock
) -> AsyncIterator[Callable[..., AbstractAsyncContextManager[Site]]]:
    """`async with make_site("https://b.example") as b:` opens one more instance; the same address again, the same rows."""
    yield partial(_open, template, tmp_path, features, clock)
    await template.forget(tmp_path)


@asynccontextmanager
async def _open(
    template: SqliteTemplate | PostgresTemplate,
    folder: Path,
    features: tuple[Feature, ...],
    clock: StandingClock,
    url: str = HERE,
    *,
    transport: Any = None,
    **settings: Any,
) -> AsyncIterator[Site]:
    name = url.rpartition("/")[2].replace(":", "-")
    database = await template.copy(folder, name)
    async with open_site(
        load_settings({}, url=url, data=folder / name, database=database, **settings),
        features,
        clock=clock,
        mailer=OutboxMailer(),
        transport=transport,
        migrate=False,
    ) as opened:
        opened.runner.inline = True
        yield opened


@pytest.fixture
async def site(make_site: Callable[..., AbstractAsyncContextManager[Site]]) -> AsyncIterator[Site]:
    """An instance at https://atelier.example with an empty database, where time stands still."""
    async with make_site() as opened:
        yield opened


@pytest.fixture
async def world(
    make_site: Callable[..., AbstractAsyncContextManager[Site]], clock: StandingClock
) -> AsyncIterator[Any]:
    """Whole fedcops and scripted strangers by their real names; see rig/world.py."""
    # Imported here, so that tests of one room do not need the whole house to stand.
    async with import_module("tests.rig.world").open_world(make_site, clock) as opened:
        yield opened


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """`golden("activities/x", document)` compares with tests/golden/activities/x.json."""
    return Golden(write=request.config.getoption("--golden") == "write")
