"""What is kept of a quote in a text that is being written, or is published later: which post, and who may quote the text itself."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.core.database import fetch
from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_
from fedcop.core.ids import read_id
from fedcop.discussions.models import Post
from fedcop.discussions.quotes import policy
from fedcop.discussions.seeing import shown_sql

QUOTED = "quoted"
POLICY = "quote_policy"
FIELDS = (QUOTED, POLICY)
"""The fields of a form in which they stand."""


class Unchanged(Enum):
    """What a correction does not speak of."""

    UNCHANGED = "unchanged"


UNCHANGED = Unchanged.UNCHANGED


async def quoted_of(author: Actor, content: Mapping[str, Any]) -> Post | None:
    """Load the post that is quoted; Invalid where its author cannot read it (any more), or it is gone."""
    said = str(content.get(QUOTED) or "")
    if not said:
        return None
    condition, params = shown_sql("p", author)
    found = await fetch(Post, f"SELECT p.* FROM post p WHERE p.id = ? AND {condition}", read_id(said) or 0, *params)  # noqa: S608 - our own words only, values are parameters
    if not found or found[0].deleted_at is not None or found[0].removed_at is not None:
        raise Invalid(errors={QUOTED: N_("What you quote is not there any more.")})
    return found[0]


async def usual_of(author: Actor) -> str:
    """Give who may quote what a member writes, where they say nothing of it; "" for all who read it."""
    account = await Account.get_or_none(actor_id=author.id).only("id", "preferences")
    chosen = policy.usual(account.preferences) if account is not None else policy.PUBLIC
    return "" if chosen == policy.PUBLIC else chosen


def policy_of(content: Mapping[str, Any]) -> str:
    """Give who may quote the text, "" where nothing was chosen."""
    return policy.chosen(str(content.get(POLICY) or ""))
