"""Asks the preview process about a file and gives what it told; a file that cannot be drawn simply has no preview."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from fedcop.core import budgets
from fedcop.core.database import refuse_in_transaction
from fedcop.core.site import Site, site
from fedcop.media.kinds import IMAGES, PDF

LARGEST = 1280  # pixels on the longer side of a preview
PATIENCE = budgets.PICTURE_SECONDS  # seconds of wall clock for one file
AT_ONCE = budgets.PICTURES_AT_ONCE  # decoding is the heaviest thing we do; two at a time leave the pages quick


@dataclass(frozen=True)
class Preview:
    """What the process made: paths are None where it made nothing."""

    drawn: Path | None = None
    cleaned: Path | None = None
    width: int | None = None
    height: int | None = None
    pages: int | None = None
    blurhash: str = ""
    error: str = ""


class Easel:
    """How many files are drawn at once on this site."""

    def __init__(self, _site: Site) -> None:
        self.free = asyncio.Semaphore(AT_ONCE)


def can_draw(media_type: str) -> bool:
    """Tell whether there is a preview for this type."""
    return media_type in IMAGES or media_type == PDF


async def draw(source: Path, folder: Path, media_type: str, *, largest: int = LARGEST) -> Preview:
    """Draw a file into `folder`, in a process of its own with limits of time and memory."""
    refuse_in_transaction()
    if not can_draw(media_type):
        return Preview()
    target, cleaned = folder / "preview.webp", folder / "cleaned"
    words = ["pdf" if media_type == PDF else "image", str(source), str(target), str(largest)]
    if media_type in IMAGES:
        words.append(str(cleaned))
    async with site().part(Easel).free:
        try:
            said = await _ask(*words)
        except TimeoutError:
            return Preview(error="it took too long to draw")
    return _read(said, target, cleaned)


async def _ask(*words: str) -> bytes:
    """Run the process to its end, or end it. Raises TimeoutError."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "fedcop.media.preview_process", *words,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(PATIENCE):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return said


def _read(said: bytes, target: Path, cleaned: Path) -> Preview:
    try:
        told = json.loads(said or b"{}")
    except ValueError:
        told = {}
    if "width" not in told:
        return Preview(error=str(told.get("error", "it could not be read")))
    return Preview(
        drawn=target if target.exists() else None,
        cleaned=cleaned if cleaned.exists() else None,
        width=int(told["width"]),
        height=int(told["height"]),
        pages=told.get("pages"),
        blurhash=str(told.get("blurhash", "")),
    )
