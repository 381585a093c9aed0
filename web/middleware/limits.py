"""Token buckets per person or machine: nobody can wear the server out or guess passwords.

In memory; processes on one PostgreSQL tell each other what they gave (core/siblings.py), so that it does not matter which one is asked.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from aiohttp.web import AppKey, Request, RequestKey, StreamResponse, middleware

from fedcop.core import budgets
from fedcop.core.errors import TooMany
from fedcop.core.siblings import Siblings, short
from web.keys import ADDRESS, SITE, account
from web.shared.routing import ROUTE, Handler

MAX_BUCKETS = budgets.RATES_KEPT
TOPIC = "rates"
UNSHARED = ("static",)  # from memory: what they cost is less than to tell of them
CHANGES = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Limit:
    """So many at once, then so many a second."""

    burst: float
    per_second: float


API, API_GUEST = "api", "api-guest"
LIMITS: Mapping[str, Limit] = {name: Limit(*rate) for name, rate in budgets.RATES.items()}


class Limiter:
    """All buckets, as this process knows them. The least used ones are forgotten first."""

    def __init__(self, limits: Mapping[str, Limit] = LIMITS, siblings: Siblings | None = None) -> None:
        self._limits = dict(limits)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._siblings = siblings
        if siblings is not None:
            siblings.hear(TOPIC, self._used)

    def take(self, name: str, key: str) -> float:
        """Take one token; give 0, or the seconds to wait when there is none. What has no limit is never refused."""
        limit = self._limits.get(name)
        if limit is None:
            return 0.0
        bucket = _bucket(name, key)
        left = self._left(bucket, limit)
        wait = 0.0 if left >= 1 else (1 - left) / limit.per_second
        self._keep(bucket, left if wait else left - 1)
        if not wait and self._siblings is not None and name not in UNSHARED:
            self._siblings.used(TOPIC, bucket)
        return wait

    def left(self, name: str, key: str) -> tuple[int, int, float]:
        """Tell how many tokens a full bucket has, how many are left, and in how many seconds it is full again."""
        limit = self._limits.get(name)
        if limit is None:
            return 1, 1, 0.0
        left, _seen = self._buckets.get(_bucket(name, key), (limit.burst, 0.0))
        return int(limit.burst), max(0, int(left)), (limit.burst - left) / limit.per_second

    def _used(self, told: Mapping[str, int]) -> None:
        """Take what other processes gave: below nothing, so that all together give what one would."""
        for bucket, count in told.items():
            limit = self._limits.get(bucket.partition(" ")[0])
            if limit is not None:
                self._keep(bucket, max(-limit.burst, self._left(bucket, limit) - count))

    def _left(self, bucket: str, limit: Limit) -> float:
        now = asyncio.get_running_loop().time()
        left, seen = self._buckets.get(bucket, (limit.burst, now))
        return min(limit.burst, left + (now - seen) * limit.per_second)

    def _keep(self, bucket: str, left: float) -> None:
        self._buckets[bucket] = (left, asyncio.get_running_loop().time())
        self._buckets.move_to_end(bucket)
        if len(self._buckets) > MAX_BUCKETS:
            self._buckets.popitem(last=False)


def _bucket(name: str, key: str) -> str:
    return f"{name} {short(key)}"


LIMITER: AppKey[Limiter] = AppKey("limiter", Limiter)
#: What this request took, so that whoever gets the same answer takes as much; "" is whose machine asks.
TAKEN: RequestKey[list[tuple[str, str]]] = RequestKey("taken")
SAID: RequestKey[tuple[str, str]] = RequestKey("limits_said")


@middleware
async def limit_rates(request: Request, handler: Handler) -> StreamResponse:
    """Count strangers before anything is looked up; members are counted by account, in limit_members."""
    limit = request[ROUTE].limit
    take(request, "read" if request.method in CHANGES and limit == "write" else limit)
    return await handler(request)


@middleware
async def limit_members(request: Request, handler: Handler) -> StreamResponse:
    """Count what a member writes, whatever machine it comes from."""
    route = request[ROUTE]
    who = account(request)
    if request.method in CHANGES and route.limit in ("write", "upload", "report"):
        take(request, route.limit, key=f"account:{who.id}" if who else "")
    return await handler(request)


def take(request: Request, name: str, *, key: str = "") -> None:
    """Take a token of a bucket or raise TooMany; the key is the machine's address unless given."""
    request.setdefault(TAKEN, []).append((name, key))
    wait = request.app[LIMITER].take(name, key or machine_key(request[ADDRESS]))
    if wait:
        raise TooMany(retry_after=wait)


def say_limits(request: Request, response: StreamResponse, bucket: str, key: str) -> None:
    """Tell an app how much of a bucket is left."""
    most, left, seconds = request.app[LIMITER].left(bucket, key or machine_key(request[ADDRESS]))
    full_at = request.app[SITE].clock.now() + timedelta(seconds=seconds)
    response.headers["X-RateLimit-Limit"] = str(most)
    response.headers["X-RateLimit-Remaining"] = str(left)
    response.headers["X-RateLimit-Reset"] = full_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    request[SAID] = (bucket, key)


@lru_cache(maxsize=4_000)
def machine_key(address: str) -> str:
    """Give what counts as one machine: an IPv4 address, or the /64 that one customer has in IPv6."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return f"{IPv6Address(int(found) >> 64 << 64)}/64" if isinstance(found, IPv6Address) else str(found)
