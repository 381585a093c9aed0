"""Found, join, leave, admit, invite, appoint, remove, ban, change: what people do in communities, by their rights.

The first argument is who acts. Activities from elsewhere that were checked already come in through records.py. Knows nothing of the network.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fedcop.actors import service as actors
from fedcop.actors.keys import KeyPairs, make_pairs
from fedcop.actors.models import Actor
from fedcop.actors.rules import clean_name
from fedcop.communities import card, naming, queries, rules
from fedcop.communities.facts import (
    Admitted,
    CommunityChanged,
    CommunityFounded,
    Declined,
    InvitationAccepted,
    InvitationDeclined,
    Invited,
    JoinAsked,
    MemberJoined,
    MemberLeft,
)
from fedcop.communities.governance import roles
from fedcop.communities.models import Community, Membership
from fedcop.communities.moderation import appoint, ban, remove_member, unban
from fedcop.communities.records import MAX_REASON, count_again, end_membership
from fedcop.communities.rules import Act
from fedcop.core import addresses, clock
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict, Forbidden, Invalid, NotFound
from fedcop.core.facts import record
from fedcop.core.i18n import N_
from fedcop.core.ids import new_id

__all__ = [
    "accept_invitation",
    "admit",
    "appoint",
    "ban",
    "change",
    "close",
    "decline",
    "decline_invitation",
    "found",
    "invite",
    "join",
    "leave",
    "mark_seen",
    "remove_member",
    "reopen",
    "unban",
]

MAX_MESSAGE = 2000


async def found(founder: Actor, *, title: str, name: str = "", **fields: str) -> Community:
    """Begin a community; its founder is its first responsible person. `fields` are those of card.py; the name comes from the title."""
    errors: dict[str, str] = {}
    wished, checked = "", dict[str, Any]()
    try:
        checked = card.check(**card.defaults(fields.get("visibility", "public")) | fields | {"title": title})
    except Invalid as error:
        errors |= error.errors
    try:
        wished = clean_name(name or naming.suggest(title))
    except Invalid as error:
        # Without a title nothing is wrong with a name that would have been made of it.
        errors |= error.errors if name or "title" not in errors else {}
    if errors:
        raise Invalid(errors=errors)
    # Keys are made before the transaction: an RSA key takes a tenth of a second, and nobody else could write meanwhile.
    return await _found(founder, wished, checked, await make_pairs())


@atomic
async def _found(founder: Actor, name: str, fields: dict[str, Any], pairs: KeyPairs) -> Community:
    private = fields["visibility"] == "private"
    group = await actors.create_local(
        "Group",
        name,
        pairs=pairs,
        **card.actor_columns(fields),
        approves_followers=private,
        discoverable=not private,
        indexable=not private,
    )
    now = clock.now()
    community = await Community.create(
        actor=group, created_at=now, last_activity_at=now, **card.community_columns(fields)
    )
    await Membership.create(
        community=community, actor=founder, role=roles.RESPONSIBLE, state="active", created_at=now, decided_at=now
    )
    await count_again(community)
    await record(CommunityFounded(community_id=community.id))
    return community


@atomic
async def join(actor: Actor, community: Community, message: str = "", *, uri: str = "") -> Membership:
    """Become a member, or ask to: at once where all may join, else a moderator decides; elsewhere the other server does."""
    standing = await rules.may_join(actor, community)
    known = standing.membership
    if known is not None and known.state == "invited":
        return await accept_invitation(actor, community)
    if known is not None:
        known.join_uri = uri or known.join_uri
        await known.save(update_fields=["join_uri"])
        return known
    now, at_once = clock.now(), community.actor.local and community.join_policy == "open"
    membership = await Membership.create(
        community=community,
        actor=actor,
        state="active" if at_once else "asked",
        join_uri=uri or addresses.activity_uri(new_id()),
        message=message.strip()[:MAX_MESSAGE],
        created_at=now,
        decided_at=now if at_once else None,
    )
    if at_once:
        await _became_member(community, membership)
    else:
        await record(JoinAsked(community_id=community.id, membership_id=membership.id))
    return membership


async def _became_member(community: Community, membership: Membership) -> None:
    await count_again(community)
    await record(MemberJoined(community_id=community.id, membership_id=membership.id))


@atomic
async def leave(actor: Actor, community: Community) -> None:
    """Stop being a member, or take a request back; the last responsible person has to name another one first."""
    membership = await queries.membership(community, actor)
    if membership is None:
        return
    if membership.state == "invited":
        await decline_invitation(actor, community)
        return
    await rules.must_keep_a_responsible(community, membership)
    await end_membership(community, membership, person=actor, own_wish=True)
    await record(
        MemberLeft(
            community_id=community.id,
            actor_id=actor.id,
            join_uri=membership.join_uri,
            was_active=membership.state == "active",
        )
    )


@atomic
async def admit(moderator: Actor, membership: Membership) -> Membership:
    """Say yes to a request to join."""
    community = await _community_of(membership)
    await rules.may_act(moderator, community, Act.ADMIT)
    if membership.state == "active":
        return membership
    if membership.state != "asked":
        raise Conflict(N_("This person was invited and has not answered yet."), "not-asked")
    membership.state, membership.decided_at = "active", clock.now()
    await membership.save(update_fields=["state", "decided_at"])
    await record(Admitted(community_id=community.id, membership_id=membership.id, by_id=moderator.id))
    await _became_member(community, membership)
    return membership


@atomic
async def decline(moderator: Actor, membership: Membership, reason: str = "") -> None:
    """Say no to a request, or take an invitation back, with a sentence."""
    community = await _community_of(membership)
    await rules.may_act(moderator, community, Act.ADMIT)
    if membership.state == "active":
        raise Conflict(N_("This person is a member already."), "already-member")
    await membership.delete()
    await record(
        Declined(
            community_id=community.id,
            actor_id=membership.actor_id,
            join_uri=membership.join_uri,
            reason=reason.strip()[:MAX_REASON],
            by_id=moderator.id,
        )
    )


@atomic
async def invite(moderator: Actor, community: Community, person: Actor) -> Membership:
    """Invite a person; who had asked to join is admitted instead."""
    await rules.may_act(moderator, community, Act.INVITE)
    _must_be_ours(community)
    if person.kind == "Group":
        raise Invalid(errors={"handle": N_("This is a community. Only people can be invited.")})
    if await queries.active_ban(community, person) is not None:
        raise Invalid(errors={"handle": N_("This person is banned. Lift the ban first.")})
    known = await queries.membership(community, person)
    if known is not None:
        return await admit(moderator, known) if known.state == "asked" else known
    membership = await Membership.create(
        community=community,
        actor=person,
        state="invited",
        join_uri=addresses.activity_uri(new_id()),
        created_at=clock.now(),
    )
    await record(Invited(community_id=community.id, membership_id=membership.id, by_id=moderator.id))
    return membership


@atomic
async def accept_invitation(actor: Actor, community: Community) -> Membership:
    """Say yes to an invitation."""
    membership = await _invitation(actor, community)
    if await queries.active_ban(community, actor) is not None:
        raise Forbidden(rules.BANNED, "banned")
    membership.state, membership.decided_at = "active", clock.now()
    await membership.save(update_fields=["state", "decided_at"])
    await record(InvitationAccepted(community_id=community.id, membership_id=membership.id))
    await _became_member(community, membership)
    return membership


@atomic
async def decline_invitation(actor: Actor, community: Community) -> None:
    """Say no to an invitation."""
    membership = await _invitation(actor, community)
    await membership.delete()
    await record(InvitationDeclined(community_id=community.id, actor_id=actor.id, join_uri=membership.join_uri))


async def _invitation(actor: Actor, community: Community) -> Membership:
    membership = await queries.membership(community, actor)
    if membership is None or membership.state != "invited":
        raise NotFound
    return membership


@atomic
async def change(by: Actor, community: Community, **fields: Any) -> Community:
    """Change a community of ours: title, purpose, charter, kind, language, who may join, read, publish."""
    await rules.may_act(by, community, Act.CHANGE)
    _must_be_ours(community)
    checked = card.check(**card.of(community) | fields)
    if community.visibility == "private" and checked["visibility"] == "public":
        # What members wrote in confidence does not become public by a setting.
        raise Invalid(
            errors={"visibility": N_("A private community cannot become public: its members wrote in confidence.")}
        )
    private = checked["visibility"] == "private"
    community.update_from_dict(card.community_columns(checked))
    await community.save()
    community.actor = await actors.change_local(
        community.actor,
        **card.actor_columns(checked),
        approves_followers=private,
        discoverable=not private,
        indexable=not private,
    )
    await record(CommunityChanged(community_id=community.id, by_id=by.id))
    return community


@atomic
async def close(by: Actor, community: Community) -> None:
    """Close a community: all stays to be read, nobody writes any more."""
    await _set_closed(by, community, clock.now())


@atomic
async def reopen(by: Actor, community: Community) -> None:
    """Open a closed community again."""
    await _set_closed(by, community, None)


async def _set_closed(by: Actor, community: Community, at: datetime | None) -> None:
    await rules.may_act(by, community, Act.CHANGE)
    _must_be_ours(community)
    community.closed_at = at
    await community.save(update_fields=["closed_at"])
    await record(CommunityChanged(community_id=community.id, by_id=by.id))


@atomic
async def mark_seen(actor: Actor, community: Community) -> None:
    """Remember that a member visits a community now."""
    await Membership.filter(community_id=community.id, actor_id=actor.id).update(seen_at=clock.now())


async def _community_of(membership: Membership) -> Community:
    community = await queries.by_id(membership.community_id)
    if community is None:
        raise NotFound
    _must_be_ours(community)
    return community


def _must_be_ours(community: Community) -> None:
    if not community.actor.local:
        raise Forbidden(N_("That is decided on the community's own server."), "not-ours")
