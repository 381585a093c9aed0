"""How much room the uploads of one member may take (`member_files`): counted from their rows, held inside the transaction that adds one, refused in words.

Previews do not count. Not for what other servers published: see quota.py.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fedcop.actors.models import Actor
from fedcop.core.database import atomic, rows
from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_
from fedcop.core.site import site
from fedcop.media.models import Media

HELD = "SELECT COALESCE(SUM(size), 0) AS size FROM media WHERE owner_id = ? AND local"
NEARLY = (
    "SELECT a.name AS name FROM media m JOIN actor a ON a.id = m.owner_id WHERE m.owner_id IS NOT NULL AND m.local"
    " GROUP BY a.id, a.name HAVING SUM(m.size) > ? ORDER BY SUM(m.size) DESC, a.name"
)
FULL = N_(
    "With this, your files would take more than the %(limit)s MB that each member has here. Delete what you no longer need, or ask those in charge for more room."
)


async def used(owner_id: int) -> int:
    """Count the bytes of somebody's uploads, earlier versions and those that hang on nothing yet included."""
    return int((await rows(HELD, owner_id))[0]["size"])


async def nearly_used_up() -> list[str]:
    """Name the members whose uploads take more than nine tenths of their room, those with the most first."""
    limit = site().settings.member_files
    return [str(row["name"]) for row in await rows(NEARLY, limit * 9 // 10)] if limit else []


async def refuse_if_full(owner_id: int, more: int) -> None:
    """Raise Invalid if so many bytes more are too many for somebody."""
    limit = site().settings.member_files
    if limit and await used(owner_id) + more > limit:
        raise Invalid(errors={"file": FULL}, limit=limit // 1_000_000)  # as pages write sizes


async def enter(media: Media, then: Callable[[], Awaitable[object]] | None = None) -> None:
    """Write the row of a new upload, and what goes with it; if its owner has no room, its bytes are let go. Raises Invalid."""
    try:
        await _enter(media, then)
    except Invalid:
        for key in filter(None, (media.key, media.preview_key, media.raw_key if media.state == "waiting" else "")):
            await site().storage.delete(key)
        raise


@atomic
async def _enter(media: Media, then: Callable[[], Awaitable[object]] | None) -> None:
    # Two uploads of one person at once: the second one counts when the first is written.
    await Actor.filter(id=media.owner_id).select_for_update().only("id").first()
    await refuse_if_full(media.owner_id or 0, media.size or 0)
    await media.save(force_create=True)
    if then is not None:
        await then()
