"""What the people in charge do about agreements, and what the other side is known to have done. Speaks no ActivityPub."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from fedcop.accounts.models import Account
from fedcop.accounts.rules import may_administer
from fedcop.alliances import queries
from fedcop.alliances import terms as texts
from fedcop.alliances.facts import AllianceAccepted, AllianceDeclined, AllianceEnded, AllianceProposed
from fedcop.alliances.models import Alliance
from fedcop.alliances.terms import Terms
from fedcop.core import addresses, clock
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict, Invalid, TooMany
from fedcop.core.facts import record
from fedcop.core.i18n import N_
from fedcop.core.ids import new_id

MAX_REASON = 2000
WAITING_PER_HOST = 3  # proposals of one server that wait for us; a newer one takes the place of the oldest
PER_HOST_AND_DAY = 5  # each is told to all in charge, by e-mail too


@atomic
async def propose(by: Account, host: str, terms: Terms) -> Alliance:
    """Propose an agreement to the organisation behind another server; it holds once that side has accepted."""
    may_administer(by)
    if await Alliance.filter(host=host, ours=True, state="proposed").exists():
        raise Conflict(N_("A proposal of yours to this server waits for an answer already."), code="proposed-already")
    alliance_id = new_id()
    made = await Alliance.create(
        id=alliance_id,
        uri=addresses.activity_uri(alliance_id),
        host=host,
        ours=True,
        created_at=clock.now(),
        **terms.columns(),
    )
    await record(AllianceProposed(alliance_id=made.id, host=host, by_us=True, activity_id=made.id))
    return made


@atomic
async def accept(by: Account, alliance: Alliance, values: Mapping[str, str]) -> None:
    """Say yes to a proposal: who signs for us, and where our data lie."""
    may_administer(by)
    _must_wait_for_us(alliance)
    if alliance.until_at is not None and alliance.until_at <= clock.now():
        raise Conflict(N_("The last day of this agreement has passed."), code="too-late")
    errors: dict[str, str] = {}
    signed_by, data_at = texts.signature(values, errors)
    if errors:
        raise Invalid(errors=errors)
    await _accept(alliance, signed_by, data_at, by_us=True)


@atomic
async def decline(by: Account, alliance: Alliance, reason: str) -> None:
    """Say no to a proposal, with a sentence."""
    may_administer(by)
    _must_wait_for_us(alliance)
    await _decline(alliance, reason, by_us=True)


@atomic
async def end(by: Account, alliance: Alliance, reason: str) -> None:
    """End an agreement, or take a proposal of ours back."""
    may_administer(by)
    if alliance.state != "active" and not (alliance.state == "proposed" and alliance.ours):
        raise Conflict(N_("This agreement has ended already."), code="ended-already")
    await _end(alliance, "us", reason)


def _must_wait_for_us(alliance: Alliance) -> None:
    if alliance.ours or alliance.state != "proposed":
        raise Conflict(N_("This proposal does not wait for an answer."), code="not-waiting")


@atomic
async def record_proposal(host: str, uri: str, terms: Terms) -> Alliance | None:
    """Another organisation proposes an agreement; None if that is known already."""
    if await queries.by_uri(uri) is not None:
        return None
    lately = Alliance.filter(host=host, ours=False, created_at__gt=clock.now() - timedelta(days=1))
    if await lately.count() >= PER_HOST_AND_DAY:
        raise TooMany(code="many-proposals")
    waiting = await Alliance.filter(host=host, ours=False, state="proposed").order_by("-id")
    for old in waiting[WAITING_PER_HOST - 1 :]:
        await _end(old, "renewal", "")
    made = await Alliance.create(uri=uri, host=host, ours=False, created_at=clock.now(), **terms.columns())
    await record(AllianceProposed(alliance_id=made.id, host=host, by_us=False))
    return made


@atomic
async def record_acceptance(alliance: Alliance, signed_by: str, data_at: str) -> None:
    """The other side accepted what we proposed."""
    if alliance.state == "proposed" and alliance.ours:
        await _accept(alliance, signed_by, data_at, by_us=False)


@atomic
async def record_refusal(alliance: Alliance, reason: str) -> None:
    """The other side said no, or ended what it had accepted."""
    if alliance.state == "proposed":
        await _decline(alliance, reason, by_us=False)
    elif alliance.state == "active":
        await _end(alliance, "them", reason)


@atomic
async def record_end(alliance: Alliance, reason: str) -> None:
    """The side that proposed ended it, or took it back."""
    if alliance.state in ("proposed", "active"):
        await _end(alliance, "them", reason)


@atomic
async def record_failure(alliance: Alliance, reason: str) -> None:
    """Our proposal cannot be brought to that server."""
    if alliance.state == "proposed":
        alliance.state, alliance.reason, alliance.ended_at = "failed", reason[:MAX_REASON], clock.now()
        await alliance.save(update_fields=["state", "reason", "ended_at"])


async def record_other_keys(host: str) -> None:
    """A server came back with other keys after a long silence: nothing that was agreed with it, or waits for an answer, counts (in a transaction)."""
    for one in await Alliance.filter(host=host, state__in=("active", "proposed")).order_by("id"):
        await _end(one, "keys", "")


async def end_due() -> None:
    """End the agreements whose last day has passed (timetable); they do not count from that moment on, looked at or not."""
    for one in await Alliance.filter(state__in=("active", "proposed"), until_at__lte=clock.now()).order_by("id"):
        await _end_at_its_date(one)


@atomic
async def _end_at_its_date(alliance: Alliance) -> None:
    await _end(alliance, "date", "")


async def _accept(alliance: Alliance, signed_by: str, data_at: str, *, by_us: bool) -> None:
    for before in await Alliance.filter(host=alliance.host, state="active").exclude(id=alliance.id):
        await _end(before, "renewal", "")
    alliance.state, alliance.decided_at = "active", clock.now()
    alliance.answer_signed_by, alliance.answer_data_at = signed_by, data_at
    await alliance.save(update_fields=["state", "decided_at", "answer_signed_by", "answer_data_at"])
    await record(AllianceAccepted(alliance_id=alliance.id, host=alliance.host, by_us=by_us))


async def _decline(alliance: Alliance, reason: str, *, by_us: bool) -> None:
    alliance.state, alliance.decided_at, alliance.reason = "declined", clock.now(), reason.strip()[:MAX_REASON]
    await alliance.save(update_fields=["state", "decided_at", "reason"])
    await record(AllianceDeclined(alliance_id=alliance.id, host=alliance.host, by_us=by_us))


async def _end(alliance: Alliance, by: str, reason: str) -> None:
    alliance.state, alliance.ended_at, alliance.ended_by = "ended", clock.now(), by
    alliance.reason = reason.strip()[:MAX_REASON]
    await alliance.save(update_fields=["state", "ended_at", "ended_by", "reason"])
    known = by in (
        "date",
        "renewal",
        "keys",
    )  # whoever has the name now is told nothing of what was agreed with another
    await record(AllianceEnded(alliance_id=alliance.id, host=alliance.host, by_us=by != "them", known_to_both=known))
