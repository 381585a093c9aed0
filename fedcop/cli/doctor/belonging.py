"""Which file of an instance the user of a command may not touch, and what mends it: commands that root typed leave such files.

Looks at names and rights only, so that it also works where the database cannot be opened. Not for: what others may read (`machine.permissions`).
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from pathlib import Path

from fedcop.core.running import LOCK
from fedcop.core.settings import Settings

USE = os.R_OK | os.W_OK


def closed_to_us(settings: Settings) -> tuple[str, str] | None:
    """Give a sentence on the first file that this user may not touch, and its mend; None if there is none, or this is root."""
    if os.geteuid() == 0:
        return None
    for path, mode in _wanted(settings):
        try:
            if path.exists() and not os.access(path, mode):
                return _said(path, settings.data.absolute())
        except PermissionError:  # of a folder above
            return _said(path.parent, settings.data.absolute())
    return None


def _wanted(settings: Settings) -> Iterator[tuple[Path, int]]:
    folder = settings.data.absolute()
    yield folder, USE | os.X_OK
    yield folder / "fedcop.toml", os.R_OK  # somebody else may keep it
    if settings.database.startswith("sqlite:"):
        file = Path(settings.database.removeprefix("sqlite:///")).absolute()
        yield from ((file.with_name(file.name + end), USE) for end in ("", "-wal", "-shm"))
        yield file.parent, USE | os.X_OK
    yield folder / LOCK, USE
    for name in ("backups", "files", "files/*", "files/*/*"):
        yield from ((path, USE | os.X_OK) for path in sorted(folder.glob(name)) if path.is_dir())


def _said(path: Path, folder: Path) -> tuple[str, str]:
    us = os.geteuid()
    owner = path.stat().st_uid
    if owner == us:
        return f"{path} is closed to its own user {_name(us)}.", f"chmod -R u+rwX {folder}"
    return (
        f"{path} belongs to {_name(owner)}, and {_name(us)} may not use it.",
        f"chown -R {_name(us)}: {folder}, and run the command as the user who runs the service: sudo -u {_name(us)} …",
    )


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)
