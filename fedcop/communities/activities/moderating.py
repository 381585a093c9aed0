"""What moderators elsewhere do: name moderators, remove, ban, change the group. For our communities by our rules, for theirs by their word.

An activity about a community of another server counts when that community announced it (relay.py has checked the moderator), or did it itself.
"""

from __future__ import annotations

from datetime import datetime

from activitypub.uris import origin_of, same_origin
from activitypub.vocab import Block, Ref, id_of
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import mandates, queries, records, relay, remote, service
from fedcop.communities.activities.joining import words_of
from fedcop.communities.copies import obeying
from fedcop.communities.mapping import members_uri, read_position
from fedcop.communities.models import Ban, Community
from fedcop.communities.roles import MEMBER, MODERATOR, Position
from fedcop.core import clock
from fedcop.federation import known
from fedcop.federation.fetching import resolver
from fedcop.federation.inbound import Ignore, Inbound, Outcome, Refuse
from fedcop.people.activities import incoming as people

FOR_GOOD = 2099  # PieFed writes a ban without end as one that ends with the century


async def receive_add_member(inbound: Inbound) -> Outcome:
    """A moderator is named, or a member gets a role that only a fedcop knows."""
    if await _is_of_no_list(inbound):
        return Outcome.DONE
    community, list_name = await _list_of(inbound)
    position = _said(inbound, MODERATOR if list_name == "moderators" else None)
    if position is None:
        raise Ignore("members join; they are added for their role only")
    if position.moderates != (list_name == "moderators"):
        raise Refuse("the role is not one of this list")
    return await _give(inbound, community, await _person(inbound), position)


def _said(inbound: Inbound, otherwise: Position | None) -> Position | None:
    return read_position(inbound.activity.extra, otherwise, inbound.activity.end_time)


async def _give(inbound: Inbound, community: Community, person: Actor, position: Position) -> Outcome:
    if not community.actor.local:
        await mandates.record_role(community, person, position, by=inbound.actor)
        return Outcome.DONE
    await mandates.appoint(
        inbound.actor,
        community,
        person,
        position.role,
        duties=position.duties.split(),
        field=position.field,
        until=position.until,
    )
    return await _pass_on(inbound, community, person)


async def receive_remove_member(inbound: Inbound) -> Outcome:
    """A moderator is one no more, or a member is removed; or a server is to hold nothing of the community any more."""
    if obeying.is_about_copies(inbound):
        return await obeying.receive_request(inbound)
    if await _is_of_no_list(inbound):
        return Outcome.DONE
    community, list_name = await _list_of(inbound)
    person, reason = await _person(inbound), words_of(inbound.activity)
    if list_name == "moderators":
        position = _said(inbound, None)
        kept = position if position is not None and not position.moderates else Position(MEMBER)
        return await _give(inbound, community, person, kept)
    if not community.actor.local:
        await records.record_removal(community, person, by=inbound.actor, reason=reason)
        return Outcome.DONE
    await service.remove_member(inbound.actor, community, person, reason)
    return await _pass_on(inbound, community, person)


async def _is_of_no_list(inbound: Inbound) -> bool:
    """Ask a community elsewhere anew who moderates it, where it announces somebody and names no list.

    So does PieFed for communities that were founded from an app.
    """
    if inbound.activity.target_id is not None or inbound.via is None:
        return False
    community = await queries.by_actor(inbound.via)
    if community is None or community.actor.local:
        return False
    await remote.fetch_roles(community, budget=inbound.budget)
    return True


async def _list_of(inbound: Inbound) -> tuple[Community, str]:
    """Find whose list of whom an Add or Remove is about; a community writes only its own lists (attacks D25, D35)."""
    target = inbound.activity.target_id or ""
    group = await Actor.filter(moderators_uri=target, kind="Group").first() if target else None
    if group is None and target.endswith("/members"):
        group = await actors.by_uri(target.removesuffix("/members"))
    community = await queries.by_actor(group) if group is not None else None
    if group is None or community is None:
        raise Ignore("no list of people of a known community")
    _must_come_from(inbound, group)
    return community, "members" if target == members_uri(group) else "moderators"


def _must_come_from(inbound: Inbound, group: Actor) -> None:
    """Let a moderator's act pass to our own rules if the community is ours; else it is the community's own server that says it."""
    if (group.local or inbound.actor.id == group.id) and inbound.counts_in(group):
        return
    if inbound.via is None or inbound.via.id != group.id:
        raise Refuse("only the community itself says who belongs to it")


async def _person(inbound: Inbound) -> Actor:
    uri = inbound.object_id
    if uri is None:
        raise Refuse("the activity is about nobody")
    return await actors.by_uri(uri) or await resolver.actor(uri, budget=inbound.budget)


async def _pass_on(inbound: Inbound, community: Community, person: Actor) -> Outcome:
    """A moderator elsewhere acted in a community of ours: the group announces it, in the moderator's own bytes."""
    await relay.relay(
        community,
        inbound.body,
        form=relay.MODERATION,
        activity_uri=inbound.id,
        object_uri=person.uri,
        author=inbound.actor,
        also=[person],
    )
    return Outcome.DONE


