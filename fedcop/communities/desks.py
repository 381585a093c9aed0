"""Acting in the name of a community: who may, and as who one looks then. Judged anew each time; what is done is judged by the services.

What a person in charge does there, they do themselves, by their own role: the services get `person`. What is read is read by `looker`, the
community itself, so that nothing of what the person reads, keeps or filters elsewhere is in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from fedcop.actors.models import Actor
from fedcop.communities import queries, roles
from fedcop.communities.models import Ban, Community, Membership
from fedcop.communities.roles import Act, seats_of
from fedcop.core import clock


@dataclass(frozen=True)
class Desk:
    """Somebody in charge of a community of ours, at work in its name."""

    person: Actor
    community: Community
    seats: frozenset[str]

    @property
    def looker(self) -> Actor:
        """Give as who one looks: the community, which reads all that its members read, and nothing else that is not public."""
        return self.community.actor

    def may(self, act: Act) -> bool:
        """Tell whether the person's role allows an act; for what to show, since the services judge for themselves."""
        return roles.may(self.seats, act)


def _held(person: Actor) -> QuerySet[Membership]:
    """The places from which somebody speaks: in communities of ours that live."""
    return Membership.filter(
        queries.seated(Act.SPEAK_FOR),
        actor_id=person.id,
        community__closed_at=None,
        community__actor__local=True,
        community__actor__gone_at=None,
        community__actor__suspended_at=None,
        community__actor__moved_to_uri="",
    ).select_related("community__actor")


async def offered(person: Actor) -> list[Desk]:
    """List from where somebody may sign in to an application in the name of a community, by its title."""
    found = await _held(person).order_by("community__actor__display_name", "id")
    return [_desk(person, one) for one in found if await queries.active_ban(one.community, person) is None]


async def of(person: Actor, group_id: int) -> Desk | None:
    """Give the desk of somebody in a community, by its actor; None where they have no such role today, or it is over."""
    found = await _held(person).filter(community__actor_id=group_id).first()
    if found is None or await queries.active_ban(found.community, person) is not None:
        return None
    return _desk(person, found)


def _desk(person: Actor, place: Membership) -> Desk:
    community = place.community
    community.actor.vouched_for = community.id
    return Desk(person, community, seats_of(place.role, place.duties))


@dataclass(frozen=True)
class Tie:
    """How a person stands to a community."""

    belongs: bool = False
    asks: bool = False
    banned: bool = False


async def ties(community: Community, actor_ids: Iterable[int]) -> dict[int, Tie]:
    """Tell how some people stand to a community, by actor."""
    wanted = list(actor_ids)
    found = Membership.filter(community_id=community.id, actor_id__in=wanted)
    states = {one.actor_id: one.state for one in await found} if wanted else {}
    kept_out = {one.actor_id for one in await _bans(community).filter(actor_id__in=wanted)} if wanted else set()
    return {
        number: Tie(states.get(number) == "active", states.get(number) == "asked", number in kept_out)
        for number in wanted
    }


def _asking(community: Community) -> QuerySet[Membership]:
    return Membership.filter(community_id=community.id, state="asked", actor__gone_at=None)


async def asking(community: Community, *, below: int, limit: int) -> list[Membership]:
    """List who waits to be admitted, the latest first; `below` is the id of the last one shown."""
    found = _asking(community).filter(id__lt=below) if below else _asking(community)
    return await found.select_related("actor").order_by("-id").limit(limit)


async def count_asking(community: Community) -> int:
    """Count who waits to be admitted."""
    return await _asking(community).count()


def _bans(community: Community) -> QuerySet[Ban]:
    """The bans of today; who is suspended stays a member, and is in another list."""
    return Ban.filter(Q(until=None) | Q(until__gt=clock.now()), community_id=community.id, kind="ban")


async def banned(community: Community, *, below: int, limit: int) -> list[Ban]:
    """List who is banned today, the latest first; `below` is the id of the last one shown."""
    found = _bans(community).filter(id__lt=below) if below else _bans(community)
    return await found.select_related("actor").order_by("-id").limit(limit)
