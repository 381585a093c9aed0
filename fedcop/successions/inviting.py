"""Invites the members of a community that ends to its heirs, some at a time, and takes open invitations back if it is called off. Jobs."""

from __future__ import annotations

from fedcop.accounts import queries as accounts
from fedcop.accounts.letters import speaking
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import queries as communities
from fedcop.communities.admission import inviting
from fedcop.communities.admission.models import AdmissionStep
from fedcop.communities.models import Community, Membership
from fedcop.communities.rules import LANGUAGES
from fedcop.core import jobs
from fedcop.core.database import atomic
from fedcop.core.errors import FedcopError
from fedcop.core.i18n import LOCALES, _, closest, format_date
from fedcop.successions import queries
from fedcop.successions.facts import CalledOff, ChoiceBegan
from fedcop.successions.models import Heir, Succession

BATCH = 20
MOST_NAMED = 60  # characters of a name: the sentence stands twice for some, and is short


async def begin(fact: ChoiceBegan) -> None:
    """Begin to invite."""
    await _promise(fact.succession_id)


async def _promise(succession_id: int) -> None:
    await jobs.enqueue(invite_some, {"succession_id": succession_id}, unique=f"succeed-invite:{succession_id}")


async def go_on() -> None:
    """Invite those who became members of the mother while others choose already (timetable)."""
    for one in await Succession.filter(state="open"):
        await _promise(one.id)


async def invite_some(succession_id: int) -> None:
    """Invite the next members, and promise to go on; done twice it invites nobody twice."""
    succession = await queries.by_id(succession_id)
    if succession is None or succession.state != "open":
        return
    of = Membership.filter(community_id=succession.mother_id, state="active", id__gt=succession.invited_to)
    found = await of.select_related("actor").order_by("id").limit(BATCH)
    for heir in await queries.heirs(succession):
        by = await actors.by_id(succession.agreed_by_id or succession.by_id)
        for one in found:
            if by is not None and one.actor.gone_at is None:
                await _invite(succession, heir, by, one.actor)
    if found:
        await _note(succession, found[-1].id)


async def _invite(succession: Succession, heir: Heir, by: Actor, person: Actor) -> None:
    since = AdmissionStep.filter(
        community_id=heir.community_id, actor_id=person.id, created_at__gte=succession.created_at
    )
    if await since.exists():
        return  # invited before this job was interrupted, and perhaps answered since
    why, known = await why_of(succession, person), await communities.membership(heir.community, person)
    try:
        if known is not None and known.state == "invited":
            await inviting.invite_again(by, heir.community, known, why)
        else:
            await inviting.invite(by, heir.community, person, why, news=True)
    except FedcopError:
        return  # banned there, or who invites may do so no more


@atomic
async def _note(succession: Succession, last: int) -> None:
    await Succession.filter(id=succession.id).update(invited_to=last)
    await _promise(succession.id)


async def why_of(succession: Succession, person: Actor) -> str:
    """Say in one sentence why a member is invited and until when they choose: in their language or, if we do not know it, in each of ours."""
    account = await accounts.by_actor(person) if person.local else None
    known = [account.language] if account is not None else person.languages.split(",")
    spoken = next((closest(code) for code in known if code.split("-")[0] in LANGUAGES), "")
    said = [_why(succession, code) for code in ([spoken] if spoken else _mothers_first(succession.mother))]
    return " / ".join(said)


def _mothers_first(mother: Community) -> list[str]:
    return sorted(LOCALES, key=lambda code: code != closest(mother.language))


def _why(succession: Succession, code: str) -> str:
    assert succession.ends_at is not None, "nobody is invited before the choice began"
    with speaking(code):
        said, until = succession.mother.actor.display_name[:MOST_NAMED], format_date(succession.ends_at)
        if succession.kind == "split":
            return _("%(community)s is being split. Choose until %(date)s where you go on.", community=said, date=until)
        return _("%(community)s is being merged into this community, on %(date)s.", community=said, date=until)


async def take_back(fact: CalledOff) -> None:
    """Take back the invitations that were not answered."""
    succession = await queries.by_id(fact.succession_id)
    by = await actors.by_id(succession.agreed_by_id or succession.by_id) if succession is not None else None
    if succession is None or by is None:
        return
    for heir in await queries.heirs(succession):
        community = await communities.by_id(heir.community_id)
        mothers = Membership.filter(community_id=succession.mother_id)
        members = {one.actor_id for one in await mothers.only("id", "actor_id")}
        open_ones = Membership.filter(
            community_id=heir.community_id, state="invited", created_at__gte=succession.created_at
        )
        for one in await open_ones.select_related("actor").order_by("id"):
            if community is not None and one.actor_id in members:
                await _withdraw(by, community, one)


async def _withdraw(by: Actor, community: Community, invited: Membership) -> None:
    try:
        await inviting.withdraw(by, community, invited)
    except FedcopError:
        return  # answered meanwhile
