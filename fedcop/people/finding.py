"""What search may know of people: those who agreed to be found, with what they say of themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fedcop.actors.facts import ActorChanged, ActorGone
from fedcop.actors.models import Actor
from fedcop.core.database import atomic
from fedcop.core.facts import concerning
from fedcop.core.sanitise import to_text
from fedcop.search import service as search
from fedcop.search.service import Entry

KINDS = ("Person", "Service", "Organization")
BATCH = 200


def is_findable(actor: Actor) -> bool:
    """Tell whether a person is here, and agreed to be found."""
    away = actor.gone_at is not None or actor.suspended_at is not None or actor.moved_to_uri
    return actor.kind in KINDS and actor.discoverable and not away


def entry_of(actor: Actor) -> Entry:
    """Say what a person is found by."""
    said = " · ".join(
        part for part in (actor.profession, actor.organisation, actor.region, to_text(actor.summary)) if part
    )
    return Entry(
        "person", actor.id, actor.display_name or actor.name, said, "public", actor.created_at,
        author_id=actor.id, more=f"{actor.name} {actor.name}@{actor.host}",
    )  # fmt: skip


@concerning(lambda fact: fact.kind in ("", *KINDS))
async def keep(fact: ActorChanged) -> None:
    """Let a person be found by what they say of themselves now."""
    await _keep(fact.actor_id)


async def drop(fact: ActorGone) -> None:
    """Let somebody who is gone not be found."""
    await _keep(fact.actor_id)


@atomic
async def _keep(actor_id: int) -> None:
    actor = await Actor.filter(id=actor_id).select_for_update().first()
    if actor is not None and is_findable(actor):
        await search.index(entry_of(actor))
    elif actor is None or actor.kind in KINDS:
        await search.forget(actor_id)


async def everybody() -> AsyncIterator[Entry]:
    """Give all people who can be found."""
    last = 0
    while found := await Actor.filter(id__gt=last, kind__in=KINDS, discoverable=True).order_by("id").limit(BATCH):
        last = found[-1].id
        for actor in found:
            if is_findable(actor):
                yield entry_of(actor)
