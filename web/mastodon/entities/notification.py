"""What one was told, as Notification: only in words that all apps know."""

from __future__ import annotations

from typing import Any

from fedcop.notifications.models import Notification
from web.mastodon.entities.times import stamp

#: Our kinds, and what they are called. The others are about communities and their moderators: no app has words for those.
KINDS = {
    "mention": "mention",
    "reply": "mention",
    "answer_accepted": "favourite",
    "reaction": "favourite",
    "follow": "follow",
    "follow_asked": "follow_request",
}


def kinds_of(wanted: list[str], unwanted: list[str]) -> list[str]:
    """Name the kinds that an app asks for by their names there."""
    return [kind for kind, name in KINDS.items() if (not wanted or name in wanted) and name not in unwanted]


def notification_json(one: Notification, account: dict[str, Any], status: dict[str, Any] | None) -> dict[str, Any]:
    """Write one thing that somebody was told."""
    return {
        "id": str(one.id),
        "type": KINDS[one.kind],
        "group_key": f"ungrouped-{one.id}",
        "created_at": stamp(one.created_at),
        "account": account,
    } | ({"status": status} if status is not None else {})
