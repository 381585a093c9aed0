"""Takes a letter: publishes it as an answer, notes that one of ours came back, or refuses it. Says so as LMTP does.

Only who got the letter has its address, and only their own address may answer. Machines are never answered.
"""

from __future__ import annotations

import asyncio
import hashlib
from datetime import timedelta

from tortoise.exceptions import IntegrityError

from fedcop.accounts import bounces, replying
from fedcop.accounts.letters import speaking
from fedcop.accounts.models import Account
from fedcop.accounts.replying import ABOVE, Word
from fedcop.core import clock
from fedcop.core.database import atomic
from fedcop.core.errors import FedcopError, Invalid
from fedcop.core.i18n import N_, _
from fedcop.discussions import queries
from fedcop.discussions import service as discussions
from fedcop.letterbox import letters
from fedcop.letterbox.cutting import cut
from fedcop.letterbox.models import ReceivedLetter
from fedcop.letterbox.reading import Received, read

TAKEN = "250 2.0.0 Thank you"
DROPPED = "250 2.0.0 Nobody reads automatic answers here"
UNKNOWN = "550 5.1.1 There is no such address"
EXPIRED = "550 5.7.1 This address has expired; please answer on the page"
NOT_YOURS = "550 5.7.1 Only who got the letter may answer it, from the address that it went to"
KEPT = timedelta(days=90)
NO_TEXT = N_("We found no text above the letter that you quote.")


async def knows(address: str) -> bool:
    """Tell whether letters for an address are taken at all."""
    return await replying.read(address) is not None


async def take(address: str, sender: str, raw: bytes) -> str:
    """Take a letter for one address and give the answer to the mail server that brought it."""
    word = await replying.read(address)
    if word is None:
        return UNKNOWN
    received = await asyncio.to_thread(read, raw)
    if word.post_id is None:
        if received.is_report and received.said:
            await bounces.record(word.account, received.said, for_good=received.failed_for_good)
        return TAKEN
    if received.automatic or not sender:
        return DROPPED
    if received.author != word.account.email.lower() or word.account.suspended_at is not None:
        return NOT_YOURS
    return EXPIRED if word.expired else await _answer(word, word.post_id, received)


async def _answer(word: Word, post_id: int, received: Received) -> str:
    key = hashlib.sha256(f"{word.account.id}\n{received.key}".encode()).hexdigest()
    if await ReceivedLetter.filter(key=key).exists():
        return TAKEN
    try:
        await _publish(word.account, post_id, received, key)
    except IntegrityError:
        if not await ReceivedLetter.filter(key=key).exists():
            raise
    except FedcopError as error:
        await _refuse(word.account, post_id, error, key)
    return TAKEN


@atomic
async def _publish(account: Account, post_id: int, received: Received, key: str) -> None:
    await ReceivedLetter.create(key=key, account=account, received_at=clock.now())
    parent = await queries.visible_post(account.actor, post_id)
    text = cut(received.text, _marks())
    if not text:
        raise Invalid(errors={"source": NO_TEXT})
    post = await discussions.reply(account.actor, parent, source=text)
    if received.attachments:
        await letters.without_files(account, post.id, received.attachments)


def _marks() -> list[str]:
    said = []
    for code in ("fr-CA", "en-CA"):
        with speaking(code):
            said.append(_(ABOVE))
    return said


@atomic
async def _refuse(account: Account, post_id: int, error: FedcopError, key: str) -> None:
    await ReceivedLetter.create(key=key, account=account, received_at=clock.now())
    await letters.refused(account, post_id, error)


@atomic
async def prune() -> None:
    """Job: forget what was taken long ago: no mail server tries for so long."""
    await ReceivedLetter.filter(received_at__lt=clock.now() - KEPT).delete()
