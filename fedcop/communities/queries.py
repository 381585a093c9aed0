"""Reads communities, memberships and logs, always with the rights of who looks. Changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import access, ties
from fedcop.communities.models import Ban, Community, Membership, ModerationAct
from fedcop.communities.roles import COMMITTEE, DUTIES, MEMBER, MODERATE, ROLES, TABLE, Act
from fedcop.core import asked, clock
from fedcop.core.asked import once, tell
from fedcop.core.database import fetch
from fedcop.core.errors import NotFound
from fedcop.core.ids import read_id
from fedcop.core.selects import Select
from fedcop.core.site import site
from fedcop.federation.peers import limited
from fedcop.people.models import Follow

PAGE = 20
BATCH = 400  # handles in one query
WHOLE = Select(Community, "actor")
MINE = Select(Membership, "community__actor")
PLACE = Select(Membership, "actor")
BAN = Select(Ban)


@once
async def by_id(community_id: int) -> Community | None:
    """Find a community, with its actor, by row id."""
    return next(iter(await WHOLE.where("community.id = ?", community_id)), None)


@once
async def by_actor(actor: Actor) -> Community | None:
    """Find the community that an actor is."""
    return next(iter(await WHOLE.where("community.actor_id = ?", actor.id)), None)


async def by_uri(uri: str) -> Community | None:
    """Find a community by its Group's id."""
    return await Community.filter(actor__uri=uri).select_related("actor").first()


async def many(ids: Iterable[int], load: Select[Community] = WHOLE) -> dict[int, Community]:
    """Find several communities, with their actors, in one query. `load` says what of each is needed."""
    wanted = set(ids)
    found = {number: known for number in wanted if (known := asked.recall(by_id, number)) is not None}
    if missing := list(wanted - found.keys()):
        found |= {community.id: community for community in await load.where("community.id IN (?)", missing)}
    return found


async def visible_community(actor: Actor | None, name_or_handle: str, *, code: str = "") -> Community:
    """Find "name" (ours) or "name@host" (another server's), or raise the NotFound of absent things; `code` is of a link one holds."""
    name, _, host = name_or_handle.lstrip("!@").partition("@")
    community = await _named(name, host)
    if community is None or community.actor.gone_at or community.actor.suspended_at:
        raise NotFound()
    if not await access.may_find(actor, community, code=code):
        raise NotFound()
    asked.tell(by_id, community, community.id)
    asked.tell(by_actor, community, community.actor)
    return community


async def visible_group(actor: Actor | None, group: Actor) -> Community:
    """Give the community that a Group is, or raise the NotFound of absent things."""
    community = await by_actor(group) if group.gone_at is None and not group.suspended_at else None
    if community is None or not await access.may_find(actor, community):
        raise NotFound()
    return community


async def _named(name: str, host: str) -> Community | None:
    named, key = "community__actor.name_key = ? AND community__actor.host = ?", name.lower()[: actors.MAX_NAME + 1]
    if not host:
        ours = await WHOLE.where(f"{named} AND community__actor.local = ?", key, site().settings.netloc, True)
        return next(iter(ours), None)
    found = next(iter(await WHOLE.where(named, key, host.lower()[: actors.MAX_HOST + 1])), None)
    if found is None and (group := await actors.by_handle(name, host, "Group")) is not None:
        found = await by_actor(group)  # where a host has a person of that name too
    return found


async def heirs(viewer: Actor | None, community: Community) -> list[Community]:
    """List the communities in which an archived one goes on, as far as somebody may know of them."""
    found = []
    for uri in (community.heirs or ()) if community.closed_at is not None else ():
        heir = await by_uri(str(uri))
        if heir is not None and not heir.actor.suspended_at and await access.may_find(viewer, heir):
            found.append(heir)
    return found


async def is_hidden(group: Actor) -> bool:
    """Tell whether an actor is a community that strangers may not know of; who is invited has its address from the invitation."""
    community = await by_actor(group) if group.kind == "Group" else None
    return community is not None and not await access.may_find(None, community)


