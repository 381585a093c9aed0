"""The one place that judges audience: who may see a post, a file, a search entry, a community (the owner's decision 7c).

An actor, ours or not, is who looks; None is a stranger. Nothing here raises: callers turn "no" into the NotFound of absent things.
Audiences form a ladder (decisions/0011-audiences.md): each step is read by all of the one below it, and some more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from fedcop.actors.models import Actor
from fedcop.alliances import queries as alliances
from fedcop.communities.models import Ban, Community, InvitationLink, Membership
from fedcop.communities.roles import Act, seated_sql
from fedcop.core import clock
from fedcop.core.database import in_chunks, rows
from fedcop.core.site import site
from fedcop.federation.peers import limited

PUBLIC = "public"
ALLIES = "allies"  # those below, and accounts of servers with which the organisation has an agreement
ORGANISATION = "organisation"  # the community, and all accounts of one server: `organisation` of the thing names it
COMMUNITY = "community"
ONLY_ME = "me"
LADDER = (ONLY_ME, COMMUNITY, ORGANISATION, ALLIES, PUBLIC)
OF_MEMBERS = (COMMUNITY, ORGANISATION, ALLIES)
OF_SERVERS = (ORGANISATION, ALLIES)
MAX_CODE = 64

MACHINES = ("Application", "Service", "Group")
"""Kinds of actor that fetch on behalf of their server; a server with an active member may read (Lemmy's grain)."""


@dataclass(frozen=True)
class Thing:
    """What is judged, where it is not a row: a post as it would be, or as it was."""

    audience: str
    organisation: str
    community_id: int | None
    author_id: int


def reach(audience: str) -> int:
    """Tell how far an audience reaches; one that we do not know reaches nobody but the author."""
    return LADDER.index(audience) if audience in LADDER else 0


def narrower(one: str, other: str) -> str:
    """Give the narrower of two audiences."""
    return LADDER[min(reach(one), reach(other))]


def default_of(community: Community) -> str:
    """Name the audience of what is written in a community, unless its author chooses another."""
    return PUBLIC if community.visibility == PUBLIC else COMMUNITY


def is_hidden(community: Community) -> bool:
    """Tell whether nobody but members and the invited may know that a community exists."""
    return community.visibility != PUBLIC and community.join_policy == "invitation"


async def may_see(actor: Actor | None, thing: Any) -> bool:
    """Tell whether `actor` may see a thing that has `audience`, `organisation`, `community_id` and `author_id` or `owner_id`."""
    if thing.audience == PUBLIC:
        return True
    if actor is None:
        return False
    if thing.audience == ONLY_ME:
        return _is_made_by(actor, thing)
    if thing.audience not in OF_MEMBERS:
        return False
    if thing.community_id is None:  # a community elsewhere let it go, and it stays its author's
        return _is_made_by(actor, thing)
    return await _is_of_its_servers(actor, thing) or await _reads(actor, thing.community_id)


async def readers_among(actor_ids: Iterable[int], thing: Any) -> set[int]:
    """Name those, of some people of ours, who may see a thing: `may_see` for many at once, where its author is not asked for."""
    asked = set(actor_ids)
    if thing.audience == PUBLIC:
        return asked
    if thing.audience not in OF_MEMBERS or thing.community_id is None or not asked:
        return set()
    if thing.audience in OF_SERVERS and thing.organisation:
        ours = thing.organisation == site().settings.netloc
        if ours or (thing.audience == ALLIES and await alliances.is_allied(thing.organisation)):
            return asked
    mine = Membership.filter(community_id=thing.community_id, actor_id__in=list(asked), state="active")
    return {int(str(one)) for one in await mine.values_list("actor_id", flat=True)}


def _is_made_by(actor: Actor, thing: Any) -> bool:
    return bool(actor.id == (getattr(thing, "author_id", None) or getattr(thing, "owner_id", None)))


def _is_place_of_ours(actor: Actor) -> bool:
    """Tell whether a community of ours looks (desks.py): it is none of the accounts of this server, and belongs to no other community."""
    return actor.local and actor.kind == "Group"


async def _is_of_its_servers(actor: Actor, thing: Any) -> bool:
    """Tell whether somebody reads a thing as an account of its organisation, or of one allied with it as far as we know."""
    if thing.audience not in OF_SERVERS or not thing.organisation or _is_place_of_ours(actor):
        return False
    if thing.organisation == actor.host:
        return True
    if thing.audience != ALLIES:
        return False
    if actor.local:
        return await alliances.is_allied(thing.organisation)
    # Who is allied with a third organisation is for that one to say.
    return bool(thing.organisation == site().settings.netloc) and await alliances.is_allied(actor.host)


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
    # Whose server came back with other keys may be anybody; one of ours, whose place it was, may still look for it.
    places = Membership.filter(community_id=community.id) if actor.local else Membership.filter(state__not="held", community_id=community.id)  # fmt: skip
    if actor.id == community.actor_id or await places.filter(actor_id=actor.id).exists():
        return True
    if actor.local or actor.kind not in MACHINES:
        return False
    # The server of an invited person needs the Group document to verify the invitation; so does the Group's own server.
    if await places.filter(actor__host=actor.host, actor__local=False).exists():
        return True
    if await working_links(community).filter(openings__host=actor.host).exists():
        return True
    return await Actor.filter(id=community.actor_id, host=actor.host, local=False).exists()


async def findable(actor: Actor, communities: Iterable[Community]) -> set[int]:
    """Name those, of these communities, of which somebody of ours may know that they exist: `may_find` for many at once."""
    listed = list(communities)
    hidden = [one.id for one in listed if is_hidden(one)]
    mine = Membership.filter(community_id__in=hidden, actor_id=actor.id).values_list("community_id", flat=True)
    known = set(await mine) if hidden else set()
    return {one.id for one in listed if one.id not in hidden or one.id in known}


def working_links(community: Community) -> QuerySet[InvitationLink]:
    """Give the links by which one may still come."""
    return InvitationLink.filter(
        community_id=community.id, revoked_at=None, uses_left__gt=0, expires_at__gt=clock.now()
    )


async def link_of(community: Community, code: str) -> InvitationLink | None:
    """Find the link that a code is, if it still works."""
    link = await working_links(community).filter(code=code[:MAX_CODE]).select_related("by").first()
    return link if link is not None and await opens(link, community) else None


async def opens(link: InvitationLink, community: Community) -> bool:
    """Tell whether a link that is not over opens the door: one of ours only while who made it (loaded with it) may invite."""
    if community.closed_at is not None or not community.actor.local:
        return community.closed_at is None
    by = link.by
    if by is None or by.suspended_at is not None or by.gone_at is not None:
        return False
    if await Ban.filter(Q(until=None) | Q(until__gt=clock.now()), community_id=community.id, actor_id=by.id).exists():
        return False
    invites = f"SELECT 1 AS yes FROM membership WHERE community_id = ? AND actor_id = ? AND {seated_sql(Act.INVITE)}"  # noqa: S608 (no value of anybody's in it)
    return bool(await rows(invites, community.id, by.id))


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
    if _is_place_of_ours(actor):
        inside = f"{alias}.audience IN ('community', 'organisation', 'allies') AND {alias}.community_id IN ({readable})"
        return f"({alias}.audience = 'public' OR ({inside}))", params
    allied, of_allies = _allied(alias, actor)
    condition = (
        f"({alias}.audience = 'public'"
        f" OR ({alias}.audience IN ('community', 'organisation', 'allies') AND {alias}.community_id IN ({readable}))"
        f" OR ({alias}.audience IN ('organisation', 'allies') AND {alias}.community_id IS NOT NULL"
        f" AND ({alias}.organisation = ? OR ({alias}.audience = 'allies' AND {allied})))"
        f" OR ({alias}.audience = 'me' AND {alias}.{author} = ?))"
    )
    return condition, [*params, actor.host, *of_allies, actor.id]


async def findable_sql(alias: str, actor: Actor | None) -> tuple[str, list[Any]]:
    """Give the SQL condition for entries of the search which `actor` may see, and which words lead them to."""
    condition, params = visible_sql(alias, actor)
    listed, of_listed = await limited.entries_sql(alias, actor)
    return f"{condition} AND {listed}", [*params, *of_listed]


def _allied(alias: str, actor: Actor) -> tuple[str, list[Any]]:
    """The SQL of `_is_of_its_servers` for allies."""
    if actor.local:
        return alliances.allied_sql(f"{alias}.organisation")
    condition, params = alliances.allied_sql("?")
    return f"({alias}.organisation = ? AND {condition})", [site().settings.netloc, actor.host, *params]


def member_sql(alias: str) -> str:
    """Give the SQL condition for what a member of its community may see: for queries that know who is a member."""
    return f"{alias}.audience IN ('public', 'community', 'organisation', 'allies')"


def _readable_communities(actor: Actor) -> tuple[str, list[Any]]:
    sql, params = _by_membership(actor)
    if actor.vouched_for is None:
        return sql, params
    shown = " UNION ALL SELECT c.id AS community_id FROM community c WHERE c.id = ? AND c.doubted_at IS NULL"
    return sql + shown, [*params, actor.vouched_for]


def _by_membership(actor: Actor) -> tuple[str, list[Any]]:
    mine = "SELECT community_id FROM membership WHERE actor_id = ? AND state = 'active'"
    if actor.local or actor.kind not in MACHINES:
        return mine, [actor.id]
    # What a public community keeps among its members only fedcops keep so.
    keeps = "(c.visibility = 'private' OR EXISTS (SELECT 1 FROM server s WHERE s.host = ? AND s.software = 'fedcop'))"
    # A community's own server reads all of it: our members' posts live here and it has to fetch them.
    hosted = (
        "SELECT c.id AS community_id FROM community c JOIN actor g ON g.id = c.actor_id"  # noqa: S608 (no value of anybody's in it)
        f" WHERE g.host = ? AND NOT g.local AND c.doubted_at IS NULL AND {keeps}"
    )
    # Only what we host: of a remote community we know our own members, not which other servers it admitted.
    served = (
        "SELECT m.community_id FROM membership m JOIN actor a ON a.id = m.actor_id JOIN community c ON c.id = m.community_id"  # noqa: S608
        f" JOIN actor g ON g.id = c.actor_id WHERE a.host = ? AND NOT a.local AND m.state = 'active' AND g.local AND {keeps}"
    )
    return f"{hosted} UNION ALL {served}", [actor.host] * 4


async def hosts_that_may_read(hosts: Collection[str], community_id: int) -> set[str]:
    """Name those of some servers to which what is said in a private community may be sent: its own, and those with an active member."""
    found: set[str] = set()
    for some in in_chunks(hosts):
        marks = ", ".join("?" * len(some))
        found |= {
            str(row["host"])
            for row in await rows(
                "SELECT g.host FROM community c JOIN actor g ON g.id = c.actor_id"  # noqa: S608 - marks
                f" WHERE c.id = ? AND g.host IN ({marks}) AND c.doubted_at IS NULL"
                " UNION SELECT a.host FROM membership m JOIN actor a ON a.id = m.actor_id WHERE m.community_id = ?"
                f" AND m.state = 'active' AND a.host IN ({marks}) AND a.gone_at IS NULL AND a.suspended_at IS NULL",
                community_id,
                *some,
                community_id,
                *some,
            )
        }
    return found


async def host_may_have(host: str, thing: Any) -> bool:
    """Tell whether a thing may be sent to a server: somebody there may see it, and the server keeps it among them."""
    return host in await hosts_that_may_have([host], thing)


async def hosts_that_may_have(hosts: Collection[str], thing: Any) -> set[str]:
    """Name those of some servers to which a thing may be sent: somebody there may see it, and the server keeps it among them."""
    if thing.audience == PUBLIC:
        return set(hosts)
    if thing.audience not in OF_MEMBERS or thing.community_id is None:
        return set()
    may = await _that_keep_among(await hosts_that_may_read(hosts, thing.community_id), thing.community_id)
    if thing.audience in OF_SERVERS and thing.organisation:
        may |= {host for host in hosts if host == thing.organisation}
        if thing.audience == ALLIES and thing.organisation == site().settings.netloc:
            for some in in_chunks(set(hosts) - may):
                may |= await alliances.allied(some)
    return may


async def _that_keep_among(hosts: set[str], community_id: int) -> set[str]:
    """Leave out servers that would show to others what is for all who are in a community, and not its alone."""
    if not hosts or await rows("SELECT 1 AS yes FROM community WHERE id = ? AND visibility = 'private'", community_id):
        return hosts
    found: set[str] = set()
    for some in in_chunks(hosts):
        marks = ", ".join("?" * len(some))
        asked = f"SELECT host FROM server WHERE software = 'fedcop' AND host IN ({marks})"  # noqa: S608 - marks
        found |= {str(row["host"]) for row in await rows(asked, *some)}
    return found


async def reading_hosts(community: Community) -> set[str]:
    """Name the other servers on which somebody may read a private community: those with an active member."""
    found = await rows(
        "SELECT DISTINCT a.host FROM membership m JOIN actor a ON a.id = m.actor_id"
        " WHERE m.community_id = ? AND m.state = 'active' AND NOT a.local AND a.gone_at IS NULL AND a.suspended_at IS NULL",
        community.id,
    )
    return {row["host"] for row in found}
