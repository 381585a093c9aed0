"""Takes a letter: publishes it as an answer or a discussion, notes that one of ours came back, or refuses it. Says so as LMTP does.

Only whom we gave an address has it, and only they may write to it, from the address of their account. Machines are never answered.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta

from tortoise.exceptions import IntegrityError

from fedcop.accounts import bounces, replying
from fedcop.accounts.letters import speaking
from fedcop.accounts.models import Account
from fedcop.accounts.replying import ABOVE, Word
from fedcop.communities import access
from fedcop.core import budgets, clock, retention
from fedcop.core.database import atomic
from fedcop.core.errors import FedcopError, Invalid, Unavailable
from fedcop.core.feature import Period
from fedcop.core.i18n import N_, _
from fedcop.discussions import queries
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.letterbox import beginning, bringing, letters, posting
from fedcop.letterbox.bringing import Brought
from fedcop.letterbox.cutting import cut
from fedcop.letterbox.models import ReceivedLetter
from fedcop.letterbox.posting import Place
from fedcop.letterbox.reading import Received, Unreadable, read

TAKEN = "250 2.0.0 Thank you"
DROPPED = "250 2.0.0 Nobody reads automatic answers here"
UNREADABLE = "554 5.6.0 This letter cannot be read"
UNKNOWN = "550 5.1.1 There is no such address"
EXPIRED = "550 5.7.1 This address has expired; please answer on the page"
TOO_MANY = "450 4.7.1 Too many letters in one day; please try again tomorrow"
NOT_YOURS = (
    "550 5.7.1 Only the member to whom this address was given may write to it, from the address of their account"
)
KEPT = Period(
    "letters", N_("Numbers by which letters of members are recognised, should they come twice"), days=90, least=7
)
LATELY = timedelta(days=7)
MOST_A_DAY = budgets.LETTERS_A_DAY  # of one person; what comes later is tried again by the server that brings it
NO_TEXT = N_("We found no text above the letter that you quote.")


async def knows(address: str) -> bool:
    """Tell whether letters for an address are taken at all."""
    return await replying.read(address) is not None or await posting.read(address) is not None


async def take(address: str, sender: str, raw: bytes) -> str:
    """Take a letter for one address and give the answer to the mail server that brought it."""
    try:
        return await _take(address, sender, raw)
    except Unreadable:
        return UNREADABLE


async def _take(address: str, sender: str, raw: bytes) -> str:
    place = await posting.read(address)
    word = await replying.read(address) if place is None else None
    if word is not None and word.post_id is None:
        return await _returned(word, await asyncio.to_thread(read, raw))
    account = place.account if place is not None else word.account if word is not None else None
    if account is None:
        return UNKNOWN
    received = await asyncio.to_thread(read, raw)
    if received.automatic or not sender:
        return DROPPED
    if received.author != account.email.lower() or account.suspended_at is not None or account.deleting_at is not None:
        return NOT_YOURS
    if place is not None:
        return await _begin(place, received)
    if word is not None and word.post_id is not None and not word.expired:
        return await _answer(word, word.post_id, received)
    return EXPIRED


async def _returned(word: Word, received: Received) -> str:
    if received.is_report and received.said:
        await bounces.record(word.account, received.said, for_good=received.failed_for_good)
    return TAKEN


async def _wrote_too_much(account: Account) -> bool:
    day = clock.now() - timedelta(days=1)
    return await ReceivedLetter.filter(account_id=account.id, received_at__gt=day).count() >= MOST_A_DAY


async def _answer(word: Word, post_id: int, received: Received) -> str:
    key = hashlib.sha256(f"{word.account.id}\n{received.key}".encode()).hexdigest()
    return await _once(
        word.account,
        key,
        received,
        lambda brought: _publish(word.account, post_id, received, brought, key),
        lambda error, brought: _refuse(word.account, post_id, received, brought, error, key),
    )


async def _begin(place: Place, received: Received) -> str:
    # With the community: one letter may go to several.
    said = f"{place.account.id}\n{place.community.id}\n{received.key}"
    key = hashlib.sha256(said.encode()).hexdigest()
    return await _once(
        place.account,
        key,
        received,
        lambda brought: beginning.publish(place, received, brought, key, _marks()),
        lambda error, brought: beginning.give_back(place, received, brought, error, key),
    )


async def _once(
    account: Account,
    key: str,
    received: Received,
    publish: Callable[[Brought], Awaitable[None]],
    refuse: Callable[[FedcopError, Brought], Awaitable[None]],
) -> str:
    """Publish a letter, or refuse it, unless it came before."""
    if await ReceivedLetter.filter(key=key).exists():
        return TAKEN
    if await _wrote_too_much(account):
        return TOO_MANY
    brought = await bringing.take_in(account, received.files)
    try:
        await publish(brought)
    except IntegrityError:
        await bringing.let_go(account.actor, brought.files)
        if not await ReceivedLetter.filter(key=key).exists():
            raise
    except Unavailable:  # no fault of the letter: who brings it tries again
        await bringing.let_go(account.actor, brought.files)
        raise
    except FedcopError as error:
        await refuse(error, brought)
    return TAKEN


@atomic
async def _publish(account: Account, post_id: int, received: Received, brought: Brought, key: str) -> None:
    await ReceivedLetter.create(key=key, account=account, received_at=clock.now())
    parent = await queries.visible_post(account.actor, post_id)
    text = cut(received.text, _marks())
    if not text:
        raise Invalid(errors={"source": NO_TEXT})
    post = await discussions.reply(account.actor, parent, source=text)
    until = await bringing.keep_for(post, account.actor, brought.files)
    if brought.files or brought.refused:
        await letters.about_files(account, post, brought, until)


def _marks() -> list[str]:
    said = []
    for code in ("fr-CA", "en-CA"):
        with speaking(code):
            said.append(_(ABOVE))
    return said


@atomic
async def _refuse(
    account: Account, post_id: int, received: Received, brought: Brought, error: FedcopError, key: str
) -> None:
    await ReceivedLetter.create(key=key, account=account, received_at=clock.now())
    # What not all may read does not go through the mail a second time.
    is_public = await Post.exists(id=post_id, audience=access.PUBLIC)
    await bringing.let_go(account.actor, brought.files)
    text = cut(received.text, _marks()) if is_public else ""
    await letters.refused(account, post_id, error, text, bool(received.files))


async def count_lately() -> int:
    """Count the letters of members that were taken in the last days, published or not."""
    return await ReceivedLetter.filter(received_at__gt=clock.now() - LATELY).count()


@atomic
async def prune() -> None:
    """Job: forget what was taken long ago: no mail server tries for so long."""
    await ReceivedLetter.filter(received_at__lt=await retention.border(KEPT)).delete()
