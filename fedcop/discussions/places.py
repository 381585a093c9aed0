"""Where a moderator may move a thread to, and who gains and who loses by it. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from fedcop.actors.models import Actor
from fedcop.communities import queries as communities
from fedcop.communities import rules as community_rules
from fedcop.communities.access import PUBLIC
from fedcop.communities.models import Community
from fedcop.core.database import rows
from fedcop.core.errors import FedcopError

_ONLY_IN_FIRST = (
    "SELECT COUNT(*) AS n FROM membership m WHERE m.community_id = ? AND m.state = 'active' AND NOT EXISTS"
    " (SELECT 1 FROM membership o WHERE o.community_id = ? AND o.actor_id = m.actor_id AND o.state = 'active')"
)


@dataclass(frozen=True)
class Place:
    """A community to which a thread may be moved; unless all may read it, how many members begin and how many cease to read it."""

    community: Community
    gaining: int = 0
    losing: int = 0


async def to_move_to(mover: Actor, community: Community, audience: str) -> list[Place]:
    """List the communities of the same server to which somebody may move a thread of this one that has an `audience`."""
    found = []
    for other in await communities.mine(mover):
        try:
            await community_rules.may_move(mover, community, other)
        except FedcopError:
            continue
        found.append(Place(other) if audience == PUBLIC else await _place(community, other))
    return found


async def _place(community: Community, other: Community) -> Place:
    gaining = await rows(_ONLY_IN_FIRST, other.id, community.id)
    losing = await rows(_ONLY_IN_FIRST, community.id, other.id)
    return Place(other, gaining[0]["n"], losing[0]["n"])
