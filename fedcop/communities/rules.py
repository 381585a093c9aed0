"""Who may do what in a community: the questions others ask of the table role × act. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fedcop.accounts import instance
from fedcop.accounts import queries as accounts
from fedcop.accounts.models import Account
from fedcop.accounts.rules import may_administer
from fedcop.actors.models import Actor
from fedcop.communities import access, queries, stages
from fedcop.communities.models import Ban, Community, Membership
from fedcop.communities.roles import PRESIDENT, STAFF, may, seats_of
from fedcop.communities.roles import Act as Act  # those who ask for a judgement name the act
from fedcop.core.errors import Conflict, Forbidden, NotFound
from fedcop.core.i18n import N_

KINDS: Mapping[str, str] = {
    "practice": N_("Community of practice"),
    "learning": N_("Learning community"),
    "affinity": N_("Affinity group"),
    "profession": N_("Professional group"),
    "cohort": N_("Cohort"),
    "region": N_("Region or company"),
    "social": N_("Social group"),
    "service": N_("Service"),
}
JOINING: Mapping[str, str] = {
    "open": N_("Anybody, at once"),
    "request": N_("On request: a moderator decides"),
    "invitation": N_("By invitation only"),
}
VISIBILITY: Mapping[str, str] = {
    "public": N_("Public: anybody can read, on Mastodon too"),
    "private": N_("Private: only members can read"),
}
POSTING: Mapping[str, str] = {
    "moderators": N_("Moderators only"),
    "members": N_("Members"),
    "followers": N_("Members and followers"),
    "anyone": N_("Anybody, also from elsewhere"),
}
HOLDS: Mapping[str, str] = {
    "none": N_("Nothing waits"),
    "links": N_("The first post of a newcomer waits for a moderator if it has a link"),
    "all": N_("The first post of a newcomer waits for a moderator"),
}
CALLS: Mapping[str, str] = {
    "0": N_("None"),
    "1": N_("One a month"),
    "2": N_("Two a month"),
    "3": N_("Three a month"),
    "4": N_("Four a month"),
}
LANGUAGES: Mapping[str, str] = {"fr": N_("French"), "en": N_("English")}


NOT_FOR_YOUR_ROLE = N_("Your role in this community does not allow that.")
CLOSED = N_("This community is archived: one can read it, not write in it.")
FOUNDED_BY_OTHERS = N_(
    "Here, communities are founded by the people in charge of this instance. Tell them what you have in mind."
)
NOT_OPEN_YET = N_("This community is not open yet. You can ask to be told when it opens.")
BANNED = N_("You were banned from this community.")
DEAD_LINK = N_(
    "This invitation link does not work: it was used, taken back or is over. Ask the person who gave it to you for a new one."
)
CHARTER_FIRST = N_("The charter of this community has changed. Read it and accept it, then you can write again.")
CHARTER_MOVED = N_("The charter changed while you were reading it. Read it again, then tick the box.")
NOT_BETWEEN = N_(
    "A discussion moves only between communities of one server that the same people may read: public ones, or private ones."
)
SUSPENDED = N_("You are suspended: you can read here, and write again once it ends.")


def may_here(seats: frozenset[str], act: Act, community: Community) -> bool:
    """Tell whether some seats may do an act in this community: the table, narrowed by who may publish here."""
    if act is Act.PUBLISH and community.posting == "moderators":
        act = Act.PUBLISH_WHERE_FEW_DO
    return may(seats, act)


@dataclass(frozen=True)
class Standing:
    """What somebody is to a community."""

    membership: Membership | None
    ban: Ban | None
    follows: bool  # said of who is no member

    @property
    def role(self) -> str | None:
        """Give the role of an active member, None for all others."""
        return self.membership.role if self.membership is not None and self.membership.state == "active" else None

    @property
    def seats(self) -> frozenset[str]:
        """Give an active member's columns in the table of roles."""
        return seats_of(self.role, self.membership.duties if self.membership is not None else "")


