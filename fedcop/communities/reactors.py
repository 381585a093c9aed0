"""Tells members what concerns them, and stops deliveries to servers on which nobody belongs any more. Reactions to facts."""

from __future__ import annotations

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import access, life, queries, rules, stages
from fedcop.communities.charter import versions
from fedcop.communities.facts import (
    Admitted,
    ApplicantAnswered,
    ApplicantAsked,
    Banned,
    CharterChanged,
    Declined,
    Invited,
    JoinAsked,
    MandateEnding,
    MemberLeft,
    MemberRemoved,
    MembersHeld,
    ParticipationLow,
    PlaceDoubted,
    PlaceFound,
    RoleChanged,
    StageChanged,
    Suspended,
    Unbanned,
    Waits,
    Warned,
)
from fedcop.communities.models import Ban, Community, Membership, OpeningNotice
from fedcop.communities.participation import criterion
from fedcop.communities.roles import Act
from fedcop.communities.sanctions import appeal_until
from fedcop.core.jobs import ordered
from fedcop.federation.sending import audience, outbox
from fedcop.notifications.service import notify


async def tell_opened(fact: StageChanged) -> None:
    """Tell who asked for it that a community is open now."""
    community = await queries.by_id(fact.community_id)
    if community is None or fact.before != stages.ANNOUNCED or stages.of(community) not in stages.OPEN:
        return
    for notice in await OpeningNotice.filter(community_id=community.id).order_by("id").select_related("actor"):
        if await access.may_find(notice.actor, community):
            await _tell(notice.actor, "opened", community, key=f"opened:{fact.activity_id}", from_id=None)
        await life.drop_notice(notice.actor, community)


async def tell_charter(fact: CharterChanged) -> None:
    """Tell the members here that the charter changed, and those who have to accept it that they do."""
    community = await queries.by_id(fact.community_id)
    version = await versions.find(community, fact.number) if community is not None else None
    if community is None or version is None or fact.number != community.charter_version:
        return
    # What a private community says leaves the house in no letter.
    detail = {"text": version.changed} if community.visibility == access.PUBLIC else {}
    found = Membership.filter(community_id=community.id, state="active", actor__local=True).select_related("actor")
    for membership in await found.order_by("id"):
        if membership.charter_accepted < fact.number:
            kind = "charter_accept" if rules.owes_acceptance(membership, community) else "charter"
            key = f"charter:{community.id}:{fact.number}"
            await _tell(membership.actor, kind, community, key=key, from_id=None, detail=detail)


async def tell_participation(fact: ParticipationLow) -> None:
    """Remind a member here of what is asked for, and nobody else of it."""
    community, membership = await queries.by_id(fact.community_id), await _membership(fact.membership_id)
    asked = criterion.of(community) if community is not None else None
    if community is None or membership is None or asked is None or membership.unreminded:
        return
    detail = {"contributions": str(asked.contributions), "months": str(asked.months)}
    key = f"participation:{fact.activity_id}"
    await _tell(membership.actor, "participation", community, key=key, from_id=None, detail=detail)


async def tell_moderators(fact: JoinAsked) -> None:
    """Tell those who may decide that somebody asks to join."""
    community = await queries.by_id(fact.community_id)
    membership = await Membership.get_or_none(id=fact.membership_id)
    if community is None or membership is None or membership.state != "asked" or not community.actor.local:
        return
    for moderator in await queries.who_may(community, Act.ADMIT):
        await _tell(
            moderator, "join_asked", community, key=f"join_asked:{fact.membership_id}", from_id=membership.actor_id
        )


async def tell_held(fact: MembersHeld) -> None:
    """Tell those who may decide that people wait to be confirmed: their server was away, and came back with other keys."""
    community = await queries.by_id(fact.community_id)
    if community is not None:
        for moderator in await queries.who_may(community, Act.ADMIT):
            about = {"server": fact.host}
            await _tell(
                moderator, "members_held", community, key=f"held:{fact.activity_id}", from_id=None, detail=about
            )


async def tell_doubted(fact: PlaceDoubted) -> None:
    """Tell those of ours whom a community elsewhere had as members that they have to ask anew."""
    community = await queries.by_id(fact.community_id)
    if community is not None:
        held = Membership.filter(community_id=community.id, state="held", actor__local=True).select_related("actor")
        for membership in await held.order_by("id"):
            about = {"server": community.actor.host}
            await _tell(
                membership.actor,
                "place_doubted",
                community,
                key=f"doubted:{fact.activity_id}",
                from_id=None,
                detail=about,
            )


