"""The poll of a post, as Poll: the numbers as far as they may be told, and what who asks chose."""

from __future__ import annotations

from typing import Any

from fedcop.discussions.polls.queries import PollView
from web.mastodon.entities.times import stamp_or_none


def poll_json(view: PollView) -> dict[str, Any]:
    """Write a poll. What is not told yet is null at each choice, and 0 in the sum: apps fall over a missing number there."""
    return {
        "id": str(view.poll.id),
        "expires_at": stamp_or_none(view.poll.ends_at),
        "expired": view.is_over,
        "multiple": view.poll.multiple,
        "votes_count": view.total if view.is_told else 0,
        "voters_count": view.poll.voters_count if view.is_told else None,
        "voted": view.has_voted,
        "own_votes": sorted(view.mine),
        "options": [{"title": one.text, "votes_count": one.count} for one in view.choices],
        "emojis": [],
    }
