"""Communities of other servers: their Group documents become rows, their lists of moderators are asked for when old.

Fetches, so it is for jobs and handlers of activities only. What other servers say about our communities does not pass here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from activitypub.client.fetch import Budget
from activitypub.errors import ActivityPubError
from activitypub.uris import same_origin
from activitypub.vocab import Group, parse
from fedcop.actors.facts import ActorChanged
from fedcop.actors.models import Actor
from fedcop.actors.queries import by_id
from fedcop.communities import mandates, privacy, queries, records
from fedcop.communities.charter import changing
from fedcop.communities.charter import mapping as charters
from fedcop.communities.facts import Admitted
from fedcop.communities.mapping import read_group, read_roles
from fedcop.communities.models import Community, Membership
from fedcop.communities.roles import MODERATE, Act, Position
from fedcop.core import budgets, clock
from fedcop.core.facts import concerning
from fedcop.federation import queries as federation
from fedcop.federation.fetching import remote_actors, resolver
from fedcop.federation.inbound import Ignore, Verdict
from fedcop.federation.peers import servers

MODERATORS_STALE = timedelta(hours=1)
MODERATORS_ASKED_AGAIN = timedelta(minutes=1)  # at most so often when an act comes from somebody not on the list
MAX_MODERATORS = budgets.MODERATORS_FETCHED


async def community_of(group: Actor, *, budget: Budget | None = None) -> Community:
    """Give the community that a Group is, made from its document if it is new to us."""
    found = await queries.by_actor(group)
    if found is not None:
        return found
    if group.kind != "Group" or group.local:
        raise Ignore("this actor is no community")
    return await refresh(group, budget=budget)


async def refresh(group: Actor, *, budget: Budget | None = None) -> Community:
    """Read a Group's document and numbers again; what cannot be had now stays as it was."""
    budget = budget or Budget(requests=50, seconds=20)
    try:
        fetched = await remote_actors.fetch_document(group.uri, budget, same_origin_only=True)
        document = parse(fetched.body)
    except (ActivityPubError, Verdict):
        document = None
    if not isinstance(document, Group) or document.id != group.uri:
        return await queries.by_actor(group) or await records.record_remote(group, **_least(group))
    await servers.manner_of(group.host)
    software = await servers.software_of(group.host)
    columns = read_group(document, software)
    columns |= await _numbers(document, columns, budget)
    await records.record_remote(group, **columns)
    community = await queries.by_actor(group)
    assert community is not None, "it was recorded just now"
    charter = charters.read(document)
    if charter is not None:
        await changing.record_version(
            community,
            charter.number,
            charter.words,
            changed=charter.changed,
            binding=charter.binding,
            at=charter.at,
        )
    asked, said = community.moderators_fetched_at, read_roles(document)
    if asked is None or clock.now() - asked >= MODERATORS_STALE or await _says_more(community, said):
        await fetch_roles(community, budget=budget, said=said)
    return community


async def _says_more(community: Community, said: Mapping[str, Position] | None) -> bool:
    """Whether the document tells of other roles than we know: that of a private community does once one of ours belongs."""
    if not said:
        return False
    known = {one.actor.uri: Position.of(one) for one in await queries.leaders(community)}
    return any(known.get(uri) != position for uri, position in said.items())


def _least(group: Actor) -> dict[str, Any]:
    """What the actor's row alone says of a community whose document cannot be read now."""
    return {"visibility": "private" if group.approves_followers else "public", "accepts_joins": False}


async def _numbers(document: Group, columns: Mapping[str, Any], budget: Budget) -> dict[str, int]:
    """Ask how many follow, where the document does not say how many belong."""
    if (
        columns.get("members_count") is not None
        or not document.followers
        or not same_origin(document.followers, document.id or "")
    ):
        return {}
    try:
        fetched = await remote_actors.fetch_document(document.followers, budget, same_origin_only=True)
    except (ActivityPubError, Verdict):
        return {}
    total = fetched.data.get("totalItems")
    if not isinstance(total, int) or isinstance(total, bool) or not 0 <= total < 2**31:
        return {}
    return {"followers_count": total, "members_count": total}