async def standing(actor: Actor | None, community: Community) -> Standing:
    """Find what somebody is to a community: member, banned, or, where they are no member, follower."""
    membership = await queries.membership(community, actor)
    belongs = membership is not None and membership.state == "active"
    return Standing(
        membership=membership,
        ban=await queries.active_ban(community, actor),
        follows=not belongs and await queries.follows(actor, community),
    )


async def may_act(actor: Actor, community: Community, act: Act) -> Standing:
    """Let somebody do an act of the table, or raise Forbidden (NotFound if the community is not for them)."""
    found = await standing(actor, community)
    if may(found.seats, act) and found.ban is None:
        return found
    if act in STAFF and await _keeps_the_house(actor, community):
        return found
    if not await access.may_find(actor, community):
        raise NotFound
    raise Forbidden(NOT_FOR_YOUR_ROLE, "not-your-role")


async def _keeps_the_house(actor: Actor, community: Community) -> bool:
    """Moderators of the whole instance may step in where the public can read; not where they would have to read first."""
    if not actor.local or not community.actor.local or community.visibility != access.PUBLIC:
        return False
    account = await accounts.by_actor(actor)
    return account is not None and account.role in accounts.STAFF and account.suspended_at is None


async def may_invite(actor: Actor, community: Community) -> None:
    """Let those through who may invite to a community of ours; nobody comes to one that is archived."""
    must_be_ours(community)
    await may_act(actor, community, Act.INVITE)
    if community.closed_at is not None:
        raise Forbidden(CLOSED, "closed")


async def may_moderate(actor: Actor, community: Community) -> None:
    """Let moderators through: Forbidden for all others."""
    await may_act(actor, community, Act.REMOVE_POST)


async def may_pin(actor: Actor, community: Community) -> None:
    """Let those through who may pin."""
    await may_act(actor, community, Act.PIN)


async def may_lock(actor: Actor, community: Community) -> None:
    """Let those through who may lock."""
    await may_act(actor, community, Act.LOCK)


def are_alike(community: Community, other: Community) -> bool:
    """Tell whether threads may change from one community to another: both on one server, both public or both private."""
    return (
        community.id != other.id
        and community.actor.host == other.actor.host
        and community.visibility == other.visibility
    )


async def may_move(actor: Actor, community: Community, target: Community) -> None:
    """Let those through who may move threads out of a community and start some in the other."""
    await may_act(actor, community, Act.MOVE)
    await may_publish(actor, target)
    if not are_alike(community, target):
        raise Forbidden(NOT_BETWEEN, "not-between")


async def may_accept_answer(actor: Actor, community: Community, root: Any) -> None:
    """Let the author of the question through, and those whose role allows it."""
    if root.author_id == actor.id and await queries.active_ban(community, actor) is None:
        return
    await may_act(actor, community, Act.ACCEPT_ANSWER)


def owes_acceptance(membership: Membership | None, community: Community) -> bool:
    """Tell whether a member has to accept the charter before they write: it changed what members may do."""
    if membership is None or membership.state != "active" or community.closed_at is not None:
        return False
    return membership.charter_accepted < community.charter_binding


def _must_have_accepted(actor: Actor, found: Standing, community: Community) -> None:
    """Ask those who live here; who lives elsewhere is asked there, and some software knows no charters."""
    if actor.local and owes_acceptance(found.membership, community):
        raise Forbidden(CHARTER_FIRST, "charter")


async def may_publish(actor: Actor, community: Community, *, accepting: bool = False) -> None:
    """Let somebody start a thread, or raise Forbidden with what is missing; `accepting`: the charter is what they are asked next."""
    found = await _may_publish(actor, community)
    if not accepting:
        _must_have_accepted(actor, found, community)


async def _may_publish(actor: Actor, community: Community) -> Standing:
    found = await _may_speak(actor, community)
    if may_here(found.seats, Act.PUBLISH, community):
        return found
    if community.posting == "moderators":
        raise Forbidden(
            N_("Only moderators start discussions here. You can reply to those that are there."), "posting-moderators"
        )
    if community.visibility == access.PUBLIC:
        if community.posting == "anyone" or (community.posting == "followers" and found.follows):
            return found
        if community.posting == "followers":
            raise Forbidden(N_("Join or follow this community to write in it."), "posting-followers")
    raise Forbidden(N_("Only members write here. Join first."), "posting-members")