@once
async def mine(actor: Actor) -> list[Community]:
    """List the communities somebody is an active member of, by title."""
    return (
        await Community.filter(memberships__actor_id=actor.id, memberships__state="active")
        .select_related("actor")
        .order_by("actor__display_name")
    )


async def my_own(actor: Actor, group_id: int) -> Membership | None:
    """Find somebody's place in one of the communities they are an active member of, by the row of its Group; the community comes along."""
    found = await MINE.where(
        "membership.actor_id = ? AND membership.state = 'active' AND membership__community.actor_id = ?",
        *(actor.id, group_id),
    )
    if not found:
        return None
    asked.tell(by_id, found[0].community, found[0].community_id)
    return found[0]


async def invitations(actor: Actor) -> list[Community]:
    """List the communities that wait for somebody's answer to an invitation."""
    return await Community.filter(memberships__actor_id=actor.id, memberships__state="invited").select_related("actor")


@dataclass(frozen=True)
class Page:
    """Some communities of a list and the cursor of what comes after them."""

    communities: list[Community]
    after: str | None


async def find(actor: Actor | None, *, words: str = "", where: str = "all", kind: str = "", after: str = "") -> Page:
    """List the communities one may find, biggest first; `where` is "all", "here" or "elsewhere"."""
    query = (await findable(actor)).filter(closed_at=None, actor__gone_at=None, actor__suspended_at=None)
    for word in words.split()[:8]:
        query = query.filter(
            Q(actor__display_name__icontains=word) | Q(purpose__icontains=word) | Q(actor__name__icontains=word)
        )
    if where in ("here", "elsewhere"):
        query = query.filter(actor__local=where == "here")
    if kind:
        query = query.filter(kind=kind)
    size, _, last = after.partition("-")
    if size.isdigit() and last.isdigit():
        query = query.filter(Q(members_count__lt=int(size)) | Q(members_count=int(size), id__lt=int(last)))
    found = await query.select_related("actor").order_by("-members_count", "-id").limit(PAGE + 1)
    shown = found[:PAGE]
    return Page(shown, f"{shown[-1].members_count}-{shown[-1].id}" if len(found) > PAGE else None)


async def findable(actor: Actor | None) -> QuerySet[Community]:
    """Begin a query of the communities that somebody finds: of which they may know, and which are not of limited servers or theirs."""
    hidden = Q(visibility="private", join_policy="invitation")
    tied = await ties.places(actor) if actor is not None else {}
    theirs = [number for number, place in tied.items() if place.membership is not None]
    found = Community.filter(~hidden | Q(id__in=theirs) if theirs else ~hidden)
    if back := await limited.hosts():
        chosen = [number for number, place in tied.items() if place.belongs or place.follow]
        found = found.filter(~Q(actor__host__in=back) | Q(id__in=chosen) if chosen else ~Q(actor__host__in=back))
    return found


@once
async def membership(community: Community, actor: Actor | None) -> Membership | None:
    """Find somebody's place in a community, in whatever state."""
    if actor is None:
        return None
    if (place := await ties.place_in(community, actor)) is not None:
        return place.membership
    others = await actors.beside(actor) or (actor,)
    ids = [one.id for one in others]
    found = await PLACE.where("membership.community_id = ? AND membership.actor_id IN (?)", community.id, ids)
    places = {place.actor_id: place for place in found}
    for one in others:
        tell(membership, places.get(one.id), community, one)
    return places.get(actor.id)


async def memberships(actor: Actor | None, communities: Iterable[Community]) -> dict[int, Membership]:
    """Find somebody's places in several communities, by community id, in one query."""
    ids = [community.id for community in communities]
    if actor is None or not ids:
        return {}
    return {found.community_id: found for found in await Membership.filter(actor_id=actor.id, community_id__in=ids)}


async def is_member(community: Community, actor: Actor | None) -> bool:
    """Tell whether somebody is an active member."""
    return (
        actor is not None
        and await Membership.filter(community_id=community.id, actor_id=actor.id, state="active").exists()
    )


