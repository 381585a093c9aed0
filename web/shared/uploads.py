"""Streams the files of a form to temporary files, within a limit. What becomes of them is the media feature's affair."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from aiohttp import BodyPartReader
from aiohttp.web import HTTPBadRequest, HTTPRequestEntityTooLarge, Request, RequestKey

CHUNK = 256 << 10
MAX_FIELD = 512 << 10
MAX_FILES = 20


@dataclass(frozen=True)
class Upload:
    """One file as a person sent it: its own name and type are claims, not facts."""

    file_name: str
    declared_type: str
    size: int
    path: Path

    async def chunks(self) -> AsyncIterator[bytes]:
        """Read the file in pieces, without holding up other people."""
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
    left = limit
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
            upload = await _read_file(request, part, left)
            left -= upload.size
            if upload.file_name and len(uploads) < MAX_FILES:
                uploads.append((part.name, upload))
    except (ValueError, AssertionError):  # aiohttp's words for a malformed body
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


async def _read_file(request: Request, part: BodyPartReader, limit: int) -> Upload:
    descriptor, name = await asyncio.to_thread(tempfile.mkstemp, prefix="fedcop-upload-")
    path = Path(name)
    request.setdefault(UPLOADED, []).append(path)
    size = 0
    with os.fdopen(descriptor, "wb") as target:
        while chunk := await part.read_chunk(CHUNK):
            size += len(chunk)
            if size > limit:
                raise HTTPRequestEntityTooLarge(max_size=limit, actual_size=size)
            await asyncio.to_thread(target.write, chunk)
    shown = Path((part.filename or "").replace("\\", "/")).name[:200]
    return Upload(shown, part.headers.get("Content-Type", "application/octet-stream")[:200], size, path)
