"""Split a community, merge it into another one, agree to that, end the choice early, call it off. Who acts comes first.

Members choose by answering invitations; threads.py moves what was written once the time is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fedcop.actors.keys import KeyPairs, make_pairs
from fedcop.actors.models import Actor
from fedcop.communities import card, founding, life, rules, stages
from fedcop.communities.charter import versions
from fedcop.communities.charter.words import Charter
from fedcop.communities.models import Community
from fedcop.communities.rules import Act
from fedcop.core import clock
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict, FedcopError, Forbidden, Invalid
from fedcop.core.facts import record
from fedcop.core.i18n import N_
from fedcop.discussions.text import clean_tag
from fedcop.successions import queries
from fedcop.successions.facts import CalledOff, ChoiceBegan, ChoiceEnded, MergeAnswered, MergeProposed
from fedcop.successions.models import Heir, Succession

FEWEST, MOST = 2, 4
USUAL_DAYS, MOST_DAYS = 14, 30
MOST_TAGS = 30
TAKEN_ALONG = ("capacity", "questions", "participation_count", "participation_months")
"""What daughters have of their mother, besides its card and charter."""


@dataclass(frozen=True)
class Daughter:
    """A community that a split begins."""

    title: str
    name: str = ""
    purpose: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """A split that was checked: what would be founded."""

    daughters: tuple[founding.Checked, ...]
    tags: tuple[tuple[str, ...], ...]
    rest: int
    days: int


async def plan(by: Actor, mother: Community, daughters: Sequence[Daughter], *, rest: int, days: str) -> Plan:
    """Check a split and change nothing; errors stand at fields such as "title_1"."""
    await _may_end(by, mother)
    await rules.may_found(by)
    errors: dict[str, str] = {}
    length = _days(days, errors)
    if not FEWEST <= len(daughters) <= MOST:
        errors["title_2"] = N_("A community is split into two, three or four.")
    if not 0 <= rest < len(daughters):
        errors["rest"] = N_("Choose which one takes all other discussions.")
    charter = await versions.current_words(mother)
    checked, tags = [], []
    for place, one in enumerate(daughters):
        checked.append(await _checked(mother, one, charter, place, errors))
        tags.append(tuple(dict.fromkeys(tag for word in one.tags if (tag := clean_tag(word)))))
        if not tags[-1] and place != rest:
            errors[f"tags_{place + 1}"] = N_("Name at least one tag, or let it take all other discussions.")
        if len(tags[-1]) > MOST_TAGS:
            errors[f"tags_{place + 1}"] = N_("30 tags at most.")
    names = [one.name for one in checked if one is not None]
    for place, found in enumerate(checked):
        if found is not None and names.count(found.name) > 1:
            errors.setdefault(f"name_{place + 1}", N_("Two of them have the same name."))
    if errors:
        raise Invalid(errors=errors)
    return Plan(tuple(one for one in checked if one is not None), tuple(tags), rest, length)


async def _checked(
    mother: Community, one: Daughter, charter: Charter, place: int, errors: dict[str, str]
) -> founding.Checked | None:
    fields: dict[str, Any] = card.of(mother) | {"purpose": one.purpose, "stage": stages.ANNOUNCED}
    del fields["title"]
    try:
        return await founding.check(one.title, one.name, charter, **fields)
    except Invalid as error:
        errors |= {f"{field}_{place + 1}": text for field, text in error.errors.items()}
    except Conflict as error:
        errors[f"name_{place + 1}"] = error.text
    return None


def _days(text: str, errors: dict[str, str]) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 0
    if not 1 <= number <= MOST_DAYS:
        errors["days"] = N_("Write a number between 1 and 30.")
    return number


async def _may_end(by: Actor, mother: Community) -> None:
    await rules.may_act(by, mother, Act.CHANGE)
    rules.must_be_ours(mother)
    if mother.closed_at is not None:
        raise Forbidden(rules.CLOSED, "closed")
    if await queries.running(mother) is not None:
        raise Conflict(N_("This community is about to be split or merged already."), "under-way")


async def split(by: Actor, mother: Community, planned: Plan) -> Succession:
    """Found the daughters, with the mother's settings, and let members choose among them."""
    # Keys are made before the transaction; see communities/founding.py.
    pairs = [await make_pairs() for _one in planned.daughters]
    return await _split(by, mother, planned, pairs)


