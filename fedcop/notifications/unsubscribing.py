"""Links that stop letters without logging in (RFC 8058). They are signed, last for ever and can do nothing else."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass

from fedcop.accounts.models import Account
from fedcop.core import addresses, signing
from fedcop.core.errors import NotFound
from fedcop.core.ids import read_id
from fedcop.notifications import topics

KEY = "unsubscribe_key"


@dataclass(frozen=True)
class Stop:
    """Whose letters a link stops: those about some topics, or the summaries of a community."""

    account: Account
    topics: tuple[topics.Topic, ...] = ()
    community_id: int | None = None


async def address_for(account: Account, *keys: str) -> str:
    """Give the address that stops letters of one or some topics to a member."""
    return await _address(f"{account.id}.{'+'.join(keys)}")


async def address_for_community(account: Account, community_id: int) -> str:
    """Give the address that stops the summaries of a community, and only those."""
    return await _address(f"{account.id}.c{community_id}")


async def find(token: str) -> Stop:
    """Tell what a link stops; raise the NotFound of absent things for any other text."""
    said, _, signature = token.rpartition(".")
    number, _, what = said.partition(".")
    if not hmac.compare_digest(_sign(said, await signing.secret(KEY)).encode(), signature.encode()):
        raise NotFound
    account = await Account.get_or_none(id=int(number)) if number.isdecimal() else None
    community_id = read_id(what[1:]) if what[:1] == "c" else None
    stopped = tuple(topics.BY_KEY[key] for key in what.split("+") if key in topics.BY_KEY)
    if account is None or (community_id is None and not stopped):
        raise NotFound
    return Stop(account, stopped, community_id)


async def _address(said: str) -> str:
    return addresses.absolute(f"/unsubscribe/{said}.{_sign(said, await signing.secret(KEY))}")


def _sign(said: str, key: bytes) -> str:
    digest = hmac.new(key, said.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:18]).decode()
