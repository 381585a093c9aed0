"""What is under way while somebody signs in: a browser holds a token, we hold its hash and the rest. Works once, and for minutes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fedcop.accounts.links import hash_token
from fedcop.accounts.models import Account
from fedcop.accounts.signin.models import SignInStep
from fedcop.core import clock
from fedcop.core.database import atomic
from fedcop.core.errors import NotFound
from fedcop.core.i18n import N_
from fedcop.core.ids import new_token

LIFETIMES = {
    "second": timedelta(minutes=10),  # the password was right, the second step is missing
    "passkey": timedelta(minutes=10),  # a device was asked for a passkey
    "provider": timedelta(minutes=15),  # somebody was sent to another provider
    "identity": timedelta(minutes=15),  # they came back, and no account is linked yet
    "new-passkey": timedelta(minutes=10),  # a device was asked to make one
}
MAX_NEXT = 2000
TOO_LATE = N_("That took too long. Please begin again.")


@atomic
async def begin(
    kind: str, *, account: Account | None = None, value: dict[str, Any] | None = None, back: str = ""
) -> str:
    """Begin something and give the token for the browser."""
    token = new_token()
    await SignInStep.create(
        account_id=account.id if account else None,
        kind=kind,
        token_hash=hash_token(token),
        value=value or {},
        next=back if len(back) <= MAX_NEXT else "",
        expires_at=clock.now() + LIFETIMES[kind],
    )
    return token


async def find(kind: str, token: str) -> SignInStep:
    """Find what is under way, with whose it is; raise NotFound when it is over."""
    found = SignInStep.get_or_none(kind=kind, token_hash=hash_token(token), expires_at__gt=clock.now())
    step = await found.prefetch_related("account__actor")
    if step is None:
        raise NotFound(TOO_LATE, "step-over")
    return step


async def use(kind: str, token: str) -> SignInStep:
    """Find what is under way and end it; of two at a time one wins."""
    step = await find(kind, token)
    if not await SignInStep.filter(id=step.id).delete():
        raise NotFound(TOO_LATE, "step-over")
    return step


@atomic
async def forget_stale() -> None:
    """Drop what was never finished (a job of the timetable)."""
    await SignInStep.filter(expires_at__lt=clock.now()).delete()