async def moderates(community: Community, actor: Actor, act: Act = MODERATE, *, budget: Budget | None = None) -> bool:
    """Tell whether somebody moderates a community of another server: by its list as served now, as staff of that server, or as itself.

    Those whom their role lets do this one act count too; only a fedcop tells of roles that do not moderate.
    """
    if actor.id == community.actor_id or (actor.host == community.actor.host and actor.kind in ("Person", "Service")):
        return True
    asked = community.moderators_fetched_at
    age = clock.now() - asked if asked is not None else MODERATORS_STALE
    listed = await _listed(community, actor, act)
    if age >= MODERATORS_STALE or (not listed and age >= MODERATORS_ASKED_AGAIN):
        await fetch_roles(community, budget=budget)
        listed = await _listed(community, actor, act)
    return listed


async def _listed(community: Community, actor: Actor, act: Act) -> bool:
    return await queries.is_moderator(community, actor) or await queries.is_moderator(community, actor, act)


async def fetch_roles(
    community: Community, *, budget: Budget | None = None, said: Mapping[str, Position] | None = None
) -> None:
    """Take over the list of moderators as the community's own server serves it; a list elsewhere counts for nothing (attacks D24).

    `said` is what the Group's document says of roles, None if that is not known now.
    """
    uri = community.actor.moderators_uri
    if not uri or not same_origin(uri, community.actor.uri):
        return
    budget = budget or Budget(requests=50, seconds=20)
    try:
        listed = await resolver.collection(uri, budget=budget, max_items=MAX_MODERATORS)
    except (ActivityPubError, Verdict):
        return
    names = [str(item if isinstance(item, str) else item.get("id")) for item in listed]
    people = await _people(names, budget)
    others = await _people([uri for uri in said or () if uri not in names], budget)
    await mandates.record_roles(community, people, said, others)


async def _people(uris: Collection[str], budget: Budget) -> list[Actor]:
    """Get to know people by their ids; who cannot be reached now is left out."""
    found = []
    for uri in uris:
        try:
            found.append(await resolver.actor(uri, budget=budget))
        except (ActivityPubError, Verdict):
            continue
    return found


async def refusal(actor: Actor, community: Community) -> str | None:
    """Say why somebody's server cannot take part in a private community, None if it can; asks the server what it is if need be.

    A server that does not say what it runs is not trusted with it.
    """
    if actor.local or community.visibility == "public" or actor.host == community.actor.host:
        return None
    await servers.manner_of(actor.host)
    return await privacy.known_refusal(actor, community)


async def has_member_of_ours(community: Community) -> bool:
    """Tell whether somebody here belongs to a community of another server, or has asked to."""
    return await Membership.filter(community_id=community.id, actor__local=True).exists()


@concerning(lambda fact: fact.may_be_group and not fact.local)
async def learn(fact: ActorChanged) -> None:
    """A Group of another server is new or was looked at again: so is its community."""
    group = await by_id(fact.actor_id)
    if group is None or group.local or group.kind != "Group" or group.gone_at is not None:
        return
    await refresh(group)


async def look_again(fact: Admitted) -> None:
    """One of ours came into a community of another server: what it counts and says to members is new to us."""
    await refresh_known(fact.community_id)


async def refresh_known(community_id: int) -> None:
    """Look again at one community of another server: its actor first, the rest follows from that."""
    community = await queries.by_id(community_id)
    if community is not None and not community.actor.local:
        try:
            await resolver.actor(community.actor.uri, refresh=True)
        except (ActivityPubError, Verdict):
            return


async def meet(text: str) -> None:
    """Find what a handle or an address means, for somebody who looks at a page that waits; of a Group its community too."""
    await resolver.seek(text)
    found = await federation.found(text)
    group = await federation.actor_of(found) if found is not None else None
    if group is None or group.kind != "Group" or group.local:
        return
    try:
        await community_of(group)
    except (ActivityPubError, Verdict):
        return
