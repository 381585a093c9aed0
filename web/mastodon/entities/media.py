"""Files as MediaAttachment."""

from __future__ import annotations

from typing import Any

from fedcop.media.models import Media
from fedcop.media.previews import LARGEST
from web.mastodon.entities.around import Around


def media_json(media: Media, around: Around) -> dict[str, Any]:
    """Write a file; one that is still being prepared has no address yet."""
    kind = _kind(media)
    address = around.address_of(media.token, media.path, media.audience) if media.may_be_opened else None
    preview = around.address_of(media.token, media.preview_path, media.audience) if media.preview_path else None
    silent = kind == "image" or media.decorative
    return {
        "id": str(media.id),
        "type": kind,
        "url": address,
        "preview_url": preview or (address if kind != "unknown" else None),
        "remote_url": media.remote_url or None,
        "preview_remote_url": None,
        "text_url": None,
        "meta": _meta(media),
        "description": media.description or (None if silent else media.file_name or None),
        "blurhash": media.blurhash or None,
    }


def _kind(media: Media) -> str:
    if media.is_loop:
        return "gifv"
    kind = media.media_type.partition("/")[0]
    return kind if kind in ("image", "video", "audio") else "unknown"


def _meta(media: Media) -> dict[str, Any]:
    chosen = {"focus": {"x": media.focus[0], "y": media.focus[1]}} if media.focus else {}
    original = _size(media.width, media.height) if not media.is_sound else {}
    if media.is_film and media.frame_rate:
        original["frame_rate"] = media.frame_rate
    for name, number in (("duration", media.duration), ("bitrate", media.bit_rate)):
        if number is not None and (media.is_film or media.is_sound):
            original[name] = number
    if not original:
        return chosen
    small = _size(*previewed(media)) if media.preview_key and not media.has_poster else {}
    if media.is_picture and not media.preview_key:  # it stands for itself
        small = original
    return {"original": original, **({"small": small} if small else {}), **chosen}


def previewed(media: Media) -> tuple[int | None, int | None]:
    """Say how large the picture is that stands for a film, or for a large picture (Elk lets the browser choose by that)."""
    width, height = media.width or 0, media.height or 0
    most = max(width, height)
    shrunk = min(1.0, LARGEST / most) if most else 0
    return round(width * shrunk), round(height * shrunk)


def _size(width: int | None, height: int | None) -> dict[str, Any]:
    if not width or not height:
        return {}
    return {"width": width, "height": height, "size": f"{width}x{height}", "aspect": round(width / height, 4)}


def are_shown(media: Media) -> bool:
    """Tell whether there is something to show yet: no app knows a file that is on its way."""
    return media.may_be_opened
