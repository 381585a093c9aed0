"""One publish_… per fact of communities: from what happened here to activities in mailboxes. Jobs; a job run twice sends the same."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import access, mapping, queries, relay
from fedcop.communities.admission import settled, steps
from fedcop.communities.charter import mapping as charters
from fedcop.communities.charter import versions
from fedcop.communities.facts import (
    Banned,
    CharterAccepted,
    CommunityChanged,
    Declined,
    InvitationAccepted,
    InvitationDeclined,
    Invited,
    JoinAsked,
    MemberJoined,
    MemberLeft,
    MemberRemoved,
    RoleChanged,
    Suspended,
    Unbanned,
    Warned,
)
from fedcop.communities.models import Ban, Community, Membership
from fedcop.communities.roles import Position
from fedcop.core import addresses, clock
from fedcop.core.facts import concerning
from fedcop.core.jobs import ordered
from fedcop.federation import known
from fedcop.federation.documents.local_actors import document_of
from fedcop.federation.peers import servers
from fedcop.federation.sending import audience, outbox
from fedcop.people import service as people
from fedcop.people.models import Follow


async def group_document(community: Community, *, roles: bool = True) -> mapping.Json:
    """Give the Group's document as we serve it; who has which `roles` in a private community is its members' affair."""
    properties = mapping.group_properties(community, await versions.current(community))
    if roles:
        leaders = await queries.leaders(community)
        properties["fc:roles"] = [mapping.member(community, one.actor.uri, Position.of(one)) for one in leaders]
    return await document_of(community.actor, **properties)


async def send(activity: mapping.Json, *, by: Actor, to: Actor, about: str) -> None:
    """Send to one actor's own server: what two parties settle between them is nobody else's affair."""
    inbox = audience.inbox_of(to)
    if inbox is not None:
        await outbox.publish(activity, actor=by, inboxes=[inbox], about=about)


async def _moderate(activity: mapping.Json, *, by: Actor, community: Community, also: Actor | None = None) -> None:
    """Send a moderator's act by the community: announced by it if it is ours, else to it."""
    if not community.actor.local:
        await send(activity, by=by, to=community.actor, about=f"{activity['type']} in {community.actor.name}")
        return
    body = await outbox.seal(activity, by)
    about_what = activity["object"]
    await relay.relay(
        community,
        body,
        form=relay.MODERATION,
        activity_uri=str(activity["id"]),
        object_uri=str(about_what["id"] if isinstance(about_what, dict) else about_what),
        author=by,
        also=[also] if also is not None else (),
    )


async def _local(actor_id: int | None) -> Actor | None:
    """Load who acted, if it is one of ours: others have sent their activity themselves."""
    actor = await actors.by_id(actor_id) if actor_id is not None else None
    return actor if actor is not None and actor.local else None


@ordered
async def publish_join(fact: JoinAsked) -> None:
    """Ask a community of another server for membership: by Join where that is understood, else by following."""
    community, membership = await queries.by_id(fact.community_id), await membership_of(fact.membership_id)
    if community is None or membership is None or community.actor.local or not membership.actor.local:
        return
    if not community.accepts_joins:
        follow = await people.follow(membership.actor, community.actor)
        if follow.state == "accepted":  # who follows already has nobody to wait for
            await settled.record_admission(community, membership.actor)
        return
    await known.remember(membership.join_uri, "join", membership.id, membership.actor.uri)
    activity = await join_of(community, membership, code=fact.code)
    await send(activity, by=membership.actor, to=community.actor, about=f"Join by {membership.actor.name}")


async def join_of(community: Community, membership: Membership, *, code: str = "") -> mapping.Json:
    """Build the Join that a request of ours is, with the answers to the community's questions."""
    said = (await steps.exchanges(community, [membership]))[membership.actor_id]
    answers = said[0].detail.get("answers", []) if said else []
    return mapping.join(
        membership.join_uri,
        membership.actor,
        community.actor,
        membership.message,
        answers,
        code=code,
        accepted=membership.charter_accepted,
    )


