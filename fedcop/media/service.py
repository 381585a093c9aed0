"""Take files in, describe them, hang them on posts, let them go. Bytes are written before rows, so that a row never lies."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from tortoise.expressions import Q

from fedcop.actors.models import Actor
from fedcop.core import facts
from fedcop.core.clock import now
from fedcop.core.database import atomic
from fedcop.core.errors import Invalid, NotFound
from fedcop.core.i18n import N_
from fedcop.core.ids import new_id, new_token
from fedcop.core.sanitise import plain
from fedcop.core.site import site
from fedcop.core.storage import TEMPORARY, refused_by_disk
from fedcop.media import kinds, looks, previews
from fedcop.media.facts import FilesDropped, RemoteFileNamed
from fedcop.media.models import REPLACED, Media

KEPT_UNATTACHED = timedelta(days=3)  # a draft with files survives a long weekend
MOST_FILES = 20  # of one post, ours or remote (attacks.md E20)


class Attachable(Protocol):
    """What a file can hang on: a post."""

    id: int
    author_id: int
    audience: str
    organisation: str
    community_id: int | None


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


@asynccontextmanager
async def _workshop() -> AsyncIterator[Path]:
    """A folder for files that are being looked at, on the disk where they will stay."""
    base = site().settings.data / TEMPORARY
    try:
        base.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=base) as folder:
            yield Path(folder)
    except OSError as error:
        raise refused_by_disk(error) from error


async def accept(
    owner: Actor,
    file_name: str,
    stream: AsyncIterator[bytes],
    *,
    description: str = "",
    focus: looks.Point | None = None,
    largest: int = previews.LARGEST,
) -> Media:
    """Take an upload in: measured, typed by its bytes, cleaned of the place it was taken at, drawn. Raises Invalid."""
    async with _workshop() as folder:
        upload = folder / "upload"
        size = await _save(stream, upload)
        if size == 0:
            raise Invalid(errors={"file": N_("This file is empty.")})
        with upload.open("rb") as content:
            media_type = kinds.type_of(content.read(4096), file_name)
        drawn = await previews.draw(upload, folder, media_type, largest=largest)
        if drawn.error and media_type in kinds.IMAGES:
            raise Invalid(errors={"file": N_("This picture cannot be read. Is the file whole?")})
        kept = drawn.cleaned or upload
        media = Media(
            id=new_id(),
            token=new_token(),
            owner_id=owner.id,
            file_name=kinds.safe_name(file_name, media_type),
            media_type=media_type,
            size=kept.stat().st_size,
            width=drawn.width,
            height=drawn.height,
            pages=drawn.pages,
            blurhash=drawn.blurhash,
            **_focus(focus),
            description=plain(description)[:1500],
            created_at=now(),
        )
        await _keep(media, kept, drawn.drawn)
    await media.save(force_create=True)
    return media


def _focus(point: looks.Point | None) -> dict[str, float | None]:
    x, y = point or (None, None)
    return {"focus_x": x, "focus_y": y}


async def _save(stream: AsyncIterator[bytes], target: Path) -> int:
    limit, size = site().settings.max_upload, 0
    with target.open("wb") as file:
        async for chunk in stream:
            size += len(chunk)
            if size > limit:
                raise Invalid(errors={"file": N_("This file is larger than %(limit)s MB.")}, limit=limit >> 20)
            file.write(chunk)
    return size


async def _keep(media: Media, source: Path, drawn: Path | None) -> None:
    """Store the bytes and note what they are."""
    with source.open("rb") as content:
        media.sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    media.key = f"media/{media.id % 256:02x}/{media.id}"
    await site().storage.put(media.key, _pieces(source))
    if drawn is not None:
        media.preview_key = f"{media.key}.preview"
        await site().storage.put(media.preview_key, _pieces(drawn))


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as content:
        while piece := content.read(1 << 18):
            yield piece


@atomic
async def describe(owner: Actor, media: Media, text: str, *, decorative: bool = False) -> Media:
    """Say in words what a picture shows, or that it shows nothing that matters."""
    if media.owner_id != owner.id:
        raise NotFound()
    media.description = "" if decorative else plain(text)[:1500]
    media.decorative = decorative
    await media.save(update_fields=["description", "decorative"])
    return media


@atomic
async def focus(owner: Actor, media: Media, point: looks.Point) -> Media:
    """Say which point of a picture stays in sight where it is cut."""
    if media.owner_id != owner.id:
        raise NotFound()
    media.focus_x, media.focus_y = point
    await media.save(update_fields=["focus_x", "focus_y"])
    return media


@atomic
async def attach(post: Attachable, media_ids: Sequence[int], *, keep: bool = False) -> list[Media]:
    """Hang files on a post in this order; the audience of the post becomes theirs.

    What is no longer named is dropped, or with `keep` stays readable as a file of an earlier version.
    """
    wanted = list(dict.fromkeys(media_ids))[:MOST_FILES]
    found = {m.id: m for m in await Media.filter(id__in=wanted, owner_id=post.author_id)} if wanted else {}
    attached: list[Media] = []
    for position, media_id in enumerate(wanted):
        media = found.get(media_id)
        if media is None or media.post_id not in (None, post.id):
            raise Invalid(errors={"files": N_("One of the files is no longer here. Please choose it again.")})
        media.post_id, media.position = post.id, position
        media.audience, media.organisation, media.community_id = post.audience, post.organisation, post.community_id
        await media.save(update_fields=["post_id", "position", "audience", "organisation", "community_id"])
        attached.append(media)
    await _replace(await Media.filter(post_id=post.id, position__gte=0, id__not_in=wanted or [0]), keep=keep)
    return attached


async def _replace(files: Sequence[Media], *, keep: bool) -> None:
    """Let files go that their post no longer shows; those of an earlier version stay with it, out of sight."""
    if keep and files:
        await Media.filter(id__in=[media.id for media in files]).update(position=REPLACED)
    else:
        await _drop(files)


@atomic
async def name_remote(
    post: Attachable, files: Sequence[NamedFile], *, keep: bool = False, mirror: str = ""
) -> list[Media]:
    """Note the files that a received post names, and have them fetched and verified; the same files again change nothing.

    `mirror` is where the community's server serves copies, each under its SHA-256.
    """
    known = {m.remote_url: m for m in await Media.filter(post_id=post.id).order_by("id")}
    named: list[Media] = []
    for position, file in enumerate(list(files)[:MOST_FILES]):
        media = known.pop(file.url, None)
        if media is not None and media.signed_sha256 == file.sha256.lower():
            said = _said(post, position, file)
            await media.update_from_dict(said).save(update_fields=list(said))
            named.append(media)
            continue
        if media is not None:
            await _replace([media], keep=keep)
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
            created_at=now(),
            **_said(post, position, file),
        )
        copy = mirror + media.signed_sha256 if mirror and media.signed_sha256 else ""
        await facts.record(RemoteFileNamed(media_id=media.id, host=urlsplit(file.url).netloc, mirror=copy))
        named.append(media)
    await _replace([media for media in known.values() if media.position != REPLACED], keep=keep)
    return named


def _said(post: Attachable, position: int, file: NamedFile) -> dict[str, Any]:
    """Give what a post says of a file that is not in its bytes."""
    return {
        "position": position,
        "description": plain(file.name)[:1500],
        "audience": post.audience,
        "organisation": post.organisation,
        "community_id": post.community_id,
        **_focus(looks.focus_of(file.focus)),
    }


async def receive_bytes(media: Media, content: bytes) -> None:
    """Keep what another server sent for a file, and say whether it is what its author signed."""
    async with _workshop() as folder:
        arrived = folder / "arrived"
        arrived.write_bytes(content)
        media.media_type = kinds.type_of(content[:4096], media.file_name)
        drawn = await previews.draw(arrived, folder, media.media_type)
        await _keep(media, arrived, drawn.drawn)
    media.size = len(content)
    media.width, media.height, media.pages = drawn.width, drawn.height, drawn.pages
    media.blurhash = drawn.blurhash or media.blurhash  # what we saw ourselves, else what we were told
    if not media.signed_sha256:
        media.state = "ready"
    else:
        media.state = "verified" if media.signed_sha256 == media.sha256 else "changed"
        media.verified_at = now()
    media.state_reason = ""
    await media.save()


async def receive_nothing(media: Media, reason: str) -> None:
    """Note why a file of another server cannot be had."""
    media.state, media.state_reason = "failed", reason[:500]
    await media.save(update_fields=["state", "state_reason"])


async def keep(owner: Actor, media_ids: Sequence[int], until: datetime) -> None:
    """Keep uploads that hang on nothing yet: they are for a text that is published later."""
    await Media.filter(id__in=list(media_ids) or [0], owner_id=owner.id, post_id=None).update(kept_until=until)


@atomic
async def drop_of(post_id: int) -> None:
    """Let all files of a post go: it was deleted."""
    await _drop(await Media.filter(post_id=post_id))


@atomic
async def hand_back(owner: Actor, post_id: int, until: datetime) -> None:
    """Take the files of a post off it, for their owner alone and for a while: what it said is being written anew."""
    await Media.filter(post_id=post_id, owner_id=owner.id, local=True, position__gte=0).update(
        post_id=None, audience="me", organisation="", community_id=None, kept_until=until
    )


@atomic
async def discard(owner: Actor, media: Media) -> None:
    """Let an upload go that hangs on nothing yet."""
    if media.owner_id != owner.id or media.post_id is not None:
        raise NotFound()
    await _drop([media])


@atomic
async def discard_all(owner_id: int) -> None:
    """Let all uploads of somebody go that hang on nothing."""
    await _drop(await Media.filter(owner_id=owner_id, post_id=None, local=True))


@atomic
async def show_to_all(owner: Actor, media: Media) -> None:
    """Keep an upload that hangs on no post, for everybody: a portrait."""
    if media.owner_id != owner.id or media.post_id is not None:
        raise NotFound()
    media.audience = "public"
    await media.save(update_fields=["audience"])


async def _drop(gone: Sequence[Media]) -> None:
    """Forget rows now and bytes once that is certain."""
    if not gone:
        return
    await Media.filter(id__in=[media.id for media in gone]).delete()
    keys = tuple(key for media in gone for key in (media.key, media.preview_key) if key)
    if keys:
        await facts.record(FilesDropped(keys=keys))


async def erase(fact: FilesDropped) -> None:
    """Delete bytes that no row names any more."""
    for key in fact.keys:
        if not await Media.filter(key=key).exists() and not await Media.filter(preview_key=key).exists():
            await site().storage.delete(key)


async def drop_forgotten() -> None:
    """Let uploads go that nobody hung on anything; runs daily."""
    old = Media.filter(post_id=None, audience="me", created_at__lt=now() - KEPT_UNATTACHED)
    await _drop_in_transaction(await old.filter(Q(kept_until=None) | Q(kept_until__lt=now())))


@atomic
async def _drop_in_transaction(gone: Sequence[Media]) -> None:
    await _drop(gone)
