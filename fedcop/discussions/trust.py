"""What discussions trust another server with: what is for the accounts of its organisation. Closed when it comes back with other keys (federation/presence.py)."""

from __future__ import annotations

from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.core import clock, facts
from fedcop.core.database import execute, fetch, in_chunks, rows
from fedcop.discussions.facts import AudienceChanged
from fedcop.federation.peers.presence import Trust

# An audience speaks of a server if the topmost post of it is by somebody there: whoever answers keeps to that.
_THEIRS = "p.organisation = ? AND p.audience IN ('organisation', 'allies')"


async def whom(host: str) -> list[Actor]:
    """List who of a server wrote something here that all of its accounts read."""
    return await fetch(
        Actor,
        "SELECT a.* FROM actor a WHERE a.host = ? AND NOT a.local AND a.gone_at IS NULL"  # noqa: S608 - our own words only, values are parameters
        f" AND EXISTS (SELECT 1 FROM post p WHERE p.author_id = a.id AND {_THEIRS})",
        host,
        host,
    )


async def hold(host: str, actor: Actor | None) -> None:
    """Leave what was for all accounts of a server to the members of its community: nobody knows whose accounts those are now."""
    if actor is not None:
        return
    found = await rows(
        f"SELECT p.id, p.root_id, p.audience FROM post p WHERE {_THEIRS} AND p.root_id IN"  # noqa: S608 - our own words only, values are parameters
        f" (SELECT p.root_id FROM post p JOIN actor a ON a.id = p.author_id WHERE a.host = ? AND NOT a.local AND {_THEIRS})"
        " ORDER BY p.id",
        *(host, host, host),
    )
    for some in in_chunks([int(row["id"]) for row in found]):
        # At once, in the transaction that ends the trust; whoever holds a copy is told afterwards.
        set_ = f"audience = '{access.COMMUNITY}', organisation = ''"
        await execute(f"UPDATE post SET {set_}, audience_at = ? WHERE id IN (?)", clock.now(), some)  # noqa: S608 - as above
        await execute(f"UPDATE media SET {set_} WHERE post_id IN (?)", some)  # noqa: S608 - as above
        await execute(f"UPDATE search_entry SET {set_} WHERE id IN (?)", some)  # noqa: S608 - as above
    await facts.record(
        *(
            AudienceChanged(
                post_id=row["id"],
                root_id=row["root_id"],
                before=row["audience"],
                after=access.COMMUNITY,
                organisation_before=host,
            )
            for row in found
        )
    )


TRUST = Trust(whom, hold)
