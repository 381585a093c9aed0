"""Codes of an app (TOTP, RFC 6238) and recovery codes: set up, check, renew, switch off. Each code is accepted once."""

from __future__ import annotations

import base64
import hmac
import secrets

import pyotp

from fedcop.accounts import rules, service, sessions, throttle
from fedcop.accounts.links import hash_token
from fedcop.accounts.models import Account
from fedcop.accounts.signin import journal
from fedcop.accounts.signin.models import Authenticator, RecoveryCode
from fedcop.core import clock
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict, Invalid, NotFound
from fedcop.core.i18n import N_

SECONDS = 30
RECOVERY_CODES = 10
WRONG = N_("This code is not right, or was used already. Wait for the next one and try again.")
WRONG_RECOVERY = N_("This is not one of your recovery codes, or it was used already.")


async def of(account: Account) -> Authenticator | None:
    """Give the app that shows somebody's codes, confirmed or being set up."""
    return await Authenticator.get_or_none(account_id=account.id)


async def is_on(account: Account) -> bool:
    """Tell whether codes are asked of somebody."""
    return await Authenticator.exists(account_id=account.id, confirmed_at__not_isnull=True)


async def recovery_left(account: Account) -> int:
    """Count the recovery codes that somebody has left."""
    return await RecoveryCode.filter(account_id=account.id).count()


@atomic
async def begin(account: Account) -> None:
    """Make a secret for an app; nothing is asked before a code of it has been seen."""
    if await is_on(account):
        raise Conflict(N_("Codes are asked already."), "codes-on")
    await Authenticator.filter(account_id=account.id).delete()
    await Authenticator.create(account_id=account.id, secret=pyotp.random_base32(), created_at=clock.now())


async def pending(account: Account) -> Authenticator:
    """Give the app that is being set up; raise NotFound when there is none."""
    found = await of(account)
    if found is None or found.confirmed_at is not None:
        raise NotFound(code="no-authenticator")
    return found


def address_of(app: Authenticator, who: str, issuer: str) -> str:
    """Write the address (otpauth:) that apps read from the picture."""
    return pyotp.TOTP(app.secret).provisioning_uri(name=who, issuer_name=issuer.replace(":", " "))


async def confirm(account: Account, password: str, code: str, *, keep: str) -> list[str]:
    """Ask for codes from now on; give the recovery codes, to be shown once. Sessions but the one of `keep` end."""
    app = await pending(account)
    await service.check_password(account, password, "password")
    throttle.spend(f"second:{account.id}", limit=10, seconds=900)
    step = _step_of(app, code)
    if step is None:
        raise Invalid(errors={"code": WRONG})
    throttle.forgive(f"second:{account.id}")
    return await _confirm(account, app, step, keep)


@atomic
async def _confirm(account: Account, app: Authenticator, step: int, keep: str) -> list[str]:
    mine = Authenticator.filter(id=app.id, confirmed_at__isnull=True)
    if not await mine.update(confirmed_at=clock.now(), last_step=step):
        raise Conflict(N_("Codes are asked already."), "codes-on")
    await sessions.end_all(account, except_token=keep)
    await journal.note(account, "codes-on", by=account)
    return await _make_recovery(account)


async def renew_recovery(account: Account, password: str) -> list[str]:
    """Make new recovery codes in place of those there are, to be shown once."""
    await service.check_password(account, password, "recovery_password")
    return await _renew(account)


@atomic
async def _renew(account: Account) -> list[str]:
    if not await is_on(account):
        raise NotFound(code="no-authenticator")
    await journal.note(account, "recovery-new", by=account)
    return await _make_recovery(account)


async def switch_off(account: Account, password: str) -> None:
    """Ask for codes no longer."""
    await service.check_password(account, password, "off_password")
    await _switch_off(account)


@atomic
async def _switch_off(account: Account) -> None:
    if await _drop(account):
        await journal.note(account, "codes-off", by=account)


@atomic
async def clear(by: Account | None, account: Account) -> bool:
    """Take the second step away from somebody who lost it; their sessions end. `by` is None on the command line."""
    if by is not None:
        rules.may_administer(by, "admin")
        rules.may_decide_about(by, account)
    if not await _drop(account):
        return False
    await sessions.end_all(account)
    await journal.note(account, "codes-cleared", by=by)
    return True


async def _drop(account: Account) -> bool:
    """Forget the app and the recovery codes; tell whether codes were asked."""
    was_on = await is_on(account)
    await Authenticator.filter(account_id=account.id).delete()
    await RecoveryCode.filter(account_id=account.id).delete()
    return was_on


async def check(account: Account, code: str) -> None:
    """Accept a code of somebody's app, once; raise Invalid (field "code") or TooMany."""
    throttle.spend(f"second:{account.id}", limit=10, seconds=900)
    app = await Authenticator.get_or_none(account_id=account.id, confirmed_at__not_isnull=True)
    step = _step_of(app, code) if app else None
    # One statement: of two who send the same code at the same time, one is in.
    if app is None or step is None or not await _spend(app, step):
        raise Invalid(errors={"code": WRONG})
    throttle.forgive(f"second:{account.id}")


@atomic
async def _spend(app: Authenticator, step: int) -> bool:
    return bool(await Authenticator.filter(id=app.id, last_step__lt=step).update(last_step=step))


async def check_recovery(account: Account, code: str) -> None:
    """Accept a recovery code and use it up; raise Invalid (field "recovery") or TooMany."""
    throttle.spend(f"second:{account.id}", limit=10, seconds=900)
    if not await _spend_recovery(account, hash_token(_tidy(code))):
        raise Invalid(errors={"recovery": WRONG_RECOVERY})
    throttle.forgive(f"second:{account.id}")


@atomic
async def _spend_recovery(account: Account, code_hash: str) -> bool:
    if not await RecoveryCode.filter(account_id=account.id, code_hash=code_hash).delete():
        return False
    await journal.note(account, "recovery-used", by=account, left=await recovery_left(account))
    return True


def _step_of(app: Authenticator, code: str) -> int | None:
    """Give the half minute that a code belongs to: this one, the one before or the one after; None if it is none of them."""
    typed = "".join(code.split())
    present = int(clock.now().timestamp()) // SECONDS
    totp = pyotp.TOTP(app.secret)
    fitting = [
        step
        for step in (present, present - 1, present + 1)
        if hmac.compare_digest(totp.generate_otp(step).encode(), typed.encode())
    ]
    return fitting[0] if fitting else None


async def _make_recovery(account: Account) -> list[str]:
    await RecoveryCode.filter(account_id=account.id).delete()
    made = [base64.b32encode(secrets.token_bytes(10)).decode().lower() for _ in range(RECOVERY_CODES)]
    for code in made:
        await RecoveryCode.create(account_id=account.id, code_hash=hash_token(code))
    return ["-".join(code[start : start + 4] for start in range(0, 16, 4)) for code in made]


def _tidy(code: str) -> str:
    return "".join(sign for sign in code.lower() if sign.isalnum())
