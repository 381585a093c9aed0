"""Opens the socket, serves the application, and stops without cutting anybody off. Which pages exist is app.py's affair."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import resource
import ssl
from collections.abc import Awaitable, Callable

from aiohttp.web import AppRunner, TCPSite

from fedcop.core import budgets
from fedcop.core.errors import Unavailable
from fedcop.core.settings import Settings, SettingsError
from fedcop.core.site import Site
from web.app import create_app

log = logging.getLogger(__name__)

PATIENCE = budgets.STOP_SECONDS  # seconds that requests under way get at the end
KEEP_ALIVE = 75.0
SOCKETS = 16_384
WHOSE_PORT = "; `ss -ltnp` says by which program, and each process of fedcop needs ports of its own"
SETTLING = 0.05  # seconds in which a connection that was just accepted is ready to be ended


async def run_web(site: Site, stop: asyncio.Event, ready: Callable[[], Awaitable[None]] | None = None) -> None:
    """Serve pages until told to stop; requests under way are answered first. `ready` is called once the socket is open."""
    context = tls_context(site.settings)
    _allow_many_sockets()
    runner = AppRunner(
        create_app(site),
        handle_signals=False,
        access_log=None,  # addresses of readers are not written down
        shutdown_timeout=PATIENCE,
        keepalive_timeout=KEEP_ALIVE,
        auto_decompress=False,  # nobody here reads packed bodies: see refuse_packed()
    )
    await runner.setup()
    try:
        await listen_on(runner, site.settings.host, site.settings.port, context)
        if ready is not None:
            await ready()
        for address in runner.addresses:
            log.info("listening on %s port %s", address[0], address[1])
        await stop.wait()
    finally:
        await _close(runner)


def _allow_many_sockets() -> None:
    """Use as many as the system lets this process have: each app that listens holds one, and the usual 1024 leave none for pages."""
    usual, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = SOCKETS if most == resource.RLIM_INFINITY else min(most, SOCKETS)
    if usual != resource.RLIM_INFINITY and usual < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


async def _close(runner: AppRunner) -> None:
    """Take no new connection, then end those there are: idle ones at once, others when they have their answer."""
    for listening in list(runner.sites):
        await listening.stop()
    # aiohttp ends an idle connection only once its task has begun to wait; one accepted just now would keep us for all of PATIENCE.
    await asyncio.sleep(SETTLING)
    await runner.cleanup()


async def listen_on(
    runner: AppRunner, host: str, port: int, context: ssl.SSLContext | None = None, *, said: str = "FEDCOP_HOST"
) -> None:
    """Open the socket, or raise Unavailable in words; `said` is the setting that names it."""
    try:
        await TCPSite(runner, host, port, ssl_context=context).start()
    except (OSError, UnicodeError) as error:
        # asyncio's own words say the address twice; a name that nobody knows has a number below 0
        number = getattr(error, "errno", None) or 0
        why = os.strerror(number) if number > 0 else getattr(error, "strerror", None) or str(error)
        hint = WHOSE_PORT if number == errno.EADDRINUSE else ""
        raise Unavailable(f"{said} {host} port {port} cannot be listened on: {why}{hint}.", "cannot-listen") from None


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """Make the TLS side of the socket, when a certificate is given; else a proxy in front does it."""
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    for name, path in (("tls_cert", settings.tls_cert), ("tls_key", settings.tls_key)):
        try:
            path.read_bytes()
        except OSError as error:
            raise SettingsError(f"{name}: {path} cannot be read: {error.strerror}.") from None
    try:
        context.load_cert_chain(settings.tls_cert, settings.tls_key)
    except ssl.SSLError:
        raise SettingsError(
            f"tls_cert and tls_key: {settings.tls_cert} and {settings.tls_key} are not a certificate and its key."
        ) from None
    return context
