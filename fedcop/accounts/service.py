"""What people do with their account once they have one, and what those in charge do with it. Coming in is in `signup`."""

from __future__ import annotations

from typing import NoReturn

from tortoise.exceptions import IntegrityError

from fedcop.accounts import bounces, letters, links, queries, rules, sessions, throttle
from fedcop.accounts.facts import AccountRestored, AccountSuspended, PasswordChanged
from fedcop.accounts.models import Account, OneTimeLink, SignUp
from fedcop.accounts.passwords import Passwords
from fedcop.accounts.signup import (
    Welcome,
    Wish,
    approve,
    become_owner,
    check_owner_link,
    confirm,
    create_confirmed,
    create_for,
    decline,
    owner_link,
    sign_up,
    stand_in,
)
from fedcop.actors import service as actors
from fedcop.core import clock
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict, Forbidden, Invalid, TooMany
from fedcop.core.facts import record
from fedcop.core.i18n import N_
from fedcop.core.mail import post_mail
from fedcop.core.site import site

__all__ = [
    "Welcome", "Wish", "approve", "ask_email", "ask_reset", "become_owner", "change_password", "change_preferences",
    "check_owner_link", "check_password", "check_reset_link", "confirm", "confirm_email", "create_confirmed", "create_for", "decline", "give_role", "log_in",
    "owner_link", "reset", "sign_up", "suspend", "unsuspend",
]  # fmt: skip

WRONG = N_(
    "The address, name or password is not right, or there were too many attempts: then wait a quarter of an hour."
)
WRONG_PASSWORD = N_("This is not your password.")


async def log_in(who: str, password: str, *, address: str = "") -> Account:
    """Find the account of an address or name with this password. Unknown and wrong get the same answer, in the same time."""
    throttle.spend(_typed(who), limit=10, seconds=900)
    if address:
        throttle.spend(f"log-in-from:{address}", limit=50, seconds=900)
    account = await (queries.by_email(who) if "@" in who.strip().removeprefix("@") else queries.by_name(who))
    passwords, tried_out = site().part(Passwords), account is not None and _is_tried_out(account)
    if not await passwords.matches(account.password_hash if account else "", password) or tried_out:
        await _answer_pending(who, password)
    if account is None:
        raise Forbidden(WRONG, "wrong-password")
    rules.may_log_in(account)
    for key in (_of(account), _typed(account.actor.name), _typed(account.email)):
        throttle.forgive(key)
    if passwords.is_dated(account.password_hash):
        account.password_hash = await passwords.hash(password)
        await account.save(update_fields=["password_hash"])
    return account


def _typed(who: str) -> str:
    return f"log-in:{who.strip().removeprefix('@').lower()[:300]}"


def _of(account: Account) -> str:
    return f"log-in-to:{account.id}"


def _is_tried_out(account: Account) -> bool:
    """Count an attempt, whatever name it came under. What this refuses looks like a wrong password: else it would tell which address belongs to a name."""
    try:
        throttle.spend(_of(account), limit=10, seconds=900)
    except TooMany:
        return True
    return False


async def _answer_pending(who: str, password: str) -> NoReturn:
    """Refuse, and tell those who asked for an account, and know its password, what they wait for."""
    wanted = who.strip().removeprefix("@").lower()
    asked = SignUp.filter(email__in=(wanted, stand_in(wanted))) if "@" in wanted else SignUp.filter(name=wanted)
    matches = site().part(Passwords).matches
    hashes = {one.password_hash: one for one in await asked}
    waiting = [hashes[kept] for kept in hashes or ("",) if await matches(kept, password)]
    if not waiting:
        raise Forbidden(WRONG, "wrong-password")
    if waiting[0].confirmed_at is None:
        raise Forbidden(N_("Confirm your e-mail address first: open the link that we sent you."), "account-unconfirmed")
    raise Forbidden(N_("Your request is waiting for an answer. You will get an e-mail."), "account-waiting")


async def check_password(account: Account, password: str, field: str = "current") -> None:
    """Raise Invalid (at `field`) unless this is the person's password; too many tries are refused."""
    throttle.spend(f"password:{account.id}", limit=10, seconds=900)
    if not await site().part(Passwords).matches(account.password_hash, password):
        raise Invalid(errors={field: WRONG_PASSWORD})
    throttle.forgive(f"password:{account.id}")


async def change_password(account: Account, current: str, password: str, *, keep: str = "") -> None:
    """Change the password; every session but the one of the token `keep` ends."""
    await check_password(account, current)
    actor = await account.actor
    rules.check_password(password, actor.name, account.email)
    await _set_password(account, await site().part(Passwords).hash(password), keep)


@atomic
async def _set_password(account: Account, password_hash: str, keep: str) -> None:
    account.password_hash = password_hash
    await account.save(update_fields=["password_hash"])
    await sessions.end_all(account, except_token=keep)
    await OneTimeLink.filter(account_id=account.id, kind__in=("reset", "first", "login", "email")).delete()
    await record(PasswordChanged(account_id=account.id))
    with letters.speaking(account.language):
        await post_mail(await letters.address(letters.password_changed(), to=account.email, code=account.language))


