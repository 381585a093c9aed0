"""A member again because a decision was changed: at once here; from elsewhere once their own server asks for the place."""

from __future__ import annotations

from fedcop.actors.models import Actor
from fedcop.communities import queries
from fedcop.communities.admission import steps
from fedcop.communities.admission.settled import became_member
from fedcop.communities.facts import JoinAsked
from fedcop.communities.models import HELD, Community, Membership
from fedcop.core import addresses, clock
from fedcop.core.database import atomic
from fedcop.core.facts import record
from fedcop.core.ids import new_id


@atomic
async def bring_back(community: Community, person: Actor) -> None:
    """Give somebody their place in a community of ours again."""
    known = await queries.membership(community, person)
    if known is not None and known.state in ("active", HELD) or await queries.exclusion(community, person) is not None:
        return
    now = clock.now()
    membership = known or Membership(community=community, actor=person, created_at=now)
    # For somebody elsewhere the place is kept as for who is invited, until their server asks for it.
    membership.state, membership.decided_at = ("active", now) if person.local else ("invited", None)
    membership.join_uri = addresses.activity_uri(new_id())
    await membership.save()
    await steps.note(community, person.id, "returned")
    if person.local:
        await became_member(community, membership)


@atomic
async def ask_back(community: Community, person: Actor) -> None:
    """A community elsewhere keeps a place for one of ours again: ask for it."""
    if await queries.membership(community, person) is not None:
        return
    membership = await Membership.create(
        community=community,
        actor=person,
        state="asked",
        join_uri=addresses.activity_uri(new_id()),
        created_at=clock.now(),
    )
    await steps.note(community, person.id, "returned")
    await record(JoinAsked(community_id=community.id, membership_id=membership.id))
