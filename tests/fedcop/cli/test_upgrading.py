"""Upgrades: what fails in the middle, or is killed there, has changed nothing; then it works when it is run again.

From the schema before the present one; `UPGRADE_FROM=each` tries all there ever were, before a release.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import migrations
from fedcop.cli import archive
from fedcop.cli.archiving.shape import LEFT_OUT
from fedcop.core import tables
from fedcop.core.database import open_database
from fedcop.core.migrating import applied_steps, is_current, known_steps, run_migrations
from fedcop.core.tables import Sum
from tests.rig.filling import counted, fill
from tests.rig.operator import Operator

pytestmark = pytest.mark.usefixtures("threads")
ROOT = Path(__file__).parents[3]
STATES = known_steps()[:-1] if os.environ.get("UPGRADE_FROM") == "each" else known_steps()[-2:-1]
STEP = '''
from tortoise import migrations
from fedcop.cli import archive
from fedcop.core.migration_steps import Script

{more}
class Migration(migrations.Migration):
    dependencies = [("fedcop", "{last}")]
    operations = [Script(sqlite="""{sql}""", postgres="""{sql}""")]
'''
# Waits inside the transaction of the steps, once they are made, until it is killed.
WAITING = """
import asyncio, sys
from fedcop.cli import upgrading
async def wait(*_words):
    print("made", flush=True)
    await asyncio.sleep(60)
upgrading.checked = wait
from fedcop.cli.main import main
main()
"""


@pytest.fixture(params=STATES)
def url(request: pytest.FixtureRequest, template: Any, tmp_path: Path) -> Iterator[str]:
    """A database of an earlier schema, with rows in every table."""

    async def make() -> str:
        found = str(await template.empty(tmp_path, "old"))
        async with open_database(found):
            await run_migrations(up_to=request.param)
            await fill()
        return found

    yield asyncio.run(make())
    asyncio.run(template.forget(tmp_path))


@pytest.fixture
def operator(url: str, tmp_path: Path) -> Operator:
    found = Operator(tmp_path)
    found.environment["FEDCOP_DATABASE"] = url
    return found


@pytest.fixture
def add_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Add a step to the chain, for one test."""
    folder = tmp_path / "steps"
    folder.mkdir()
    monkeypatch.setattr("tortoise.migrations.loader.reload", lambda module: module)  # which would forget the folder
    monkeypatch.setattr(migrations, "__path__", [*migrations.__path__, str(folder)])

    def add(sql: str, more: str = "") -> str:
        name = f"9999_{abs(hash((sql, more)))}"
        (folder / f"{name}.py").write_text(STEP.format(last=known_steps()[-1], sql=sql, more=more))
        importlib.invalidate_caches()
        monkeypatch.delitem(sys.modules, f"migrations.{name}", raising=False)
        return name

    return add


def state(url: str) -> tuple[list[str], dict[str, str], dict[str, int]]:
    """Give what the database is: its steps, the sum of each table, its counts."""

    async def look() -> Any:
        async with open_database(url):
            sums = {}
            for table in await tables.tables():
                told = Sum()
                async for batch in tables.read(table):
                    for line in batch:
                        told.add(line)
                sums[table.name] = told.hex
            return await applied_steps(), sums, await counted()

    found: tuple[list[str], dict[str, str], dict[str, int]] = asyncio.run(look())
    return found


def test_an_upgrade_backs_up_changes_and_checks(operator: Operator, url: str) -> None:
    old, _sums, before = state(url)
    said = operator.types("upgrade")
    assert said.exit_code == 0, said.output
    assert (
        f"{len(known_steps()) - len(old)} changes of the database are to be made" in said.output
        and "start fedcop now" in said.output
    )
    steps, _sums, after = state(url)
    assert f"rows in {len(after)} tables are there, 3 keys sign" in said.output
    assert steps == known_steps() and before.items() <= after.items()
    assert operator.types("upgrade").output.strip() == "the database is of this version already; there is nothing to do"
    (kept,) = (operator.folder / "data" / "backups").glob("before-upgrade-*.tar")
    assert kept.stat().st_mode & 0o777 == 0o600


def test_going_back_to_the_version_before(operator: Operator, url: str) -> None:
    """The papers' way: the older version is installed again, and the backup of the upgrade restored over the newer database."""
    before = state(url)
    assert operator.types("upgrade").exit_code == 0
    (kept,) = (operator.folder / "data" / "backups").glob("before-upgrade-*.tar")

    with pytest.MonkeyPatch.context() as older:

        async def no_later_steps() -> list[str]:
            return []

        async def no_search(_step: Any) -> int:
            return 0

        older.setattr(archive, "run_migrations", no_later_steps)
        older.setattr(archive.search, "reindex", no_search)
        said = operator.types("restore", "--replace", str(kept))
    assert said.exit_code == 0, said.output
    steps, sums, _counts = state(url)
    same = before[1].keys() - LEFT_OUT - {"push_subscription"}  # which hang on sessions
    assert steps == before[0] and {name: sums[name] for name in same} == {name: before[1][name] for name in same}


def test_a_step_that_fails_leaves_all_as_it_was(operator: Operator, url: str, add_step: Callable[..., str]) -> None:
    before = state(url)
    add_step("DELETE FROM mailbox_entry; UPDATE no_such_table SET id = 1")
    said = operator.types("upgrade")
    assert said.exit_code == 1 and "no_such_table" in said.output, said.output
    assert "Nothing was changed, the database is as it was." in said.output
    assert state(url) == before


def test_rows_that_a_step_loses_are_missed(
    operator: Operator, url: str, add_step: Callable[..., str], tmp_path: Path
) -> None:
    before = state(url)
    name = add_step("DELETE FROM mailbox_entry WHERE id = 2")
    said = operator.types("upgrade")
    assert said.exit_code == 1 and "mailbox_entry has 2 rows and had 3. Nothing was changed" in said.output
    assert state(url) == before
    (tmp_path / "steps" / f"{name}.py").unlink()
    add_step("DELETE FROM mailbox_entry WHERE id = 2", 'FORGETS = frozenset({"mailbox_entry"})')
    assert operator.types("upgrade").exit_code == 0
    assert state(url)[2]["mailbox_entry"] == 2


def test_killed_in_the_middle_and_run_again(operator: Operator, url: str) -> None:
    before = state(url)
    kept = {key: value for key, value in os.environ.items() if not key.startswith("FEDCOP_")}
    environment = kept | {key: value for key, value in operator.environment.items() if value}
    with subprocess.Popen(
        [sys.executable, "-c", WAITING, "upgrade"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        assert any(line.strip() == b"made" for line in process.stdout), "it ended before"
        process.send_signal(signal.SIGKILL)
    assert state(url) == before
    said = operator.types("upgrade")
    assert said.exit_code == 0 and "start fedcop now" in said.output, said.output

    async def current() -> bool:
        async with open_database(url):
            return await is_current()

    assert asyncio.run(current())


@pytest.mark.once
def test_an_instance_that_is_served_is_left_alone(operator: Operator) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert f"something answers at 127.0.0.1 port {port}" in operator.is_told(1, "upgrade", FEDCOP_PORT=port)


def test_on_postgres_a_process_that_works_is_noticed(operator: Operator, url: str) -> None:
    if not url.startswith("postgres"):
        pytest.skip("on SQLite the port tells")

    async def beside() -> str:
        async with open_database(url):
            return await asyncio.to_thread(operator.is_told, 1, "upgrade")

    assert "fedcop still runs on this database" in asyncio.run(beside())
