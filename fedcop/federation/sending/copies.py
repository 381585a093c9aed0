"""Which servers were brought which post: written down when it is delivered or fetched, one row per post and server, never per person.

Not for: who may see that (communities/copies), or what a server says it erased.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable
from typing import Any

from fedcop.core import clock
from fedcop.core.database import execute
from fedcop.core.facts import record
from fedcop.core.ids import new_id
from fedcop.core.site import Site, site
from fedcop.federation.facts import PostArrived
from fedcop.federation.models import HeldCopy, OutgoingActivity
from fedcop.federation.wordless import is_wordless

BRINGS, ENDS = "brings", "ends"
ARRIVES = "arrives"  # brings, and that it was delivered is all that we shall hear
MAX_RECENT = 20_000

# `discussions` stands above us, its table does not.
_COPY = "(?, ?, (SELECT community_id FROM post WHERE id = ?), ?, ?, ?)"
_UPSERT = (
    "INSERT INTO held_copy (id, post_id, community_id, host, since, last_at) VALUES {}"
    " ON CONFLICT (post_id, host) DO UPDATE SET last_at = excluded.last_at, told_at = NULL, confirmed_at = NULL"
)


class Recent:
    """What was fetched a moment ago and is written down already: reading the same page again writes nothing."""

    def __init__(self, _site: Site) -> None:
        self._seen: OrderedDict[tuple[int, str], None] = OrderedDict()

    def is_new(self, post_id: int, host: str) -> bool:
        """Tell whether this was not fetched lately, and remember that it was."""
        key = (post_id, host)
        known = key in self._seen
        self._seen[key] = None
        if len(self._seen) > MAX_RECENT:
            self._seen.popitem(last=False)
        return not known

    def forget(self) -> None:
        """Forget everything: copies were erased, and who fetches now holds one again."""
        self._seen.clear()


def effect_of(activity: dict[str, Any]) -> str:
    """Tell what an activity about a post does to the copy of whoever receives it."""
    kind, inside = activity.get("type"), activity.get("object")
    if kind == "Announce":
        return effect_of(inside) if isinstance(inside, dict) else BRINGS
    if kind in ("Create", "Update"):
        return "" if is_wordless(activity) else BRINGS
    if kind == "Delete":
        return ENDS
    undone = inside.get("type") if isinstance(inside, dict) else ""
    return BRINGS if kind == "Undo" and undone == "Delete" else ""


async def note_deliveries(made: Iterable[tuple[OutgoingActivity, str]]) -> None:
    """Write down what deliveries to hosts did; inside the transaction that settles them."""
    happened: dict[tuple[int, str], list[str]] = {}
    for outgoing, host in made:
        if outgoing.post_id is not None and outgoing.effect:
            happened.setdefault((outgoing.post_id, host), []).append(outgoing.effect)
    brought: list[tuple[int, str]] = []
    arrived: list[PostArrived] = []
    # In one order everywhere, or two processes wait for each other: several inboxes of one server are served at once.
    for (post_id, host), effects in sorted(happened.items()):
        if BRINGS in effects or ARRIVES in effects:
            brought.append((post_id, host))
        if ARRIVES in effects:
            arrived.append(PostArrived(post_id, host))
        if effects[-1] == ENDS:
            await _note(brought)
            brought.clear()
            await HeldCopy.filter(post_id=post_id, host=host, told_at=None).update(told_at=clock.now())
    await _note(brought)
    if arrived:
        await record(*arrived)


async def note_fetch(host: str, post_ids: Iterable[int]) -> None:
    """Write down that a server fetched private posts with its signature."""
    recent = site().part(Recent)
    fresh = [post_id for post_id in post_ids if recent.is_new(post_id, host)]
    if fresh:
        await _note([(post_id, host) for post_id in fresh])


async def _note(brought: Collection[tuple[int, str]]) -> None:
    if not brought:
        return
    now = clock.now()
    values: list[object] = []
    for post_id, host in sorted(brought):  # as above
        values += [new_id(), post_id, post_id, host, now, now]
    await execute(_UPSERT.format(", ".join([_COPY] * len(brought))), *values)