async def members(community: Community, *, after: int = 0, limit: int = 40, words: str = "") -> list[Membership]:
    """List active members with their actors, longest here first; `after` is the id of the last one shown."""
    query = Membership.filter(community_id=community.id, state="active", id__gt=after, actor__gone_at=None)
    if words:
        query = query.filter(
            Q(actor__display_name__icontains=words)
            | Q(actor__name__icontains=words)
            | Q(actor__profession__icontains=words)
        )
    return await query.select_related("actor").order_by("id").limit(limit)


async def leaders(community: Community) -> list[Membership]:
    """List who has a role, in the order in which people are told who does what."""
    roles = [role for role in ROLES if role != MEMBER]  # named, so that the index of roles is read and not all members
    held = await PLACE.where(
        "membership.community_id = ? AND membership.state = 'active' AND membership.role IN (?) AND membership__actor.gone_at IS NULL",
        *(community.id, roles),
    )
    return sorted(held, key=lambda one: (roles.index(one.role), one.id))


def seated(act: Act) -> Q:
    """Give the condition on memberships whose role may do an act, by the table."""
    seats = TABLE[act]
    found = Q(role__in=[role for role in ROLES if role in seats])
    for duty in DUTIES:
        if duty in seats:
            found |= Q(role=COMMITTEE, duties__contains=duty)
    return found & Q(state="active")


async def who_may(community: Community, act: Act) -> list[Actor]:
    """List the people whose role may do an act."""
    found = Membership.filter(seated(act), community_id=community.id, actor__gone_at=None)
    return [one.actor for one in await found.select_related("actor").order_by("id")]


async def moderators(community: Community) -> list[Actor]:
    """List the people whom other software takes for moderators."""
    return await who_may(community, MODERATE)


async def is_moderator(community: Community, actor: Actor | None, act: Act = MODERATE) -> bool:
    """Tell whether somebody moderates this community, or may do an act by their role."""
    if actor is None:
        return False
    return await Membership.filter(seated(act), community_id=community.id, actor_id=actor.id).exists()


async def requests(community: Community) -> list[Membership]:
    """List who waits to be admitted, oldest first."""
    return await Membership.filter(community_id=community.id, state="asked").select_related("actor").order_by("id")


async def invited(community: Community) -> list[Membership]:
    """List who was invited and has not answered."""
    return await Membership.filter(community_id=community.id, state="invited").select_related("actor").order_by("id")


@once
async def active_ban(community: Community, actor: Actor | None) -> Ban | None:
    """Find the ban or suspension that keeps somebody from writing today."""
    if actor is None:
        return None
    if (place := await ties.place_in(community, actor)) is not None and not place.kept_out:
        return None
    others = await actors.beside(actor) or (actor,)
    ids = [one.id for one in others]
    found = await BAN.where(
        "community_id = ? AND actor_id IN (?) AND (until IS NULL OR until > ?)", community.id, ids, clock.now()
    )
    kept_out = {ban.actor_id: ban for ban in reversed(found)}
    for one in others:
        tell(active_ban, kept_out.get(one.id), community, one)
    return kept_out.get(actor.id)


async def exclusion(community: Community, actor: Actor | None) -> Ban | None:
    """Find the ban that keeps somebody from belonging; a suspended member still belongs."""
    found = await active_ban(community, actor)
    return found if found is not None and found.kind == "ban" else None


async def bans(community: Community) -> list[Ban]:
    """List who is kept out today."""
    return (
        await Ban.filter(Q(until=None) | Q(until__gt=clock.now()), community_id=community.id)
        .select_related("actor", "by")
        .order_by("-id")
    )


async def audience_numbers(community: Community) -> tuple[int, int, int]:
    """Tell how many members there are, how many of them elsewhere, on how many other organisations' servers."""
    return community.members_count, community.elsewhere_count, community.organisations_count


@dataclass(frozen=True)
class LogEntry:
    """One line of the moderation log, with the people it names."""

    act: ModerationAct
    target: Actor | None


