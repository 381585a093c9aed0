"""Makes a backup of the whole instance in a folder beside its data, when asked or once a day, and keeps the newest.

The command `fedcop backup` does the work, in a process of its own: a copy of a large database would hold up everybody here.
Not for: bringing one back, which is done by hand on an empty instance.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from fedcop.accounts.models import Account
from fedcop.accounts.rules import may_administer
from fedcop.core import clock
from fedcop.core.database import atomic, dialect, rows
from fedcop.core.jobs import enqueue
from fedcop.core.models import InstanceSetting, Job
from fedcop.core.settings import Settings
from fedcop.core.site import site

log = logging.getLogger(__name__)

KEPT = 7
NAMED = 3  # files of which more is said than that they are harmed
KEY = "backups"
MADE = "backup_made"  # when the command wrote the newest one, wherever it lies
LANE = "backup"
NAME = re.compile(r"fedcop-\d{8}-\d{6}\.tar(\.age)?")
COMMAND = (sys.executable, "-c", "from fedcop.cli.main import main; main()", "backup")
NO_ROOM, TOO_LONG = "no-room", "too-long"  # the reasons that are not in the command's own words
WORDS = {NO_ROOM: "there was not enough room on the disk", TOO_LONG: "it took longer than 14 minutes"}  # for hosts
LIMIT = 840.0  # seconds; less than what the runner gives a job, so that the page can say what happened
SPARE = 64 << 20  # bytes that a disk keeps beside


@dataclass(frozen=True)
class Backup:
    """One file."""

    name: str
    size: int  # bytes
    made_at: datetime


@dataclass(frozen=True)
class Last:
    """What was chosen, and what became of the last try."""

    nightly: bool = False
    failed_at: str = ""  # ISO; empty: it went well, or none was made
    why: str = ""  # NO_ROOM, TOO_LONG, or the command's sentence


def folder() -> Path:
    """Name the folder in which they lie."""
    return site().settings.data.absolute() / "backups"


def is_sealed() -> bool:
    """Whether only the holder of a key can read what is made from now on."""
    return bool(site().settings.backup_key)


def listed() -> list[Backup]:
    """List what lies in the folder, newest first."""
    return listed_in(folder())


def listed_in(place: Path) -> list[Backup]:
    """List what lies in such a folder, newest first."""
    try:
        found = [path for path in place.iterdir() if NAME.fullmatch(path.name)]
        sizes = [(path.name, path.stat()) for path in found]
    except OSError:
        return []
    made = [Backup(name, at.st_size, datetime.fromtimestamp(at.st_mtime).astimezone()) for name, at in sizes]
    return sorted(made, key=lambda one: one.name, reverse=True)


async def last() -> Last:
    """Give what was chosen, and what became of the last try."""
    kept = await InstanceSetting.get_or_none(key=KEY)
    return Last(**kept.value) if kept is not None and isinstance(kept.value, dict) else Last()


@atomic
async def note_made(missing: Sequence[str] = (), changed: Sequence[str] = ()) -> None:
    """Note that one was written just now, here or elsewhere; and which files, by their keys, were not there or not as their rows say."""
    harm = {"missing": list(missing[:NAMED]), "changed": list(changed[:NAMED]), "harmed": len(missing) + len(changed)}
    await InstanceSetting.update_or_create(key=MADE, defaults={"value": {"at": clock.now().isoformat(), **harm}})


async def harmed() -> tuple[int, list[str]]:
    """Tell how many files the newest one found missing or changed, and name some of them."""
    kept = await InstanceSetting.get_or_none(key=MADE)
    value = kept.value if kept is not None and isinstance(kept.value, dict) else {}
    return value.get("harmed", 0), [*value.get("missing", ()), *value.get("changed", ())]


async def newest() -> datetime | None:
    """Tell when the newest one was written; None if none ever was."""
    known = [one.made_at for one in listed()[:1]]
    kept = await InstanceSetting.get_or_none(key=MADE)
    if kept is not None and isinstance(kept.value, dict):
        known.append(datetime.fromisoformat(kept.value["at"]))
    return max(known, default=None)


async def is_being_made() -> bool:
    """Whether one is promised or being written."""
    return await Job.exists(lane=LANE, failed_at=None)


@atomic
async def choose(by: Account, *, nightly: bool) -> None:
    """Say whether one is made every day."""
    may_administer(by, "admin")
    await _keep(replace(await last(), nightly=nightly))


@atomic
async def ask(by: Account) -> None:
    """Promise one; twice is once."""
    may_administer(by, "admin")
    await _promise()


async def nightly() -> None:
    """Job: promise one, if that was chosen."""
    if (await last()).nightly:
        await _promise()


async def _promise() -> None:
    await enqueue(make, unique=LANE, lane=LANE)  # one waits at most, and two never run at once


async def make() -> None:
    """Job: write one, then forget those that are too old. What goes wrong is kept for the page: trying at once again seldom helps."""
    for half in folder().glob("*.partial"):  # of a process that was killed
        half.unlink(missing_ok=True)
    why = NO_ROOM if await needed() > free() else await _written()
    await _remember(why)
    if why:
        log.warning("no backup was made: %s", WORDS.get(why, why))
    else:
        for old in listed()[KEPT:]:
            (folder() / old.name).unlink(missing_ok=True)


def free() -> int:
    """Measure the room on the disk, in bytes."""
    place = folder()
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free


async def needed(*, files: bool = True) -> int:
    """Estimate what writing one takes, in bytes: all files, the rows as text, and with SQLite a copy of them meanwhile."""
    return await size(files=files) + await meanwhile()


async def size(*, files: bool = True) -> int:
    """Estimate how large one is, in bytes; `files`: with them."""
    of_files = "SELECT COALESCE(SUM(size), 0) AS size FROM media WHERE key <> ''"
    whole = int((await rows(of_files))[0]["size"]) if files else 0
    if dialect() == "postgres":
        return whole + int((await rows("SELECT pg_database_size(current_database()) AS size"))[0]["size"]) + SPARE
    return whole + _size_of(site().settings.database.removeprefix("sqlite:///")) + SPARE


async def meanwhile() -> int:
    """Estimate what writing one takes in the data folder until it is done, in bytes."""
    if dialect() == "postgres":
        return 0
    return _size_of(site().settings.database.removeprefix("sqlite:///"))


def _size_of(path: str) -> int:
    return Path(path).stat().st_size


async def _written() -> str:
    """Run the command; give why it failed, or nothing."""
    sealed = ".age" if is_sealed() else ""
    target = folder() / f"fedcop-{clock.now():%Y%m%d-%H%M%S}.tar{sealed}"
    try:
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        return f"{error.strerror} ({folder()})"
    process = await asyncio.create_subprocess_exec(
        *COMMAND, str(target), env=_environment(site().settings), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )  # fmt: skip
    try:
        async with asyncio.timeout(LIMIT):
            said = (await process.communicate())[1].decode(errors="replace").strip().splitlines()
    except TimeoutError:
        return TOO_LONG
    finally:
        if process.returncode is None:
            process.terminate()
            await asyncio.shield(process.wait())
    if process.returncode == 0:
        return ""
    return (said[-1] if said else f"exit code {process.returncode}").removeprefix("fedcop: ")[:300]


def _environment(settings: Settings) -> dict[str, str]:
    """Let the command find the very instance that runs here, however that one was told."""
    return {
        **os.environ,
        "FEDCOP_URL": settings.url,
        "FEDCOP_DATA": str(settings.data.absolute()),
        "FEDCOP_DATABASE": settings.database,
        "FEDCOP_BACKUP_KEY": settings.backup_key,
    }


@atomic
async def _remember(why: str) -> None:
    failed_at = clock.now().isoformat() if why else ""
    await _keep(replace(await last(), failed_at=failed_at, why=why))


async def _keep(value: Last) -> None:
    await InstanceSetting.update_or_create(key=KEY, defaults={"value": asdict(value)})
