"""What comes from servers that those in charge limited: the one place that says who has it in lists that they did not choose.

Somebody has it who follows its author, or who belongs to or follows the community in which it is. What one opens by its address is no
affair of ours: that is a right (communities/access.py). Where no server is limited, nothing here asks the database for anything.
`people` and `communities` stand above us, their tables do not. decisions/0030-limited-servers.md
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from fedcop.actors.models import Actor
from fedcop.core.database import rows
from fedcop.core.site import site
from fedcop.federation.peers.policies import Policies

EVERYTHING: tuple[str, list[Any]] = ("1 = 1", [])
_FOLLOWED = "SELECT target_id FROM follow WHERE follower_id = ? AND state = 'accepted'"
_PLACES = (
    "SELECT community_id FROM membership WHERE actor_id = ? AND state = 'active' UNION ALL"  # noqa: S608 - our own words only, values are parameters
    f" SELECT c.id FROM community c WHERE c.actor_id IN ({_FOLLOWED})"
    # A community itself looks, where somebody looks in its name (communities/desks.py).
    " UNION ALL SELECT c.id FROM community c WHERE c.actor_id = ?"
)
_BY = "EXISTS (SELECT 1 FROM actor la WHERE la.id = {author} AND la.host IN (?))"
_IN = (
    "EXISTS (SELECT 1 FROM community lc JOIN actor lg ON lg.id = lc.actor_id WHERE lc.id = {place} AND lg.host IN (?))"
)


async def hosts() -> list[str]:
    """Name the servers that are limited, of those that we met."""
    return await site().part(Policies).limited()


async def is_limited(actor: Actor) -> bool:
    """Tell whether an actor is of a server that is limited."""
    return not actor.local and actor.host in await hosts()


async def posts_sql(alias: str, viewer: Actor | None) -> tuple[str, list[Any]]:
    """The SQL condition for posts that somebody has in lists of all that there is."""
    limited = await hosts()
    if not limited:
        return EVERYTHING
    author, place = f"{alias}.author_id", f"{alias}.community_id"
    condition, params = f"NOT {_BY.format(author=author)} AND NOT {_IN.format(place=place)}", [limited, limited]
    if viewer is None:
        return f"({condition})", params
    followed, by_whom = _followed_sql(alias, viewer)
    return f"(({condition}) OR {followed} OR {place} IN ({_PLACES}))", [*params, *by_whom, *[viewer.id] * 3]


async def posts_of_sql(alias: str, viewer: Actor | None, group: Actor, community_id: int) -> tuple[str, list[Any]]:
    """The SQL condition for posts that somebody has in the list of one community, whose page they opened: all for its own people."""
    limited = await hosts()
    if not limited or group.host in limited:
        return EVERYTHING
    condition = f"NOT {_BY.format(author=f'{alias}.author_id')}"
    if viewer is None:
        return condition, [limited]
    followed, by_whom = _followed_sql(alias, viewer)
    return f"({condition} OR {followed} OR ? IN ({_PLACES}))", [limited, *by_whom, community_id, *[viewer.id] * 3]


def _followed_sql(alias: str, viewer: Actor) -> tuple[str, list[Any]]:
    # Whom one follows; of what bears no name nobody learns by following whose it is.
    return (
        f"({alias}.author_id = ? OR ({alias}.anonymised_at IS NULL AND {alias}.author_id IN ({_FOLLOWED})))",
        [viewer.id, viewer.id],
    )


async def entries_sql(alias: str, viewer: Actor | None) -> tuple[str, list[Any]]:
    """The SQL condition for entries of the search that somebody has among what they find by words.

    With an answer comes the title of its thread, so that both count.
    """
    limited = await hosts()
    if not limited:
        return EVERYTHING
    within = f"{alias}.community_id"
    told = (
        "EXISTS (SELECT 1 FROM post lp JOIN post lw ON lw.id IN (lp.id, lp.root_id) JOIN actor la ON la.id = lw.author_id"  # noqa: S608 - our own words only, values are parameters
        f" WHERE lp.id = {alias}.id AND la.host IN (?){{but}})"
    )
    parts = [_BY.format(author=f"{alias}.id"), _IN.format(place=f"{alias}.id"), told, _IN.format(place=within)]
    if viewer is None:
        return f"NOT ({' OR '.join(parts).format(but='')})", [limited] * 4
    me = viewer.id
    parts[0] += f" AND {alias}.id NOT IN ({_FOLLOWED})"
    parts[1] += f" AND {alias}.id NOT IN ({_PLACES})"
    parts[2] = told.format(but=f" AND NOT (lw.anonymised_at IS NULL AND la.id IN ({_FOLLOWED}))")
    parts[3] += f" AND {alias}.author_id NOT IN ({_FOLLOWED})"
    params = [limited, me, limited, me, me, me, limited, me, limited, me]
    return f"(NOT ({' OR '.join(parts)}) OR {within} IN ({_PLACES}))", [*params, me, me, me]


@dataclass(frozen=True)
class Back:
    """Of a post: whether its author stands back, in which places it does, and who follows the author."""

    author: bool = False
    places: frozenset[int] = frozenset()
    followers: frozenset[int] = frozenset()


async def of_post(author_id: int, places: Collection[int], people: Collection[int]) -> Back:
    """Tell of a post what `posts_sql` asks, for many people at once: where nothing of it is limited, without asking who follows."""
    limited = await hosts()
    if not limited:
        return Back()
    found = await rows(
        "SELECT 'author' AS what, id FROM actor WHERE id = ? AND host IN (?)"
        " UNION ALL SELECT 'place', c.id FROM community c JOIN actor g ON g.id = c.actor_id WHERE c.id IN (?) AND g.host IN (?)"
        " UNION ALL SELECT 'follower', follower_id FROM follow WHERE target_id = ? AND follower_id IN (?) AND state = 'accepted'",
        *(author_id, limited, list(places), limited, author_id, list(people)),
    )
    of = {
        what: frozenset(row["id"] for row in found if row["what"] == what) for what in ("author", "place", "follower")
    }
    return Back(bool(of["author"]), of["place"], of["follower"])


async def stand_back(viewer: Actor | None, actors: Iterable[Actor]) -> set[int]:
    """Name those, of some people and communities, whom somebody does not have in lists that others made."""
    limited = await hosts()
    back = {actor.id for actor in actors if not actor.local and actor.host in limited}
    if not back or viewer is None:
        return back
    mine = f"SELECT a.id FROM actor a WHERE a.id IN (?) AND (a.id IN ({_FOLLOWED}) OR a.id IN (SELECT c.actor_id FROM community c WHERE c.id IN ({_PLACES})))"  # noqa: S608 - our own words only, values are parameters
    return back - {row["id"] for row in await rows(mine, list(back), *[viewer.id] * 4)}


async def unheard_sql(listener_id: int, from_id: int, community_id: int) -> tuple[str, list[Any]] | None:
    """The statement that finds something where somebody did not choose to hear what an actor says to them; None where nobody is limited.

    It does where the actor is limited, not followed, and does not say it in a community of theirs.
    """
    limited = await hosts()
    if not limited or not from_id:
        return None
    unheard = f"SELECT 1 FROM actor la WHERE la.id = ? AND la.host IN (?) AND la.id NOT IN ({_FOLLOWED}) AND ? NOT IN ({_PLACES})"  # noqa: S608 - our own words only, values are parameters
    return unheard, [from_id, limited, listener_id, community_id, *[listener_id] * 3]
