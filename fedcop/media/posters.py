"""A picture of one's own that stands for a film or a sound until it is played. Not for: the one that comes out of it (films.py)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from fedcop.actors.models import Actor
from fedcop.core import facts
from fedcop.core.database import atomic
from fedcop.core.errors import Invalid, NotFound
from fedcop.core.i18n import N_
from fedcop.core.ids import new_id
from fedcop.core.site import site
from fedcop.media import kinds, previews, service, storing
from fedcop.media.facts import FilesDropped
from fedcop.media.models import Media

ONLY_PLAYED = N_("Only films and sounds have a picture of their own.")
NO_PICTURE = N_("Choose a picture: JPEG, PNG, WebP or GIF.")


@dataclass(frozen=True)
class Poster:
    """A picture that is drawn and stored, and stands for nothing yet."""

    media_id: int
    key: str
    said: dict[str, Any]


async def choose(owner: Actor, media: Media, stream: AsyncIterator[bytes]) -> Media:
    """Let a picture stand for an upload that hangs on nothing yet, also while it is prepared. Raises Invalid."""
    return await hang(await draw(owner, media, stream)) or media


async def draw(owner: Actor, media: Media, stream: AsyncIterator[bytes], *, post_id: int | None = None) -> Poster:
    """Prepare a picture for an upload that hangs on nothing yet, or on the post with this id. Raises Invalid."""
    if media.owner_id != owner.id or media.post_id not in (None, post_id):
        raise NotFound()
    if not (media.is_film or media.is_sound):
        raise Invalid(errors={"thumbnail": ONLY_PLAYED})
    async with storing.workshop() as folder:
        arrived = folder / "arrived"
        await service.save_stream(stream, arrived)
        with arrived.open("rb") as content:
            media_type = kinds.type_of(content.read(4096), "")
        drawn = await previews.draw(arrived, folder, media_type) if media_type in kinds.IMAGES else previews.Preview()
        if drawn.drawn is None:
            raise Invalid(errors={"thumbnail": NO_PICTURE})
        key = f"media/{media.id % 256:02x}/{media.id}.poster-{new_id()}"
        await site().storage.put(key, storing.pieces(drawn.drawn))
    said: dict[str, Any] = {"preview_key": key, "has_poster": True, "blurhash": drawn.blurhash}
    if media.is_sound:  # a film has a size of its own
        said |= {"width": drawn.width, "height": drawn.height}
    return Poster(media.id, key, said)


@atomic
async def hang(poster: Poster, *, post_id: int | None = None) -> Media | None:
    """Let it stand for its upload, if that hangs where it hung; else it is dropped."""
    found = await Media.filter(id=poster.media_id, post_id=post_id).select_for_update().first()
    if found is None:
        await drop(poster)
        return None
    if found.preview_key:
        await facts.record(FilesDropped(keys=(found.preview_key,)))
    found.update_from_dict(poster.said)
    await found.save(update_fields=list(poster.said))
    return found


@atomic
async def drop(poster: Poster) -> None:
    """Throw it away."""
    await facts.record(FilesDropped(keys=(poster.key,)))
