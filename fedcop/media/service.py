"""Take files in, describe them, hang them on posts, let them go. Bytes are written before rows, so that a row never lies."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from tortoise.expressions import Q

from fedcop.actors.models import Actor
from fedcop.core import budgets, facts
from fedcop.core.clock import now
from fedcop.core.database import atomic
from fedcop.core.errors import Invalid, NotFound
from fedcop.core.i18n import N_
from fedcop.core.ids import new_id, new_token
from fedcop.core.sanitise import plain
from fedcop.core.site import site
from fedcop.media import allowance, kinds, looks, preparing, previews, storing
from fedcop.media import captions as spoken
from fedcop.media.facts import FilesDropped
from fedcop.media.models import REPLACED, Media
from fedcop.media.preparing import Wait

KEPT_UNATTACHED = timedelta(days=3)  # a draft with files survives a long weekend
NOT_YET = N_("A film is still being prepared. Please try again in a moment; what you wrote is kept.")
MOST_FILES = budgets.FILES_OF_A_POST  # of one post, ours or remote (SECURITY.md E20)


class Attachable(Protocol):
    """What a file can hang on: a post."""

    id: int
    author_id: int
    audience: str
    organisation: str
    community_id: int | None


async def accept(
    owner: Actor,
    file_name: str,
    stream: AsyncIterator[bytes],
    *,
    description: str = "",
    focus: looks.Point | None = None,
    largest: int = previews.LARGEST,
    wait: Wait = Wait.A_MOMENT,
) -> Media:
    """Take an upload in: measured, typed by its bytes, cleaned of the place it was taken at, drawn. Raises Invalid.

    `wait` is about films: one that is not prepared yet has the state "waiting".
    """
    await allowance.refuse_if_full(owner.id, 1)
    async with storing.workshop() as folder:
        upload = folder / "upload"
        size = await save_stream(stream, upload)
        if size == 0:
            raise Invalid(errors={"file": N_("This file is empty.")})
        with upload.open("rb") as content:
            media_type = kinds.type_of(content.read(4096), file_name)
        media = Media(
            id=new_id(),
            token=new_token(),
            owner_id=owner.id,
            file_name=kinds.safe_name(file_name, media_type),
            media_type=media_type,
            **looks.columns(focus),
            description=plain(description)[:1500],
            created_at=now(),
        )
        if kinds.is_played(media_type):
            await preparing.take_in(media, upload, folder, wait)
        else:
            await _take_in(media, upload, folder, largest)
    return media


async def _take_in(media: Media, upload: Path, folder: Path, largest: int) -> None:
    drawn = await previews.draw(upload, folder, media.media_type, largest=largest)
    if drawn.error and media.media_type in kinds.IMAGES:
        raise Invalid(errors={"file": N_("This picture cannot be read. Is the file whole?")})
    kept = drawn.cleaned or upload
    media.size, media.blurhash = kept.stat().st_size, drawn.blurhash
    media.width, media.height, media.pages = drawn.width, drawn.height, drawn.pages
    await storing.keep(media, kept, drawn.drawn)
    await allowance.enter(media)


async def save_stream(stream: AsyncIterator[bytes], target: Path) -> int:
    """Write what is uploaded into a file, and give its size; raise Invalid if it is too large."""
    limit, size = site().settings.max_upload, 0
    with target.open("wb") as file:
        async for chunk in stream:
            size += len(chunk)
            if size > limit:
                raise Invalid(errors={"file": N_("This file is larger than %(limit)s MB.")}, limit=limit >> 20)
            file.write(chunk)
    return size


@atomic
async def describe(
    owner: Actor, media: Media, text: str, *, decorative: bool = False, captions: str | None = None
) -> Media:
    """Say in words what a picture shows, or that it shows nothing that matters; of a film or sound also what is said in it."""
    if media.owner_id != owner.id:
        raise NotFound()
    media.description = "" if decorative else plain(text)[:1500]
    media.decorative = decorative
    if captions is not None and kinds.is_played(media.media_type):
        media.captions = spoken.clean(captions)
    await media.save(update_fields=["description", "decorative", "captions"])
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
        if media.state == "waiting":
            raise Invalid(errors={"files": NOT_YET})
        if media.state == "failed":
            raise Invalid(errors={"files": N_("One of the files could not be prepared. Please remove it.")})
        media.post_id, media.position = post.id, position
        media.audience, media.organisation, media.community_id = post.audience, post.organisation, post.community_id
        await media.save(update_fields=["post_id", "position", "audience", "organisation", "community_id"])
        attached.append(media)
    await replace(await Media.filter(post_id=post.id, position__gte=0, id__not_in=wanted or [0]), keep=keep)
    return attached


@atomic
async def replace(files: Sequence[Media], *, keep: bool) -> None:
    """Let files go that their post no longer shows; those of an earlier version stay with it, out of sight."""
    if keep and files:
        await Media.filter(id__in=[media.id for media in files]).update(position=REPLACED)
    else:
        await _drop(files)


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
async def discard_all(owner_id: int, *, local: bool = True) -> None:
    """Let all uploads of somebody go that hang on nothing, or our copies of what they show of themselves elsewhere."""
    await _drop(await Media.filter(owner_id=owner_id, post_id=None, local=local))


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
    keys = tuple(key for media in gone for key in _keys(media) if key)
    if keys:
        await facts.record(FilesDropped(keys=keys))


def _keys(media: Media) -> tuple[str, ...]:
    return media.key, media.preview_key, media.raw_key if media.local and media.state == "waiting" else ""


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
