"""Streams the files of a form to temporary files, within a limit. What becomes of them is the media feature's affair."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from aiohttp import BodyPartReader
from aiohttp.http_exceptions import BadHttpMessage
from aiohttp.web import HTTPBadRequest, HTTPRequestEntityTooLarge, Request, RequestKey

from fedcop.core import budgets
from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_
from fedcop.core.storage import TEMPORARY, refused_by_disk
from web.keys import SITE

CHUNK = 256 << 10
MAX_FIELD = budgets.FIELD_BYTES
MAX_FILES = budgets.UPLOADED_FILES
PATIENCE = 10  # so many times too large may a file be and still be read past, so that the rest of the form is not lost


@dataclass(frozen=True)
class Upload:
    """One file as a person sent it: its own name and type are claims, not facts."""

    file_name: str
    declared_type: str
    size: int
    path: Path
    limit: int = 0  # in bytes, when that was too much: then nothing of the file was kept

    async def chunks(self) -> AsyncIterator[bytes]:
        """Read the file in pieces, without holding up other people. Raises Invalid if it is too large."""
        if self.limit:
            alone = N_("This file is larger than %(limit)s MB.")
            together = N_("With the other files this is too much at once: at most %(limit)s MB.")
            raise Invalid(errors={"file": alone if self.size > self.limit else together}, limit=self.limit >> 20)
        with await asyncio.to_thread(self.path.open, "rb") as source:
            while chunk := await asyncio.to_thread(source.read, CHUNK):
                yield chunk


UPLOADED: RequestKey[list[Path]] = RequestKey("uploaded")


async def read_multipart(
    request: Request, limit: int, max_fields: int
) -> tuple[list[tuple[str, str]], list[tuple[str, Upload]]]:
    """Read a multipart form: its fields, and its files on disk."""
    fields: list[tuple[str, str]] = []
    uploads: list[tuple[str, Upload]] = []
    left, most = limit, limit * PATIENCE
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if not isinstance(part, BodyPartReader) or part.name is None or len(fields) + len(uploads) >= max_fields:
                raise HTTPBadRequest
            if part.filename is None:
                text = await _read_field(part, min(left, MAX_FIELD))
                left -= len(text)
                fields.append((part.name, text.decode("utf-8", "replace")))
                continue
            upload = await _read_file(request, part, left, most)
            left, most = left - (0 if upload.limit else upload.size), most - upload.size
            if upload.file_name and len(uploads) < MAX_FILES:
                uploads.append((part.name, upload))
    except (ValueError, AssertionError, BadHttpMessage, ConnectionResetError):
        # aiohttp's words for a malformed body, for the headers of one of its parts, and for somebody who went away
        raise HTTPBadRequest from None
    return fields, uploads


async def forget_uploads(request: Request) -> None:
    """Remove the temporary files of a request; called when it has been answered."""
    for path in request.get(UPLOADED, []):
        await asyncio.to_thread(path.unlink, missing_ok=True)


async def _read_field(part: BodyPartReader, limit: int) -> bytes:
    text = bytearray()
    while chunk := await part.read_chunk(CHUNK):
        text += chunk
        if len(text) > limit:
            raise HTTPRequestEntityTooLarge(max_size=limit, actual_size=len(text))
    return bytes(text)


async def _read_file(request: Request, part: BodyPartReader, limit: int, most: int) -> Upload:
    # In the data folder: /tmp may be small, and what a killed process leaves there is nobody's to sweep.
    folder = request.app[SITE].settings.data / TEMPORARY
    size = 0
    try:
        descriptor, path = await asyncio.to_thread(_create, folder)
        request.setdefault(UPLOADED, []).append(path)
        with os.fdopen(descriptor, "wb", buffering=0) as target:
            while chunk := await part.read_chunk(CHUNK):
                size += len(chunk)
                if size > most:
                    raise HTTPRequestEntityTooLarge(max_size=limit, actual_size=size)
                if size <= limit:
                    await asyncio.to_thread(_write, target, chunk)
            if size > limit:
                target.truncate(0)
    except ConnectionResetError:
        raise
    except OSError as error:
        raise refused_by_disk(error) from error
    largest = request.app[SITE].settings.max_upload if size > limit else 0
    shown = Path((part.filename or "").replace("\\", "/")).name[:200]
    return Upload(shown, part.headers.get("Content-Type", "application/octet-stream")[:200], size, path, largest)


def _create(folder: Path) -> tuple[int, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix="upload-", dir=folder)
    return descriptor, Path(name)


def _write(target: BinaryIO, chunk: bytes) -> None:
    left = memoryview(chunk)
    while left:
        left = left[target.write(left) :]
