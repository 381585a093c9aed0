"""What an account must look like, and who may do what to whom on this instance."""

from __future__ import annotations

import re
from functools import cache
from zoneinfo import available_timezones

from fedcop.accounts.models import Account
from fedcop.accounts.passwords import MAX_LENGTH, MIN_LENGTH
from fedcop.core.errors import Forbidden, Invalid
from fedcop.core.i18n import N_

ROLES = ("member", "moderator", "admin", "owner")
LANGUAGES = ("fr-CA", "en-CA")
REGISTRATION = ("open", "approval", "invitation", "closed")
_EMAIL = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
)
# The first words that anybody tries; the length rule refuses the rest.
_COMMON = frozenset(
    {
        "motdepasse", "motdepasse1", "1234567890", "12345678910", "azertyuiop", "qwertyuiop", "qwerty12345", "azerty12345",
        "administrateur", "iloveyou123", "bonjour123", "0123456789", "letmein1234", "changeme123", "password123",
    }
)  # fmt: skip


@cache
def time_zones() -> frozenset[str]:
    """Give the time zones that this machine knows: looked for once, for they are six hundred files."""
    return frozenset(available_timezones())


def rank(role: str) -> int:
    """Order roles: a higher rank may do what a lower one may."""
    return ROLES.index(role) if role in ROLES else 0


def clean_email(text: str) -> str:
    """Bring an address into the form we keep; raise Invalid (field "email") if it is none."""
    email = text.strip().lower()
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        raise Invalid(errors={"email": N_("Enter a complete e-mail address, like name@example.org.")})
    return email


def check_password(password: str, *others: str) -> None:
    """Refuse short and obvious passwords; `others` are words it may not be (the name, the address)."""
    problem = ""
    if len(password) < MIN_LENGTH:
        problem = N_("Use at least 10 characters; a short sentence works well.")
    elif len(password) > MAX_LENGTH:
        problem = N_("That is too long. Use fewer than 1000 characters.")
    elif (
        password.lower() in _COMMON
        or len(set(password)) < 3
        or password.lower() in {other.lower() for other in others if other}
    ):
        problem = N_("This password is too easy to guess.")
    if problem:
        raise Invalid(errors={"password": problem})


def is_open(account: Account) -> bool:
    """Tell whether an account may be used now."""
    return bool(account.confirmed_at and account.approved_at) and not account.suspended_at and not account.deleting_at


def may_log_in(account: Account) -> None:
    """Raise Forbidden, with the reason for this person, if the account may not be used."""
    if account.deleting_at is not None:
        raise Forbidden(N_("This account is being deleted."), "account-deleting")
    if account.suspended_at is not None:
        raise Forbidden(
            N_("This account is suspended. Write to the people in charge of this instance."), "account-suspended"
        )
    if account.confirmed_at is None:
        raise Forbidden(N_("Confirm your e-mail address first: open the link that we sent you."), "account-unconfirmed")
    if account.approved_at is None:
        raise Forbidden(N_("Your request is waiting for an answer. You will get an e-mail."), "account-waiting")


def may_administer(by: Account, at_least: str = "admin") -> None:
    """Raise Forbidden unless `by` has this role or a higher one."""
    if not is_open(by) or rank(by.role) < rank(at_least):
        raise Forbidden(code="role")


def may_decide_about(by: Account, other: Account) -> None:
    """Raise Forbidden unless `by` stands above `other`; nobody decides about themselves or an equal."""
    may_administer(by, "moderator")
    if by.id == other.id or rank(by.role) <= rank(other.role):
        raise Forbidden(N_("Only somebody with a higher role may do that."), "role")


def may_give_role(by: Account, other: Account, role: str) -> None:
    """Raise Forbidden unless `by` may give `role` to `other`: owners give any role, others only roles below their own."""
    may_administer(by, "admin")
    if role not in ROLES:
        raise Invalid(errors={"role": N_("Choose one of the roles.")})
    if by.role != "owner" and (rank(other.role) >= rank(by.role) or rank(role) >= rank(by.role)):
        raise Forbidden(N_("Only somebody with a higher role may do that."), "role")
