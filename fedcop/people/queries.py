"""Who follows, blocks and mutes whom, and who may be seen. Lists come with a constant number of queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from tortoise.expressions import Q

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.core.asked import once
from fedcop.core.database import in_chunks, moment, rows
from fedcop.core.errors import NotFound
from fedcop.core.site import site
from fedcop.people.hiding import hidden_sql
from fedcop.people.models import Block, DomainBlock, Follow, Mute

PAGE = 40


@dataclass(frozen=True)
class Relationship:
    """How a viewer stands to an actor."""

    following: str = ""  # "", "asked" or "accepted"
    shares: bool = True  # what they share comes along
    bell: bool = False  # each new text of theirs is told
    languages: tuple[str, ...] = ()  # in these; none: in all
    followed_by: bool = False
    asks_to_follow: bool = False
    blocking: bool = False
    blocked: bool = False  # by the actor
    blocking_domain: bool = False  # the whole server on which the actor is
    muting: bool = False
    mutes_notifications: bool = False
    muted_until: datetime | None = None  # None: until the viewer takes it back
    note: str = ""  # what the viewer notes for themselves


@dataclass(frozen=True)
class FollowRow:
    """One line of a list of follows: the other actor, and the row's id to page by."""

    follow_id: int
    actor: Actor
    state: str


NOBODY = Relationship()


async def visible_person(viewer: Actor | None, name: str, host: str = "") -> Actor:
    """Load a person, ours by name or a remembered one by name and host. Absent, hidden and blocked are the same NotFound.

    One who is gone is given back, so that the page can say 410.
    """
    if host and host.lower() != site().settings.netloc.lower():
        actor = await _remote_person(name, host)
    else:
        actor = await actors.local_by_name(name)
    if actor is None or not await is_visible(viewer, actor):
        raise NotFound(code="no-person")
    return actor


async def is_visible(viewer: Actor | None, actor: Actor) -> bool:
    """Tell whether somebody may look at an actor as at a person; one who is gone still counts."""
    if actor.kind in ("Group", "Application") or actor.suspended_at is not None:
        return False
    return viewer is None or viewer.id == actor.id or not (await relationship(viewer, actor)).blocked


async def _remote_person(name: str, host: str) -> Actor | None:
    found = await actors.by_handle(name, host)
    return await actors.by_handle(name, host, "Person") if found is not None and found.kind == "Group" else found


def shows_follows(viewer: Actor, actor: Actor) -> bool:
    """Tell whether somebody may see who follows one of our people, and whom they follow."""
    return viewer.id == actor.id or not actor.hides_follows


async def follow_of(follower: Actor, target: Actor) -> Follow | None:
    """Find the follow between two actors, asked or accepted."""
    return await Follow.get_or_none(follower_id=follower.id, target_id=target.id)


async def follow_by_id(follow_id: int) -> Follow | None:
    """Load a follow with both its actors."""
    return await Follow.get_or_none(id=follow_id).select_related("follower", "target")


async def follow_by_uri(uri: str) -> Follow | None:
    """Find a follow by the id of its activity, with both its actors."""
    return await Follow.get_or_none(uri=uri).select_related("follower", "target")


async def is_following(follower: Actor, target: Actor) -> bool:
    """Tell whether a follow holds."""
    return await Follow.exists(follower_id=follower.id, target_id=target.id, state="accepted")


async def followers(
    actor: Actor, *, state: str = "accepted", after: int = 0, limit: int = PAGE, viewer: Actor | None = None
) -> list[FollowRow]:
    """List who follows an actor (or, with state "asked", who asks to), newest first; one more than `limit` means more.

    To a `viewer` who is somebody else nobody is named who hides whom they follow.
    """
    found = Follow.filter(
        target_id=actor.id, state=state, follower__gone_at__isnull=True, follower__suspended_at__isnull=True
    )
    if viewer is not None and viewer.id != actor.id:
        found = found.filter(Q(follower__hides_follows=False) | Q(follower_id=viewer.id))
    if after:
        found = found.filter(id__lt=after)
    rows_ = await found.order_by("-id").limit(limit + 1).select_related("follower")
    return [FollowRow(row.id, row.follower, row.state) for row in rows_]


async def following(
    actor: Actor, *, after: int = 0, limit: int = PAGE, people_only: bool = False, viewer: Actor | None = None
) -> list[FollowRow]:
    """List whom an actor follows, newest first, those included who have not accepted yet; `viewer` as above."""
    found = Follow.filter(follower_id=actor.id, target__gone_at__isnull=True, target__suspended_at__isnull=True)
    if people_only:
        found = found.exclude(target__kind="Group")
    if viewer is not None and viewer.id != actor.id:
        found = found.filter(Q(target__hides_follows=False) | Q(target_id=viewer.id))
    if after:
        found = found.filter(id__lt=after)
    rows_ = await found.order_by("-id").limit(limit + 1).select_related("target")
    return [FollowRow(row.id, row.target, row.state) for row in rows_]


