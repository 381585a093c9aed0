"""From which commit this fedcop is: of the checkout it runs in, or, where it was installed, of the one that it was installed from. Needs no git.

`hatch_build.py` writes it down as a wheel is built, and loads this file by its path: it must import nothing of ours.
"""

from __future__ import annotations

import re
from pathlib import Path

NAME = "commit.txt"  # beside this file, in what is installed
SHOWN = 8  # characters, as `git log --abbrev=8` says them
COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def commit() -> str:
    """Give the commit in short, "" if nobody knows."""
    here = Path(__file__).parent
    return (_read(here / NAME) or commit_of(here.parent))[:SHOWN]


def in_full() -> str:
    """Name this fedcop: the version, and the commit if it is known."""
    from fedcop import __version__  # noqa: PLC0415 - see above

    known = commit()
    return f"fedcop {__version__}" + (f" ({known})" if known else "")


def commit_of(root: Path) -> str:
    """Give the commit that a folder has checked out, "" if it is no checkout."""
    folder = root / ".git"
    if (pointer := _read(folder)).startswith("gitdir: "):  # of a work tree
        folder = root / pointer.removeprefix("gitdir: ")
    head = _read(folder / "HEAD")
    if not head.startswith("ref: "):
        return head if COMMIT.fullmatch(head) else ""
    name = head.removeprefix("ref: ")
    shared = folder / (_read(folder / "commondir") or ".")
    found = _read(folder / name) or _read(shared / name) or _packed(_read(shared / "packed-refs"), name)
    return found if COMMIT.fullmatch(found) else ""


def _packed(text: str, name: str) -> str:
    return next((line.split(" ")[0] for line in text.splitlines() if line.endswith(f" {name}")), "")


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeError):
        return ""
