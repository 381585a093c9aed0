"""The second step of signing in, between the right password and the session. What is asked there is in `codes`."""

from __future__ import annotations

from fedcop.accounts import rules
from fedcop.accounts.links import hash_token
from fedcop.accounts.models import Account
from fedcop.accounts.signin import codes, steps
from fedcop.accounts.signin.models import SignInStep
from fedcop.core.database import atomic
from fedcop.core.errors import NotFound


async def is_asked(account: Account) -> bool:
    """Tell whether the password alone does not let somebody in."""
    return await codes.is_on(account)


async def begin(account: Account, back: str) -> str:
    """Keep in mind that the first step was right; give the token for the browser."""
    return await steps.begin("second", account=account, value={"password": _stamp(account)}, back=back)


async def waiting(token: str) -> SignInStep:
    """Give the sign-in that waits for its second step, with its account; raise NotFound when it is over."""
    step = await steps.find("second", token)
    # Whoever had the old password has nothing any more once there is a new one.
    if step.account is None or step.value.get("password") != _stamp(step.account):
        raise NotFound(steps.TOO_LATE, "step-over")
    rules.may_log_in(step.account)
    return step


async def pass_code(token: str, code: str) -> tuple[Account, str]:
    """Accept the code of an app; give who is in, and the page that was asked for."""
    step = await waiting(token)
    await codes.check(_owner(step), code)
    return await _done(token)


async def pass_recovery(token: str, code: str) -> tuple[Account, str]:
    """Accept a recovery code; give who is in, and the page that was asked for."""
    step = await waiting(token)
    await codes.check_recovery(_owner(step), code)
    return await _done(token)


@atomic
async def _done(token: str) -> tuple[Account, str]:
    step = await steps.use("second", token)
    return _owner(step), step.next


def _owner(step: SignInStep) -> Account:
    assert step.account is not None
    return step.account


def _stamp(account: Account) -> str:
    return hash_token(account.password_hash)