async def membership_of(membership_id: int) -> Membership | None:
    """Load a membership with its actor."""
    return await Membership.filter(id=membership_id).select_related("actor").first()


@ordered
@concerning(lambda fact: not fact.ours)
async def publish_admission(fact: MemberJoined) -> None:
    """Tell a new member's server that the membership holds, or who was invited that it may look again: members are told more."""
    community, membership = await queries.by_id(fact.community_id), await membership_of(fact.membership_id)
    if community is None or membership is None or not community.actor.local or membership.actor.local:
        return
    follow = await Follow.get_or_none(uri=membership.join_uri)
    if follow is not None:
        await people.accept_follow(community.actor, follow)
    elif membership.join_uri and not addresses.is_ours(membership.join_uri):
        await accept_join(community, membership, fact.activity_id)
    elif membership.join_uri:
        uri, document = addresses.activity_uri(fact.activity_id), await group_document(community)
        news = mapping.update(uri, community.actor.uri, community, document)
        about = f"Update of {community.actor.name}"
        await send(news, by=community.actor, to=membership.actor, about=about)


async def accept_join(community: Community, membership: Membership, activity_id: int) -> None:
    """Say yes to a Join, with the whole of it inside: some match it by id, some by what it says."""
    person = membership.actor
    asked = mapping.join(membership.join_uri, person, community.actor)
    made = mapping.member(community, person.uri, Position.of(membership), uri=membership.join_uri)
    uri = addresses.activity_uri(activity_id)
    activity = mapping.answer("Accept", uri, by=community.actor, to=person, asked=asked, result=made)
    # Whoever joined by an older charter learns at once that there is another one.
    activity |= charters.accepted(community.charter_version)
    await send(activity, by=community.actor, to=membership.actor, about=f"Accept of {membership.actor.name}")


@ordered
async def publish_acceptance(fact: CharterAccepted) -> None:
    """Tell the community's own server that a member of ours accepted its newer charter."""
    community, membership = await queries.by_id(fact.community_id), await membership_of(fact.membership_id)
    if community is None or membership is None or community.actor.local or not membership.actor.local:
        return
    # An invited person has sent no Join: the server of the community finds the member by actor and object.
    uri = membership.join_uri if addresses.is_ours(membership.join_uri) else addresses.activity_uri(fact.request_id)
    asked = mapping.join(uri, membership.actor, community.actor, accepted=fact.number)
    activity = mapping.acceptance(addresses.activity_uri(fact.activity_id), asked)
    await send(activity, by=membership.actor, to=community.actor, about=f"Charter accepted by {membership.actor.name}")


@ordered
async def publish_refusal(fact: Declined) -> None:
    """Tell an applicant's server that the request was declined, or an invited person's that the invitation is withdrawn."""
    community, person = await queries.by_id(fact.community_id), await actors.by_id(fact.actor_id)
    if community is None or person is None or not community.actor.local or person.local:
        return
    if addresses.is_ours(fact.join_uri):
        by = await _local(fact.by_id) or community.actor
        invited = mapping.invite(fact.join_uri, by.uri, person.uri, community.actor.uri)
        await send(
            mapping.undo(addresses.activity_uri(fact.activity_id), invited), by=by, to=person, about="Undo of Invite"
        )
        return
    follow = await Follow.get_or_none(uri=fact.join_uri)
    if follow is not None:
        await people.reject_follow(community.actor, follow)
        return
    await reject_join(community, person, join_uri=fact.join_uri, activity_id=fact.activity_id, reason=fact.reason)


async def reject_join(community: Community, person: Actor, *, join_uri: str, activity_id: int, reason: str) -> None:
    """Say no to a Join, or end what was said yes to, with a sentence."""
    asked = mapping.join(join_uri, person, community.actor)
    uri = addresses.activity_uri(activity_id)
    activity = mapping.answer("Reject", uri, by=community.actor, to=person, asked=asked, reason=reason)
    await send(activity, by=community.actor, to=person, about=f"Reject of {person.name}")
    await explain(community, person, reason, uri=f"{uri}/why")


