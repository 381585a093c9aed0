"""What can happen in the notification centre."""

from __future__ import annotations

from dataclasses import dataclass

from fedcop.core.facts import Fact


@dataclass(frozen=True)
class NotificationNoted(Fact):
    """A member was told something new."""

    notification_id: int
    account_id: int


@dataclass(frozen=True)
class NotificationsMerged(Fact):
    """A member took in what was set aside."""

    account_id: int
