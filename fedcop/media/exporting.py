"""What a copy of one's data holds of one's files: a list, and the files themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from fedcop.core.feature import StoredFile
from fedcop.media.models import Media


async def files(actor_id: int) -> AsyncIterator[tuple[str, Any]]:
    """Give the files that a person brought here (part of the export)."""
    found = await Media.filter(owner_id=actor_id, local=True).order_by("id")
    said = ("file_name", "media_type", "size", "sha256", "description", "captions", "audience", "created_at")
    listed = [{"name": _name(one), **{name: getattr(one, name) for name in said}} for one in found]
    yield "files.json", listed
    for one in found:
        if one.key:
            yield f"files/{_name(one)}", StoredFile(one.key)


def _name(one: Media) -> str:
    """A name that is unique and that no archive program stumbles over."""
    kept = "".join(sign if sign.isalnum() or sign in "._-" else "_" for sign in one.file_name)
    return f"{one.id}-{kept[-100:].lstrip('.') or 'file'}"
