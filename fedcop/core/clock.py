"""now(), the only reader of time. Sites carry a clock, so that tests can make time stand still."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Protocol

NOTICED = 5.0  # seconds; NTP pulls a clock by less, little by little
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """What tells the time, and how ids that are made at the same time are kept apart."""

    shared: bool  # whether other processes make ids by it

    def now(self) -> datetime:
        """Tell the time, in UTC."""
        ...

    def spread(self, below: int) -> int:
        """A number under `below` where the ids of a process within a millisecond begin; of a clock that is shared."""
        ...


class SystemClock:
    """The machine's clock."""

    shared = True

    def now(self) -> datetime:
        """Tell the time, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - the one place that may

    def spread(self, below: int) -> int:
        """Begin anywhere, so that who follows another process does not make the same id."""
        return secrets.randbelow(below)


class StandingClock:
    """Time that stands still until told, and ids that are the same in each run, one after the other. For tests."""

    shared = False

    def __init__(self, at: datetime | None = None) -> None:
        self.at = at or datetime(2026, 3, 2, 14, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """Tell the time, in UTC."""
        return self.at

    def spread(self, below: int) -> int:
        """Begin at 0."""
        return 0

    def advance(self, seconds: float = 0, **span: float) -> datetime:
        """Let time pass: seconds, or `days=`, `hours=` …"""
        self.at += timedelta(seconds=seconds, **span)
        return self.at


SYSTEM = SystemClock()
current_clock: ContextVar[Clock] = ContextVar("fedcop_clock", default=SYSTEM)


def now() -> datetime:
    """The present moment by the current site's clock; outside a site, the machine's."""
    return current_clock.get().now()


class Watch:
    """Notices that the machine's clock was set back: time that passes without it is counted beside it."""

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._clock = current_clock.get()
        self._apart = now().timestamp() - steady()

    def set_back(self) -> timedelta:
        """Tell by how much it was set back since this was asked last; nothing, if it was not."""
        if not self._clock.shared:
            return timedelta(0)  # it stands still while time passes
        apart = now().timestamp() - self._steady()
        back, self._apart = self._apart - apart, apart
        return timedelta(seconds=back) if back > NOTICED else timedelta(0)


def milliseconds(moment: datetime) -> int:
    """Count the milliseconds from 1970 to `moment`, without floating point."""
    return (moment - EPOCH) // timedelta(milliseconds=1)
