"""Taking a list of members in: uploaded, its columns named, confirmed. First argument is who acts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from fedcop.accounts import invites, letters, rules
from fedcop.accounts.facts import AccountOpened
from fedcop.accounts.models import Account, Invite
from fedcop.core import clock
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict, Invalid
from fedcop.core.i18n import N_
from fedcop.core.mail import post_mail
from fedcop.people import service as people
from fedcop.people.memberlist import reading
from fedcop.people.memberlist.reading import ASKED, CHANGED, MEANINGS, NEW, WRONG, Line, Reading
from fedcop.people.models import Listed, ListHeading, UploadedList

KEPT_FOR = timedelta(days=1)
INVITED_FOR = 60  # days
GRACE = (30, 90, 180, 365)


@atomic
async def upload(by: Account, text: str) -> Reading:
    """Keep a list to be looked at; nothing else happens. Another one takes its place."""
    rules.may_administer(by)
    found = await reading.read(text)
    await UploadedList.filter(by_id=by.id).delete()
    await UploadedList.create(by_id=by.id, text=text, uploaded_at=clock.now())
    return found


@atomic
async def name_columns(by: Account, named: Mapping[str, str]) -> None:
    """Say what columns mean, for this list and all that come."""
    rules.may_administer(by)
    chosen = [means for means in named.values() if means]
    if len(chosen) != len(set(chosen)):
        raise Invalid(errors={"columns": N_("Two columns cannot be the same thing.")})
    for heading, means in named.items():
        if means == "" or means in MEANINGS:
            await ListHeading.filter(heading=heading.lower()[:100]).delete()
            await ListHeading.create(heading=heading.lower()[:100], means=means)


@atomic
async def discard(by: Account) -> None:
    """Forget a list that was looked at."""
    await UploadedList.filter(by_id=by.id).delete()


@dataclass(frozen=True)
class Done:
    """What a list changed."""

    invited: int
    changed: int
    ending: int


@atomic
async def apply(by: Account, *, seen: int, ending: Collection[int] = (), days: int = GRACE[1]) -> Done:
    """Do what a list says, once: `seen` is the list that was shown, `ending` who is gone from it and loses access in `days`."""
    rules.may_administer(by)
    if days not in GRACE:
        raise Invalid(errors={"days": N_("Choose how long they keep access.")})
    kept = await UploadedList.filter(by_id=by.id, id=seen).select_for_update().first()
    if kept is None:
        raise Conflict(N_("This list was taken in already, or another one was uploaded. Upload it again."), "no-list")
    found = await reading.read(kept.text)
    if not found.readable:
        raise Invalid(
            errors={"columns": N_("No column is known as the one of e-mail addresses. Say below which it is.")}
        )
    await kept.delete()
    for line in found.lines:
        if line.state != WRONG:
            await _take(by, line)
    ended = 0
    for one in found.gone:
        ended += await _part(by, one, one.id in ending, days)
    return Done(found.count(NEW), found.count(CHANGED), ended)


async def _take(by: Account, line: Line) -> None:
    """Note what a list says of somebody; invite them, or change their profile where it is not their own words."""
    if line.account is not None and line.changes:
        await people.change_profile(line.account.actor, **line.changes)
    known = await Listed.get_or_none(email=line.email)
    one = known or Listed(email=line.email)
    one.name, one.said, one.listed_at = line.name, dict(line.said), clock.now()
    one.account_id = line.account.id if line.account is not None else None
    one.ends_at = one.ends_by_id = None
    if line.state == NEW:
        await invites.create(by, email=line.email, days=INVITED_FOR)
    if line.state in (NEW, ASKED):
        one.invited_at = one.invited_at or clock.now()
    await one.save(force_create=known is None)


async def _part(by: Account, one: Listed, ends: bool, days: int) -> int:
    """Somebody is not on the list any more: nothing happens to an account unless chosen; an invitation is taken back."""
    if one.account is None:
        await Invite.filter(email=one.email).update(uses_left=0)
        await one.delete()
        return 0
    if not ends:
        one.ends_at = one.ends_by_id = None
    elif one.ends_at is None:
        rules.may_decide_about(by, one.account)
        one.ends_at, one.ends_by_id = clock.now() + timedelta(days=days), by.id
        await _write_of_end(one, one.account)
    await one.save(update_fields=["ends_at", "ends_by_id"])
    return int(ends)


async def _write_of_end(one: Listed, account: Account) -> None:
    assert one.ends_at is not None
    with letters.speaking(account.language):
        letter = letters.access_ends(one.ends_at)
        await post_mail(await letters.address(letter, to=account.email, code=account.language))


async def begin(fact: AccountOpened) -> None:
    """Fill the profile of somebody who accepted, with what the list says of them (reaction); they may change all of it."""
    account = await Account.get_or_none(id=fact.account_id).select_related("actor")
    one = await Listed.get_or_none(email=account.email) if account is not None else None
    if account is None or one is None or one.account_id is not None:
        return
    changes, _kept = reading.profile_changes(account, one.said, {})
    if changes:
        await people.change_profile(account.actor, **changes)
    one.account_id = account.id
    await one.save(update_fields=["account_id"])
