"""`fedcop backup` and `fedcop restore`: the whole instance in one file, whatever the database engine and the version that wrote it.

A backup of SQLite restores into PostgreSQL and the other way round. It is written beside its final name and renamed when whole; a restore
goes into an empty instance only, all or nothing. What lies in the file is in archiving/.
"""

from __future__ import annotations

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
from fedcop.search import service as search


def backup(
    file: Path = typer.Argument(help="the file to write"),
    force: bool = typer.Option(False, "--force", help="replace the file if it exists"),
    rows_only: bool = typer.Option(False, "--rows-only", help="leave files out: texts, people and keys only"),
) -> None:
    """Write the whole instance into one file, while it goes on serving. Sealed, if the setting backup_key names a key."""
    if not file.parent.is_dir():
        raise fail(f"there is no folder {file.parent}")
    if file.is_dir():
        raise fail(f"{file} is a folder; name a file to write")
    if file.exists() and not force:
        raise fail(f"{file} exists already; give another name, or --force to replace it")

    async def work() -> None:
        async with opened(migrate=False) as running:
            if not await applied_steps():
                raise fail("there is no instance here yet")
            written = await write(file, running, Progress, files=not rows_only)
            if await is_current():
                await backups.note_made()
            sealed = ", sealed" if running.settings.backup_key else ""
            typer.echo(f"{file}: {written.rows} rows, {written.files} files{sealed}")

    run(work)


def backup_key(file: Path = typer.Argument(help="the file for the secret key; keep it elsewhere")) -> None:
    """Make a key to seal backups with: the secret one goes into a file, the public one into the settings."""
    if file.exists():
        raise fail(f"{file} exists already; give another name")
    if not file.absolute().parent.is_dir():
        raise fail(f"there is no folder {file.absolute().parent}")
    public = sealing.new_key(file)
    typer.echo(f'Write into fedcop.toml: backup_key = "{public}"')
    typer.echo(f"Keep {file} away from this machine, twice: without it no sealed backup can ever be opened.")


def restore(
    file: Path | None = typer.Argument(None, help="a file written by `fedcop backup`", exists=True, dir_okay=False),
    key: Path | None = typer.Option(None, "--key", help="the secret key, if the backup is sealed", dir_okay=False),
    as_drill: bool = typer.Option(
        False, "--drill", help="try it aside, say the result, keep nothing; the newest if no file is named"
    ),
    replace: bool = typer.Option(False, "--replace", help="set the database aside that is here, and keep it"),
) -> None:
    """Bring a backup back, into an instance that is still empty; or prove with --drill that it could be."""
    if as_drill:
        _drill(file, key)
        return
    if file is None:
        raise fail("name the backup to bring back")
    chosen = file

    async def work() -> None:
        async with set_aside(settings_or_exit(), wanted=replace) as aside, opened(migrate=False) as running:
            try:
                tape = await bring_back(chosen, running, Progress, key)
            except NotEmpty:
                text = "this instance is not empty; restore into an empty FEDCOP_DATA and FEDCOP_DATABASE, or use --replace"
                raise fail(text) from None
            except UNREADABLE as error:
                why = in_words(error)
                raise fail(f"{chosen} is not a whole backup of fedcop: {why}; nothing was restored") from None
            later = await run_migrations()
            progress = Progress("things read anew for the search")
            await search.reindex(progress.step)
            progress.end()
            typer.echo(f"restored {sum(tape.rows.values())} rows and {len(tape.files)} files")
            if later:
                typer.echo(f"it was written by an earlier version; {len(later)} changes of the database were made")
            if aside:
                typer.echo(f"what was here is kept as {aside}; delete it once all is well")

    run(work)


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
