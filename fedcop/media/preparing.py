"""Films and sounds that are uploaded: looked at while one waits, prepared then or by a job. Not for copies of others, kept as they came."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from fedcop.core.database import atomic
from fedcop.core.errors import Invalid, NotFound
from fedcop.core.i18n import N_
from fedcop.core.jobs import enqueue
from fedcop.core.site import site
from fedcop.media import allowance, films, kinds, storing
from fedcop.media.films import Looks
from fedcop.media.models import Media
from fedcop.media.previews import Preview

UNREADABLE = N_("This film or sound cannot be played in browsers, and could not be prepared for them.")


class Wait(Enum):
    """How long who uploads a film is ready to wait."""

    TO_THE_END = "to the end"
    A_MOMENT = "a moment"  # for what is only copied
    NOT_AT_ALL = "not at all"  # of films; a sound is quick


async def take_in(media: Media, upload: Path, folder: Path, wait: Wait) -> None:
    """Prepare an upload, or keep it as it came and promise to prepare it. Raises Invalid."""
    found = await films.look(upload, media.media_type)
    slow = films.cut_of(found).is_slow
    if wait is Wait.TO_THE_END or not (slow or (wait is Wait.NOT_AT_ALL and found.film)):
        await _prepare(media, upload, found, folder)
        await allowance.enter(media)
        return
    note(media, found)
    media.state, media.size = "waiting", _length(upload)
    await site().storage.put(media.raw_key, storing.pieces(upload))
    # One after the other, so that films never keep what else there is to do waiting; the quick are not behind the slow.
    lane = "films:slow" if slow else "films"
    await allowance.enter(
        media, lambda: enqueue(prepare, {"media_id": media.id}, lane=lane, unique=f"prepare:{media.id}")
    )


def _length(file: Path) -> int:
    return file.stat().st_size


async def prepare(media_id: int) -> None:
    """Prepare an upload that waits (a job); what cannot be prepared is said to who brought it."""
    media = await Media.get_or_none(id=media_id, state="waiting", local=True)
    if media is None:
        return
    try:
        async with storing.workshop() as folder:
            upload = folder / "upload"
            with upload.open("wb") as file:
                async for piece in site().storage.open(media.raw_key):
                    file.write(piece)
            await _prepare(media, upload, await films.look(upload, media.media_type), folder)
    except (Invalid, NotFound) as error:  # NotFound: a backup was put back, and holds no uploads
        media.size = None
        media.state, media.state_reason = "failed", next(iter(getattr(error, "errors", {}).values()), UNREADABLE)
    for key in await _settle(media):
        await site().storage.delete(key)
    await site().storage.delete(media.raw_key)


SETTLED = (
    "key", "preview_key", "size", "sha256", "media_type", "file_name", "width", "height", "duration", "frame_rate", "bit_rate",
    "is_silent", "blurhash", "state", "state_reason",
)  # fmt: skip
PICTURE = ("preview_key", "blurhash")


@atomic
async def _settle(media: Media) -> tuple[str, ...]:
    """Write down what came of it, unless it was thrown away meanwhile; its words and its picture may have changed, and stay.

    Gives where bytes lie that nothing names.
    """
    now = await Media.filter(id=media.id, state="waiting").select_for_update().first()
    if now is None:
        return media.key, media.preview_key
    kept = PICTURE if now.has_poster else ()
    await Media.filter(id=media.id).update(**{name: getattr(media, name) for name in SETTLED if name not in kept})
    return (media.preview_key,) if kept and media.preview_key != now.preview_key else ()


async def _prepare(media: Media, upload: Path, found: Looks, folder: Path) -> None:
    made = await films.make(upload, media.media_type, found, folder)
    if made.file.stat().st_size > site().settings.max_upload:
        raise Invalid(errors={"file": N_("Prepared for browsers, this film is too large here.")})
    media.media_type, media.size, media.state = made.media_type, made.file.stat().st_size, "ready"
    media.file_name = kinds.safe_name(renamed(media.file_name, made.media_type), made.media_type)
    note(media, made.looks, made.drawn)
    await storing.keep(media, made.file, made.drawn.drawn)


def renamed(name: str, media_type: str) -> str:
    """Give a file the ending of what it became."""
    ending, stem = kinds.ENDINGS[media_type], Path(name).stem
    return stem + (Path(name).suffix if Path(name).suffix.lower() in ending else ending[0])


def note(media: Media, found: Looks, drawn: Preview | None = None) -> None:
    """Note what a film or sound is."""
    media.width, media.height = found.width, found.height
    media.duration, media.frame_rate, media.bit_rate = found.duration, found.rate, found.bit_rate
    media.is_silent = bool(found.film) and not found.sound
    if drawn is not None:
        media.blurhash = drawn.blurhash or media.blurhash
        if not found.film and drawn.drawn:
            media.width, media.height = drawn.width, drawn.height