async def follower_actors(actor: Actor) -> list[Actor]:
    """Load all accepted followers of an actor that are elsewhere: those who get what it publishes."""
    return await Actor.filter(
        follows_out__target_id=actor.id, follows_out__state="accepted", local=False, gone_at__isnull=True
    )


async def following_actors(actor: Actor) -> list[Actor]:
    """Load all that an actor follows elsewhere."""
    return await Actor.filter(follows_in__follower_id=actor.id, local=False, gone_at__isnull=True)


async def count_followers(actor: Actor) -> int:
    """Count accepted followers."""
    return await Follow.filter(target_id=actor.id, state="accepted").count()


async def count_following(actor: Actor) -> int:
    """Count those whom an actor follows."""
    return await Follow.filter(follower_id=actor.id, state="accepted").count()


async def count_asking(actor: Actor) -> int:
    """Count those who ask to follow an actor and wait."""
    return await Follow.filter(target_id=actor.id, state="asked").count()


@once
async def relationship(viewer: Actor | None, actor: Actor) -> Relationship:
    """Tell how a viewer stands to an actor."""
    return (await relationships(viewer, [actor.id])).get(actor.id, NOBODY)


async def relationships(viewer: Actor | None, actor_ids: Iterable[int]) -> dict[int, Relationship]:
    """Tell how a viewer stands to many actors, in one query."""
    ids = sorted(set(actor_ids))
    if viewer is None or not ids:
        return {}
    ties = await rows(
        "SELECT 'mute' AS tie, target_id AS other, CASE WHEN notifications THEN 'all' ELSE '' END AS state, ends_at AS until,"
        " FALSE AS bell, TRUE AS shares, '' AS languages"
        " FROM mute WHERE actor_id = ? AND target_id IN (?)"
        " UNION ALL SELECT 'out', target_id, state, NULL, bell, in_home, languages FROM follow WHERE follower_id = ? AND target_id IN (?)"
        " UNION ALL SELECT 'back', follower_id, state, NULL, FALSE, TRUE, '' FROM follow WHERE target_id = ? AND follower_id IN (?)"
        " UNION ALL SELECT 'note', target_id, text, NULL, FALSE, TRUE, '' FROM personal_note WHERE actor_id = ? AND target_id IN (?)"
        " UNION ALL SELECT 'block', target_id, '', NULL, FALSE, TRUE, '' FROM block WHERE actor_id = ? AND target_id IN (?)"
        " UNION ALL SELECT 'blocked', actor_id, '', NULL, FALSE, TRUE, '' FROM block WHERE target_id = ? AND actor_id IN (?)"
        " UNION ALL SELECT 'domain', a.id, '', NULL, FALSE, TRUE, '' FROM domain_block d JOIN actor a ON a.host = d.host"
        " WHERE d.actor_id = ? AND a.id IN (?)",
        *[viewer.id, ids] * 7,
    )
    out = {row["other"]: row for row in ties if row["tie"] == "out"}
    back = {row["other"]: row["state"] for row in ties if row["tie"] == "back"}
    blocking = {row["other"] for row in ties if row["tie"] == "block"}
    blocked = {row["other"] for row in ties if row["tie"] == "blocked"}
    domains = {row["other"] for row in ties if row["tie"] == "domain"}
    noted = {row["other"]: row["state"] for row in ties if row["tie"] == "note"}
    muting = {row["other"]: row for row in ties if row["tie"] == "mute"}
    return {
        id_: Relationship(
            following=out[id_]["state"] if id_ in out else "",
            shares=id_ not in out or bool(out[id_]["shares"]),
            bell=id_ in out and bool(out[id_]["bell"]),
            languages=tuple(code for code in (out[id_]["languages"] if id_ in out else "").split(",") if code),
            followed_by=back.get(id_) == "accepted",
            asks_to_follow=back.get(id_) == "asked",
            blocking=id_ in blocking,
            blocked=id_ in blocked,
            blocking_domain=id_ in domains,
            note=noted.get(id_, ""),
            muting=id_ in muting,
            mutes_notifications=id_ in muting and muting[id_]["state"] == "all",
            muted_until=moment(muting[id_]["until"]) if id_ in muting else None,
        )
        for id_ in ids
    }


async def blocks(actor: Actor, target: Actor) -> bool:
    """Tell whether `actor` blocked `target`."""
    return await Block.exists(actor_id=actor.id, target_id=target.id)


async def blocks_server_of(actor: Actor, target: Actor) -> bool:
    """Tell whether `actor` blocked the server on which `target` is."""
    return not target.local and await DomainBlock.exists(actor_id=actor.id, host=target.host)


async def blocked_either_way(a: Actor, b: Actor) -> bool:
    """Tell whether one of two blocked the other, or the server on which the other is."""
    found = await rows(
        "SELECT 1 AS yes FROM block WHERE (actor_id = ? AND target_id = ?) OR (actor_id = ? AND target_id = ?)"
        " UNION ALL SELECT 1 FROM domain_block WHERE (actor_id = ? AND host = ?) OR (actor_id = ? AND host = ?) LIMIT 1",
        *(a.id, b.id, b.id, a.id),
        *(a.id, b.host, b.id, a.host),
    )
    return bool(found)


