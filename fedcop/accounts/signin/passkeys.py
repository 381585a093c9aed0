"""Passkeys (WebAuthn): add, name, remove, and sign in with one, which needs neither name nor password.

A device proves that its owner unlocked it (user verification), so that a passkey counts for both steps of signing in.
"""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlsplit

import orjson

from fedcop.accounts import instance, rules, service, sessions
from fedcop.accounts.models import Account
from fedcop.accounts.signin import journal, steps
from fedcop.accounts.signin.models import Passkey, SignInStep
from fedcop.core import clock
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict, Forbidden, Invalid, NotFound, too_long
from fedcop.core.i18n import N_
from fedcop.core.site import site

MAX_PASSKEYS = 20
MAX_NAME = 60
MAX_ANSWER = 20_000
UNKNOWN = N_("This passkey is not known here, or did not work. Try again, or use your password.")
NOT_MADE = N_("Your device did not make a passkey that can be used here. Try again.")


async def of(account: Account) -> list[Passkey]:
    """List somebody's passkeys, the oldest first."""
    return await Passkey.filter(account_id=account.id).order_by("id")


async def one(account: Account, passkey_id: int) -> Passkey:
    """Load a passkey of this person's; raise NotFound."""
    found = await Passkey.get_or_none(id=passkey_id, account_id=account.id)
    if found is None:
        raise NotFound(code="no-passkey")
    return found


async def begin_new(account: Account, password: str, name: str) -> str:
    """Begin to add a passkey; give the token for the browser, which asks the device next."""
    name = _checked_name(name)
    await service.check_password(account, password, "password")
    if await Passkey.filter(account_id=account.id).count() >= MAX_PASSKEYS:
        raise Invalid(errors={"name": N_("You have many passkeys already. Remove one first.")})
    value = {"challenge": secrets.token_urlsafe(32), "name": name}
    return await steps.begin("new-passkey", account=account, value=value)


async def wish(account: Account, token: str) -> tuple[str, str]:
    """Give what the browser asks the device for (JSON), and the name that the passkey will have."""
    from webauthn import generate_registration_options, options_to_json  # noqa: PLC0415 - slow to load, rarely needed
    from webauthn.helpers.structs import (  # noqa: PLC0415
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    step = await _mine(account, token)
    options = generate_registration_options(
        rp_id=_host(),
        rp_name=(await instance.read()).name,
        user_id=str(account.id).encode(),
        user_name=account.actor.name,
        user_display_name=account.actor.display_name or account.actor.name,
        challenge=_challenge(step),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=_bytes(key.credential_id)) for key in await of(account)],
    )
    return options_to_json(options), str(step.value["name"])


async def _mine(account: Account, token: str) -> SignInStep:
    step = await steps.find("new-passkey", token)
    if step.account_id != account.id:
        raise NotFound(steps.TOO_LATE, "step-over")
    return step


async def add(account: Account, token: str, answer: str) -> Passkey:
    """Keep the passkey that a device made."""
    from webauthn import verify_registration_response  # noqa: PLC0415

    await _mine(account, token)
    step = await _use("new-passkey", token)
    try:
        made = verify_registration_response(
            credential=_read(answer),
            expected_challenge=_challenge(step),
            expected_rp_id=_host(),
            expected_origin=site().origin,
            require_user_verification=True,
        )
    except Exception as error:  # noqa: BLE001 - whatever is wrong with what a browser sent, no passkey comes of it
        raise Invalid(NOT_MADE, "passkey-refused") from error
    return await _add(
        account, str(step.value["name"]), _text(made.credential_id), made.credential_public_key, made.sign_count
    )


@atomic
async def _add(account: Account, name: str, credential_id: str, public_key: bytes, sign_count: int) -> Passkey:
    if await Passkey.exists(credential_id=credential_id):
        raise Conflict(N_("This passkey was added already."), "passkey-known")
    passkey = await Passkey.create(
        account_id=account.id,
        name=name,
        credential_id=credential_id,
        public_key=public_key,
        sign_count=sign_count,
        created_at=clock.now(),
    )
    await journal.note(account, "passkey-added", by=account, name=name)
    return passkey


@atomic
async def rename(account: Account, passkey_id: int, name: str) -> None:
    """Call a passkey something else."""
    passkey = await one(account, passkey_id)
    passkey.name = _checked_name(name)
    await passkey.save(update_fields=["name"])


