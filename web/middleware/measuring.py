"""Counts and times what is answered, and gives each request a name for the log. The first of all middlewares."""

from __future__ import annotations

import random
import time
from functools import cache

from aiohttp.web import Request, StreamResponse, middleware
from prometheus_client import Counter, Histogram

from fedcop.core import metrics
from fedcop.core.log import bound
from web.shared.routing import ROUTE, Family, Handler

CUT = 499  # whoever asked did not wait for the answer, as nginx says it


@middleware
async def measure(request: Request, handler: Handler) -> StreamResponse:
    """Count one request, whatever becomes of it. What apps listen to for hours is counted, not timed."""
    began, status = time.perf_counter(), CUT
    try:
        with bound(request=f"{random.getrandbits(32):08x}"):
            response = await handler(request)
        status = response.status
        return response
    finally:
        route = request.get(ROUTE)
        family = str(route.family if route else Family.MACHINE)
        _counter(family, status).inc()
        if route is None or not route.path.startswith("/api/v1/streaming"):
            _seconds(family).observe(time.perf_counter() - began)


@cache  # to look one up by its labels takes longer than to count
def _counter(family: str, status: int) -> Counter:
    return metrics.requests.labels(family, str(status))


@cache
def _seconds(family: str) -> Histogram:
    return metrics.request_seconds.labels(family)
