"""A few communities that somebody new could belong to: the close ones first, then the big ones. Reads only."""

from __future__ import annotations

from dataclasses import dataclass

from tortoise.expressions import Q

from fedcop.actors.models import Actor
from fedcop.communities import queries, stages, ties
from fedcop.communities.models import Community

HOW_MANY = 3
STEM = 6  # letters: "agronome" finds "agronomie"
SHORTEST = 4


@dataclass(frozen=True)
class Suggestion:
    """A community, and whether its name or purpose speaks of what the person does or where."""

    community: Community
    close: bool


async def suggested(actor: Actor) -> list[Suggestion]:
    """Suggest communities that are open, and to which the person has no tie yet."""
    tied = [number for number, place in (await ties.places(actor)).items() if place.membership or place.follow]
    query = (await queries.findable(actor)).filter(
        Q(actor__local=True) | Q(accepts_joins=True),
        closed_at=None, actor__gone_at=None, actor__suspended_at=None, stage__not=stages.ANNOUNCED, join_policy__not="invitation",
    ).exclude(id__in=tied or [0])  # fmt: skip
    query = query.select_related("actor").order_by("-members_count", "-id").limit(HOW_MANY)
    speaks = Q(
        *(Q(actor__display_name__icontains=one) | Q(purpose__icontains=one) for one in stems(actor)), join_type="OR"
    )
    close = await query.filter(speaks) if stems(actor) else []
    known = {one.id for one in close}
    others = [one for one in await query if one.id not in known] if len(close) < HOW_MANY else []
    return [Suggestion(one, one.id in known) for one in [*close, *others][:HOW_MANY]]


def stems(actor: Actor) -> list[str]:
    """Give the beginnings of the words in which somebody says what they do and where."""
    words = f"{actor.profession} {actor.region}".replace("-", " ").replace("’", " ").replace("'", " ").split()
    return list(dict.fromkeys(word[:STEM].lower() for word in words if len(word) >= SHORTEST))[:8]
