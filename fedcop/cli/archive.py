"""`fedcop backup FILE` and `fedcop restore FILE`: the whole instance in one tar file, whatever the database engine.

The file holds rows as lines of JSON, so a backup of SQLite restores into PostgreSQL and the other way round. It is
written beside its final name and renamed when whole; a restore goes into an empty instance only, in one transaction.
"""

from __future__ import annotations

import base64
import io
import json
import os
import sqlite3
import tarfile
import tempfile
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast

import typer
from tortoise import fields
from tortoise.exceptions import BaseORMException
from tortoise.models import Model

from fedcop import __version__
from fedcop.actors.models import Actor
from fedcop.backups import service as backups
from fedcop.cli.terminal import Progress, fail, opened, run
from fedcop.core import database
from fedcop.core.clock import now
from fedcop.core.database import atomic
from fedcop.core.site import Site, open_site, site
from fedcop.media.models import Media
from fedcop.search import service as search

FORMAT = 1
BATCH = 500
MANIFEST = "manifest.json"
UNREADABLE = (
    tarfile.TarError, EOFError, zlib.error, KeyError, ValueError, TypeError, AttributeError, BaseORMException,
)  # fmt: skip
LEFT_OUT = frozenset({"session", "search_entry"})  # people log in anew after a restore; what can be found is read anew


def backup(
    file: Path = typer.Argument(help="the tar file to write"),
    force: bool = typer.Option(False, "--force", help="replace the file if it exists"),
) -> None:
    """Write the whole instance into one file, while it goes on serving."""
    if not file.parent.is_dir():
        raise fail(f"there is no folder {file.parent}")
    if file.is_dir():
        raise fail(f"{file} is a folder; name a file to write")
    if file.exists() and not force:
        raise fail(f"{file} exists already; give another name, or --force to replace it")

    async def work() -> None:
        async with opened() as running:
            partial = file.with_name(file.name + ".partial")
            try:
                with _private(partial) as raw, tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar:
                    async with _snapshot(running):
                        counts, keys = await _write_rows(tar)
                    missing = await _write_files(tar, running, keys)
                    _add(tar, MANIFEST, json.dumps(_manifest(running, counts), indent=2).encode())
                partial.replace(file)
                await backups.note_made()
            finally:
                partial.unlink(missing_ok=True)
            typer.echo(f"{file}: {sum(counts.values())} rows, {len(keys) - missing} files")

    run(work)


def restore(
    file: Path = typer.Argument(help="a tar file written by `fedcop backup`", exists=True, dir_okay=False),
) -> None:
    """Bring a backup back, into an instance that is still empty."""

    async def work() -> None:
        async with opened() as running:
            if await Actor.all().exists():
                raise fail("this instance is not empty; restore into an empty FEDCOP_DATA and FEDCOP_DATABASE")
            stored: list[str] = []
            try:
                with tarfile.open(file) as tar:
                    manifest = _checked_manifest(tar, running)
                    await _read_files(tar, running, stored)
                    await _read_rows(tar, manifest["rows"])
            except BaseException as error:
                for key in stored:
                    await running.storage.delete(key)
                if isinstance(error, UNREADABLE):
                    why = _what_is_wrong(error)
                    raise fail(f"{file} is not a whole backup of fedcop: {why}; nothing was restored") from None
                raise
            progress = Progress("search")
            await search.reindex(progress.step)
            progress.end()
            typer.echo(f"restored {sum(manifest['rows'].values())} rows and {len(stored)} files")

    run(work)


def _what_is_wrong(error: BaseException) -> str:
    """Say in a few words why a file cannot be read as a backup; the libraries' own words fill many lines."""
    if isinstance(error, (tarfile.TarError, EOFError, zlib.error)):
        return "it is no tar file, or it was cut short"
    if isinstance(error, KeyError):
        return f"a part is missing ({error.args[0]!s:.100})" if error.args else "a part is missing"
    if isinstance(error, ValueError) and not isinstance(error, (json.JSONDecodeError, UnicodeError)):
        return " ".join(str(error).split())[:300]
    return "what it holds cannot be read"


def _private(path: Path) -> IO[bytes]:
    """Open a file to write that nobody else on this machine may read: private keys and addresses go into it."""
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def models_in_order() -> list[type[Model]]:
    """Give every model, those first that others point to."""
    apps = site().tortoise.apps
    if apps is None:
        raise RuntimeError("no database is open")
    waiting = dict(apps["fedcop"])
    ordered: list[type[Model]] = []
    while waiting:
        for name, model in list(waiting.items()):
            needs = {
                cast(Any, model._meta.fields_map[key]).related_model
                for key in (model._meta.fk_fields | model._meta.o2o_fields)
            }
            if needs - {model} <= set(ordered):
                ordered.append(model)
                del waiting[name]
    return [model for model in ordered if table_of(model) not in LEFT_OUT]


def table_of(model: type[Model]) -> str:
    """Give the name of a model's table."""
    return str(model._meta.db_table)


@asynccontextmanager
async def _snapshot(running: Site) -> AsyncIterator[None]:
    """Step into an unmoving copy of the database: SQLite copies itself without stopping writers, PostgreSQL reads one snapshot."""
    if database.dialect() == "postgres":
        async with database.snapshot():
            yield
        return
    source = running.settings.database.removeprefix("sqlite:///")
    with tempfile.TemporaryDirectory(dir=running.settings.data) as folder:
        copy = Path(folder) / "copy.sqlite3"
        with sqlite3.connect(source) as raw:
            raw.execute("VACUUM INTO ?", (str(copy),))
        raw.close()
        still = replace(running.settings, database=f"sqlite:///{copy}")
        async with open_site(still, running.features, transport=running.transport, migrate=False):
            yield


