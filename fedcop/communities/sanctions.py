"""The gentler steps of the ladder: warn in private, suspend until a date. Part of service.py, by which all others reach it."""

from __future__ import annotations

from datetime import datetime, timedelta

from fedcop.actors.models import Actor
from fedcop.communities import queries, records, roles, rules
from fedcop.communities.models import Ban, Community
from fedcop.communities.rules import Act
from fedcop.core import addresses, clock
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict, Invalid, NotFound
from fedcop.core.i18n import N_
from fedcop.core.ids import new_id

LONGEST = timedelta(days=366)
APPEALED_WITHIN = timedelta(days=30)


def appeal_until() -> dict[str, str]:
    """Say until when a decision that is told now can be appealed, as a notification has it."""
    return {"appeal_until": (clock.now() + APPEALED_WITHIN).isoformat()}


@atomic
async def warn(by: Actor, community: Community, person: Actor, reason: str) -> None:
    """Tell a member in private what is not wanted; nobody but them and the moderators reads it."""
    await _may_judge(by, community, person, Act.WARN)
    if not reason.strip():
        raise Invalid(errors={"warning": N_("Write what you want to tell them.")})
    await records.record_warning(community, person, by=by, reason=reason)


@atomic
async def suspend(
    by: Actor, community: Community, person: Actor, reason: str, until: datetime, *, uri: str = ""
) -> Ban:
    """Let a member read and not write until a date; lifting it is the same act as lifting a ban."""
    await _may_judge(by, community, person, Act.SUSPEND)
    if not clock.now() < until <= clock.now() + LONGEST:
        raise Invalid(errors={"suspend_until": N_("Choose a date from tomorrow on, within a year.")})
    known = await Ban.filter(community_id=community.id, actor_id=person.id).first()
    if known is not None and known.kind == "ban" and (known.until is None or known.until > clock.now()):
        raise Conflict(N_("This person is banned already."), "banned-already")
    if known is not None:
        await known.delete()
    uri = uri or addresses.activity_uri(new_id())
    return await records.suspension(community, person, by=by, uri=uri, reason=reason, until=until)


async def _may_judge(by: Actor, community: Community, person: Actor, act: Act) -> None:
    """Only members are warned or suspended; a responsible person only by another one, nobody by themselves."""
    await rules.may_act(by, community, act)
    membership = await queries.membership(community, person)
    if not rules.may_belong(community, membership):
        raise NotFound
    if person.id == by.id:
        raise Conflict(N_("You cannot do this to yourself."), "own-sanction")
    if membership is not None and membership.role == roles.PRESIDENT:
        await rules.may_act(by, community, Act.APPOINT)