async def receive_block(inbound: Inbound) -> Outcome:
    """With a target a Block is a ban from a community; without one it lies between two people."""
    target = inbound.activity.target_id
    if target is None:
        return await people.receive_block(inbound)
    community = await queries.by_uri(target)
    if community is None:
        return await _banned_at_home(inbound, target)
    _must_come_from(inbound, community.actor)
    person, reason = await _person(inbound), words_of(inbound.activity)
    until = _end_of(inbound)
    suspends = inbound.activity.extra.get("fc:suspension") is True and until is not None
    if suspends and until is not None and not community.actor.local:
        made = await records.record_suspension(
            community, person, by=inbound.actor, uri=inbound.id, reason=reason, until=until
        )
    elif suspends and until is not None:
        made = await service.suspend(inbound.actor, community, person, reason, until, uri=inbound.id)
    elif community.actor.local:
        made = await service.ban(inbound.actor, community, person, reason, until, uri=inbound.id)
    else:
        made = await records.record_ban(community, person, by=inbound.actor, uri=inbound.id, reason=reason, until=until)
    await known.remember(inbound.id, "block", made.id, owner_uri=inbound.actor.uri)
    if inbound.activity.remove_data is True:
        await records.take_words_away(person, by=inbound.actor, reason=reason, community=community)
    return await _pass_on(inbound, community, person) if community.actor.local else Outcome.DONE


async def _banned_at_home(inbound: Inbound, site: str) -> Outcome:
    """Lemmy and PieFed say whom their administrators throw out. Who is in there no more writes nothing more; what they wrote may go along."""
    person = await actors.by_uri(inbound.object_id or "")
    at_home = inbound.via is None and site.rstrip("/") == origin_of(inbound.actor.uri)
    if person is None or not at_home or not same_origin(person.uri, inbound.actor.uri):
        raise Ignore("a ban from nothing that we know")
    if inbound.activity.remove_data is not True:
        raise Ignore("their own server bans whom it likes")
    await records.take_words_away(person, by=inbound.actor, reason=words_of(inbound.activity), community=None)
    return Outcome.DONE


def _end_of(inbound: Inbound) -> datetime | None:
    until = inbound.activity.end_time or inbound.activity.expires
    return None if until is not None and until.year >= FOR_GOOD else until


async def receive_warning(inbound: Inbound) -> Outcome:
    """A moderator elsewhere warns: one of ours, or somebody in a community of ours, whose journal notes it."""
    if inbound.via is not None:
        raise Refuse("a warning is nothing to announce")
    community = await queries.by_uri(inbound.activity.target_id or "")
    person = await actors.by_uri(inbound.object_id or "")
    if community is None or person is None or not (person.local or community.actor.local):
        raise Ignore("a warning in nothing that we know")
    reason = words_of(inbound.activity)
    if community.actor.local:
        await service.warn(inbound.actor, community, person, reason)
    elif await remote.moderates(community, inbound.actor, budget=inbound.budget):
        await records.record_warning(community, person, by=inbound.actor, reason=reason)
    else:
        raise Refuse("the actor does not moderate this community")
    return Outcome.DONE


async def receive_undo_block(inbound: Inbound) -> Outcome:
    """A ban is lifted, or a person's block taken back."""
    made = await _ban_in(inbound.object)
    if made is None:
        return await people.receive_unblock(inbound)
    community = await queries.by_id(made.community_id)
    if community is None:
        raise Ignore("a ban from nothing that we know")
    _must_come_from(inbound, community.actor)
    reason = words_of(inbound.activity)
    if not community.actor.local:
        await records.record_unban(community, made.actor, by=inbound.actor, reason=reason)
        return Outcome.DONE
    await service.unban(inbound.actor, community, made.actor, reason)
    return await _pass_on(inbound, community, made.actor)


async def _ban_in(reference: Ref | None) -> Ban | None:
    """Find the ban that an Undo names: by its id, else by the pair of person and community inside."""
    uri = id_of(reference)
    found = await Ban.filter(uri=uri).select_related("actor").first() if uri else None
    if found is not None or not isinstance(reference, Block) or not reference.target_id:
        return found
    return (
        await Ban.filter(actor__uri=reference.object_id, community__actor__uri=reference.target_id)
        .select_related("actor")
        .first()
    )


async def receive_update_group(inbound: Inbound) -> Outcome:
    """A community elsewhere changed: what its own server serves counts, not what was carried here."""
    group = await actors.by_uri(inbound.object_id or "")
    if group is None or group.local:
        raise Ignore("no known community of another server")
    if inbound.actor.host != group.host and (inbound.via is None or inbound.via.id != group.id):
        raise Refuse("only the community itself says what it is")
    await resolver.actor(group.uri, budget=inbound.budget, refresh=True)
    return Outcome.DONE


async def receive_delete_group(inbound: Inbound) -> Outcome:
    """A community elsewhere is deleted: by itself for good; by its moderators (Lemmy, PieFed) until they bring it back, archived so long."""
    if inbound.object_id == inbound.actor.uri:
        return await people.receive_delete(inbound)
    return await _close(inbound, inbound.object_id, clock.now())


async def receive_undelete_group(inbound: Inbound, uri: str) -> Outcome:
    """Its moderators brought it back."""
    return await _close(inbound, uri, None)


async def _close(inbound: Inbound, uri: str | None, at: datetime | None) -> Outcome:
    community = await queries.by_uri(uri or "")
    if community is None or community.actor.local:
        raise Ignore("no known community of another server")
    if inbound.via is None or inbound.via.id != community.actor_id:
        raise Refuse("only the community itself says that it is deleted")
    if (community.closed_at is None) != (at is None):
        await records.record_remote(community.actor, closed_at=at)
    return Outcome.DONE