async def may_reply(actor: Actor, community: Community, root: Any, *, accepting: bool = False) -> None:
    """Let somebody reply in the thread of `root`, or raise Forbidden with what is missing; `accepting` as above."""
    found = await _may_speak(actor, community)
    if root is not None and getattr(root, "locked_at", None) is not None:
        raise Forbidden(N_("This discussion is locked: no more replies."), "locked")
    if not accepting:
        _must_have_accepted(actor, found, community)
    if may(found.seats, Act.REPLY):
        return
    if community.visibility == access.PUBLIC and community.posting in ("followers", "anyone"):
        return
    raise Forbidden(N_("Only members reply here. Join first."), "replying-members")


async def may_react(actor: Actor, community: Community) -> None:
    """Let somebody thank or disagree: everybody who may read and is not banned."""
    await _may_speak(actor, community)


async def _may_speak(actor: Actor, community: Community) -> Standing:
    if not await access.may_read(actor, community):
        raise NotFound
    if community.closed_at is not None:
        raise Forbidden(CLOSED, "closed")
    found = await standing(actor, community)
    if stages.of(community) == stages.ANNOUNCED and found.role is None:
        raise Forbidden(NOT_OPEN_YET, "announced")
    if found.ban is not None:
        suspended = found.ban.kind == "suspension"
        raise Forbidden(SUSPENDED if suspended else BANNED, "suspended" if suspended else "banned")
    return found


async def may_join(actor: Actor, community: Community, *, code: str = "", invited: bool = False) -> Standing:
    """Let somebody ask to join, or raise Forbidden with the reason; `code` is of a link they hold, `invited`: it works."""
    found = await standing(actor, community)
    if not invited and not await access.may_find(actor, community):
        raise NotFound
    if community.closed_at is not None:
        raise Forbidden(CLOSED, "closed")
    if found.ban is not None and found.ban.kind == "ban":
        raise Forbidden(BANNED, "banned")
    if stages.of(community) == stages.ANNOUNCED and found.membership is None and not invited:
        raise Forbidden(NOT_OPEN_YET, "announced")
    if community.join_policy == "invitation" and found.membership is None and not invited:
        if code:
            raise Forbidden(DEAD_LINK, "dead-link")
        raise Forbidden(N_("One joins this community by invitation only."), "invitation-only")
    return found


async def may_found(founder: Actor) -> None:
    """Let those found communities whom the instance lets, or raise Forbidden."""
    account = await Account.get_or_none(actor_id=founder.id)
    if account is None:
        raise Forbidden(NOT_FOR_YOUR_ROLE, "not-your-role")
    try:
        may_administer(account, (await instance.read()).founded_by)
    except Forbidden:
        raise Forbidden(FOUNDED_BY_OTHERS, "founding") from None


async def lock(community: Community) -> None:
    """Let nobody else change who belongs, and how, until this transaction ends: of two who act at once, the second sees the first."""
    await Community.filter(id=community.id).select_for_update().first()


def may_belong(community: Community, membership: Membership | None) -> bool:
    """Tell whether somebody is a member, or may be one: of a community elsewhere, its own server knows who of other servers belongs."""
    if membership is None:
        return not community.actor.local
    return membership.state == "active"


async def is_last_responsible(membership: Membership) -> bool:
    """Tell whether nobody but this president is left."""
    others = Membership.filter(community_id=membership.community_id, role=PRESIDENT, state="active")
    return not await others.exclude(id=membership.id).exists()


async def must_keep_a_responsible(community: Community, leaving: Membership) -> None:
    """Refuse that the last responsible person goes before another one is named (only where we decide)."""
    if not community.actor.local or leaving.role != PRESIDENT or leaving.state != "active":
        return
    await lock(community)
    if await is_last_responsible(leaving):
        raise Conflict(N_("You are the last responsible person. Name another one first."), "last-responsible")


def must_be_ours(community: Community) -> None:
    """Refuse what only the community's own server decides."""
    if not community.actor.local:
        raise Forbidden(N_("That is decided on the community's own server."), "not-ours")
