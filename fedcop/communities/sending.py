"""What a private community says is judged once more when it leaves for another server: access may have ended since."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import orjson

from fedcop.communities import access
from fedcop.communities.models import Community
from fedcop.federation.models import OutgoingActivity
from fedcop.federation.wordless import is_wordless

ENDINGS = frozenset(("Delete", "Undo", "Remove", "Reject", "Block", "Leave"))
"""They hold no words of a post, and must reach whoever has a copy or loses access."""


ACTS = frozenset(("Lock", "Add"))
"""They name a post and say nothing of it: who has a copy of a removed one must know how it is when it comes back."""


async def may_leave(outgoing: OutgoingActivity, hosts: Collection[str]) -> Collection[str]:
    """Name those of some hosts which what a group announces, of no post, is still for."""
    if outgoing.post_id is not None:
        return hosts
    activity = orjson.loads(bytes(outgoing.body))
    if activity.get("type") != "Announce" or is_ending(activity):
        return hosts
    community = await Community.get_or_none(actor_id=outgoing.sender_id)
    if community is None or community.visibility == access.PUBLIC:
        return hosts
    return await access.hosts_that_may_read(hosts, community.id)


def is_ending(activity: dict[str, Any]) -> bool:
    """Tell whether an activity, or the one that it announces, takes something away."""
    return _kind_of(activity) in ENDINGS


def is_act(activity: dict[str, Any]) -> bool:
    """Tell whether an activity, or the one that it announces, tells nothing of what a post says: an act of moderation, or that its place bears no name."""
    inside = activity.get("object")
    if activity.get("type") == "Announce" and isinstance(inside, dict):
        return is_act(inside)
    return activity.get("type") in ACTS or is_wordless(activity)


def _kind_of(activity: dict[str, Any]) -> Any:
    inside = activity.get("object")
    return _kind_of(inside) if activity.get("type") == "Announce" and isinstance(inside, dict) else activity.get("type")
