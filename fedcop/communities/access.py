"""The one place that judges audience: who may see a post, a file, a search entry, a community (the owner's decision 7c).

An actor, ours or not, is who looks; None is a stranger. Nothing here raises: callers turn "no" into the NotFound of absent things.
"""

from __future__ import annotations

from typing import Any

from tortoise.queryset import QuerySet

from fedcop.actors.models import Actor
from fedcop.communities.models import Community, InvitationLink, Membership
from fedcop.communities.roles import Act, seated_sql
from fedcop.core import clock
from fedcop.core.database import rows

PUBLIC = "public"
COMMUNITY = "community"
ONLY_ME = "me"
MAX_CODE = 64

MACHINES = ("Application", "Service", "Group")
"""Kinds of actor that fetch on behalf of their server; a server with an active member may read (Lemmy's grain)."""


async def may_see(actor: Actor | None, thing: Any) -> bool:
    """Tell whether `actor` may see a thing that has `audience`, `community_id` and `author_id` or `owner_id`."""
    if thing.audience == PUBLIC:
        return True
    if actor is None:
        return False
    if thing.audience == ONLY_ME:
        owner = getattr(thing, "author_id", None) or getattr(thing, "owner_id", None)
        return bool(owner == actor.id)
    if thing.audience != COMMUNITY or thing.community_id is None:
        return False
    return await _reads(actor, thing.community_id)


async def may_read(actor: Actor | None, community: Community) -> bool:
    """Tell whether `actor` may read what is said in a community."""
    if community.visibility == PUBLIC:
        return True
    return actor is not None and await _reads(actor, community.id)


async def may_find(actor: Actor | None, community: Community, *, code: str = "") -> bool:
    """Tell whether `actor` may know that a community exists: all may, unless it is private and by invitation only.

    `code` is that of an invitation link which they hold.
    """
    if community.visibility == PUBLIC or community.join_policy != "invitation":
        return True
    if code and await link_of(community, code) is not None:
        return True
    if actor is None:
        return False
    if await Membership.filter(community_id=community.id, actor_id=actor.id).exists():
        return True
    if actor.local or actor.kind not in MACHINES:
        return False
    # The server of an invited person needs the Group document to verify the invitation; so does the Group's own server.
    if await Membership.filter(community_id=community.id, actor__host=actor.host, actor__local=False).exists():
        return True
    if await working_links(community).filter(openings__host=actor.host).exists():
        return True
    return await Actor.filter(id=community.actor_id, host=actor.host, local=False).exists()


def working_links(community: Community) -> QuerySet[InvitationLink]:
    """Give the links by which one may still come."""
    return InvitationLink.filter(
        community_id=community.id, revoked_at=None, uses_left__gt=0, expires_at__gt=clock.now()
    )


async def link_of(community: Community, code: str) -> InvitationLink | None:
    """Find the link that a code is, if it still works; of ours only while who made it is one of those who invite."""
    link = await working_links(community).filter(code=code[:MAX_CODE]).select_related("by").first()
    if link is None or community.closed_at is not None:
        return None
    if not community.actor.local:
        return link
    invites = f"SELECT 1 AS yes FROM membership WHERE community_id = ? AND actor_id = ? AND {seated_sql(Act.INVITE)}"  # noqa: S608 (no value of anybody's in it)
    return link if link.by_id is not None and await rows(invites, community.id, link.by_id) else None


async def _reads(actor: Actor, community_id: int) -> bool:
    sql, params = _readable_communities(actor)
    query = f"SELECT 1 AS yes FROM ({sql}) AS readable WHERE community_id = ? LIMIT 1"  # noqa: S608 (no value of anybody's in it)
    found = await rows(query, *params, community_id)
    return bool(found)


def visible_sql(alias: str, actor: Actor | None, *, author: str = "author_id") -> tuple[str, list[Any]]:
    """Give the SQL condition, with its parameters, that keeps the rows of `alias` which `actor` may see."""
    if actor is None:
        return f"{alias}.audience = 'public'", []
    readable, params = _readable_communities(actor)
    condition = (
        f"({alias}.audience = 'public'"
        f" OR ({alias}.audience = 'community' AND {alias}.community_id IN ({readable}))"
        f" OR ({alias}.audience = 'me' AND {alias}.{author} = ?))"
    )
    return condition, [*params, actor.id]


def _readable_communities(actor: Actor) -> tuple[str, list[Any]]:
    mine = "SELECT community_id FROM membership WHERE actor_id = ? AND state = 'active'"
    if actor.local or actor.kind not in MACHINES:
        return mine, [actor.id]
    # A community's own server reads all of it: our members' posts live here and it has to fetch them.
    hosted = "SELECT c.id AS community_id FROM community c JOIN actor g ON g.id = c.actor_id WHERE g.host = ? AND NOT g.local"
    # Only what we host: of a remote community we know our own members, not which other servers it admitted.
    served = (
        "SELECT m.community_id FROM membership m JOIN actor a ON a.id = m.actor_id JOIN community c ON c.id = m.community_id"
        " JOIN actor g ON g.id = c.actor_id WHERE a.host = ? AND NOT a.local AND m.state = 'active' AND g.local"
    )
    return f"{hosted} UNION ALL {served}", [actor.host, actor.host]


async def host_may_read(host: str, community_id: int) -> bool:
    """Tell whether what is said in a private community may be sent to a server: its own, or one with an active member."""
    found = await rows(
        "SELECT 1 AS yes FROM community c JOIN actor g ON g.id = c.actor_id WHERE c.id = ? AND g.host = ?"
        " UNION ALL SELECT 1 AS yes FROM membership m JOIN actor a ON a.id = m.actor_id WHERE m.community_id = ?"
        " AND m.state = 'active' AND a.host = ? AND a.gone_at IS NULL AND a.suspended_at IS NULL LIMIT 1",
        community_id,
        host,
        community_id,
        host,
    )
    return bool(found)


async def reading_hosts(community: Community) -> set[str]:
    """Name the other servers on which somebody may read a private community: those with an active member."""
    found = await rows(
        "SELECT DISTINCT a.host FROM membership m JOIN actor a ON a.id = m.actor_id"
        " WHERE m.community_id = ? AND m.state = 'active' AND NOT a.local AND a.gone_at IS NULL AND a.suspended_at IS NULL",
        community.id,
    )
    return {row["host"] for row in found}