async def tell_applicant(fact: ApplicantAsked) -> None:
    """Tell somebody who asked to join that the moderators ask something back."""
    community, membership = await queries.by_id(fact.community_id), await _membership(fact.membership_id)
    if community is not None and membership is not None and membership.state == "asked":
        key = f"asked_back:{fact.step_id}"
        await _tell(membership.actor, "asked_back", community, key=key, from_id=fact.by_id)


async def tell_of_answer(fact: ApplicantAnswered) -> None:
    """Tell those who may decide that an applicant answered."""
    community, membership = await queries.by_id(fact.community_id), await _membership(fact.membership_id)
    if community is None or membership is None or membership.state != "asked" or not community.actor.local:
        return
    for moderator in await queries.who_may(community, Act.ADMIT):
        key = f"answered_back:{fact.step_id}"
        await _tell(moderator, "answered_back", community, key=key, from_id=membership.actor_id)


async def tell_waiting(fact: Waits) -> None:
    """Tell somebody that they are on the waiting list, unless they read it on the page where they asked."""
    community, membership = await queries.by_id(fact.community_id), await _membership(fact.membership_id)
    if community is None or membership is None or (community.actor.local and not membership.entitled):
        return
    await _tell(membership.actor, "waiting", community, key=f"waiting:{fact.activity_id}", from_id=None)


async def tell_place(fact: PlaceFound) -> None:
    """Tell somebody who waited that they belong now, or that the moderators decide now."""
    community, membership = await queries.by_id(fact.community_id), await _membership(fact.membership_id)
    if community is not None and membership is not None:
        kind = "accepted" if membership.state == "active" else "turn"
        await _tell(membership.actor, kind, community, key=f"{kind}:{fact.activity_id}", from_id=None)


async def tell_admitted(fact: Admitted) -> None:
    """Tell somebody that they belong now."""
    community, membership = await queries.by_id(fact.community_id), await _membership(fact.membership_id)
    if community is not None and membership is not None:
        await _tell(membership.actor, "accepted", community, key=f"accepted:{fact.membership_id}", from_id=fact.by_id)


async def tell_declined(fact: Declined) -> None:
    """Tell somebody that it came to nothing, and why."""
    await _tell_about(
        fact.actor_id, fact.community_id, "refused", fact.activity_id, by_id=fact.by_id, reason=fact.reason
    )


async def tell_invited(fact: Invited) -> None:
    """Tell somebody that they are invited."""
    community, membership = await queries.by_id(fact.community_id), await _membership(fact.membership_id)
    if community is not None and membership is not None and membership.state == "invited":
        key, why = f"invited:{fact.activity_id}", {"text": fact.why} if fact.why else None
        await _tell(membership.actor, "invited", community, key=key, from_id=fact.by_id, detail=why)


async def tell_removed(fact: MemberRemoved) -> None:
    """Tell somebody that their membership ended, and why."""
    about = {"act": "remove_member", "reason": fact.reason, **appeal_until()}
    await _tell_about(fact.actor_id, fact.community_id, "moderation", fact.activity_id, by_id=fact.by_id, **about)


async def tell_banned(fact: Banned) -> None:
    """Tell somebody that they are banned, until when, and why."""
    made = await Ban.get_or_none(id=fact.ban_id)
    if made is None:
        return
    about = {"act": "ban", "reason": made.reason, "until": made.until.isoformat() if made.until else ""}
    about |= appeal_until()
    await _tell_about(made.actor_id, fact.community_id, "moderation", fact.activity_id, by_id=made.by_id, **about)


async def tell_suspended(fact: Suspended) -> None:
    """Tell somebody that they can read and not write, until when, and why."""
    made = await Ban.get_or_none(id=fact.ban_id)
    if made is None:
        return
    about = {"act": "suspend", "reason": made.reason, "until": made.until.isoformat() if made.until else ""}
    about |= appeal_until()
    await _tell_about(made.actor_id, fact.community_id, "moderation", fact.activity_id, by_id=made.by_id, **about)