async def _write_rows(tar: tarfile.TarFile) -> tuple[dict[str, int], list[str]]:
    counts: dict[str, int] = {}
    keys: list[str] = []
    progress = Progress("rows")
    for model in models_in_order():
        name = table_of(model)
        with tempfile.SpooledTemporaryFile(max_size=16 << 20) as spool:
            counts[name] = 0
            async for row in _rows_of(model):
                spool.write(json.dumps(_to_plain(model, row), ensure_ascii=False).encode() + b"\n")
                counts[name] += 1
                progress.step()
                if isinstance(row, Media):
                    keys.extend(key for key in (row.key, row.preview_key) if key)
            size = spool.tell()
            spool.seek(0)
            info = tarfile.TarInfo(f"rows/{name}.jsonl")
            info.size = size
            tar.addfile(info, cast(IO[bytes], spool))
    progress.end()
    return counts, sorted(set(keys))


async def _rows_of(model: type[Model]) -> AsyncIterator[Model]:
    last: Any = None
    key = model._meta.pk_attr
    while True:
        query = model.all().order_by(key).limit(BATCH)
        batch = await (query if last is None else query.filter(**{f"{key}__gt": last}))
        for row in batch:
            yield row
        if len(batch) < BATCH:
            return
        last = batch[-1].pk


def _columns(model: type[Model]) -> Iterator[tuple[str, fields.Field[Any]]]:
    for name in model._meta.db_fields:
        yield name, model._meta.fields_map[name]


def _to_plain(model: type[Model], row: Model) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for name, _field in _columns(model):
        value = getattr(row, name)
        if isinstance(value, datetime):
            value = value.isoformat()
        elif isinstance(value, (bytes, memoryview)):
            value = base64.b64encode(bytes(value)).decode()
        plain[name] = value
    return plain


def _from_plain(model: type[Model], plain: dict[str, Any]) -> Model:
    values: dict[str, Any] = {}
    for name, field in _columns(model):
        value = plain.get(name)
        if value is not None and isinstance(field, fields.DatetimeField):
            value = datetime.fromisoformat(value)
        elif value is not None and isinstance(field, fields.BinaryField):
            value = base64.b64decode(value)
        values[name] = value
    return model(**values)


async def _write_files(tar: tarfile.TarFile, running: Site, keys: list[str]) -> int:
    """Add the stored files; a file deleted since the snapshot is passed over. Gives how many were."""
    missing = 0
    progress = Progress("files", len(keys))
    for key in keys:
        progress.step()
        if not await running.storage.exists(key):
            missing += 1
            continue
        with tempfile.SpooledTemporaryFile(max_size=16 << 20) as spool:
            async for chunk in running.storage.open(key):
                spool.write(chunk)
            info = tarfile.TarInfo(f"files/{key}")
            info.size = spool.tell()
            spool.seek(0)
            tar.addfile(info, cast(IO[bytes], spool))
    progress.end()
    return missing


def _manifest(running: Site, counts: dict[str, int]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "fedcop": __version__,
        "url": running.settings.origin,
        "written_at": now().isoformat(),
        "rows": counts,
    }


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))


def _checked_manifest(tar: tarfile.TarFile, running: Site) -> dict[str, Any]:
    """Read what the file says of itself; the addresses of an instance are for ever, so its URL must be the same."""
    member = tar.extractfile(MANIFEST)
    if member is None:
        raise KeyError(MANIFEST)
    manifest: dict[str, Any] = json.load(member)
    if manifest["format"] != FORMAT:
        raise ValueError(f"it has format {manifest['format']}, this version reads format {FORMAT}")
    if manifest["url"] != running.settings.origin:
        raise ValueError(f"it belongs to {manifest['url']}, and FEDCOP_URL is {running.settings.origin}")
    return manifest


async def _read_files(tar: tarfile.TarFile, running: Site, stored: list[str]) -> None:
    """Bring the files back; `stored` names them, so that they can be taken away again if the rest fails."""
    progress = Progress("files")
    for info in tar:
        if not info.isfile() or not info.name.startswith("files/"):
            continue
        key = info.name.removeprefix("files/")
        if ".." in Path(key).parts or Path(key).is_absolute():
            raise ValueError(f"the name {key!r} leads outside")
        content = tar.extractfile(info)
        if content is not None:
            stored.append(key)
            await running.storage.put(key, _chunks(content))
            progress.step()
    progress.end()


async def _chunks(content: IO[bytes]) -> AsyncIterator[bytes]:
    while chunk := content.read(1 << 16):
        yield chunk


@atomic
async def _read_rows(tar: tarfile.TarFile, expected: dict[str, int]) -> None:
    progress = Progress("rows", sum(expected.values()))
    for model in models_in_order():
        name = table_of(model)
        if name not in expected:
            continue
        lines = tar.extractfile(f"rows/{name}.jsonl")
        count = 0
        batch: list[Model] = []
        for line in lines or ():
            batch.append(_from_plain(model, json.loads(line)))
            count += 1
            progress.step()
            if len(batch) >= BATCH:
                await model.bulk_create(batch)
                batch = []
        if batch:
            await model.bulk_create(batch)
        if count != expected[name]:
            raise ValueError(f"{name} has {count} rows and should have {expected[name]}")
    progress.end()