async def explain(community: Community, person: Actor, reason: str, *, uri: str) -> None:
    """Write to somebody why they are not let in; who reads threads reads it in the Reject, or shows such messages to nobody."""
    if not reason or await servers.manner_of(person.host) == "thread":
        return
    activity = mapping.explanation(
        community.actor, person, reason, uri=uri, language=community.language, at=clock.now()
    )
    await send(activity, by=community.actor, to=person, about=f"Why not, to {person.name}")


@ordered
async def publish_leave(fact: MemberLeft) -> None:
    """Tell the community's own server that a member of ours left."""
    community, person = await queries.by_id(fact.community_id), await _local(fact.actor_id)
    if community is None or person is None or community.actor.local:
        return
    if not community.accepts_joins:  # one belongs there by following, and that has ended
        return
    activity = mapping.leave(addresses.activity_uri(fact.activity_id), person, community.actor)
    await send(activity, by=person, to=community.actor, about=f"Leave by {person.name}")


@ordered
async def publish_invitation(fact: Invited) -> None:
    """Carry an invitation to a person on another server."""
    community, membership = await queries.by_id(fact.community_id), await membership_of(fact.membership_id)
    if community is None or membership is None or not community.actor.local or membership.actor.local:
        return
    by = await _local(fact.by_id) or community.actor
    await known.remember(membership.join_uri, "invite", membership.id, by.uri)
    activity = mapping.invite(membership.join_uri, by.uri, membership.actor.uri, community.actor.uri, fact.why)
    await send(activity, by=by, to=membership.actor, about=f"Invite of {membership.actor.name}")


@ordered
async def publish_invitation_accepted(fact: InvitationAccepted) -> None:
    """Tell the community's own server that the invited person of ours said yes."""
    community, membership = await queries.by_id(fact.community_id), await membership_of(fact.membership_id)
    if community is None or membership is None or community.actor.local or not membership.actor.local:
        return
    more = charters.accepted(membership.charter_accepted)
    await _answer_invitation("Accept", community, membership.actor, membership.join_uri, fact.activity_id, more)


@ordered
async def publish_invitation_declined(fact: InvitationDeclined) -> None:
    """Tell the community's own server that the invited person of ours said no."""
    community, person = await queries.by_id(fact.community_id), await _local(fact.actor_id)
    if community is not None and person is not None and not community.actor.local:
        await _answer_invitation("Reject", community, person, fact.join_uri, fact.activity_id)


async def _answer_invitation(
    kind: str,
    community: Community,
    person: Actor,
    invite_uri: str,
    activity_id: int,
    more: Mapping[str, int] = MappingProxyType({}),
) -> None:
    meant = await known.look_up(invite_uri)
    inviter = meant.owner_uri if meant is not None else community.actor.uri
    asked = mapping.invite(invite_uri, inviter, person.uri, community.actor.uri)
    activity = mapping.answer(kind, addresses.activity_uri(activity_id), by=person, to=community.actor, asked=asked)
    await send({**activity, **more}, by=person, to=community.actor, about=f"{kind} of an invitation")


@ordered
async def publish_role(fact: RoleChanged) -> None:
    """Announce somebody's role; what nobody decided, as the end of a mandate, the community says itself."""
    community, membership = await queries.by_id(fact.community_id), await membership_of(fact.membership_id)
    if community is None or membership is None:
        return
    by = await _local(fact.by_id) if fact.by_id is not None else community.actor
    if by is None or not by.local:
        return
    uri, person = addresses.activity_uri(fact.activity_id), membership.actor
    activity = mapping.role(uri, by.uri, community, person.uri, Position.of(membership), moderated=fact.moderated)
    if by.id != community.actor_id:
        await _moderate(activity, by=by, community=community, also=person)
        return
    inboxes = audience.inboxes_of([*await queries.recipients(community), person])
    await outbox.publish(activity, actor=by, inboxes=inboxes, about=f"{activity['type']} by {by.name}")


