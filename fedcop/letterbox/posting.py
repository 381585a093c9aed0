"""Addresses at which members begin discussions by mail: one for each person and community, signed, replaced at will.

They hold until they are replaced: people keep them among their contacts. What a letter to them may do is judged when it comes.
"""

from __future__ import annotations

from dataclasses import dataclass

from fedcop.accounts import replying
from fedcop.accounts.models import Account
from fedcop.communities import access
from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.core.clock import now
from fedcop.core.database import atomic
from fedcop.core.errors import NotFound
from fedcop.letterbox import rules
from fedcop.letterbox.models import PostingAddress

PURPOSE = "post-by-mail"
POSTS = "n-"
"""Begins the word in such an address; the rest is the number of the row, its serial, and a signature."""


@dataclass(frozen=True)
class Place:
    """What an address says: who begins a discussion where, and whether another address has replaced it."""

    account: Account
    community: Community
    replaced: bool = False


async def find(account: Account, community: Community) -> str:
    """Give the address that somebody has for a community; "" if they have none."""
    row = await PostingAddress.get_or_none(account_id=account.id, community_id=community.id)
    return await _written(row) if row is not None else ""


async def all_of(account: Account) -> list[tuple[Community, str]]:
    """Give all addresses of somebody, with the communities, loaded with their actors."""
    if not replying.is_on():
        return []
    found = await PostingAddress.filter(account_id=account.id).select_related("community__actor").order_by("id")
    known = await access.findable(account.actor, [row.community for row in found])  # some became hidden since
    return [(row.community, await _written(row)) for row in found if row.community_id in known]


async def _written(row: PostingAddress) -> str:
    return replying.address_with(POSTS + await replying.signed(PURPOSE, row.id, row.serial))


@atomic
async def give(account: Account, community: Community) -> None:
    """Give somebody an address; who has one keeps it."""
    await rules.may_begin(account.actor, community)
    row = PostingAddress(account_id=account.id, community_id=community.id, made_at=now())
    await PostingAddress.bulk_create([row], ignore_conflicts=True)


@atomic
async def replace(account: Account, community: Community) -> None:
    """Give somebody another address; the one before is refused from now on. Whoever has one may, also where they write no more."""
    row = await PostingAddress.filter(account_id=account.id, community_id=community.id).select_for_update().first()
    if row is None:
        raise NotFound
    row.serial, row.made_at = row.serial + 1, now()
    await row.save(update_fields=["serial", "made_at"])


async def read(address: str) -> Place | None:
    """Tell what an address says; None if it is none of these."""
    word = replying.word_in(address)
    if word is None or not word.startswith(POSTS):
        return None
    numbers = await replying.numbers_in(PURPOSE, word.removeprefix(POSTS))
    row = await PostingAddress.get_or_none(id=numbers[0]).select_related("account__actor") if numbers else None
    community = await communities.by_id(row.community_id) if row is not None else None
    if numbers is None or row is None or community is None:
        return None
    return Place(row.account, community, replaced=numbers[1] != row.serial)
