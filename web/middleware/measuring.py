"""Counts and times what is answered, and gives each request a name for the log. The first of all middlewares."""

from __future__ import annotations

import secrets
import time

from aiohttp.web import Request, StreamResponse, middleware

from fedcop.core import metrics
from fedcop.core.log import bound
from web.shared.routing import ROUTE, Family, Handler

CUT = 499  # whoever asked did not wait for the answer, as nginx says it


@middleware
async def measure(request: Request, handler: Handler) -> StreamResponse:
    """Count one request, whatever becomes of it. What apps listen to for hours is counted, not timed."""
    began, status = time.perf_counter(), CUT
    try:
        with bound(request=secrets.token_hex(4)):
            response = await handler(request)
        status = response.status
        return response
    finally:
        route = request.get(ROUTE)
        family = str(route.family if route else Family.MACHINE)
        metrics.requests.labels(family, str(status)).inc()
        if route is None or not route.path.startswith("/api/v1/streaming"):
            metrics.request_seconds.labels(family).observe(time.perf_counter() - began)