async def tell_warned(fact: Warned) -> None:
    """Tell somebody what a moderator has to say to them."""
    about = {"act": "warn", "reason": fact.reason}
    await _tell_about(fact.actor_id, fact.community_id, "moderation", fact.activity_id, by_id=fact.by_id, **about)


async def tell_unbanned(fact: Unbanned) -> None:
    """Tell somebody that they may come back."""
    about = {"act": "unban" if fact.kind == "ban" else "unsuspend", "reason": fact.reason}
    await _tell_about(fact.actor_id, fact.community_id, "moderation", fact.activity_id, by_id=fact.by_id, **about)


async def tell_role(fact: RoleChanged) -> None:
    """Tell somebody that they have another role."""
    membership = await _membership(fact.membership_id)
    if membership is not None and fact.by_id != membership.actor_id:
        about = {"act": "appoint", "role": fact.after}
        await _tell_about(
            membership.actor_id, fact.community_id, "moderation", fact.activity_id, by_id=fact.by_id, **about
        )


async def tell_mandate(fact: MandateEnding) -> None:
    """Tell the holder that a mandate ends, and those who can name the next one."""
    community, membership = await queries.by_id(fact.community_id), await _membership(fact.membership_id)
    if community is None or membership is None or membership.until is None:
        return
    detail = {"role": membership.role, "until": membership.until.isoformat()}
    key = f"mandate:{fact.activity_id}"
    await _tell(membership.actor, "moderation", community, key=key, from_id=None, detail=detail | {"act": "mandate"})
    for president in await queries.who_may(community, Act.APPOINT):
        if president.id != membership.actor_id:
            about = detail | {"act": "mandate_of"}
            await _tell(president, "moderation", community, key=key, from_id=membership.actor_id, detail=about)


async def _membership(membership_id: int) -> Membership | None:
    return await Membership.filter(id=membership_id).select_related("actor").first()


async def _tell_about(
    actor_id: int, community_id: int, kind: str, key: int, *, by_id: int | None, **detail: str
) -> None:
    community, person = await queries.by_id(community_id), await actors.by_id(actor_id)
    if community is not None and person is not None:
        await _tell(person, kind, community, key=f"{kind}:{key}", from_id=by_id, detail=detail)


async def _tell(
    person: Actor,
    kind: str,
    community: Community,
    *,
    key: str,
    from_id: int | None,
    detail: dict[str, str] | None = None,
) -> None:
    if person.local:
        await notify(
            person.id,
            kind,
            unique_key=f"{key}:{person.id}",
            from_actor_id=from_id,
            community_id=community.id,
            detail={
                "community": community.actor.display_name or community.actor.name,
                "path": _path(kind, community),
                **(detail or {}),
            },
        )


def _path(kind: str, community: Community) -> str:
    group = community.actor
    place = group.name if group.local else f"{group.name}@{group.host}"
    page = {
        "charter": "/charter",
        "charter_accept": "/charter",
        "join_asked": "/requests",
        "answered_back": "/requests",
        "members_held": "/requests",
        "asked_back": "/request",
        "waiting": "/request",
        "turn": "/request",
        "participation": "/participation",
    }.get(kind, "")
    return f"/c/{place}{page}"


@ordered
async def stop_delivery(fact: MemberLeft) -> None:
    """Take back what waits for a server on which nobody belongs to a private community any more."""
    await _stop(fact.community_id, fact.actor_id, fact.activity_id)


@ordered
async def stop_delivery_of_removed(fact: MemberRemoved) -> None:
    """Do the same after a removal."""
    await _stop(fact.community_id, fact.actor_id, fact.activity_id)


@ordered
async def stop_delivery_of_banned(fact: Banned) -> None:
    """Do the same after a ban."""
    made = await Ban.get_or_none(id=fact.ban_id)
    if made is not None:
        await _stop(fact.community_id, made.actor_id, fact.activity_id)


async def _stop(community_id: int, actor_id: int, fact_id: int) -> None:
    community, person = await queries.by_id(community_id), await actors.by_id(actor_id)
    if (
        community is None
        or person is None
        or person.local
        or not community.actor.local
        or community.visibility == access.PUBLIC
    ):
        return
    if person.host not in await access.reading_hosts(community):
        # What is older than the end; the word that it ended comes after it and still goes.
        await outbox.withdraw(community.actor, audience.inboxes_of([person]), before=fact_id)