async def remove(account: Account, passkey_id: int, password: str, *, keep: str) -> None:
    """Forget a passkey; sessions but the one of `keep` end, since they may be of the device that is lost."""
    passkey = await one(account, passkey_id)
    await service.check_password(account, password, "remove_password")
    await _remove(account, passkey, keep)


@atomic
async def _remove(account: Account, passkey: Passkey, keep: str) -> None:
    if await Passkey.filter(id=passkey.id).delete():
        await sessions.end_all(account, except_token=keep)
        await journal.note(account, "passkey-removed", by=account, name=passkey.name)


async def begin(back: str, account: Account | None = None) -> tuple[str, str]:
    """Begin to sign in, as one of anybody's or as the second step of `account`; give the browser's token and the question (JSON)."""
    from webauthn import generate_authentication_options, options_to_json  # noqa: PLC0415
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor, UserVerificationRequirement  # noqa: PLC0415

    challenge = secrets.token_urlsafe(32)
    token = await steps.begin("passkey", account=account, value={"challenge": challenge}, back=back)
    known = await of(account) if account else []
    options = generate_authentication_options(
        rp_id=_host(),
        challenge=_bytes(challenge),
        allow_credentials=[PublicKeyCredentialDescriptor(id=_bytes(key.credential_id)) for key in known],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return token, options_to_json(options)


async def sign_in(token: str, answer: str) -> tuple[Account, str]:
    """Find whose passkey answered; give who is in, and the page that was asked for. A question is answered once, rightly or not."""
    step = await _use("passkey", token)
    try:
        read = _read(answer)
        passkey = await Passkey.get_or_none(credential_id=str(read["id"])).select_related("account__actor")
        if passkey is None or step.account_id not in (None, passkey.account_id):
            raise ValueError("nobody has this passkey")
        count = _verified(passkey, step, read)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with what a browser sent, nobody comes in by it
        raise Forbidden(UNKNOWN, "passkey-refused") from error
    rules.may_log_in(passkey.account)
    if not await _seen(passkey, count):
        raise Forbidden(UNKNOWN, "passkey-refused")
    return passkey.account, step.next


def _verified(passkey: Passkey, step: SignInStep, read: dict[str, Any]) -> int:
    """Give the device's count of signatures; raise if anything about its answer is not as it must be."""
    from webauthn import verify_authentication_response  # noqa: PLC0415

    handle = read["response"].get("userHandle")
    if handle is not None and _bytes(handle) != str(passkey.account_id).encode():
        raise ValueError("the passkey names somebody else")
    return verify_authentication_response(
        credential=read,
        expected_challenge=_challenge(step),
        expected_rp_id=_host(),
        expected_origin=site().origin,
        credential_public_key=bytes(passkey.public_key),
        credential_current_sign_count=passkey.sign_count,
        require_user_verification=True,
    ).new_sign_count


@atomic
async def _seen(passkey: Passkey, count: int) -> bool:
    """Keep the count; of two answers with the same one, one counts."""
    mine = Passkey.filter(id=passkey.id, sign_count=passkey.sign_count)
    return bool(await mine.update(sign_count=count, used_at=clock.now()))


@atomic
async def _use(kind: str, token: str) -> SignInStep:
    return await steps.use(kind, token)


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Invalid(errors={"name": N_("Give it a name, so that you know it again.")})
    if len(name) > MAX_NAME:
        raise Invalid(errors={"name": too_long(MAX_NAME)})
    return name


def _host() -> str:
    return urlsplit(site().origin).hostname or ""


def _read(answer: str) -> dict[str, Any]:
    if len(answer) > MAX_ANSWER:
        raise ValueError("too long")
    read = orjson.loads(answer)
    if not isinstance(read, dict):
        raise TypeError("not an object")
    return read


def _challenge(step: SignInStep) -> bytes:
    return _bytes(str(step.value["challenge"]))


def _bytes(text: str) -> bytes:
    from webauthn import base64url_to_bytes  # noqa: PLC0415

    return base64url_to_bytes(text)


def _text(content: bytes) -> str:
    from webauthn.helpers import bytes_to_base64url  # noqa: PLC0415

    return bytes_to_base64url(content)
