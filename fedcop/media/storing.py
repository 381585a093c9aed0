"""Where bytes go: a folder to look at them in, and the storage. Bytes are written before rows, so that a row never lies."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fedcop.core.site import site
from fedcop.core.storage import TEMPORARY, refused_by_disk
from fedcop.media.models import Media


@asynccontextmanager
async def workshop() -> AsyncIterator[Path]:
    """A folder for files that are being looked at, on the disk where they will stay."""
    base = site().settings.data / TEMPORARY
    try:
        base.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=base) as folder:
            yield Path(folder)
    except OSError as error:
        raise refused_by_disk(error) from error


async def keep(media: Media, source: Path, drawn: Path | None) -> None:
    """Store the bytes and note what they are."""
    with source.open("rb") as content:
        media.sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    media.key = f"media/{media.id % 256:02x}/{media.id}"
    await site().storage.put(media.key, pieces(source))
    if drawn is not None:
        media.preview_key = f"{media.key}.preview"
        await site().storage.put(media.preview_key, pieces(drawn))


async def pieces(path: Path) -> AsyncIterator[bytes]:
    """Read a file in pieces."""
    with path.open("rb") as content:
        while piece := content.read(1 << 18):
            yield piece
