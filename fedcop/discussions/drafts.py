"""What somebody is writing, kept as they type: one per place. Gone when it is published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tortoise.queryset import QuerySet

from fedcop.actors.models import Actor
from fedcop.core import retention
from fedcop.core.clock import now
from fedcop.core.database import atomic
from fedcop.core.feature import Period
from fedcop.core.i18n import N_
from fedcop.core.ids import new_id, read_id
from fedcop.discussions.models import Draft
from fedcop.discussions.text import MAX_SOURCE

KEPT = Period("drafts", N_("Drafts to which nobody came back"), days=180, least=30)
MAX_DRAFTS = 200
MAX_FIELD = MAX_SOURCE
#: The fields of the composer; whatever else a form sends is not kept.
FIELDS = (
    "kind", "title", "source", "language", "title2", "source2", "language2", "tags", "warning", "link", "media", "also", "audience", "on", "at",
    "option", "poll_multiple", "poll_hides", "poll_days", "poll_seconds",
    "quoted", "quote_policy",
)  # fmt: skip


def place_of(kind: str, place_id: int) -> str:
    """Name the place of a draft: "community", "reply", "edit", "resource", "later" or "change" and an id."""
    return f"{kind}:{place_id}"


def parts_of(place: str) -> tuple[str, int]:
    """Give the kind and the id of a place; 0 is none."""
    kind, _sep, number = place.partition(":")
    return kind, read_id(number) or 0


@atomic
async def save(author: Actor, place: str, content: Mapping[str, object]) -> Draft | None:
    """Keep what was typed so far; an empty form keeps nothing."""
    kept = kept_of(content)
    if not any(kept.get(name) for name in ("title", "source", "title2", "source2", "link", "option", "quoted")):
        await discard(author, place)
        return None
    draft = await Draft.get_or_none(author_id=author.id, place=place)
    if draft is not None and draft.due_at is not None:
        return draft  # what is half typed is not published: a change is kept beside it
    if draft is None:
        if place.startswith("later:"):
            return None  # it was published meanwhile
        await _make_room(author)
        return await Draft.create(author_id=author.id, place=place, content=kept, saved_at=now())
    draft.content, draft.saved_at = kept, now()
    await draft.save(update_fields=["content", "saved_at"])
    return draft


@atomic
async def keep_apart(author: Actor, community_id: int, content: Mapping[str, object], trouble: str) -> Draft:
    """Keep a text that came otherwise than by typing and could not be published: beside what is being typed, with the reason."""
    await _make_room(author)
    number = new_id()
    return await Draft.create(
        id=number,
        author_id=author.id,
        place=place_of("later", number),
        community_id=community_id,
        content=kept_of(content),
        saved_at=now(),
        trouble=trouble,
    )


async def _make_room(author: Actor) -> None:
    if await _begun(author).count() >= MAX_DRAFTS:
        oldest = await _begun(author).order_by("saved_at").first()
        if oldest is not None:
            await oldest.delete()


async def find(author: Actor, place: str) -> Draft | None:
    """The draft that somebody left at a place."""
    return await Draft.get_or_none(author_id=author.id, place=place)


async def all_of(author: Actor) -> list[Draft]:
    """All drafts of somebody that are not scheduled, newest first."""
    return await _begun(author).order_by("-saved_at").limit(MAX_DRAFTS)


@atomic
async def discard(author: Actor, place: str) -> None:
    """Throw a draft away; one that is scheduled has to be cancelled first."""
    await _begun(author).filter(place=place).delete()


async def prune() -> None:
    """Throw away drafts that nobody came back to for long (a job)."""
    await Draft.filter(saved_at__lt=await retention.border(KEPT), due_at=None).delete()


def kept_of(content: Mapping[str, object], fields: Iterable[str] = FIELDS) -> dict[str, object]:
    """Give what is kept of the fields of a form."""
    return {name: _short(content[name]) for name in fields if content.get(name)}


def _begun(author: Actor) -> QuerySet[Draft]:
    return Draft.filter(author_id=author.id, due_at=None)


def _short(value: object) -> object:
    return value[:MAX_FIELD] if isinstance(value, str) else value
