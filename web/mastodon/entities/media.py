"""Files as MediaAttachment."""

from __future__ import annotations

from typing import Any

from fedcop.media.models import Media
from web.mastodon.entities.around import Around

KINDS = ("image", "video", "audio")


def media_json(media: Media, around: Around) -> dict[str, Any]:
    """Write a file whose bytes are here."""
    kind = media.media_type.partition("/")[0]
    address = around.address_of(media.token, media.path, media.audience)
    preview = around.address_of(media.token, media.preview_path, media.audience) if media.preview_path else None
    return {
        "id": str(media.id),
        "type": kind if kind in KINDS else "unknown",
        "url": address,
        "preview_url": preview or (address if kind in KINDS else None),
        "remote_url": media.remote_url or None,
        "preview_remote_url": None,
        "text_url": None,
        "meta": _meta(media),
        "description": media.description or (None if media.decorative or kind == "image" else media.file_name or None),
        "blurhash": media.blurhash or None,
    }


def _meta(media: Media) -> dict[str, Any]:
    chosen = {"focus": {"x": media.focus[0], "y": media.focus[1]}} if media.focus else {}
    if not media.width or not media.height:
        return chosen
    size = f"{media.width}x{media.height}"
    original = {
        "width": media.width,
        "height": media.height,
        "size": size,
        "aspect": round(media.width / media.height, 4),
    }
    return {"original": original, **chosen}


def are_shown(media: Media) -> bool:
    """Tell whether there is something to show yet: no app knows a file that is on its way."""
    return bool(media.key)
