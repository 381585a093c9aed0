"""What time does to lists: those who left lose access when their grace is over; a list that nobody confirmed is forgotten."""

from __future__ import annotations

from fedcop.accounts import service as accounts
from fedcop.accounts.letters import speaking
from fedcop.accounts.models import Account
from fedcop.core import clock
from fedcop.core.database import atomic
from fedcop.core.errors import Forbidden
from fedcop.core.i18n import N_, _
from fedcop.people.memberlist.applying import KEPT_FOR
from fedcop.people.models import Listed, UploadedList

LEFT = N_("You are no longer on your organisation's list of members.")


async def turn() -> None:
    """Do what is due (a job)."""
    await UploadedList.filter(uploaded_at__lt=clock.now() - KEPT_FOR).delete()
    for one in await Listed.filter(ends_at__lte=clock.now()).order_by("id"):
        await _close(one.id)


@atomic
async def _close(listed_id: int) -> None:
    one = await Listed.filter(id=listed_id, ends_at__lte=clock.now()).select_for_update().first()
    if one is None:
        return
    account = await Account.get_or_none(id=one.account_id) if one.account_id is not None else None
    by = await Account.get_or_none(id=one.ends_by_id) if one.ends_by_id is not None else None
    await one.delete()
    if account is None or by is None:
        return
    with speaking(account.language):
        reason = _(LEFT)
    try:
        await accounts.suspend(by, account, reason)
    except Forbidden:  # who decided it is not in charge any more, or they are
        return