async def ask_reset(email: str) -> None:
    """Send a link for a new password, if there is such an account; the caller is not told."""
    throttle.spend(f"reset:{email.strip().lower()[:300]}", limit=5, seconds=3600)
    await _ask_reset(rules.clean_email(email))


@atomic
async def _ask_reset(email: str) -> None:
    account = await queries.by_email(email)
    if account is None or account.deleting_at is not None:
        return
    token = await links.make("reset", account=account)
    with letters.speaking(account.language):
        await post_mail(await letters.address(letters.reset(token), to=account.email, code=account.language))


async def check_reset_link(token: str) -> None:
    """Raise NotFound unless the link for a new password still works."""
    await links.find("reset", token)


async def reset(token: str, password: str) -> Account:
    """Set a new password by a link; every session ends."""
    link = await links.find("reset", token)
    assert link.account is not None
    actor = await link.account.actor
    rules.check_password(password, actor.name, link.account.email)
    return await _reset(token, await site().part(Passwords).hash(password))


@atomic
async def _reset(token: str, password_hash: str) -> Account:
    link = await links.use("reset", token)
    assert link.account is not None
    await _set_password(link.account, password_hash, "")
    return link.account


async def ask_email(account: Account, password: str, email: str) -> None:
    """Begin to change the address: the new one must be confirmed, the old one is warned."""
    await check_password(account, password)
    email = rules.clean_email(email)
    if email == account.email:
        raise Invalid(errors={"email": N_("This is your address already.")})
    throttle.spend(f"email:{account.id}", limit=5, seconds=3600)
    await _ask_email(account, email)


@atomic
async def _ask_email(account: Account, email: str) -> None:
    with letters.speaking(account.language):
        if await queries.by_email(email) is not None:
            # The page says the same; the one who has the address learns of it.
            await post_mail(await letters.address(letters.known_address(), to=email, code=account.language))
            return
        token = await links.make("email", account=account, value=email)
        await post_mail(await letters.address(letters.new_address(token), to=email, code=account.language))
        await post_mail(await letters.address(letters.address_leaves(email), to=account.email, code=account.language))


@atomic
async def confirm_email(token: str) -> Account:
    """Use the new address that a link was sent to."""
    link = await links.use("email", token)
    assert link.account is not None
    link.account.email = link.value
    bounces.forget(link.account)
    try:
        await link.account.save(update_fields=["email", *bounces.COLUMNS])
    except IntegrityError as error:
        raise Conflict(N_("There is an account with this address already."), "email-taken") from error
    await OneTimeLink.filter(account_id=link.account.id, kind__in=("reset", "login")).delete()
    return link.account


@atomic
async def change_preferences(
    account: Account, *, language: str | None = None, time_zone: str | None = None, **choices: object
) -> None:
    """Change language, time zone and the choices that other features keep in `preferences`."""
    if language is not None:
        if language not in rules.LANGUAGES:
            raise Invalid(errors={"language": N_("Choose a language.")})
        account.language = language
    if time_zone is not None:
        if time_zone not in rules.time_zones():
            raise Invalid(errors={"time_zone": N_("Choose a time zone from the list.")})
        account.time_zone = time_zone
    account.preferences = {**account.preferences, **choices}
    await account.save(update_fields=["language", "time_zone", "preferences"])


@atomic
async def give_role(by: Account, account: Account, role: str) -> None:
    """Give somebody a role on this instance; there is always an owner left."""
    rules.may_give_role(by, account, role)
    if account.role == "owner" and role != "owner" and await queries.owners() < 2:
        raise Forbidden(N_("Name another owner first: an instance always keeps one."), "last-owner")
    account.role = role
    await account.save(update_fields=["role"])


@atomic
async def suspend(by: Account, account: Account, reason: str = "") -> None:
    """Close an account: its sessions end, its profile is hidden, and the person gets the reason."""
    rules.may_decide_about(by, account)
    if account.suspended_at is not None:
        return
    account.suspended_at = clock.now()
    await account.save(update_fields=["suspended_at"])
    await sessions.end_all(account)
    await actors.suspend(await account.actor)
    await record(AccountSuspended(account_id=account.id, actor_id=account.actor_id, reason=reason.strip()[:2000]))


@atomic
async def unsuspend(by: Account, account: Account) -> None:
    """Open a suspended account again."""
    rules.may_decide_about(by, account)
    if account.suspended_at is None:
        return
    account.suspended_at = None
    await account.save(update_fields=["suspended_at"])
    await actors.unsuspend(await account.actor)
    await record(AccountRestored(account_id=account.id, actor_id=account.actor_id))


async def write_of_suspension(fact: AccountSuspended) -> None:
    """Write to the person (reaction)."""
    account = await Account.get_or_none(id=fact.account_id)
    if account is not None:
        with letters.speaking(account.language):
            await post_mail(
                await letters.address(letters.suspended(fact.reason), to=account.email, code=account.language)
            )


async def write_of_restoration(fact: AccountRestored) -> None:
    """Write to the person (reaction)."""
    account = await Account.get_or_none(id=fact.account_id)
    if account is not None:
        with letters.speaking(account.language):
            await post_mail(await letters.address(letters.restored(), to=account.email, code=account.language))
