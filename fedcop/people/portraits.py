"""Portraits of people, and the wide picture at the top of a profile: for everybody, drawn small. The file itself is media's."""

from __future__ import annotations

from dataclasses import dataclass

from tortoise.expressions import Q

from fedcop.actors.models import Actor
from fedcop.core.errors import Invalid, NotFound
from fedcop.core.i18n import N_
from fedcop.media import queries as media
from fedcop.media import service as files
from fedcop.media.models import Media
from fedcop.people import service
from fedcop.people.facts import AccountDeleted


@dataclass(frozen=True)
class Frame:
    """Where a picture of an actor hangs."""

    column: str
    address: str  # the column that says where somebody elsewhere has it
    largest: int  # pixels on the longer side


PORTRAIT = Frame("icon_media_id", "icon_url", 400)
HEADER = Frame("header_media_id", "header_url", 1500)
LARGEST = PORTRAIT.largest


async def choose(actor: Actor, picture: Media, frame: Frame = PORTRAIT) -> None:
    """Make an upload the portrait of its owner, or their wide picture; the one before is let go."""
    if not picture.preview_key or not picture.is_picture:
        await files.discard(actor, picture)
        raise Invalid(errors={"picture": N_("Choose a picture: JPEG, PNG, WebP or GIF.")})
    before = getattr(actor, frame.column)
    await files.show_to_all(actor, picture)
    await service.change_profile(actor, **{frame.column: picture.id})
    await _let_go(actor, before)


async def remove(actor: Actor, frame: Frame = PORTRAIT) -> None:
    """Show no such picture any more."""
    before = getattr(actor, frame.column)
    await service.change_profile(actor, **{frame.column: None})
    await _let_go(actor, before)


async def _let_go(actor: Actor, media_id: int | None) -> None:
    for found in (await media.many([media_id] if media_id else [])).values():
        await files.discard(actor, found)


async def portrait_of(actor_id: int, media_id: int) -> Media:
    """Give a picture that an actor shows of themselves now; NotFound for any other file."""
    shown = Q(icon_media_id=media_id) | Q(header_media_id=media_id)
    actor = await Actor.filter(shown, id=actor_id, gone_at=None).first()
    found = (await media.many([media_id])).get(media_id) if actor is not None else None
    if found is None or not found.preview_key:
        raise NotFound()
    return found


async def forget(fact: AccountDeleted) -> None:
    """Somebody left for good: the files that hang on no post go at once, those of posts go with the posts."""
    await files.discard_all(fact.actor_id)
