"""Portraits of people: one picture, for everybody, drawn small. The file itself is media's."""

from __future__ import annotations

from fedcop.actors.models import Actor
from fedcop.core.errors import Invalid, NotFound
from fedcop.core.i18n import N_
from fedcop.media import queries as media
from fedcop.media import service as files
from fedcop.media.models import Media
from fedcop.people import service
from fedcop.people.facts import AccountDeleted

LARGEST = 400  # pixels on the longer side


async def choose(actor: Actor, picture: Media) -> None:
    """Make an upload the portrait of its owner; the one before is let go."""
    if not picture.preview_key or not picture.is_picture:
        await files.discard(actor, picture)
        raise Invalid(errors={"picture": N_("Choose a picture: JPEG, PNG, WebP or GIF.")})
    before = actor.icon_media_id
    await files.show_to_all(actor, picture)
    await service.change_profile(actor, icon_media_id=picture.id)
    await _let_go(actor, before)


async def remove(actor: Actor) -> None:
    """Show no portrait any more."""
    before = actor.icon_media_id
    await service.change_profile(actor, icon_media_id=None)
    await _let_go(actor, before)


async def _let_go(actor: Actor, media_id: int | None) -> None:
    for found in (await media.many([media_id] if media_id else [])).values():
        await files.discard(actor, found)


async def portrait_of(actor_id: int, media_id: int) -> Media:
    """Give the portrait that an actor shows now; NotFound for any other file."""
    actor = await Actor.get_or_none(id=actor_id, icon_media_id=media_id, gone_at=None)
    found = (await media.many([media_id])).get(media_id) if actor is not None else None
    if found is None or not found.preview_key:
        raise NotFound()
    return found


async def forget(fact: AccountDeleted) -> None:
    """Somebody left for good: the files that hang on no post go at once, those of posts go with the posts."""
    await files.discard_all(fact.actor_id)
