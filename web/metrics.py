"""What Prometheus asks: the counters of this process, and what waits in the database, on a socket of its own.

A socket beside that of the pages, since a proxy in front makes every reader look as if they were on this machine. Off unless `metrics` is set.
"""

from __future__ import annotations

import asyncio
import hmac
import logging

from aiohttp.web import Application, AppRunner, HTTPUnauthorized, Request, Response, get
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from fedcop import __version__
from fedcop.core import jobs
from fedcop.core.metrics import REGISTRY
from fedcop.core.site import Site
from fedcop.federation.receiving import inbox
from fedcop.federation.sending import destinations
from web.keys import SITE
from web.server import listen_on

KEPT = 5.0  # seconds in which the database is not asked again, whoever asks

log = logging.getLogger(__name__)


class _Waiting:
    """What waits in the database, as it was a moment ago."""

    def __init__(self) -> None:
        self._text = b""
        self._until = 0.0
        self._alone = asyncio.Lock()

    async def text(self) -> bytes:
        """Give it in Prometheus's words."""
        async with self._alone:
            now = asyncio.get_running_loop().time()
            if now >= self._until:
                self._text, self._until = generate_latest(await _counted()), now + KEPT
            return self._text


async def _counted() -> CollectorRegistry:
    due, mailboxes = await jobs.measured(), await destinations.measured()
    found = CollectorRegistry()
    Gauge("fedcop_info", "The version.", ("version",), registry=found).labels(__version__).set(1)
    for name, says, value in (
        ("fedcop_jobs_waiting", "Jobs that are due or under way.", due.count),
        ("fedcop_jobs_oldest_seconds", "How long the oldest of them has been due.", due.oldest),
        ("fedcop_jobs_failed", "Jobs that were given up.", due.failed),
        ("fedcop_mailbox_entries", "Activities that wait to be delivered.", mailboxes.entries),
        ("fedcop_destinations_failing", "Inboxes that do not answer.", mailboxes.failing),
        ("fedcop_inbox_waiting", "Activities received that wait to be done.", await inbox.waiting()),
    ):
        Gauge(name, says, registry=found).set(value)
    return found


async def run_metrics(site: Site, stop: asyncio.Event) -> None:
    """Answer Prometheus until told to stop; at once when nobody is to ask."""
    if not site.settings.metrics:
        return
    waiting, token = _Waiting(), site.settings.metrics_token

    async def show(request: Request) -> Response:
        said = request.headers.get("Authorization", "")
        if token and not hmac.compare_digest(said.encode(errors="surrogateescape"), f"Bearer {token}".encode()):
            raise HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})
        async with request.app[SITE].entered():
            body = generate_latest(REGISTRY) + await waiting.text()
        return Response(body=body, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    app = Application()
    app[SITE] = site
    app.add_routes([get("/metrics", show)])
    runner = AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=1)
    await runner.setup()
    host, _, port = site.settings.metrics.rpartition(":")
    try:
        await listen_on(runner, host.strip("[]"), int(port), said="FEDCOP_METRICS")
        log.info("metrics on %s", site.settings.metrics)
        await stop.wait()
    finally:
        await runner.cleanup()
