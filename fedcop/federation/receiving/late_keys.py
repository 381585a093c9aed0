"""Fetches the keys that deliveries lack before they are done: side by side, each once, outside of any transaction.

So many people of one server whom nobody has met do not wait for each other's documents, and what each of them asks is done in a round as if
their keys had been known. Of a key that cannot be had the reason is kept for the delivery, which does not ask once more. Not for: what is
judged by it (intake.py).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Collection

from activitypub.client.fetch import Budget
from activitypub.errors import ActivityPubError
from fedcop.core.database import rows
from fedcop.core.errors import FedcopError
from fedcop.core.site import Site, site
from fedcop.federation.fetching import remote_actors
from fedcop.federation.inbound import Verdict

AT_ONCE = 8  # of one lot; of one server as many as there may be connections to it
KEPT = 1_000
LACKING = (
    "SELECT i.id, i.key_id FROM inbox_item i WHERE i.id IN (?) AND NOT i.genuine AND i.outcome = 'waiting'"
    " AND NOT EXISTS (SELECT 1 FROM actor_key k WHERE k.key_id = i.key_id)"
)


class Missed:
    """Why the keys of some deliveries could not be had a moment ago. `site().part(Missed)` gives the site's only one."""

    def __init__(self, _site: Site) -> None:
        self._errors: OrderedDict[int, Exception] = OrderedDict()

    def note(self, item_id: int, error: Exception) -> None:
        """Keep it until the delivery is done."""
        self._errors[item_id] = error
        if len(self._errors) > KEPT:
            self._errors.popitem(last=False)

    def __contains__(self, item_id: int) -> bool:
        return item_id in self._errors

    def raise_for(self, item_id: int) -> None:
        """Raise it, once."""
        error = self._errors.pop(item_id, None)
        if error is not None:
            raise error


async def fetch_for(item_ids: Collection[int]) -> bool:
    """Fetch the keys that some deliveries lack; tells whether there were any."""
    missed, wanted = site().part(Missed), dict[str, list[int]]()
    for row in await rows(LACKING, [one for one in item_ids if one not in missed]):
        wanted.setdefault(row["key_id"], []).append(row["id"])
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(key_id: str, ids: list[int]) -> None:
        async with gate:
            try:
                await remote_actors.refresh_key(key_id, Budget())
            except (ActivityPubError, Verdict, FedcopError) as error:
                for item_id in ids:
                    missed.note(item_id, error)

    await asyncio.gather(*(one(key_id, ids) for key_id, ids in wanted.items()))
    return bool(wanted)
