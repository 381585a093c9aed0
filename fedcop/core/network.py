"""How this site reaches others: made once, by whoever starts it. Nothing under web/ may import this."""

from __future__ import annotations

import ssl
import time
from asyncio import sslproto
from collections import OrderedDict

from activitypub.client.aiohttp_transport import AiohttpTransport
from activitypub.client.transport import HttpRequest, HttpResponse, Transport
from activitypub.errors import BadUri, FetchFailed
from activitypub.uris import host_of
from fedcop import __version__
from fedcop.core import budgets
from fedcop.core.settings import Settings, SettingsError
from fedcop.core.transactions import refuse_in_transaction

HOSTS = 20_000  # that are remembered
TLS_BUFFER = 32 << 10  # bytes; a record has 16 KiB at most


class Paced:
    """A transport that asks no server for more than its budget: what strangers name must not make us wear a third one out.

    Reading only: what is delivered has its own pace, a mailbox for each server.
    """

    def __init__(self, inner: Transport) -> None:
        self.inner = inner
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def send(
        self,
        request: HttpRequest,
        *,
        max_bytes: int = 1 << 20,
        timeout: float = 10.0,  # noqa: ASYNC109
    ) -> HttpResponse:
        """Send one request; raise FetchFailed at once when the server was asked for too much lately."""
        if request.method in ("GET", "HEAD"):
            self._take(request.url)
        return await self.inner.send(request, max_bytes=max_bytes, timeout=timeout)

    async def close(self) -> None:
        """Close the connections that are kept open."""
        await self.inner.close()

    def _take(self, url: str) -> None:
        try:
            host = host_of(url)
        except BadUri:
            return  # the transport says so in words
        most, rate, now = budgets.FETCHES_OF_HOST_IN_A_ROW, budgets.FETCHES_OF_HOST_A_SECOND, time.monotonic()
        left, seen = self._buckets.pop(host, (most, now))
        left = min(most, left + (now - seen) * rate)
        self._buckets[host] = (left - 1 if left >= 1 else left, now)
        if len(self._buckets) > HOSTS:
            self._buckets.popitem(last=False)
        if left < 1:
            raise FetchFailed("we have asked this server for too much in a short time", retry_after=1 / rate)


def make_transport(settings: Settings) -> Transport:
    """The transport of a real instance: public addresses over https only, unless in development; never in a transaction."""
    _keep_tls_small()
    context = ssl.create_default_context()
    if settings.ca_file is not None:
        try:
            context.load_verify_locations(cafile=settings.ca_file)
        except ssl.SSLError:
            raise SettingsError(f"ca_file (SSL_CERT_FILE): {settings.ca_file} holds no certificate.") from None
        except OSError as error:
            words = error.strerror or error
            raise SettingsError(f"ca_file (SSL_CERT_FILE): {settings.ca_file} cannot be read: {words}.") from None
    return Paced(
        AiohttpTransport(
            user_agent=f"fedcop/{__version__} (+{settings.origin}/)",
            allow_local=settings.development,
            allow_http=settings.development,
            ssl_context=context,
            before=refuse_in_transaction,
        )
    )


def _keep_tls_small() -> None:
    """Let each connection over TLS, to others and to our own door, keep 32 KiB for what comes in, not asyncio's 256.

    A post for 3,000 servers opens as many connections, and their objects are given back late: that was 900 MB.
    """
    sslproto.SSLProtocol.max_size = TLS_BUFFER
