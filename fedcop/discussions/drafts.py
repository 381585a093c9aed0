"""What somebody is writing, kept as they type: one per place. Gone when it is published."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from fedcop.actors.models import Actor
from fedcop.core.clock import now
from fedcop.core.database import atomic
from fedcop.discussions.models import Draft
from fedcop.discussions.text import MAX_SOURCE

KEPT_FOR = timedelta(days=180)
MAX_DRAFTS = 200
MAX_FIELD = MAX_SOURCE
#: The fields of the composer; whatever else a form sends is not kept.
FIELDS = ("kind", "title", "source", "language", "tags", "warning", "link", "media")


def place_of(kind: str, place_id: int) -> str:
    """Name the place of a draft: "community", "reply", "edit" or "resource" and an id."""
    return f"{kind}:{place_id}"


@atomic
async def save(author: Actor, place: str, content: Mapping[str, object]) -> Draft | None:
    """Keep what was typed so far; an empty form keeps nothing."""
    kept = {name: _short(content[name]) for name in FIELDS if content.get(name)}
    if not any(kept.get(name) for name in ("title", "source", "link")):
        await discard(author, place)
        return None
    draft = await Draft.get_or_none(author_id=author.id, place=place)
    if draft is None:
        if await Draft.filter(author_id=author.id).count() >= MAX_DRAFTS:
            oldest = await Draft.filter(author_id=author.id).order_by("saved_at").first()
            if oldest is not None:
                await oldest.delete()
        return await Draft.create(author_id=author.id, place=place, content=kept, saved_at=now())
    draft.content, draft.saved_at = kept, now()
    await draft.save(update_fields=["content", "saved_at"])
    return draft


async def find(author: Actor, place: str) -> Draft | None:
    """The draft that somebody left at a place."""
    return await Draft.get_or_none(author_id=author.id, place=place)


async def all_of(author: Actor) -> list[Draft]:
    """All drafts of somebody, newest first."""
    return await Draft.filter(author_id=author.id).order_by("-saved_at").limit(MAX_DRAFTS)


@atomic
async def discard(author: Actor, place: str) -> None:
    """Throw a draft away."""
    await Draft.filter(author_id=author.id, place=place).delete()


async def prune() -> None:
    """Throw away drafts that nobody came back to for half a year (a job)."""
    await Draft.filter(saved_at__lt=now() - KEPT_FOR).delete()


def _short(value: object) -> object:
    return value[:MAX_FIELD] if isinstance(value, str) else value
