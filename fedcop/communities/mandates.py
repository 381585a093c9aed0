"""Who has which role, and until when: roles are given, change with what other servers say, and end. Part of service.py."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from fedcop.actors.models import Actor
from fedcop.communities import queries, rules
from fedcop.communities.facts import MandateEnding, RoleChanged
from fedcop.communities.models import Community, Membership
from fedcop.communities.records import log_act
from fedcop.communities.roles import (
    COMMITTEE,
    EXPERT,
    FACILITATOR,
    MEMBER,
    MODERATOR,
    PERMANENCE,
    PRESIDENT,
    ROLES,
    SPONSOR,
    Act,
    Position,
)
from fedcop.core import clock
from fedcop.core.database import atomic
from fedcop.core.errors import Invalid
from fedcop.core.facts import record
from fedcop.core.i18n import N_

WARN_BEFORE = timedelta(days=14)
MAX_FIELD = 120
HEIRS = (COMMITTEE, PERMANENCE, FACILITATOR, EXPERT, MEMBER, SPONSOR)
"""Who takes over when nobody is responsible any more: those who have helped most, first."""
COLUMNS = ("role", "duties", "field", "until", "warned_at")


@atomic
async def appoint(
    by: Actor,
    community: Community,
    person: Actor,
    role: str,
    *,
    duties: Iterable[str] = (),
    field: str = "",
    until: datetime | None = None,
) -> Membership:
    """Give a member another role, its duties, or another end to it."""
    await rules.lock(community)
    await rules.may_act(by, community, Act.APPOINT)
    position = Position.made(role, duties, field, until)
    _check(position)
    membership = await queries.membership(community, person)
    if membership is None or membership.state != "active":
        raise Invalid(errors={"role": N_("Only members have roles.")})
    if Position.of(membership) == position:
        return membership
    if role != PRESIDENT:
        await rules.must_keep_a_responsible(community, membership)
    await _hold(community, membership, position, by=by)
    await log_act(community, by, "appoint", target=person, reason=role)
    return membership


def _check(position: Position) -> None:
    errors = {}
    if position.role not in ROLES:
        errors["role"] = N_("Choose one of the roles.")
    if position.role == COMMITTEE and not position.duties:
        errors["duties"] = N_("Choose at least one duty: the members of a committee share them.")
    if len(position.field) > MAX_FIELD:
        errors["field"] = N_("This field is too long: 120 characters at most.")
    if position.until is not None and position.until <= clock.now():
        errors["until"] = N_("This date has passed.")
    if errors:
        raise Invalid(errors=errors)


async def _hold(community: Community, membership: Membership, position: Position, *, by: Actor | None) -> None:
    """Write a position down, and that it is another one."""
    before = Position.of(membership) if membership.state == "active" else Position(MEMBER)
    membership.role, membership.duties = position.role, position.duties
    membership.field, membership.until, membership.warned_at = position.field, position.until, None
    membership.state, membership.decided_at = "active", membership.decided_at or clock.now()
    await membership.save()
    await record(
        RoleChanged(
            community_id=community.id,
            membership_id=membership.id,
            before=before.role,
            after=position.role,
            moderated=before.moderates,
            by_id=by.id if by else None,
        )
    )


@atomic
async def record_role(community: Community, person: Actor, position: Position, *, by: Actor | None = None) -> None:
    """A member of a community has another role now, says who may say so."""
    membership = await queries.membership(community, person)
    if (membership is None or membership.state != "active") and (position.role == MEMBER or person.local):
        return
    if membership is None:
        # Their server names somebody we did not know to be a member.
        membership = Membership(community=community, actor=person, role=MEMBER, state="", created_at=clock.now())
    if membership.state == "active" and Position.of(membership) == position:
        return
    await _hold(community, membership, position, by=by)
    if by is not None:
        await log_act(community, by, "appoint", target=person, reason=position.role)


@atomic
async def record_roles(
    community: Community, moderators: Collection[Actor], said: Mapping[str, Position] | None, others: Collection[Actor]
) -> None:
    """Take over who has which role, as a community's own server serves it: its list of moderators, and what its Group says.

    `said` is by uri, None if the Group says nothing of roles; `others` are those of it who do not moderate. Whom of ours
    it names although they do not belong to it is left alone: nobody is made a member without a word of theirs.
    """
    known = {one.actor_id: one for one in await Membership.filter(community_id=community.id).select_related("actor")}
    wanted = {person.id: _as_moderator(known.get(person.id), (said or {}).get(person.uri)) for person in moderators}
    named = {person.id: person for person in (*moderators, *others)}
    for person in others:
        position = (said or {}).get(person.uri)
        if position is not None and not position.moderates:
            wanted.setdefault(person.id, position)
    for one in known.values():
        if one.role == MEMBER or one.actor_id in wanted or (said is None and not Position.of(one).moderates):
            continue
        if one.actor.local or not Position.of(one).moderates:
            await _write(one, Position(MEMBER))
        else:
            await one.delete()
    for actor_id, position in wanted.items():
        person, present = named[actor_id], known.get(actor_id)
        if present is None and not person.local:
            present = Membership(community=community, actor=person, created_at=clock.now(), decided_at=clock.now())
        if present is not None and (present.state == "active" or not person.local):
            await _write(present, position)
    community.moderators_fetched_at = clock.now()
    await community.save(update_fields=["moderators_fetched_at"])


def _as_moderator(known: Membership | None, said: Position | None) -> Position:
    """Give the position of somebody on a list of moderators: what is said of it or was known, if that moderates."""
    if said is not None and said.moderates:
        return said
    kept = Position.of(known) if known is not None and known.state == "active" else MODERATOR
    return kept if said is None and kept.moderates else MODERATOR


async def _write(membership: Membership, position: Position) -> None:
    membership.role, membership.duties = position.role, position.duties
    membership.field, membership.until, membership.state = position.field, position.until, "active"
    await membership.save()


@atomic
async def keep_a_responsible(community: Community, *, or_anybody: bool = False) -> Membership | None:
    """Name who takes over when the last responsible person of a community of ours is gone for good: who has helped longest.

    `or_anybody`: if nobody has a role, the member of ours who has been there longest.
    """
    await rules.lock(community)
    active = Membership.filter(community_id=community.id, state="active", actor__gone_at=None)
    if not community.actor.local or await active.filter(role=PRESIDENT).exists():
        return None
    for role in (*HEIRS, *([MEMBER] if or_anybody else [])):
        heir = await active.filter(role=role, actor__local=True).order_by("id").select_related("actor").first()
        if heir is not None:
            await _hold(community, heir, Position(PRESIDENT), by=None)
            await log_act(community, None, "appoint", target=heir.actor, reason=PRESIDENT)
            return heir
    return None


async def warn() -> None:
    """Tell, two weeks before, that mandates end (timetable)."""
    now = clock.now()
    for found in await Membership.filter(
        state="active", warned_at=None, until__gt=now, until__lte=now + WARN_BEFORE, community__actor__local=True
    ):
        await _warn(found)


@atomic
async def _warn(membership: Membership) -> None:
    if await Membership.filter(id=membership.id, warned_at=None).update(warned_at=clock.now()):
        await record(MandateEnding(community_id=membership.community_id, membership_id=membership.id))


async def end() -> None:
    """Let roles fall back to member when their mandate is over (timetable)."""
    due = Membership.filter(state="active", until__lte=clock.now(), community__actor__local=True)
    for found in await due.order_by("until", "id"):
        await _end(found.id)


@atomic
async def _end(membership_id: int) -> None:
    """End one mandate; the last president stays until another one is named, so that somebody can name them."""
    found = await Membership.filter(id=membership_id).select_related("actor", "community__actor").first()
    if found is None:
        return
    await rules.lock(found.community)
    await found.refresh_from_db()
    over = found.state == "active" and found.until is not None and found.until <= clock.now()
    if not over or (found.role == PRESIDENT and await rules.is_last_responsible(found)):
        return
    await _hold(found.community, found, Position(MEMBER), by=None)
    await log_act(found.community, None, "appoint", target=found.actor, reason=MEMBER)
