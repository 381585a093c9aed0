"""Addresses that come back to us: to answer a letter by mail, and where letters return that nobody took.

Each is the operator's `reply_address` with a signed word after a plus sign, so nobody can make one up. Off unless that is set.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from datetime import timedelta

from fedcop.accounts.letters import Letter
from fedcop.accounts.models import Account
from fedcop.core import clock, signing
from fedcop.core.i18n import N_, _
from fedcop.core.mail import BOUNCES
from fedcop.core.site import site

ANSWERS = "answer-by-mail"
VALID = timedelta(days=60)
SHORT = 16  # signs of a signature: before the @ there are 64 at most
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
DAY = 86400
ABOVE = N_("Reply above this line to answer in the discussion.")


@dataclass(frozen=True)
class Word:
    """What an address says: whose answer to which post, or whose letter came back."""

    account: Account
    post_id: int | None = None
    expired: bool = False


async def headers(account: Account, post_id: int | None) -> dict[str, str]:
    """Give the header by which a letter about a post can be answered; none, if this instance takes no answers."""
    if not is_on() or post_id is None:
        return {}
    ends = int((clock.now() + VALID).timestamp()) // DAY
    return {"Reply-To": address_with(await signed(ANSWERS, account.id, post_id, ends))}


def is_on() -> bool:
    """Tell whether this instance takes letters at all."""
    return bool(site().settings.reply_address)


def address_with(word: str) -> str:
    """Give the operator's address with a word in it."""
    name, _at, domain = site().settings.reply_address.partition("@")
    return f"{name}+{word}@{domain}"


async def signed(purpose: str, *numbers: int) -> str:
    """Make a word of numbers, for one purpose."""
    said = ".".join(_write(number) for number in numbers)
    return f"{said}.{(await signing.sign(purpose, said))[:SHORT]}"


async def numbers_in(purpose: str, word: str) -> list[int] | None:
    """Give the numbers of a word; None if we did not sign it for that purpose."""
    said, _dot, signature = word.rpartition(".")
    if not hmac.compare_digest((await signing.sign(purpose, said))[:SHORT].encode(), signature.encode()):
        return None
    return [int(part, len(DIGITS)) for part in said.split(".")]


def marked(letter: Letter, post_id: int | None) -> Letter:
    """Say at the head of a letter that it can be answered: what stands below that line is not taken as the answer."""
    if not is_on() or post_id is None:
        return letter
    return replace(letter, before=(_(ABOVE), *letter.before))


async def read(address: str) -> Word | None:
    """Tell what an address says; None if it is none of ours."""
    word = word_in(address)
    if word is None:
        return None
    return await _returned(word.removeprefix(BOUNCES)) if word.startswith(BOUNCES) else await _answer(word)


def word_in(address: str) -> str | None:
    """Give the word that an address has; None if it is not the operator's."""
    name, _at, domain = site().settings.reply_address.lower().partition("@")
    local, _at, host = address.strip().lower().rpartition("@")
    if not domain or host != domain or not local.startswith(f"{name}+"):
        return None
    return local.removeprefix(f"{name}+")


async def _answer(word: str) -> Word | None:
    numbers = await numbers_in(ANSWERS, word)
    if numbers is None:
        return None
    account = await Account.get_or_none(id=numbers[0]).select_related("actor")
    return Word(account, numbers[1], expired=numbers[2] * DAY < clock.now().timestamp()) if account else None


async def _returned(word: str) -> Word | None:
    """Whose letter it was, by the signature under their address, which stands in no table."""
    made = await signing.signer(BOUNCES)
    for account_id, email in await Account.all().values_list("id", "email"):
        if hmac.compare_digest(made(email.lower()).encode(), word.encode()):
            account = await Account.get_or_none(id=account_id).select_related("actor")
            return Word(account) if account is not None else None
    return None


def _write(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, len(DIGITS))
        digits = DIGITS[rest] + digits
    return digits
