"""Set what a community asks at its door, and how many it lets in."""

from __future__ import annotations

from fedcop.actors.models import Actor
from fedcop.communities import rules
from fedcop.communities.admission import questions, waiting
from fedcop.communities.facts import CommunityChanged
from fedcop.communities.models import Community
from fedcop.communities.rules import Act
from fedcop.core.database import atomic
from fedcop.core.errors import Invalid
from fedcop.core.facts import record
from fedcop.core.i18n import N_


@atomic
async def change_door(
    by: Actor, community: Community, said: list[tuple[str, str, bool]], *, maximum: str = str(waiting.DEFAULT)
) -> None:
    """Keep the questions to who asks to join, as (French, English, required), and how many members there may be."""
    rules.must_be_ours(community)
    await rules.may_act(by, community, Act.CHANGE)
    number = int(maximum) if maximum.isascii() and maximum.isdigit() and len(maximum) <= 6 else 0
    errors = {} if 1 <= number <= waiting.MOST else {"maximum": N_("Write a number between 1 and 100,000.")}
    try:
        community.questions = questions.check(said) or None
    except Invalid as error:
        errors |= error.errors
    if errors:
        raise Invalid(errors=errors)
    community.capacity = number if number != waiting.DEFAULT else None
    await community.save(update_fields=["questions", "capacity"])
    await record(CommunityChanged(community_id=community.id, by_id=by.id))
