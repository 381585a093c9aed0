"""process_many(): several deliveries of one server, one after the other in one transaction, each undone alone.

What all of them need is read in that transaction, once for all: nothing of it outlives it, and whatever is written that may change an
answer lets all be asked anew (core/asked.py). On SQLite nobody else writes meanwhile. On PostgreSQL others do: what was read is older there than
what is written by a round at most (budgets.SHARED_ROUND_SECONDS), nothing is locked until all of it is written in one statement (core/behind.py), and what must
not have changed is looked at by that statement (discussions/service/beside.py). A delivery that needs the network ends the round, is undone and done
alone, outside of any transaction; so is one that fails. Not for: what is done with a delivery (intake.py).
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from activitypub.errors import BadDocument
from activitypub.vocab import Activity, parse
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.core import asked, budgets
from fedcop.core.database import dialect, in_parts
from fedcop.core.pressing import Pressing
from fedcop.core.selects import Select
from fedcop.core.site import site
from fedcop.federation import known
from fedcop.federation.facts import DeliveryAccepted
from fedcop.federation.models import InboxItem
from fedcop.federation.receiving import intake, late_keys

ITEMS = Select(InboxItem)
MOST = 30  # in one round: others want to write, too
LOOKED_AT = {
    "sqlite": 10,
    "postgres": MOST,
}  # at once: on PostgreSQL another look would have all written that waits, and held until the end


async def process_many(facts: Sequence[DeliveryAccepted]) -> int:
    """Do the first of several deliveries in one transaction, and tell how many; after those, one is to be done alone, or enough time has passed."""
    await late_keys.fetch_for([fact.item_id for fact in facts[:MOST]])
    ids, ahead = [fact.item_id for fact in facts[:MOST]], _Ahead()
    parts: list[Callable[[], Awaitable[None]]] = []
    at_once = LOOKED_AT[dialect()]
    for start in range(0, len(ids), at_once):  # no further: a round may end before it comes to what it has read
        some = ids[start : start + at_once]
        parts += [partial(ahead.look, some), *(partial(ahead.do, item_id) for item_id in some)]
    began, pressing = time.monotonic(), site().part(Pressing)
    longest = budgets.ROUND_SECONDS if dialect() == "sqlite" else budgets.SHARED_ROUND_SECONDS

    def enough() -> bool:
        return ahead.did and (pressing.is_now() or time.monotonic() - began > longest)

    done = await in_parts(parts, enough=enough)
    return done - -(-done // (at_once + 1))  # but for the looks


@dataclass
class _Ahead:
    """What was read of a round before its first delivery is done."""

    items: dict[int, InboxItem] = field(default_factory=dict)
    said: dict[int, Activity] = field(default_factory=dict)
    did: bool = False  # at least one of them

    async def look(self, ids: Sequence[int]) -> None:
        self.items = {item.id: item for item in await ITEMS.where("id IN (?)", list(ids))}
        for item in self.items.values():
            if (activity := _read(item)) is not None:
                self.said[item.id] = activity
        signers = {item.actor_uri for item in self.items.values()}
        new = {uri for uri in signers if asked.recall(actors.by_uri, uri) is None}
        people: Sequence[Actor] = list((await actors.many_by_uri(new)).values())
        for actor in people:
            asked.tell(actors.by_uri, actor, actor.uri)
            asked.tell(actors.beside, people, actor)
        pairs, named = [], set[str]()
        for item_id in ids:
            if (activity := self.said.get(item_id)) is not None:
                pair = (activity.id or "", activity.object_id or "")
                if named.isdisjoint(pair):  # else it asks itself: one before it may change what they mean
                    pairs.append(pair)
                named.update(pair)
        kinds = await known.kinds_of(uri for pair in pairs for uri in pair)
        for pair in pairs:
            asked.tell(known.kinds_of_two, {uri: kinds[uri] for uri in pair if uri in kinds}, *pair)

    async def do(self, item_id: int) -> None:
        if (item := self.items.get(item_id)) is not None:
            await intake.attempt_item(item, 0, self.said.get(item_id))
        self.did = True


def _read(item: InboxItem) -> Activity | None:
    """Read what was delivered; what cannot be read is said by intake.py."""
    try:
        activity = parse(bytes(item.body))
    except BadDocument:
        return None
    return activity if isinstance(activity, Activity) else None
