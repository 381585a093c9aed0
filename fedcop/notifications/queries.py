"""Reads what a member was told, in groups: one per thread and kind. Rights on what it is about are judged by whoever shows it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from fedcop.accounts.models import Account
from fedcop.core.asked import once
from fedcop.core.database import rows
from fedcop.notifications import topics
from fedcop.notifications.models import Notification, QuietThread

BATCH = 60
ALONE = (
    "mention",
    "quote",
    "quoted_update",
    "moderation",
    "answer_accepted",
    "given_back",
    "report_resolved",
    "report_dismissed",
)


@dataclass(frozen=True)
class Group:
    """Notifications of one kind about one thing, newest first."""

    notifications: Sequence[Notification]

    @property
    def newest(self) -> Notification:
        """The one that the group stands at."""
        return self.notifications[0]

    @property
    def kind(self) -> str:
        """What kind they all are."""
        return self.newest.kind

    @property
    def unread(self) -> bool:
        """Whether there is something new in it."""
        return any(one.read_at is None for one in self.notifications)

    @property
    def actor_ids(self) -> list[int]:
        """Who did it, each once, the latest first."""
        return list(dict.fromkeys(one.from_actor_id for one in self.notifications if one.from_actor_id is not None))

    @property
    def first_unread(self) -> Notification:
        """Where reading begins: the oldest that is new, else the newest."""
        return next((one for one in reversed(self.notifications) if one.read_at is None), self.newest)


@dataclass(frozen=True)
class Unread:
    """So many that a member has not seen, of one kind and about one thing."""

    kind: str
    root_id: int | None
    community_id: int | None
    from_actor_id: int | None
    count: int
    filtered: bool = False  # stands for all that is set aside, whatever it is


async def unread(account: Account) -> list[Unread]:
    """Count what a member has not seen, by what it is about."""
    return [one for one in await _unread(account) if not one.filtered]


async def waits(account: Account) -> bool:
    """Tell whether something is set aside, by what the menu has asked anyway."""
    return any(one.filtered for one in await _unread(account))


@once
async def _unread(account: Account) -> list[Unread]:
    """One question for the menu and for the page that shows some of it."""
    found = await rows(
        "SELECT kind, root_id, community_id, from_actor_id, FALSE AS filtered, COUNT(*) AS count FROM notification"
        " WHERE account_id = ? AND read_at IS NULL AND NOT filtered GROUP BY kind, root_id, community_id, from_actor_id"
        " UNION ALL SELECT '', NULL, NULL, NULL, TRUE, 1"
        " WHERE EXISTS (SELECT 1 FROM notification WHERE account_id = ? AND filtered)",
        account.id,
        account.id,
    )
    return [Unread(**row) for row in found]


async def is_quiet(account: Account, root_id: int) -> bool:
    """Tell whether a member wants to hear no more of a discussion."""
    return await QuietThread.exists(account_id=account.id, root_id=root_id)


async def waiting(account: Account, way: str, since: datetime) -> list[Notification]:
    """List what a member was told of discussions since then, has not seen, and wants by a way; oldest first."""
    kinds = topics.kinds_by(way, account.preferences)
    found = Notification.filter(
        account_id=account.id, read_at=None, filtered=False, mailed_at=None, created_at__gte=since
    )
    return await found.filter(kind__in=kinds or [""], root_id__isnull=False).order_by("id")


async def latest(account: Account, *, after: int = 0, limit: int = BATCH) -> list[Notification]:
    """List what a member was told, newest first; one more than `limit` means that there is more."""
    found = Notification.filter(account_id=account.id, filtered=False)
    if after:
        found = found.filter(id__lt=after)
    return await found.order_by("-id").limit(limit + 1)


def alike(one: Notification) -> dict[str, int | None]:
    """Name, by columns, which others of its kind a notification stands with."""
    if one.kind == "reaction":
        return {"post_id": one.post_id}
    if one.kind in ALONE or one.kind.startswith("appeal_"):
        return {"id": one.id}
    return {"root_id": one.root_id} if one.root_id else {"root_id": None, "community_id": one.community_id}


def grouped(notifications: Sequence[Notification]) -> list[Group]:
    """Put together what is of one kind and about one thing, new things apart from those read."""
    groups: dict[tuple[object, ...], list[Notification]] = {}
    for one in notifications:
        groups.setdefault((one.kind, *alike(one).items(), one.read_at is None), []).append(one)
    return [Group(found) for found in groups.values()]


async def page(  # noqa: PLR0913 - what an app asks for, by name
    account: Account,
    kinds: Collection[str],
    *,
    limit: int,
    below: int | None = None,
    above: int | None = None,
    right_above: int | None = None,
    from_id: int | None = None,
    aside: bool = False,
    community_id: int | None = None,
) -> list[Notification]:
    """List what a member was told of some kinds, newest first: below an id, above one, or right above one (the oldest of those).

    `from_id` names who it all comes from, `community_id` what it is about; with `aside` what is set aside is there too.
    """
    found = Notification.filter(account_id=account.id, kind__in=list(kinds))
    if from_id is not None:
        found = found.filter(from_actor_id=from_id)
    if community_id is not None:
        found = found.filter(community_id=community_id)
    if not aside:
        found = found.filter(filtered=False)
    if below is not None:
        found = found.filter(id__lt=below)
    if above is not None:
        found = found.filter(id__gt=above)
    if right_above is None:
        return await found.order_by("-id").limit(limit)
    return (await found.filter(id__gt=right_above).order_by("id").limit(limit))[::-1]


async def one(account_id: int, notification_id: int, kinds: Collection[str]) -> Notification | None:
    """Find one thing that a member was told, or that was set aside."""
    return await Notification.get_or_none(id=notification_id, account_id=account_id, kind__in=list(kinds))


async def between(
    account: Account, kinds: Collection[str], span: tuple[datetime, datetime], post_id: int | None
) -> list[Notification]:
    """List what a member was told of some kinds about one post, or about none, from one moment to another, newest first."""
    found = Notification.filter(account_id=account.id, kind__in=list(kinds), post_id=post_id, filtered=False)
    return await found.filter(created_at__gte=span[0], created_at__lt=span[1]).order_by("-id")


async def many(account: Account, ids: Collection[int]) -> dict[int, Notification]:
    """Load some things that a member was told, or that were set aside, by their ids."""
    found = await Notification.filter(account_id=account.id, id__in=list(ids)) if ids else []
    return {one.id: one for one in found}


async def first_unread(
    account: Account, kinds: Collection[str], limit: int, from_id: int | None = None
) -> list[Notification]:
    """List what a member has not seen of some kinds, newest first; `from_id` names who it all comes from."""
    found = Notification.filter(account_id=account.id, read_at=None, filtered=False, kind__in=list(kinds))
    if from_id is not None:
        found = found.filter(from_actor_id=from_id)
    return await found.order_by("-id").limit(limit)


async def count_unread(
    account: Account, kinds: Collection[str], from_id: int | None = None, community_id: int | None = None
) -> int:
    """Count what a member has not seen, of some kinds; `from_id` names who it all comes from, `community_id` what it is about."""
    found = [one for one in await unread(account) if one.kind in kinds and community_id in (None, one.community_id)]
    return sum(one.count for one in found if from_id in (None, one.from_actor_id))
