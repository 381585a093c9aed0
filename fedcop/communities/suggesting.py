"""A few communities that somebody new could belong to: the close ones first, then the big ones. What somebody puts off stays away."""

from __future__ import annotations

from dataclasses import dataclass

from tortoise.expressions import Q

from fedcop.accounts import service as accounts
from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.communities import queries, stages, ties
from fedcop.communities.models import Community

HOW_MANY = 3
MOST_PUT_OFF = 200
STEM = 6  # letters: "agronome" finds "agronomie"
SHORTEST = 4


@dataclass(frozen=True)
class Suggestion:
    """A community, and whether its name or purpose speaks of what the person does or where."""

    community: Community
    close: bool


async def suggested(actor: Actor, account: Account) -> list[Suggestion]:
    """Suggest communities that are open, to which the person has no tie yet, and which they did not put off."""
    tied = [number for number, place in (await ties.places(actor)).items() if place.membership or place.follow]
    query = (await queries.findable(actor)).filter(
        Q(actor__local=True) | Q(accepts_joins=True),
        closed_at=None, actor__gone_at=None, actor__suspended_at=None, stage__not=stages.ANNOUNCED, join_policy__not="invitation",
    ).exclude(id__in=[*tied, *_put_off(account)] or [0])  # fmt: skip
    query = query.select_related("actor").order_by("-members_count", "-id").limit(HOW_MANY)
    speaks = Q(
        *(Q(actor__display_name__icontains=one) | Q(purpose__icontains=one) for one in stems(actor)), join_type="OR"
    )
    close = await query.filter(speaks) if stems(actor) else []
    known = {one.id for one in close}
    others = [one for one in await query if one.id not in known] if len(close) < HOW_MANY else []
    return [Suggestion(one, one.id in known) for one in [*close, *others][:HOW_MANY]]


async def put_off(account: Account, community_id: int) -> None:
    """Suggest a community to somebody no more; of very many the latest are remembered."""
    kept = [number for number in _put_off(account) if number != community_id]
    await accounts.change_preferences(account, not_suggested=[*kept, community_id][-MOST_PUT_OFF:])


def _put_off(account: Account) -> list[int]:
    kept = (account.preferences or {}).get("not_suggested")
    return [number for number in kept if isinstance(number, int)] if isinstance(kept, list) else []


def stems(actor: Actor) -> list[str]:
    """Give the beginnings of the words in which somebody says what they do and where."""
    words = f"{actor.profession} {actor.region}".replace("-", " ").replace("’", " ").replace("'", " ").split()
    return list(dict.fromkeys(word[:STEM].lower() for word in words if len(word) >= SHORTEST))[:8]
