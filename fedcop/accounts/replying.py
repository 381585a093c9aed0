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
    address = site().settings.reply_address
    if not address or post_id is None:
        return {}
    ends = int((clock.now() + VALID).timestamp()) // DAY
    said = ".".join(_write(number) for number in (account.id, post_id, ends))
    name, _at, domain = address.partition("@")
    return {"Reply-To": f"{name}+{said}.{(await signing.sign(ANSWERS, said))[:SHORT]}@{domain}"}


def marked(letter: Letter, post_id: int | None) -> Letter:
    """Say at the head of a letter that it can be answered: what stands below that line is not taken as the answer."""
    if not site().settings.reply_address or post_id is None:
        return letter
    return replace(letter, before=(_(ABOVE), *letter.before))


async def read(address: str) -> Word | None:
    """Tell what an address says; None if it is none of ours."""
    name, _at, domain = site().settings.reply_address.lower().partition("@")
    local, _at, host = address.strip().lower().rpartition("@")
    if not domain or host != domain or not local.startswith(f"{name}+"):
        return None
    word = local.removeprefix(f"{name}+")
    return await _returned(word.removeprefix(BOUNCES)) if word.startswith(BOUNCES) else await _answer(word)


async def _answer(word: str) -> Word | None:
    said, _dot, signature = word.rpartition(".")
    if not hmac.compare_digest((await signing.sign(ANSWERS, said))[:SHORT].encode(), signature.encode()):
        return None
    numbers = [int(part, len(DIGITS)) for part in said.split(".")]
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
