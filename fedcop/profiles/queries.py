"""What a profile shows, as far as who looks may know of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities.models import Community
from fedcop.core.database import moment, rows
from fedcop.discussions.seeing import shown_sql
from fedcop.federation.peers import limited
from fedcop.people import queries as people
from fedcop.profiles.models import Recommendation, ShownTag

SUGGESTED = 10


@dataclass(frozen=True)
class Used:
    """A tag that somebody shows, how many posts of theirs bear it that the viewer may read, and when the last was written."""

    shown: ShownTag
    posts: int
    last_at: datetime | None


@dataclass(frozen=True)
class Shown:
    """What a profile shows to somebody, and how many follow and are followed."""

    followers: int
    following: int
    tags: Sequence[str] = ()
    recommended: Sequence[Actor] = ()


async def shown_by(viewer: Actor | None, actor: Actor) -> Shown:
    """Give what a profile shows, as `tags_of` and `recommended` do, and the counts: in one statement where nobody is recommended."""
    found = await rows(
        "SELECT 'tag' AS what, id, tag FROM shown_tag WHERE actor_id = ?"
        " UNION ALL SELECT 'recommended', COUNT(*), '' FROM recommendation WHERE actor_id = ?"
        " UNION ALL SELECT 'followers', COUNT(*), '' FROM follow WHERE target_id = ? AND state = 'accepted'"
        " UNION ALL SELECT 'following', COUNT(*), '' FROM follow WHERE follower_id = ? AND state = 'accepted' ORDER BY what, id",
        *[actor.id] * 4,
    )
    counted = {row["what"]: row["id"] for row in found if row["what"] != "tag"}
    chosen = await recommended(viewer, actor) if counted["recommended"] else []
    return Shown(
        counted["followers"],
        counted["following"],
        [row["tag"] for row in found if row["what"] == "tag"],
        [one.target for one in chosen],
    )


async def tags_of(actor: Actor) -> list[ShownTag]:
    """List the tags on a profile, in the order in which they were chosen."""
    return await ShownTag.filter(actor_id=actor.id).order_by("id")


async def shown_among(actor: Actor | None, tags: Collection[str]) -> set[str]:
    """Name those, of some tags, that somebody shows."""
    if actor is None or not tags:
        return set()
    found = await ShownTag.filter(actor_id=actor.id, tag__in=list(tags)).values_list("tag", flat=True)
    return {str(tag) for tag in found}


async def used(viewer: Actor | None, actor: Actor, shown: Sequence[ShownTag]) -> list[Used]:
    """Count what the author of a profile wrote with each of its tags, under their name and for who looks."""
    if not shown:
        return []
    condition, params = shown_sql("p", viewer)
    found = await rows(
        "SELECT t.tag AS tag, COUNT(*) AS posts, MAX(p.published_at) AS last_at FROM post_tag t JOIN post p ON p.id = t.post_id"  # noqa: S608 - our own words only, values are parameters
        " WHERE t.tag IN (?) AND p.author_id = ? AND p.anonymised_at IS NULL AND p.deleted_at IS NULL AND p.removed_at IS NULL"
        f" AND {condition} GROUP BY t.tag",
        [one.tag for one in shown],
        actor.id,
        *params,
    )
    by_tag = {row["tag"]: row for row in found}
    return [
        Used(one, by_tag[one.tag]["posts"], moment(by_tag[one.tag]["last_at"]))
        if one.tag in by_tag
        else Used(one, 0, None)
        for one in shown
    ]


async def suggested_tags(actor: Actor) -> list[str]:
    """Name the tags that somebody writes with most and does not show yet."""
    found = await rows(
        "SELECT t.tag AS tag FROM post_tag t JOIN post p ON p.id = t.post_id WHERE p.author_id = ? AND p.anonymised_at IS NULL"
        " AND p.deleted_at IS NULL AND p.removed_at IS NULL AND t.tag NOT IN (SELECT tag FROM shown_tag WHERE actor_id = ?)"
        " GROUP BY t.tag ORDER BY COUNT(*) DESC, t.tag LIMIT ?",
        actor.id,
        actor.id,
        SUGGESTED,
    )
    return [row["tag"] for row in found]


async def recommended(viewer: Actor | None, actor: Actor, *, below: int = 0, limit: int = 0) -> list[Recommendation]:
    """List whom a profile shows, the latest first, with their actors: not whom the viewer hides, what is limited, nor communities of which they may not know."""
    query = Recommendation.filter(actor_id=actor.id, target__gone_at=None, target__suspended_at=None)
    if below:
        query = query.filter(id__lt=below)
    found = await query.order_by("-id").limit(limit or 100).select_related("target")
    hidden = await people.hidden_among(viewer, [one.target_id for one in found])
    groups = [one.target_id for one in found if one.target.kind == "Group"]
    places = await Community.filter(actor_id__in=groups) if groups else []
    known = {place.actor_id for place in places if await access.may_find(viewer, place)}
    back = await limited.stand_back(viewer, [one.target for one in found])
    return [
        one
        for one in found
        if one.target_id not in back
        and (one.target_id in known if one.target.kind == "Group" else one.target_id not in hidden)
    ]


async def recommended_among(actor: Actor, target_ids: Collection[int]) -> set[int]:
    """Name those, of some people and communities, that somebody shows on their profile."""
    if not target_ids:
        return set()
    found = await Recommendation.filter(actor_id=actor.id, target_id__in=list(target_ids)).values_list(
        "target_id", flat=True
    )
    return {int(number) for number in found}  # type: ignore[call-overload]
