"""What somebody wrote in communities, counted: for the choice whether it bears their name once they left. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from fedcop.actors.models import Actor
from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.core.database import rows
from fedcop.core.errors import NotFound
from fedcop.discussions.models import Post


@dataclass(frozen=True)
class Contributions:
    """How many posts of somebody in a community bear their name, and how many do not any more."""

    community: Community
    signed: int
    anonymised: int


async def has_written(author: Actor) -> bool:
    """Tell whether somebody has ever written anything."""
    return await Post.filter(author_id=author.id).exists()


async def count_signed(author: Actor, community: Community) -> int:
    """Count what bears somebody's name in a community."""
    found = await _counted(author, community.id)
    return found[0][1] if found else 0


async def where_left(author: Actor) -> list[Contributions]:
    """List the communities in which somebody wrote and to which they do not belong (any more)."""
    counted = await _counted(author)
    places = await communities.many(community_id for community_id, _signed, _anonymised in counted)
    mine = {one.id for one in await communities.mine(author)}
    found = [
        Contributions(places[community_id], signed, anonymised)
        for community_id, signed, anonymised in counted
        if community_id in places and community_id not in mine
    ]
    return sorted(found, key=lambda one: (one.community.actor.display_name or one.community.actor.name).casefold())


async def left(author: Actor, community_id: int) -> Contributions:
    """Give one of them, or raise NotFound."""
    for one in await where_left(author):
        if one.community.id == community_id:
            return one
    raise NotFound


async def _counted(author: Actor, community_id: int | None = None) -> list[tuple[int, int, int]]:
    of_one = "" if community_id is None else " AND community_id = ?"
    found = await rows(
        "SELECT community_id, SUM(CASE WHEN anonymised_at IS NULL THEN 1 ELSE 0 END) AS signed, COUNT(*) AS written"  # noqa: S608 - our own words
        f" FROM post WHERE author_id = ? AND community_id IS NOT NULL{of_one} GROUP BY community_id",
        author.id,
        *([] if community_id is None else [community_id]),
    )
    return [(int(one["community_id"]), int(one["signed"]), int(one["written"]) - int(one["signed"])) for one in found]
