"""Opens the socket, serves the application, and stops without cutting anybody off. Which pages exist is app.py's affair."""

from __future__ import annotations

import asyncio
import logging
import ssl

from aiohttp.web import AppRunner, TCPSite

from fedcop.core.settings import Settings
from fedcop.core.site import Site
from web.app import create_app

log = logging.getLogger(__name__)

PATIENCE = 20.0  # seconds that requests under way get at the end
KEEP_ALIVE = 75.0


async def run_web(site: Site, stop: asyncio.Event) -> None:
    """Serve pages until told to stop; requests under way are answered first."""
    runner = AppRunner(
        create_app(site),
        handle_signals=False,
        access_log=None,  # addresses of readers are not written down
        shutdown_timeout=PATIENCE,
        keepalive_timeout=KEEP_ALIVE,
    )
    await runner.setup()
    try:
        settings = site.settings
        await TCPSite(runner, settings.host, settings.port, ssl_context=tls_context(settings)).start()
        for address in runner.addresses:
            log.info("listening on %s port %s", address[0], address[1])
        await stop.wait()
    finally:
        await runner.cleanup()


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """Make the TLS side of the socket, when a certificate is given; else a proxy in front does it."""
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(settings.tls_cert, settings.tls_key)
    return context
