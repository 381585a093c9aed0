"""Copies of what others published: noted when a post names them, verified when their bytes come."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from fedcop.core import facts
from fedcop.core.clock import now
from fedcop.core.database import atomic
from fedcop.core.errors import Invalid
from fedcop.core.ids import new_id, new_token
from fedcop.core.sanitise import plain
from fedcop.media import captions, films, kinds, looks, preparing, previews, service, storing
from fedcop.media.facts import RemoteFileNamed
from fedcop.media.models import REPLACED, Media
from fedcop.media.previews import Preview
from fedcop.media.service import Attachable


class NamedFile(Protocol):
    """A file that a received document names."""

    url: str
    media_type: str
    name: str
    file_name: str
    sha256: str
    size: int | None
    width: int | None
    height: int | None
    blurhash: str
    focus: looks.Point | None
    duration: float | None
    captions: str


@atomic
async def name_remote(
    post: Attachable, files: Sequence[NamedFile], *, keep: bool = False, mirror: str = ""
) -> list[Media]:
    """Note the files that a received post names, and have them fetched and verified; the same files again change nothing.

    `mirror` is where the community's server serves copies, each under its SHA-256.
    """
    known = {m.remote_url: m for m in await Media.filter(post_id=post.id).order_by("id")}
    named: list[Media] = []
    for position, file in enumerate(list(files)[: service.MOST_FILES]):
        media = known.pop(file.url, None)
        if media is not None and media.signed_sha256 == file.sha256.lower():
            said = _said(post, position, file)
            await media.update_from_dict(said).save(update_fields=list(said))
            named.append(media)
            continue
        if media is not None:
            await service.replace([media], keep=keep)
        media_type = file.media_type if "/" in file.media_type else kinds.UNKNOWN
        media = await Media.create(
            id=new_id(),
            token=new_token(),
            owner_id=post.author_id,
            post_id=post.id,
            local=False,
            remote_url=file.url,
            file_name=kinds.safe_name(file.file_name or unquote(urlsplit(file.url).path), media_type),
            media_type=media_type[:120],
            size=file.size,
            width=file.width,
            height=file.height,
            signed_sha256=file.sha256.lower()[:64],
            state="waiting",
            blurhash=looks.blur_of(file.blurhash),
            duration=file.duration,
            created_at=now(),
            **_said(post, position, file),
        )
        copy = mirror + media.signed_sha256 if mirror and media.signed_sha256 else ""
        await facts.record(RemoteFileNamed(media_id=media.id, host=urlsplit(file.url).netloc, mirror=copy))
        named.append(media)
    await service.replace([media for media in known.values() if media.position != REPLACED], keep=keep)
    return named


def _said(post: Attachable, position: int, file: NamedFile) -> dict[str, Any]:
    """Give what a post says of a file that is not in its bytes."""
    return {
        "position": position,
        "description": plain(file.name)[:1500],
        "captions": captions.clean(file.captions),
        "audience": post.audience,
        "organisation": post.organisation,
        "community_id": post.community_id,
        **looks.columns(looks.focus_of(file.focus)),
    }


async def receive_bytes(media: Media, content: bytes) -> None:
    """Keep what another server sent for a file, and say whether it is what its author signed."""
    async with storing.workshop() as folder:
        arrived = folder / "arrived"
        arrived.write_bytes(content)
        media.media_type = kinds.type_of(content[:4096], media.file_name)
        if kinds.is_played(media.media_type):
            drawn = await _look_at(media, arrived, folder)
        else:
            drawn = await previews.draw(arrived, folder, media.media_type)
            media.width, media.height, media.pages = drawn.width, drawn.height, drawn.pages
        await storing.keep(media, arrived, drawn.drawn)
    media.size = len(content)
    media.blurhash = drawn.blurhash or media.blurhash  # what we saw ourselves, else what we were told
    if not media.signed_sha256:
        media.state = "ready"
    else:
        media.state = "verified" if media.signed_sha256 == media.sha256 else "changed"
        media.verified_at = now()
    media.state_reason = ""
    await media.save()


async def _look_at(media: Media, arrived: Path, folder: Path) -> Preview:
    """Say what a film or sound of others is, where we have what tells; its bytes stay as they were signed."""
    try:
        found = await films.look(arrived, media.media_type)
    except Invalid:
        return Preview()
    drawn = await films.draw(arrived, media.media_type, found, folder)
    preparing.note(media, found, drawn)
    if not found.film:
        media.media_type = media.media_type.replace("video/", "audio/")
    return drawn


async def draw_likeness(owner_id: int, url: str, content: bytes, *, largest: int) -> Media | None:
    """Draw a small copy of a picture that somebody elsewhere shows of themselves, and store it; None for what is no picture. The row is the caller's to save."""
    async with storing.workshop() as folder:
        arrived = folder / "arrived"
        arrived.write_bytes(content)
        media_type = kinds.type_of(content[:4096], "")
        if media_type not in kinds.IMAGES:
            return None
        drawn = await previews.draw(arrived, folder, media_type, largest=largest)
        if drawn.drawn is None:
            return None
        media = Media(
            id=new_id(),
            token=new_token(),
            owner_id=owner_id,
            local=False,
            remote_url=url,
            media_type="image/webp",
            size=drawn.drawn.stat().st_size,
            width=drawn.width,
            height=drawn.height,
            blurhash=drawn.blurhash,
            audience="public",
            created_at=now(),
        )
        await storing.keep(media, drawn.drawn, None)
    media.preview_key = media.key
    return media


async def receive_nothing(media: Media, reason: str) -> None:
    """Note why a file of another server cannot be had."""
    media.state, media.state_reason = "failed", reason[:500]
    await media.save(update_fields=["state", "state_reason"])
