"""A picture of one's own that stands for a film or a sound until it is played. Not for: the one that comes out of it (films.py)."""

from __future__ import annotations

from collections.abc import AsyncIterator
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


async def choose(owner: Actor, media: Media, stream: AsyncIterator[bytes]) -> Media:
    """Let a picture stand for an upload that hangs on nothing yet, also while it is prepared. Raises Invalid."""
    if media.owner_id != owner.id or media.post_id is not None:
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
    return await _hang(media, key, said)


@atomic
async def _hang(media: Media, key: str, said: dict[str, Any]) -> Media:
    found = await Media.filter(id=media.id, post_id=None).select_for_update().first()
    if found is None:
        await facts.record(FilesDropped(keys=(key,)))
        return media
    if found.preview_key:
        await facts.record(FilesDropped(keys=(found.preview_key,)))
    found.update_from_dict(said)
    await found.save(update_fields=list(said))
    return found