async def followed_named(follower: Actor, words: str, *, limit: int) -> list[Actor]:
    """List the people whom somebody follows and who have these words in their name."""
    named = Q(target__display_name__icontains=words) | Q(target__name__icontains=words)
    follows = Follow.filter(
        named, follower_id=follower.id, state="accepted", target__kind="Person", target__gone_at=None
    )
    return [follow.target for follow in await follows.select_related("target").order_by("id").limit(limit)]


async def familiar_followers(viewer: Actor, target_ids: Collection[int]) -> dict[int, list[Actor]]:
    """Tell of some people of ours who of those whom a viewer follows follows them too: nobody who hides it; others' followers are not for us to show."""
    found = await rows(
        "SELECT theirs.target_id AS target, theirs.follower_id AS follower FROM follow mine"
        " JOIN follow theirs ON theirs.follower_id = mine.target_id AND theirs.state = 'accepted'"
        " JOIN actor a ON a.id = theirs.target_id AND a.local AND NOT a.hides_follows AND a.kind = 'Person' AND a.gone_at IS NULL AND a.suspended_at IS NULL"
        " WHERE mine.follower_id = ? AND mine.state = 'accepted' AND theirs.target_id IN (?) ORDER BY theirs.id DESC LIMIT 400",
        viewer.id,
        list(target_ids) or [0],
    )
    wanted = Actor.filter(id__in=[row["follower"] for row in found] or [0], gone_at=None, hides_follows=False)
    known = {one.id: one for one in await wanted}
    familiar: dict[int, list[Actor]] = {}
    for row in found:
        if row["follower"] in known:
            familiar.setdefault(row["target"], []).append(known[row["follower"]])
    return familiar


async def hidden_among(viewer: Actor | None, actor_ids: Iterable[int]) -> set[int]:
    """Give those, of some actors, that a viewer does not see. Never all of them: a server that they block may have very many."""
    if viewer is None:
        return set()
    hidden, params = hidden_sql(viewer)
    found: set[int] = set()
    for some in in_chunks(set(actor_ids)):
        asked = f"SELECT h.target_id FROM ({hidden}) AS h WHERE h.target_id IN (?)"  # noqa: S608 - our own words
        found |= {row["target_id"] for row in await rows(asked, *params, some)}
    return found


async def block_by_uri(uri: str) -> Block | None:
    """Find a block by the id of its activity, with both its actors."""
    return await Block.get_or_none(uri=uri).select_related("actor", "target")


async def blocked(actor: Actor, *, after: int = 0, limit: int = PAGE) -> list[Block]:
    """List whom a person blocked, newest first."""
    found = Block.filter(actor_id=actor.id, id__lt=after) if after else Block.filter(actor_id=actor.id)
    return await found.order_by("-id").limit(limit + 1).select_related("target")


async def muted(actor: Actor, *, after: int = 0, limit: int = PAGE) -> list[Mute]:
    """List whom a person muted, newest first."""
    found = Mute.filter(actor_id=actor.id, id__lt=after) if after else Mute.filter(actor_id=actor.id)
    return await found.order_by("-id").limit(limit + 1).select_related("target")


async def muted_one(actor: Actor, target_id: int) -> Actor | None:
    """Give somebody or a community that a person muted, by their row, whoever may see them now."""
    found = await Mute.filter(actor_id=actor.id, target_id=target_id).select_related("target").first()
    return found.target if found is not None else None


async def muted_named(actor: Actor, name: str) -> Actor | None:
    """Find somebody or a community among those whom a person muted, by `name` or `name@host`, whoever may see them now."""
    key, _sign, host = name.casefold().partition("@")
    found = Mute.filter(actor_id=actor.id, target__name_key=key).select_related("target")
    return next((one.target for one in await found if (one.target.host == host if host else one.target.local)), None)


async def directory(viewer: Actor | None, *, words: str = "", after: int = 0, limit: int = PAGE) -> list[Actor]:
    """List our people who agreed to be found, newest first; every word must be in what they say of themselves."""
    found = Actor.filter(
        local=True, kind="Person", discoverable=True, gone_at__isnull=True, suspended_at__isnull=True, moved_to_uri=""
    )
    for word in words.split()[:6]:
        found = found.filter(
            Q(display_name__icontains=word)
            | Q(name_key__icontains=word)
            | Q(profession__icontains=word)
            | Q(organisation__icontains=word)
            | Q(region__icontains=word)
            | Q(summary_source__icontains=word)
        )
    if viewer is not None:
        # Of servers that they block nobody is here: this list is of our own people.
        hidden, params = hidden_sql(viewer)
        blocked = await rows(f"SELECT id FROM actor WHERE local AND id IN ({hidden})", *params)  # noqa: S608 - our own words
        found = found.exclude(id__in=[row["id"] for row in blocked] or [0])
    if after:
        found = found.filter(id__lt=after)
    return await found.order_by("-id").limit(limit + 1)
