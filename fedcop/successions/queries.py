"""Reads successions: what is under way in a community, what goes where, what somebody is asked. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities import queries as communities
from fedcop.communities.models import Community, Membership
from fedcop.communities.roles import Act
from fedcop.core.database import rows
from fedcop.discussions.models import PostTag
from fedcop.successions.models import Heir, Succession

RUNNING = ("proposed", "open", "moving")
_VISIBLE = (
    "p.community_id = ? AND p.depth = 0 AND p.state = 'visible' AND p.deleted_at IS NULL AND p.removed_at IS NULL"
)


async def by_id(succession_id: int) -> Succession | None:
    """Load a succession with its mother."""
    return await Succession.filter(id=succession_id).select_related("mother__actor").first()


async def running(mother: Community) -> Succession | None:
    """Find what is under way that ends a community."""
    return await Succession.filter(mother_id=mother.id, state__in=RUNNING).select_related("mother__actor").first()


async def about(community: Community) -> Succession | None:
    """Find what is under way in a community: what ends it, else what it is to inherit."""
    # Two plain conditions: most communities take part in nothing, and each of their pages asks.
    found = await rows(
        "SELECT id, 0 AS inherits FROM succession WHERE mother_id = ? AND state IN (?) UNION ALL SELECT s.id, 1 FROM heir h"
        " JOIN succession s ON s.id = h.succession_id WHERE h.community_id = ? AND s.state IN (?) ORDER BY inherits, id LIMIT 1",
        *(community.id, RUNNING, community.id, RUNNING),
    )
    return await by_id(found[0]["id"]) if found else None


async def shown(viewer: Actor | None, community: Community) -> Succession | None:
    """Find what is under way in a community, if somebody may know of all that takes part in it, or presides over an heir."""
    found = await about(community) if community.actor.local else None
    if found is None or await access.may_find(viewer, found.mother):
        return found
    presides = viewer is not None and await communities.is_moderator(community, viewer, Act.CHANGE)
    return found if presides else None


async def heirs(succession: Succession) -> list[Heir]:
    """List the heirs with their communities, in order."""
    return await Heir.filter(succession_id=succession.id).select_related("community__actor").order_by("position")


@dataclass(frozen=True)
class Choice:
    """One heir as somebody sees it: how many threads go there, and their own place in it."""

    heir: Heir
    threads: int
    place: Membership | None


async def choices(succession: Succession, viewer: Actor | None) -> list[Choice]:
    """List what a member of the mother is asked; heirs that somebody may not know of are left out."""
    found = await heirs(succession)
    counted = await count_threads(succession.mother, [one.tags for one in found], _rest_of(found))
    places = await communities.memberships(viewer, [one.community for one in found])
    return [
        Choice(one, threads, places.get(one.community_id))
        for one, threads in zip(found, counted, strict=True)
        if await access.may_find(viewer, one.community)
    ]


def _rest_of(found: Sequence[Heir]) -> int:
    return next((place for place, one in enumerate(found) if one.takes_rest), 0)


async def count_threads(mother: Community, tags: Sequence[Sequence[str]], rest: int) -> list[int]:
    """Count the threads that each set of tags takes, the first that fits; `rest` is whose place takes all others."""
    total = (await rows(f"SELECT COUNT(*) AS n FROM post p WHERE {_VISIBLE}", mother.id))[0]["n"]  # noqa: S608 - our own words
    found: list[int] = []
    earlier: list[str] = []
    for wanted in tags:
        found.append(await _count_tagged(mother, wanted, earlier) if wanted else 0)
        earlier.extend(wanted)
    if found:
        found[rest] += total - sum(found)
    return found


async def _count_tagged(mother: Community, wanted: Sequence[str], earlier: Sequence[str]) -> int:
    counted = await rows(
        f"SELECT COUNT(*) AS n FROM post p WHERE {_VISIBLE}"  # noqa: S608 - our own words, values are parameters
        " AND EXISTS (SELECT 1 FROM post_tag t WHERE t.post_id = p.id AND t.tag IN (?))"
        " AND NOT EXISTS (SELECT 1 FROM post_tag o WHERE o.post_id = p.id AND o.tag IN (?))",
        mother.id,
        list(wanted),
        list(earlier) or [""],
    )
    return int(counted[0]["n"])


async def usual_tags(mother: Community, limit: int = 12) -> list[tuple[str, int]]:
    """List the tags that most threads of a community have."""
    found = await rows(
        f"SELECT t.tag, COUNT(*) AS n FROM post_tag t JOIN post p ON p.id = t.post_id WHERE {_VISIBLE}"  # noqa: S608 - our own words
        " GROUP BY t.tag ORDER BY n DESC, t.tag LIMIT ?",
        mother.id,
        limit,
    )
    return [(row["tag"], row["n"]) for row in found]


async def who_gets(found: Sequence[Heir], root_ids: Iterable[int]) -> dict[int, Heir]:
    """Choose for each thread who takes it over: the first heir one of whose tags it has, else the one that takes the rest."""
    ids = list(root_ids)
    tagged: dict[int, set[str]] = {root_id: set() for root_id in ids}
    for one in await PostTag.filter(post_id__in=ids):
        tagged[one.post_id].add(one.tag)
    rest = found[_rest_of(found)]
    return {
        root_id: next((heir for heir in found if tags.intersection(heir.tags)), rest)
        for root_id, tags in tagged.items()
    }
