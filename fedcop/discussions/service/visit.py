"""Remembers when a member last read a thread: what "new since my last visit" is counted from."""

from __future__ import annotations

from datetime import datetime

from fedcop.actors.models import Actor
from fedcop.core.clock import now
from fedcop.core.database import atomic, noting
from fedcop.discussions import queries
from fedcop.discussions.models import Post, ThreadVisit


async def visit(actor: Actor, root: Post, *, shown_up_to: datetime | None = None) -> None:
    """Note that a person has seen the thread up to the newest post that was shown; writes only where that is news."""
    seen_at = shown_up_to or now()
    last = await queries.last_visit(actor, root.root_id)
    if last is None or last.seen_at < seen_at:
        await noting(_note(actor.id, root.root_id, seen_at))


@atomic
async def _note(actor_id: int, root_id: int, seen_at: datetime) -> None:
    present = await ThreadVisit.get_or_none(actor_id=actor_id, root_id=root_id)
    if present is None:
        await ThreadVisit.create(actor_id=actor_id, root_id=root_id, seen_at=seen_at)
    elif present.seen_at < seen_at:
        present.seen_at = seen_at
        await present.save(update_fields=["seen_at"])
