"""How far a newcomer has come in the three steps of the welcome. What a step changes is kept where it belongs; here is only what is left.

It is a choice like others, in `Account.preferences`: who was at home before there was a welcome has none, and is never disturbed.
"""

from __future__ import annotations

from fedcop.accounts.models import Account
from fedcop.core.database import atomic

WHO, COMMUNITIES, LETTERS = STEPS = ("who", "communities", "letters")
VISIT = "visit"  # the guided visit: no step, but a thing one can do
_KEY = "welcome"


def is_newcomer(account: Account) -> bool:
    """Tell whether somebody was welcomed and has not put it away."""
    return bool(account.preferences.get(_KEY))


def has_done(account: Account, step: str) -> bool:
    """Tell whether a newcomer has done something, not only skipped it."""
    return _passed(account).get(step) == "done"


def _passed(account: Account) -> dict[str, str]:
    kept = account.preferences.get(_KEY)
    return {str(step): str(how) for step, how in kept.items()} if isinstance(kept, dict) else {}


@atomic
async def begin(account: Account) -> None:
    """Welcome somebody who signs in for the first time."""
    await _keep(account, {"begun": "done"})


@atomic
async def pass_step(account: Account, step: str, *, skipped: bool = False) -> None:
    """Remember that a newcomer has taken a step, or skipped it; nothing for who is at home."""
    fresh = await Account.select_for_update().get(id=account.id)
    if is_newcomer(fresh) and not (skipped and has_done(fresh, step)):
        await _keep(fresh, {**_passed(fresh), step: "skipped" if skipped else "done"})
    account.preferences = fresh.preferences


@atomic
async def put_away(account: Account) -> None:
    """End the welcome, for good."""
    fresh = await Account.select_for_update().get(id=account.id)
    await _keep(fresh, {})
    account.preferences = fresh.preferences


async def _keep(account: Account, passed: dict[str, str]) -> None:
    account.preferences = {**account.preferences, _KEY: passed}
    await account.save(update_fields=["preferences"])
