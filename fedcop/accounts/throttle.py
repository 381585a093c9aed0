"""Counts attempts per key (an account, an address) and refuses too many. In memory, of all processes together: a restart forgives."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from fedcop.core import budgets, clock
from fedcop.core.errors import TooMany
from fedcop.core.siblings import Siblings, short
from fedcop.core.site import Site, site

MAX_KEYS = budgets.LOGINS_KEPT
MAX_TIMES = 100  # of one key; no limit is higher
SPENT, FORGIVEN = "attempts", "forgiven"


class Attempts:
    """When each key was used last, within its window."""

    def __init__(self, of: Site) -> None:
        self._times: OrderedDict[str, list[float]] = OrderedDict()
        self._siblings = of.part(Siblings)
        self._siblings.hear(SPENT, self._spent)
        self._siblings.hear(FORGIVEN, self._forgiven)

    def spend(self, key: str, *, limit: int, seconds: float) -> None:
        """Count one attempt; raise TooMany if there were `limit` of them already within the window."""
        now, key = clock.now().timestamp(), short(key)
        recent = [moment for moment in self._times.pop(key, []) if moment > now - seconds]
        if len(recent) >= limit:
            self._times[key] = recent
            raise TooMany(retry_after=max(1.0, recent[0] + seconds - now))
        self._times[key] = [*recent, now]
        self._siblings.used(SPENT, key)
        self._bound()

    def forgive(self, key: str) -> None:
        """Forget the attempts of a key."""
        key = short(key)
        self._times.pop(key, None)
        self._siblings.used(FORGIVEN, key)

    def _spent(self, told: Mapping[str, int]) -> None:
        for key, times in told.items():
            self._times[key] = [*self._times.pop(key, []), *[clock.now().timestamp()] * times][-MAX_TIMES:]
        self._bound()

    def _forgiven(self, told: Mapping[str, int]) -> None:
        for key in told:
            self._times.pop(key, None)

    def _bound(self) -> None:
        while len(self._times) > MAX_KEYS:
            self._times.popitem(last=False)


def spend(key: str, *, limit: int, seconds: float) -> None:
    """Count one attempt of `key` on this instance; in development nothing is counted."""
    if site().settings.development:
        return
    site().part(Attempts).spend(key, limit=limit, seconds=seconds)


def forgive(key: str) -> None:
    """Forget the attempts of `key` on this instance."""
    site().part(Attempts).forgive(key)
