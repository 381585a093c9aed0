"""Files of posts as documents, written and read. Pure, as mapping.py and reading.py, which are about the posts themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import base58

from activitypub.vocab import Audio, Document, Image, Object, Thing, Video
from fedcop.core import addresses
from fedcop.core.sanitise import host_of, plain
from fedcop.discussions.activities.illustrating import is_linked_picture, within
from fedcop.discussions.service.record import FoundFile
from fedcop.media.models import Media

FILE_NAME = "fc:fileName"
CAPTIONS = "fc:captions"
SHA256 = b"\x12\x20"  # the multihash prefix of a SHA-256
MAX_FILES = 16
LONGEST_EDGE = 100_000
ANY_OF: Mapping[type, str] = {Image: "image/*", Video: "video/*", Audio: "audio/*"}
_LASTS = re.compile(r"PT(?:(\d{1,3})H)?(?:(\d{1,4})M)?(?:(\d{1,6}(?:\.\d{1,6})?)S)?")
KINDS_OF_FILES: Mapping[str, type[Document]] = {"image": Image, "video": Video, "audio": Audio}


def document_of(file: Media) -> Thing:
    """Write a file of a post."""
    return KINDS_OF_FILES.get(file.media_type.partition("/")[0], Document)(
        url=url_of(file),
        media_type=file.media_type,
        name=file.description or file.file_name or None,
        width=file.width,
        height=file.height,
        size=file.size,
        blurhash=file.blurhash or None,
        focal_point=file.focus,
        duration=f"PT{file.duration:.3f}S" if file.duration else None,
        icon=_still(file),
        digest_multibase=digest_of(file.sha256) if file.sha256 else None,
        extra=({FILE_NAME: file.file_name} if file.local and file.file_name else {})
        | ({CAPTIONS: file.captions} if file.captions else {}),
    )


def _still(file: Media) -> Thing | None:
    """The picture that stands for a film or a sound until it is played; Mastodon shows it."""
    if not file.local or not file.preview_path or not (file.is_film or file.is_sound):
        return None
    return Image(url=addresses.absolute(file.preview_path), media_type="image/webp")


def url_of(file: Media) -> str:
    """The address of a file of ours, or of the original of a copy."""
    return addresses.media_url(file.token, file.file_name) if file.local else file.remote_url


def digest_of(sha256: str) -> str:
    """A SHA-256 in hex as `digestMultibase`."""
    return "z" + base58.b58encode(SHA256 + bytes.fromhex(sha256)).decode()


def sha256_of(digest: str | None) -> str:
    """The hex of a `digestMultibase`; empty if it is not a SHA-256."""
    if not digest or not digest.startswith("z") or len(digest) > 100:
        return ""
    try:
        raw = base58.b58decode(digest[1:])
    except ValueError:
        return ""
    return raw[2:].hex() if raw[:2] == SHA256 and len(raw) == 34 else ""


def files_of(thing: Object) -> tuple[FoundFile, ...]:
    """Read the files that a post names, and the pictures that stand in its text or that it links to."""
    found: dict[str, FoundFile] = {}
    for item in (*thing.attachment, *_own_image(thing)):
        if isinstance(item, Document) and item.url and is_http(item.url) and item.url not in found:
            found[item.url] = FoundFile(
                url=item.url,
                media_type=(item.media_type or ANY_OF.get(type(item), ""))[:120],
                name=plain(item.name or item.summary or "")[:1500],  # GoToSocial describes in `summary`
                file_name=_file_name(item),
                sha256=sha256_of(item.digest_multibase),
                size=item.size,
                width=_edge(item.width),
                height=_edge(item.height),
                blurhash=item.blurhash or "",
                focus=item.focal_point,
                duration=_seconds(item.duration),
                captions=_said(item.extra.get(CAPTIONS)),
            )
    linked = ((item.href, item.name) for item in thing.attachment if is_linked_picture(item, thing))
    for address, words in (*linked, *within(thing)):
        if address and is_http(address) and address not in found:
            found[address] = FoundFile(url=address, media_type=ANY_OF[Image], name=plain(words or "")[:1500])
    return tuple(found.values())[:MAX_FILES]


def _edge(pixels: int | None) -> int | None:
    """Give the edge of a picture as far as there are such pictures: no column holds every number."""
    return pixels if pixels is not None and pixels <= LONGEST_EDGE else None


def _seconds(duration: str | None) -> float | None:
    """Read how long something lasts; days and longer are nobody's."""
    found = _LASTS.fullmatch(duration or "")
    if found is None:
        return None
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds or None


def _said(captions: Any) -> str:
    return captions if isinstance(captions, str) else ""


def _file_name(item: Document) -> str:
    said = item.extra.get(FILE_NAME)
    return plain(said)[:200] if isinstance(said, str) else ""


def _own_image(thing: Object) -> Iterable[Thing]:
    """The thumbnail of a page that has no other picture."""
    has_picture = any(isinstance(item, Document) for item in thing.attachment)
    return () if has_picture or thing.image is None or thing.in_reply_to else (thing.image,)


def is_http(address: str) -> bool:
    """Tell whether an address leads into the web: one that cannot be taken apart breaks whatever shows it."""
    return address[:8].lower().startswith(("https://", "http://")) and len(address) <= 2048 and bool(host_of(address))
