"""What one was told, as Notification: only in words that all apps know."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fedcop.core.ids import read_id
from fedcop.notifications.models import Notification
from fedcop.notifications.requests import Waiting
from fedcop.notifications.topics import APPS
from web.mastodon.entities.times import stamp

KINDS = APPS

#: Which of those names stand together, about one post or of one half day.
GROUPED = ("favourite", "follow")
ALONE = "ungrouped"
HALF_DAY = 12 * 3600
LAST = 1_000_000  # half days: more than any calendar needs
SAMPLE = 8


def kinds_of(wanted: list[str], unwanted: list[str]) -> list[str]:
    """Name the kinds that an app asks for by their names there."""
    return [kind for kind, name in KINDS.items() if (not wanted or name in wanted) and name not in unwanted]


@dataclass(frozen=True)
class Key:
    """What some notifications are together: of one kind, about one thing, within half a day; or one alone."""

    name: str
    place: int  # which half day since 1970, or the id of the one alone
    post_id: int | None = None

    def __str__(self) -> str:
        return "-".join(str(part) for part in (self.name, self.post_id, self.place) if part is not None)

    @property
    def span(self) -> tuple[datetime, datetime]:
        """When the group begins and ends."""
        return tuple(datetime.fromtimestamp((self.place + more) * HALF_DAY, UTC) for more in (0, 1))  # type: ignore[return-value]


def key_of(one: Notification, wanted: Collection[str] = GROUPED) -> Key:
    """Tell with which others a notification stands; `wanted` are the names of kinds that an app wants in groups."""
    name = KINDS[one.kind]
    if name not in GROUPED or name not in wanted or (name != "follow" and one.post_id is None):
        return Key(ALONE, one.id)
    return Key(name, int(one.created_at.timestamp()) // HALF_DAY, one.post_id)


def key_from(text: str) -> Key | None:
    """Read a key that an app got from us; None if it is none."""
    name, *numbers = text.split("-")
    found = [number for part in numbers if (number := read_id(part)) is not None]
    if len(found) != len(numbers) or (name, len(found)) not in ((ALONE, 1), ("follow", 1), ("favourite", 2)):
        return None
    if name != ALONE and found[-1] > LAST:
        return None
    return Key(name, found[-1], found[0] if len(found) > 1 else None)


def notification_json(one: Notification, account: dict[str, Any], status: dict[str, Any] | None) -> dict[str, Any]:
    """Write one thing that somebody was told."""
    return {
        "id": str(one.id),
        "type": KINDS[one.kind],
        "group_key": str(key_of(one)),
        "created_at": stamp(one.created_at),
        "account": account,
        **({"filtered": True} if one.filtered else {}),
    } | ({"status": status} if status is not None else {})


def request_json(one: Waiting, account: dict[str, Any], last_status: dict[str, Any] | None) -> dict[str, Any]:
    """Write who waits. How much of them waits is a text: so Mastodon writes it."""
    return {
        "id": str(one.id),
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.updated_at),
        "notifications_count": str(one.count),
        "account": account,
        "last_status": last_status,
    }


def group_json(key: Key, found: Sequence[Notification], status_id: str | None) -> dict[str, Any]:
    """Write a group, the newest first, as far as it is on a page. One id is a number here: so Mastodon writes it, and so apps read it."""
    newest, oldest = found[0], found[-1]
    actors = dict.fromkeys(str(one.from_actor_id or 0) for one in found)
    return {
        "group_key": str(key),
        "notifications_count": len(found),
        "type": KINDS[newest.kind],
        "most_recent_notification_id": newest.id,
        "page_min_id": str(oldest.id),
        "page_max_id": str(newest.id),
        "latest_page_notification_at": stamp(newest.created_at),
        "sample_account_ids": list(actors)[:SAMPLE],
    } | ({"status_id": status_id} if status_id is not None else {})


def partial_json(account: dict[str, Any]) -> dict[str, Any]:
    """Write of an account what a small picture needs."""
    return {name: account[name] for name in ("id", "acct", "locked", "bot", "url", "avatar", "avatar_static")}


def alone_json(
    one: Notification,
    name: str,
    account: dict[str, Any],
    status: dict[str, Any] | None,
    report: dict[str, Any] | None,
) -> dict[str, Any]:
    """Write one thing that a community was told, by the name that apps have for it."""
    return {
        "id": str(one.id),
        "type": name,
        "group_key": str(Key(ALONE, one.id)),
        "created_at": stamp(one.created_at),
        "account": account,
    } | _about(status=status, report=report)


def group_alone_json(
    one: Notification,
    name: str,
    account: dict[str, Any],
    status: dict[str, Any] | None,
    report: dict[str, Any] | None,
) -> dict[str, Any]:
    """Write it as a group of one."""
    return {
        "group_key": str(Key(ALONE, one.id)),
        "notifications_count": 1,
        "type": name,
        "most_recent_notification_id": one.id,
        "page_min_id": str(one.id),
        "page_max_id": str(one.id),
        "latest_page_notification_at": stamp(one.created_at),
        "sample_account_ids": [account["id"]],
    } | _about(status_id=status["id"] if status is not None else None, report=report)


def _about(**said: Any) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value is not None}
