"""Letters that come back: after the second one that nobody will ever take, an address gets no more of those that one may leave.

Letters about the account itself (a new password, a new address) still go there: they are how one mends it.
"""

from __future__ import annotations

from datetime import timedelta

from fedcop.accounts.models import Account
from fedcop.core import clock
from fedcop.core.database import atomic
from fedcop.core.mail import MailRefused

MOST = 2
FORGOTTEN = timedelta(days=30)  # an older one tells nothing of the address any more
COLUMNS = ["bounces", "bounced_at", "bounce_said", "mail_paused_at"]


@atomic
async def record(account: Account, said: str, *, for_good: bool) -> None:
    """Note that a letter came back; `for_good`: its server will never take one."""
    found = await Account.filter(id=account.id).select_for_update().get()
    if found.bounced_at is not None and clock.now() - found.bounced_at > FORGOTTEN:
        found.bounces = 0
    found.bounced_at, found.bounce_said = clock.now(), " ".join(said.split())[:300]
    if for_good:
        found.bounces = min(found.bounces + 1, 100)
        if found.bounces >= MOST and found.mail_paused_at is None:
            found.mail_paused_at = clock.now()
    await found.save(update_fields=COLUMNS)


async def on_refused(fact: MailRefused) -> None:
    """Note it of the account that has the address, if any has."""
    account = await Account.get_or_none(email=fact.address.lower())
    if account is not None:
        await record(account, fact.said, for_good=True)


def forget(account: Account) -> None:
    """Think well of an address again; the caller saves COLUMNS."""
    account.bounces, account.bounced_at, account.bounce_said, account.mail_paused_at = 0, None, "", None


@atomic
async def confirm(account: Account) -> None:
    """Send letters there again: the member says that the address is right."""
    forget(account)
    await account.save(update_fields=COLUMNS)


async def latest(limit: int = 20) -> list[Account]:
    """Give the accounts whose letters came back last."""
    found = Account.filter(bounced_at__not_isnull=True).order_by("-bounced_at", "id").limit(limit)
    return await found.select_related("actor")
