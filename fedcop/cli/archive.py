"""`fedcop backup` and `fedcop restore`: the whole instance in one file, whatever the database engine and the version that wrote it.

A backup of SQLite restores into PostgreSQL and the other way round. It is written beside its final name and renamed when whole; a restore
goes into an empty instance only, all or nothing. What lies in the file is in archiving/.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import typer

from fedcop.backups import service as backups
from fedcop.cli.archiving import sealing
from fedcop.cli.archiving.aside import set_aside
from fedcop.cli.archiving.drill import drill
from fedcop.cli.archiving.reading import UNREADABLE, NotEmpty, bring_back, in_words
from fedcop.cli.archiving.writing import write
from fedcop.cli.terminal import Progress, fail, opened, run, settings_or_exit
from fedcop.core.migrating import applied_steps, is_current, run_migrations
from fedcop.core.settings import Settings
from fedcop.core.site import Site
from fedcop.search import service as search

WHO = "the command runs as the user of the service (sudo -u fedcop), and folders of other people are often closed to it"


def backup(
    file: Path = typer.Argument(help="the file to write"),
    force: bool = typer.Option(False, "--force", help="replace the file if it exists"),
    rows_only: bool = typer.Option(False, "--rows-only", help="leave files out: texts, people and keys only"),
) -> None:
    """Write the whole instance into one file, while it goes on serving. Sealed, if the setting backup_key names a key."""
    _look_at_place(file)
    if file.exists() and not force:
        raise fail(f"{file} exists already; give another name, or --force to replace it")

    there = file.absolute().parent

    async def work() -> None:
        async with opened(migrate=False) as running:
            if not await applied_steps():
                raise fail("there is no instance here yet")
            await _look_for_room(there, running, files=not rows_only)
            written = await write(file, running, Progress, files=not rows_only)
            if await is_current():
                await backups.note_made(written.missing, written.changed)
            sealed = ", sealed" if running.settings.backup_key else ""
            typer.echo(f"{file}: {written.rows} rows, {written.files} files{sealed}")
            for keys, what in ((written.missing, "are not there"), (written.changed, "are not what their rows say")):
                if keys:
                    typer.echo(
                        f"!! {len(keys)} files {what} ({', '.join(keys[: backups.NAMED])}): take them out of an older backup"
                    )

    run(work)


def _look_at_place(file: Path) -> None:
    """End in words if a file cannot be made there."""
    folder = file.absolute().parent
    try:
        if not folder.is_dir():
            raise fail(f"there is no folder {folder}")
        if file.is_dir():
            raise fail(f"{file} is a folder; name a file to write")
    except PermissionError:
        raise fail(f"this user may not look into {folder}; {WHO}") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise fail(f"this user may not write into {folder}; {WHO}")


async def _look_for_room(there: Path, running: Site, *, files: bool) -> None:
    """End in words if there is not enough room, before hours of work."""
    here = running.settings.data.absolute()
    asked = {here: await backups.meanwhile(), there: await backups.size(files=files)}
    if os.stat(here).st_dev == os.stat(there).st_dev:  # noqa: PTH116 - nobody waits for it
        asked = {there: sum(asked.values())}
    for folder, needed in asked.items():
        free = shutil.disk_usage(folder).free
        if needed > free:
            raise fail(
                f"this takes about {needed >> 20} MiB, and {free >> 20} MiB are free in {folder}; nothing was written"
            )


def backup_key(file: Path = typer.Argument(help="the file for the secret key; keep it elsewhere")) -> None:
    """Make a key to seal backups with: the secret one goes into a file, the public one into the settings."""
    _look_at_place(file)
    if file.exists():
        raise fail(f"{file} exists already; give another name")
    public = sealing.new_key(file)
    typer.echo(f'Write into fedcop.toml: backup_key = "{public}"')
    typer.echo(f"Keep {file} away from this machine, twice: without it no sealed backup can ever be opened.")


def restore(
    file: Path | None = typer.Argument(None, help="a file written by `fedcop backup`", readable=False),
    key: Path | None = typer.Option(None, "--key", help="the secret key, if the backup is sealed", readable=False),
    as_drill: bool = typer.Option(
        False, "--drill", help="try it aside, say the result, keep nothing; the newest if no file is named"
    ),
    replace: bool = typer.Option(False, "--replace", help="set the database aside that is here, and keep it"),
) -> None:
    """Bring a backup back, into an instance that is still empty; or prove with --drill that it could be."""
    for named in (file, key):
        if named is not None:
            _look_at_file(named)
    if as_drill:
        _drill(file, key)
        return
    if file is None:
        raise fail("name the backup to bring back")
    chosen = file

    async def work() -> None:
        async with set_aside(settings_or_exit(), wanted=replace) as aside:
            said = await _restored(chosen, aside.settings, key)
        for sentence in said:
            typer.echo(sentence)
        if aside.kept:
            typer.echo(f"what was here is kept as {aside.kept}; delete it once all is well")

    run(work)


async def _restored(file: Path, settings: Settings, key: Path | None) -> list[str]:
    """Bring it back into this instance, which has no database yet, and give what to say of it."""
    _look_for_room_here(file, settings)
    async with opened(settings, migrate=False) as running:
        if trouble := await running.storage.trouble():
            raise fail(f"files cannot be kept: {trouble}; nothing was restored")
        try:
            tape = await bring_back(file, running, Progress, key)
        except NotEmpty:
            text = "this instance is not empty; restore into an empty FEDCOP_DATA and FEDCOP_DATABASE, or use --replace"
            raise fail(text) from None
        except UNREADABLE as error:
            raise fail(f"{file} cannot be brought back: {in_words(error)}; nothing was restored") from None
        later = await run_migrations()
        progress = Progress("things read anew for the search")
        await search.reindex(progress.step)
        progress.end()
    held = tape.manifest.get("files", True)
    files = f"and {len(tape.files)} files" if held else "(no files are in it: those that are here stay)"
    said = [f"restored {sum(tape.rows.values())} rows {files}"]
    if later:
        said.append(f"it was written by an earlier version; {len(later)} changes of the database were made")
    return said


def _look_for_room_here(file: Path, settings: Settings) -> None:
    """End in words if what is in it cannot fit; where there are files already, it is not known how much has to be written."""
    folder = settings.data.absolute()
    if settings.files or (folder / "files").exists() or not folder.exists():
        return
    needed, free = file.stat().st_size, shutil.disk_usage(folder).free
    if needed > free:
        raise fail(
            f"this takes more than {needed >> 20} MiB, and {free >> 20} MiB are free in {folder}; nothing was restored"
        )


def _look_at_file(file: Path) -> None:
    """End in words if a file cannot be read."""
    try:
        if not file.exists():
            raise fail(f"there is no file {file}")
        if not file.is_file():
            raise fail(f"{file} is no file")
    except PermissionError:
        raise fail(f"this user may not look into {file.absolute().parent}; {WHO}") from None
    if not os.access(file, os.R_OK):
        raise fail(f"this user may not read {file}; {WHO}")


def _drill(file: Path | None, key: Path | None) -> None:
    settings = settings_or_exit()
    if file is None:
        newest = backups.listed_in(settings.data.absolute() / "backups")
        if not newest:
            raise fail("there is no backup here; name one, or make one: fedcop backup FILE")
        file = settings.data.absolute() / "backups" / newest[0].name
    chosen = file

    async def work() -> None:
        try:
            found = await drill(chosen, settings, Progress, key)
        except UNREADABLE as error:
            raise fail(f"{chosen} could not be brought back: {in_words(error)}; nothing was kept") from None
        size = f"{found.bytes / (1 << 30):.1f} GiB" if found.bytes >= 1 << 30 else f"{found.bytes >> 10} KiB"
        typer.echo(f"{chosen}: {found.rows} rows in {found.tables} tables, read back and compared")
        typer.echo(f"{found.files} files ({size}), each compared with what was written and with what its row says")
        typer.echo(f"{found.keys} keys sign, and verify what they signed")
        if found.steps:
            typer.echo(f"{found.steps} changes of the database, made since, could be made")
        for sentence in found.wrong:
            typer.echo(f"!! {sentence}")
        took = f"{found.seconds:.0f} seconds" if found.seconds < 120 else f"{found.seconds / 60:.0f} minutes"
        typer.echo(
            f"{'This backup can be brought back' if found.well else 'This backup is damaged'}; the drill took {took}, and nothing was kept."
        )
        if not found.well:
            raise typer.Exit(1)

    run(work)
