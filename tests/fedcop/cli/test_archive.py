"""Backups of every table on every schema, sealed or not, brought back into either database; and drills, which keep nothing."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fedcop.backups import service as backups
from fedcop.cli.archiving import sealing
from fedcop.cli.archiving.drill import drill
from fedcop.cli.archiving.reading import NotEmpty, bring_back
from fedcop.cli.archiving.shape import LEFT_OUT
from fedcop.cli.archiving.writing import write
from fedcop.cli.doctor import instance
from fedcop.core import tables
from fedcop.core.clock import now
from fedcop.core.database import dialect, execute, open_database, rows
from fedcop.core.errors import Unavailable
from fedcop.core.ids import new_id, new_token
from fedcop.core.migrating import applied_steps, is_current, known_steps, run_migrations
from fedcop.core.models import InstanceSetting
from fedcop.core.settings import load_settings
from fedcop.core.site import Site, open_site
from fedcop.core.tables import Sum
from fedcop.features import FEATURES
from fedcop.media.models import Media
from tests.rig.filling import counted, fill
from tests.rig.operator import Operator
from tests.rig.people import make_member

HERE = "https://atelier.example"
ALL = "FEDCOP_TESTS_ALL_STEPS" in os.environ  # the long form: the schema after each step
STEPS = known_steps() if ALL else [known_steps()[0], known_steps()[len(known_steps()) // 2], known_steps()[-2]]
Opens = Callable[..., AbstractAsyncContextManager[Site]]


class Quiet:
    """Progress that says nothing."""

    def __init__(self, _label: str, _total: int | None = None) -> None:
        pass

    def step(self, count: int = 1) -> None:
        pass

    def end(self) -> None:
        pass


async def sums() -> dict[str, tuple[int, str]]:
    """Add up every table that lies in backups."""
    found = {}
    for table in await tables.tables():
        if table.name in LEFT_OUT:
            continue
        told = Sum()
        async for batch in tables.read(table, without=LEFT_OUT):
            for line in batch:
                told.add(line)
        found[table.name] = (told.count, told.hex)
    return found


@asynccontextmanager
async def new(url: str, folder: Path, **settings: Any) -> AsyncIterator[Site]:
    """Open an instance of ours on a database without tables."""
    folder.mkdir(exist_ok=True)
    chosen = load_settings({}, url=HERE, data=folder, database=url, **settings)
    async with open_site(chosen, FEATURES, migrate=False) as opened:
        yield opened


@pytest.mark.parametrize("step", STEPS)
async def test_any_schema_goes_from_either_database_to_the_other_and_back(
    step: str, template: Any, tmp_path: Path
) -> None:
    first = await template.empty(tmp_path, "first")
    async with new(first, tmp_path / "a") as site:
        await run_migrations(up_to=step)
        await fill()
        await execute(
            "UPDATE instance_setting SET value = ? WHERE key = 'key1'", '{"b": [1.0, "é\\u2028", null], "a": {}}'
        )
        before = await sums()
        if step == STEPS[-1]:
            assert before["push_subscription"][0] == 0, "what hangs on a session goes with it"
        assert (await write(tmp_path / "one.tar", site, Quiet)).rows == sum(n for n, _sum in before.values())
    async with new(f"sqlite:///{tmp_path}/middle.sqlite3", tmp_path / "b") as site:
        await bring_back(tmp_path / "one.tar", site, Quiet)
        assert (await applied_steps())[-1] == step and await sums() == before
        await write(tmp_path / "two.tar", site, Quiet)
    await template.forget(tmp_path)
    async with new(await template.empty(tmp_path, "last"), tmp_path / "c") as site:
        await bring_back(tmp_path / "two.tar", site, Quiet)
        assert await sums() == before
        with pytest.raises(NotEmpty):
            await bring_back(tmp_path / "two.tar", site, Quiet)
        counts = await counted()
        await run_migrations()
        assert await is_current() and counts.items() <= (await counted()).items()
    await template.forget(tmp_path)


async def with_files(site: Site) -> None:
    """Give an instance a member and two files."""
    await make_member("lea", "admin")
    for number, content in enumerate((b"plans", b"x" * 300_000)):
        key = f"media/00/{number}"
        await site.storage.put(key, content)
        media = Media(
            id=new_id(), token=new_token(), media_type="text/plain", key=key, size=len(content), created_at=now()
        )
        media.sha256 = hashlib.sha256(content).hexdigest()
        await media.save(force_create=True)


async def test_a_sealed_backup_opens_with_its_key_only(site: Site, tmp_path: Path) -> None:
    await with_files(site)
    public = sealing.new_key(tmp_path / "secret")
    sealing.new_key(tmp_path / "other")
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    site.settings = replace(site.settings, backup_key=public)
    sealed = tmp_path / "sealed.tar.age"
    written = await write(sealed, site, Quiet)
    assert written.files == 2 and sealed.read_bytes().startswith(sealing.BEGINS) and b"plans" not in sealed.read_bytes()
    before, settings = await sums(), replace(site.settings, data=tmp_path / "d")
    found = await drill(sealed, settings, Quiet, tmp_path / "secret")
    assert found.well and found.rows == written.rows and found.files == 2 and found.bytes == 300_005
    cut, turned = tmp_path / "cut.age", tmp_path / "turned.age"
    cut.write_bytes(sealed.read_bytes()[:-40])
    turned.write_bytes(sealed.read_bytes()[:-5000] + bytes(5000))
    for file, key, says in (
        (sealed, None, "--key"),
        (sealed, tmp_path / "other", "cannot be opened with this key"),
        (sealed, sealed, "no secret key"),
        (cut, tmp_path / "secret", "cut short"),
        (turned, tmp_path / "secret", "changed"),
    ):
        with pytest.raises(Unavailable, match=says):
            await drill(file, settings, Quiet, key)
    assert list((tmp_path / "d").iterdir()) == [], "nothing is left behind"
    async with new(f"sqlite:///{tmp_path}/back.sqlite3", tmp_path / "back") as back:
        await bring_back(sealed, back, Quiet, tmp_path / "secret")
        assert await sums() == before
        assert b"".join([piece async for piece in back.storage.open("media/00/1")]) == b"x" * 300_000
    assert not list(tmp_path.glob("*.partial"))


async def test_a_wrong_key_in_the_settings_leaves_no_file(site: Site, tmp_path: Path) -> None:
    site.settings = replace(site.settings, backup_key="age1" + "q" * 58)
    with pytest.raises(Unavailable, match="backup_key"):
        await write(tmp_path / "x.tar", site, Quiet)
    assert not list(tmp_path.glob("x.tar*"))


async def test_a_drill_finds_what_is_damaged_and_keeps_nothing(site: Site, tmp_path: Path) -> None:
    await with_files(site)
    await write(tmp_path / "good.tar", site, Quiet)
    settings = replace(site.settings, data=tmp_path / "d")
    found = await drill(tmp_path / "good.tar", settings, Quiet)
    assert found.well and found.keys >= 2 and found.files == 2
    await execute("UPDATE media SET sha256 = ? WHERE key = 'media/00/1'", "0" * 64)
    await site.storage.delete("media/00/0")
    key = (await rows("SELECT MIN(key_id) AS id FROM actor_key WHERE private IS NOT NULL AND kind = 'ed25519'"))[0][
        "id"
    ]
    public = "z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH"
    await execute("UPDATE actor_key SET public = ? WHERE key_id = ?", public, key)
    await write(tmp_path / "bad.tar", site, Quiet)
    found = await drill(tmp_path / "bad.tar", settings, Quiet)
    assert not found.well and len(found.wrong) == 3
    assert "1 keys do not verify" in found.wrong[0] and key in found.wrong[0]
    assert "1 files that rows name are not in it (media/00/0)" == found.wrong[1]  # noqa: SIM300
    assert "1 files are not what rows say of them (media/00/1)" == found.wrong[2]  # noqa: SIM300
    await write(tmp_path / "rows.tar", site, Quiet, files=False)
    assert len((await drill(tmp_path / "rows.tar", settings, Quiet)).wrong) == 1, "files were left out on purpose"
    assert list((tmp_path / "d").iterdir()) == []


def parts_of(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as tar:
        return {info.name: tar.extractfile(info).read() for info in tar}  # type: ignore[union-attr]


def tar_of(file: Path, parts: dict[str, bytes]) -> Path:
    with tarfile.open(file, "w") as tar:
        for name, content in parts.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return file


async def test_a_backup_says_which_files_are_gone_or_are_not_what_they_were(site: Site, tmp_path: Path) -> None:
    await with_files(site)
    whole = await write(tmp_path / "good.tar", site, Quiet)
    assert whole.files == 2 and not whole.missing and not whole.changed
    await site.storage.put("media/00/0", b"plant")  # as long as before: who looks at sizes sees nothing
    await site.storage.delete("media/00/1")
    harmed = await write(tmp_path / "bad.tar", site, Quiet)
    assert harmed.files == 1 and harmed.missing == ("media/00/1",) and harmed.changed == ("media/00/0",)
    await backups.note_made(harmed.missing, harmed.changed)
    found = await instance.backup_age(site)
    assert [one.says for one in found] == [
        "The last backup found 2 files missing, or not what their rows say (media/00/1, media/00/0)."
    ]
    await backups.note_made()
    assert await instance.backup_age(site) == []


async def test_what_was_changed_or_left_out_restores_nothing(site: Site, tmp_path: Path) -> None:
    await with_files(site)
    await write(tmp_path / "good.tar", site, Quiet)
    good = parts_of(tmp_path / "good.tar")
    counts = json.loads(good["manifest.json"])["rows"]
    harms: list[tuple[str, dict[str, bytes]]] = [
        ("sums.json", {name: part for name, part in good.items() if name != "sums.json"}),
        ("files/media/00/0", {name: part for name, part in good.items() if name != "files/media/00/0"}),
        ("not what was written", good | {"files/media/00/0": b"plant"}),
        ("not what was written", good | {"rows/account.jsonl": good["rows/account.jsonl"].replace(b"lea", b"leo")}),
        ("newer fedcop", good | {"manifest.json": good["manifest.json"].replace(b"0001_initial", b"0999_later")}),
    ]
    assert counts["account"] == 1
    for says, parts in harms:
        file = tar_of(tmp_path / "bad.tar", parts)
        async with new(f"sqlite:///{tmp_path}/back.sqlite3", tmp_path / "back") as back:
            with pytest.raises((KeyError, ValueError), match=says):
                await bring_back(file, back, Quiet)
            assert not [path for path in (tmp_path / "back" / "files").rglob("*") if path.is_file()]
            assert not await tables.empty_of_rows(await tables.tables())


@pytest.mark.parametrize("here", [b"plans", b"plan", b"plans and more", b"plant", b""])
async def test_files_that_are_there_already_change_only_with_a_whole_backup(
    site: Site, tmp_path: Path, here: bytes
) -> None:
    await with_files(site)
    await write(tmp_path / "good.tar", site, Quiet)
    good = parts_of(tmp_path / "good.tar")
    bad = tar_of(tmp_path / "bad.tar", good | {"files/media/00/0": b"pests", "files/media/00/1": b"y" * 300_000})
    async with new(f"sqlite:///{tmp_path}/back.sqlite3", tmp_path / "back") as back:
        await back.storage.put("media/00/0", here)
        with pytest.raises(ValueError, match="not what was written"):
            await bring_back(bad, back, Quiet)
        there = [path for path in (tmp_path / "back" / "files").rglob("*") if path.is_file()]
        assert [path.read_bytes() for path in there] == [here]
        await bring_back(tmp_path / "good.tar", back, Quiet)
        for number, content in enumerate((b"plans", b"x" * 300_000)):
            assert (tmp_path / "back" / "files" / "media" / "00" / str(number)).read_bytes() == content


async def test_a_file_of_the_first_format_is_still_read(site: Site, tmp_path: Path) -> None:
    """Its manifest came last, without steps and sums, and JSON stood there as it is."""
    await with_files(site)
    await InstanceSetting.create(key="rules", value={"fr": ["Soyez"], "n": 1})
    await InstanceSetting.create(key="none", value=None)
    before = await sums()
    await write(tmp_path / "two.tar", site, Quiet)
    parts = parts_of(tmp_path / "two.tar")
    del parts["sums.json"]
    manifest = json.loads(parts.pop("manifest.json"))
    manifest = {**manifest, "format": 1}
    del manifest["steps"], manifest["files"]
    kinds = {table.name: table.columns for table in await tables.tables()}
    for name in manifest["rows"]:
        lines = []
        for text in parts[f"rows/{name}.jsonl"].splitlines():
            line = json.loads(text)
            for column, value in line.items():
                if kinds[name][column] == tables.JSON and value is not None:
                    line[column] = json.loads(value)
            lines.append(json.dumps(line).encode() + b"\n")
        parts[f"rows/{name}.jsonl"] = b"".join(lines)
    device = {"id": 5, "session_id": 6, "account_id": 7, "endpoint": "https://push.example/1"}
    parts["rows/push_subscription.jsonl"] = json.dumps(device).encode() + b"\n"
    manifest["rows"]["push_subscription"] = 1  # which no backup of then could be restored with
    one = tar_of(tmp_path / "one.tar", {**parts, "manifest.json": json.dumps(manifest).encode()})
    async with new(f"sqlite:///{tmp_path}/back.sqlite3", tmp_path / "back") as back:
        await bring_back(one, back, Quiet)
        assert await sums() == before


async def test_what_counts_by_itself_goes_on_after_a_restore(template: Any, tmp_path: Path) -> None:
    async with open_database(await template.empty(tmp_path, "x")):
        serial = "SERIAL" if dialect() == "postgres" else "INTEGER"
        await execute(f"CREATE TABLE counter (id {serial} PRIMARY KEY, name TEXT)")
        (table,) = await tables.tables()
        await tables.write(table, [{"id": 7, "name": "seven"}])
        await tables.number_on()
        await execute("INSERT INTO counter (name) VALUES ('next')")
        assert [line["id"] async for batch in tables.read(table) for line in batch] == [7, 8]
        with pytest.raises(Unavailable, match="counter has no column size"):
            await tables.write(table, [{"id": 9, "size": 1}])
        with pytest.raises(Unavailable, match="counter: "):
            await tables.write(table, [{"id": 7, "name": "again"}])
    await template.forget(tmp_path)


@pytest.fixture
def operator(tmp_path: Path, template: Any, request: pytest.FixtureRequest) -> Operator:
    found = Operator(tmp_path)
    assert found.types("migrate").exit_code == 0
    words = ("member", "create", "lea", "--email", "lea@atelier.example", "--password", "pruniers en fleur")
    assert found.types(*words).exit_code == 0
    return found


@pytest.mark.once
def test_an_operator_seals_drills_and_goes_back(operator: Operator) -> None:
    folder = operator.folder
    said = operator.types("backup-key", str(folder / "secret")).output
    key = said.partition('"')[2].partition('"')[0]
    assert key.startswith("age1") and "exists already" in operator.is_told(1, "backup-key", str(folder / "secret"))
    assert "no folder" in operator.is_told(1, "backup-key", str(folder / "none" / "secret"))
    (folder / "data" / "backups").mkdir()
    newest = folder / "data" / "backups" / "fedcop-20260301-030000.tar.age"
    assert "no backup here" in operator.is_told(1, "restore", "--drill")
    said = operator.types("backup", str(newest), FEDCOP_BACKUP_KEY=key)
    assert said.exit_code == 0 and ", 0 files, sealed" in said.output
    said = operator.types("restore", "--drill", "--key", str(folder / "secret"))
    assert said.exit_code == 0 and "This backup can be brought back; the drill took" in said.output
    said = operator.types("restore", "--drill")
    assert said.exit_code == 1 and "is sealed: name the file with its secret key" in said.output
    operator.types("member", "create", "sam", "--email", "sam@atelier.example", "--password", "pruniers en fleur")
    assert "use --replace" in operator.types("restore", str(newest), "--key", str(folder / "secret")).output
    said = operator.types("restore", str(newest), "--key", str(folder / "secret"), "--replace")
    assert said.exit_code == 0 and "what was here is kept as" in said.output, said.output
    assert "no member named sam" in operator.is_told(1, "member", "clear-second-step", "sam")
    (kept,) = (folder / "data").glob("fedcop.sqlite3.before-*")
    said = operator.types("restore", str(folder / "secret"), "--replace")
    assert said.exit_code == 1 and "nothing was restored" in said.output
    assert "not asked for a second step" in operator.is_told(1, "member", "clear-second-step", "lea"), "back again"
    assert list((folder / "data").glob("fedcop.sqlite3.before-*")) == [kept]
    assert "name the backup" in operator.is_told(1, "restore")


@pytest.mark.once
def test_a_key_that_is_none_stops_the_start(operator: Operator) -> None:
    assert "backup_key must be a public key" in operator.is_told(2, "backup", "x.tar", FEDCOP_BACKUP_KEY="age1oops")