@ordered
async def publish_removal(fact: MemberRemoved) -> None:
    """Announce that a moderator ended a membership, and tell the person's server."""
    community, person = await queries.by_id(fact.community_id), await actors.by_id(fact.actor_id)
    if community is None or person is None:
        return
    by = await _local(fact.by_id)
    if by is not None:
        uri = addresses.activity_uri(fact.activity_id)
        activity = mapping.removal(uri, by.uri, community, person.uri, reason=fact.reason)
        await _moderate(activity, by=by, community=community)
    # Rejecting what was accepted is the plainest way to say that it ended; of a Follow, people has said it.
    if community.actor.local and not person.local and fact.join_uri != fact.follow_uri:
        await reject_join(community, person, join_uri=fact.join_uri, activity_id=fact.answer_id, reason=fact.reason)


@ordered
async def publish_ban(fact: Banned) -> None:
    """Announce a ban, and tell the person's server that the membership ended."""
    await _publish_ban(fact.ban_id, fact.community_id)


@ordered
async def publish_suspension(fact: Suspended) -> None:
    """Announce that a member may only read, until when."""
    await _publish_ban(fact.ban_id, fact.community_id)


async def _publish_ban(ban_id: int, community_id: int) -> None:
    made = await Ban.filter(id=ban_id).select_related("actor", "by").first()
    community = await queries.by_id(community_id)
    if made is None or community is None:
        return
    if made.by is not None and made.by.local:
        activity = mapping.ban(
            made.uri,
            made.by.uri,
            community,
            made.actor.uri,
            reason=made.reason,
            until=made.until,
            suspends=made.kind == "suspension",
        )
        # The person's server hears it too: it is where the person is told.
        await _moderate(activity, by=made.by, community=community, also=made.actor)


@ordered
async def publish_warning(fact: Warned) -> None:
    """Carry a warning to the person's server, and to the community's, which keeps the journal; to nobody else."""
    community, person, by = (
        await queries.by_id(fact.community_id),
        await actors.by_id(fact.actor_id),
        await _local(fact.by_id),
    )
    if community is None or person is None or by is None:
        return
    uri = addresses.activity_uri(fact.activity_id)
    activity = mapping.warning(uri, by.uri, community, person.uri, reason=fact.reason)
    inboxes = audience.inboxes_of([person, community.actor])
    await outbox.publish(activity, actor=by, inboxes=inboxes, about=f"Warn of {person.name}")


@ordered
async def publish_unban(fact: Unbanned) -> None:
    """Announce that a ban was lifted."""
    community, person, by = (
        await queries.by_id(fact.community_id),
        await actors.by_id(fact.actor_id),
        await _local(fact.by_id),
    )
    if community is None or person is None or by is None:
        return
    banned = mapping.ban(
        fact.ban_uri, by.uri, community, person.uri, reason="", until=None, suspends=fact.kind == "suspension"
    )
    activity = mapping.undo(addresses.activity_uri(fact.activity_id), banned, reason=fact.reason)
    await _moderate(activity, by=by, community=community, also=person)


@ordered
async def publish_change(fact: CommunityChanged) -> None:
    """Tell what a community of ours says of itself now: thread servers by its moderator's word, others by its own."""
    community = await queries.by_id(fact.community_id)
    if community is None or not community.actor.local:
        return
    document, by = await group_document(community), await _local(fact.by_id)
    if by is not None:
        by_moderator = mapping.update(addresses.activity_uri(fact.activity_id), by.uri, community, document)
        await _moderate(by_moderator, by=by, community=community)
    inboxes = audience.inboxes_of(await queries.recipients(community))
    by_host = audience.by_host(inboxes)
    met = await servers.met(by_host)
    others = {inbox for host, found in by_host.items() for inbox in found if servers.manner(met[host]) != "thread"}
    # Who is invited reads the card before deciding; it says no more to their servers than they are served.
    invited = set(audience.inboxes_of([one.actor for one in await queries.invited(community) if not one.actor.local]))
    if invited and community.visibility != access.PUBLIC:
        document = await group_document(community, roles=False)
    by_itself = mapping.update(addresses.activity_uri(fact.own_id), community.actor.uri, community, document)
    await outbox.publish(
        by_itself,
        actor=community.actor,
        inboxes=others | (invited - set(inboxes)),
        about=f"Update of {community.actor.name}",
    )