async def log(community: Community, *, after: int = 0, limit: int = 30) -> list[LogEntry]:
    """List what moderators did, newest first; `after` is the id of the last entry shown."""
    query = ModerationAct.filter(community_id=community.id)
    if after:
        query = query.filter(id__lt=after)
    acts = await query.select_related("by").order_by("-id").limit(limit)
    targets = await actors.many({act.target_actor_id for act in acts if act.target_actor_id})
    return [LogEntry(act, targets.get(act.target_actor_id or 0)) for act in acts]


async def follows(actor: Actor | None, community: Community) -> bool:
    """Tell whether somebody follows a community, and was accepted if it asks for that."""
    if actor is None:
        return False
    if (place := await ties.place_in(community, actor)) is not None:
        return place.follow == "accepted"
    return await Follow.filter(follower_id=actor.id, target_id=community.actor_id, state="accepted").exists()


async def recipients(community: Community) -> list[Actor]:
    """List who on other servers is to hear what a community of ours says: of active members, and followers if it is public.

    Of all who have one shared inbox it is one person: a community of thousands is told as cheaply as it has servers.
    """
    who = "SELECT actor_id FROM membership WHERE community_id = ? AND state = 'active'"
    params = [community.id]
    if community.visibility == access.PUBLIC:
        who += " UNION SELECT follower_id FROM follow WHERE target_id = ? AND state = 'accepted'"
        params.append(community.actor_id)
    # Another server's is nobody's: see audience.inbox_of(). Not LIKE, in which a name of a server may hold signs for any other.
    own = "substr({0}, 1, length('{1}' || a.host || '/')) = '{1}' || a.host || '/'"
    shared = " OR ".join(
        f"({own.format('a.shared_inbox', scheme)} AND {own.format('a.uri', scheme)})"
        for scheme in ("https://", "http://")
    )
    return await fetch(
        Actor,
        "SELECT * FROM actor WHERE id IN (SELECT MIN(a.id) FROM actor a"  # noqa: S608 - our own words
        f" WHERE a.id IN ({who}) AND NOT a.local AND a.gone_at IS NULL AND a.suspended_at IS NULL"
        f" GROUP BY a.host, CASE WHEN {shared} THEN a.shared_inbox ELSE a.inbox END) ORDER BY id",
        *params,
    )


async def membership_by_id(community: Community, text: str) -> Membership:
    """Find a place in a community by what an address says, or raise NotFound."""
    found = await Membership.filter(id=read_id(text) or 0, community_id=community.id).select_related("actor").first()
    if found is None:
        raise NotFound
    return found


async def visible_by_handles(actor: Actor | None, handles: Collection[str]) -> dict[str, Community]:
    """Find several communities by "name@host"; those that the asker may not know of are left out."""
    pairs = {one: tuple(one.lstrip("!@").lower().partition("@")[::2]) for one in handles}
    known: dict[tuple[str, ...], Community] = {}
    wanted = sorted(set(pairs.values()))
    for start in range(0, len(wanted), BATCH):
        names, hosts = zip(*wanted[start : start + BATCH], strict=True)
        named = Community.filter(actor__name_key__in=list(names), actor__host__in=list(set(hosts)))
        for community in await named.filter(actor__gone_at=None, actor__suspended_at=None).select_related("actor"):
            known[community.actor.name_key, community.actor.host] = community
    found = {one: known[pair] for one, pair in pairs.items() if pair in known}
    return {one: community for one, community in found.items() if await access.may_find(actor, community)}


async def visible_by_address(actor: Actor | None, text: str) -> Community | None:
    """Find a community by "name@host" or by the address of its page or Group; None if the asker may not know of it."""
    if text.startswith("https://"):
        community = await Community.filter(Q(actor__uri=text) | Q(actor__url=text)).select_related("actor").first()
        return community if community is not None and await access.may_find(actor, community) else None
    name, _, host = text.lstrip("!@").partition("@")
    try:
        return await visible_community(actor, name if host == site().settings.netloc else f"{name}@{host}")
    except NotFound:
        return None
