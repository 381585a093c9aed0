"""Counts attempts per key (an account, an address) and refuses too many. In memory: a restart forgives, a second process counts for itself."""

from __future__ import annotations

from collections import OrderedDict

from fedcop.core import clock
from fedcop.core.errors import TooMany
from fedcop.core.site import site

MAX_KEYS = 20_000


class Attempts:
    """When each key was used last, within its window."""

    def __init__(self, _site: object = None) -> None:
        self._times: OrderedDict[str, list[float]] = OrderedDict()

    def spend(self, key: str, *, limit: int, seconds: float) -> None:
        """Count one attempt; raise TooMany if there were `limit` of them already within the window."""
        now = clock.now().timestamp()
        recent = [moment for moment in self._times.pop(key, []) if moment > now - seconds]
        if len(recent) >= limit:
            self._times[key] = recent
            raise TooMany(retry_after=max(1.0, recent[0] + seconds - now))
        self._times[key] = [*recent, now]
        while len(self._times) > MAX_KEYS:
            self._times.popitem(last=False)

    def forgive(self, key: str) -> None:
        """Forget the attempts of a key."""
        self._times.pop(key, None)


def spend(key: str, *, limit: int, seconds: float) -> None:
    """Count one attempt of `key` on this instance; in development nothing is counted."""
    if site().settings.development:
        return
    site().part(Attempts).spend(key, limit=limit, seconds=seconds)


def forgive(key: str) -> None:
    """Forget the attempts of `key` on this instance."""
    site().part(Attempts).forgive(key)