@atomic
async def _split(by: Actor, mother: Community, planned: Plan, pairs: Sequence[KeyPairs]) -> Succession:
    await rules.lock(mother)
    await _may_end(by, mother)
    made = await Succession.create(
        mother=mother, kind="split", state="open", by_id=by.id, days=planned.days, created_at=clock.now()
    )
    for place, (one, keys) in enumerate(zip(planned.daughters, pairs, strict=True)):
        community = await founding.found(by, one, keys)
        await Community.filter(id=community.id).update(**{name: getattr(mother, name) for name in TAKEN_ALONG})
        tags = list(planned.tags[place])
        await Heir.create(
            succession=made, community=community, position=place, tags=tags, takes_rest=place == planned.rest
        )
    await _begin(made)
    return made


async def _begin(succession: Succession) -> None:
    succession.state, succession.ends_at = "open", clock.now() + timedelta(days=succession.days)
    await succession.save(update_fields=["state", "ends_at", "agreed_by_id"])
    await record(ChoiceBegan(succession_id=succession.id))


@atomic
async def propose_merge(by: Actor, mother: Community, heir: Community, *, days: str) -> Succession:
    """Propose that a community ends in another one; who presides over that one has to agree."""
    await rules.lock(mother)
    await _may_end(by, mother)
    errors: dict[str, str] = {}
    length = _days(days, errors)
    if not rules.are_alike(mother, heir) or heir.closed_at is not None or await queries.running(heir) is not None:
        errors["heir"] = N_("Choose a community of this server that is open, and read by the same kind of people.")
    if errors:
        raise Invalid(errors=errors)
    made = await Succession.create(
        mother=mother, kind="merge", state="proposed", by_id=by.id, days=length, created_at=clock.now()
    )
    await Heir.create(succession=made, community=heir, position=0, takes_rest=True)
    if await _presides(by, heir):
        made.agreed_by_id = by.id
        await _begin(made)
    else:
        await record(MergeProposed(succession_id=made.id))
    return made


async def _presides(actor: Actor, community: Community) -> bool:
    try:
        await rules.may_act(actor, community, Act.CHANGE)
    except FedcopError:
        return False
    return True


@atomic
async def answer_merge(by: Actor, succession: Succession, *, agreed: bool) -> None:
    """Say yes or no to a merge, as who presides over the heir."""
    [heir] = await queries.heirs(succession)
    await rules.may_act(by, heir.community, Act.CHANGE)
    succession = await _locked(succession)
    if succession.state != "proposed":
        raise Conflict(N_("This was answered already."), "answered")
    succession.agreed_by_id = by.id
    await record(MergeAnswered(succession_id=succession.id, agreed=agreed))
    if agreed:
        await _begin(succession)
        return
    succession.state, succession.ended_at = "off", clock.now()
    await succession.save(update_fields=["state", "ended_at", "agreed_by_id"])


@atomic
async def finish_now(by: Actor, succession: Succession) -> None:
    """End the choice before its time."""
    await rules.may_act(by, succession.mother, Act.CHANGE)
    await begin_to_move(succession)


@atomic
async def begin_to_move(succession: Succession) -> None:
    """The choice is over: the mother is archived, with links to its heirs, and its threads begin to move (threads.py)."""
    mother = succession.mother
    succession = await _locked(succession)
    if succession.state != "open":
        return
    succession.state = "moving"
    await succession.save(update_fields=["state"])
    heirs = [one.community for one in await queries.heirs(succession)]
    if succession.kind == "split":
        for heir in heirs:
            await life.open_as(heir, mother.stage, by_id=succession.by_id)
    await life.succeed(mother, heirs, by_id=succession.by_id)
    await record(ChoiceEnded(succession_id=succession.id))


@atomic
async def call_off(by: Actor, succession: Succession) -> None:
    """Leave all as it was: daughters that were founded are archived, invitations taken back (inviting.py)."""
    await rules.may_act(by, succession.mother, Act.CHANGE)
    succession = await _locked(succession)
    if succession.state not in ("proposed", "open"):
        raise Conflict(N_("It is too late: discussions move already."), "too-late")
    succession.state, succession.ended_at = "off", clock.now()
    await succession.save(update_fields=["state", "ended_at"])
    if succession.kind == "split":
        for heir in await queries.heirs(succession):
            await life.archive(heir.community, by_id=by.id)
    await record(CalledOff(succession_id=succession.id))


async def _locked(succession: Succession) -> Succession:
    """Of two who decide at once the second sees what the first did."""
    return await Succession.filter(id=succession.id).select_for_update().get()
