"""The one file that knows aiohttp: sends a request within limits of size, time and place; judges no content."""

import asyncio
import errno
import os
import socket
import ssl
import zlib
from collections.abc import Callable
from typing import Any, TypeVar

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from activitypub.client.lookups import Lookups, NoAnswer
from activitypub.client.transport import HttpRequest, HttpResponse
from activitypub.errors import FetchFailed, UnsafeAddress
from activitypub.safe_dns import SafeResolver, check_address, check_url

CONNECT_SECONDS = 5.0
CONNECTIONS, CONNECTIONS_OF_HOST = 400, 4
_CHUNK = 64 * 1024
Kind = TypeVar("Kind", bound=BaseException)
_NO_ROUTE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN})


class AiohttpTransport:
    """Keeps connections open between requests; make one for the process, inside the running loop."""

    def __init__(
        self,
        *,
        user_agent: str,
        allow_local: bool = False,
        allow_http: bool = False,
        resolver: AbstractResolver | None = None,
        ssl_context: ssl.SSLContext | None = None,
        before: Callable[[], None] | None = None,
    ) -> None:
        self._user_agent = user_agent
        self._allow_local = allow_local
        self._allow_http = allow_http
        self._inner_resolver = resolver
        self._ssl_context = ssl_context
        self._before = before
        self._session: aiohttp.ClientSession | None = None  # noqa: TID251

    async def send(
        self,
        request: HttpRequest,
        *,
        max_bytes: int = 1 << 20,
        timeout: float = 10.0,  # noqa: ASYNC109
    ) -> HttpResponse:
        """Send one request; raise FetchFailed or UnsafeAddress with a reason in plain words."""
        if self._before is not None:
            self._before()
        parts = check_url(request.url, allow_local=self._allow_local, allow_http=self._allow_http)
        url = URL(parts.origin + parts.target, encoded=True)
        try:
            # The outer deadline also ends answers that drip in slowly; limits per read would not.
            async with asyncio.timeout(timeout):
                return await self._exchange(request, url, max_bytes)
        except aiohttp.ServerTimeoutError as error:
            raise FetchFailed(f"no connection within {CONNECT_SECONDS:g} seconds") from error
        except TimeoutError as error:
            raise FetchFailed(f"no complete answer within {timeout:g} seconds") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _in_words(error, parts.host) from error

    async def close(self) -> None:
        """Close the connections that are kept open."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()
            # TLS connections close in the next turns of the loop.
            await asyncio.sleep(0)

    async def _exchange(self, request: HttpRequest, url: URL, max_bytes: int) -> HttpResponse:
        headers = {"User-Agent": self._user_agent, "Accept-Encoding": "gzip", **request.headers}
        async with self._open_session().request(
            request.method, url, headers=headers, data=request.body or None, allow_redirects=False
        ) as response:
            names = dict.fromkeys(name.lower() for name in response.headers)
            found = {name: ", ".join(response.headers.getall(name)) for name in names}
            body = b"" if request.method == "HEAD" else await _read(response, max_bytes)
            body = _unpack(body, found.get("content-encoding"), max_bytes)
            return HttpResponse(response.status, str(url), found, body)

    def _open_session(self) -> aiohttp.ClientSession:  # noqa: TID251
        if self._session is None or self._session.closed:
            resolver = SafeResolver(self._inner_resolver or Lookups(), allow_local=self._allow_local)
            connector = aiohttp.TCPConnector(
                resolver=resolver,  # type: ignore[arg-type]
                socket_factory=self._make_socket,
                ssl=self._ssl_context or True,
                limit=CONNECTIONS,
                limit_per_host=CONNECTIONS_OF_HOST,
                ttl_dns_cache=60,
                keepalive_timeout=30,
            )
            self._session = aiohttp.ClientSession(  # noqa: TID251
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
                # Unpacking is done here, with a limit on what comes out.
                auto_decompress=False,
                # A proxy from the environment would be asked instead of the address that was checked.
                trust_env=False,
            )
        return self._session

    def _make_socket(self, info: tuple[Any, ...]) -> socket.socket:
        """Make the socket for an address that was resolved, unless the address is refused."""
        family, kind, protocol, _name, address = info
        check_address(address[0], allow_local=self._allow_local)
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        return made


async def _read(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    declared = response.content_length
    if declared is not None and declared > max_bytes:
        raise _too_large(max_bytes)
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_chunked(_CHUNK):
        size += len(chunk)
        if size > max_bytes:
            raise _too_large(max_bytes)
        chunks.append(chunk)
    return b"".join(chunks)


def _unpack(body: bytes, encoding: str | None, max_bytes: int) -> bytes:
    if not body or encoding is None or encoding.strip().lower() == "identity":
        return body
    if encoding.strip().lower() not in ("gzip", "x-gzip"):
        raise FetchFailed("the answer is compressed in a way we did not ask for", permanent=True)
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(body, max_bytes + 1)
    except zlib.error as error:
        raise FetchFailed("the answer is compressed and cannot be unpacked") from error
    if len(plain) > max_bytes:
        raise _too_large(max_bytes)
    if not unpacker.eof or unpacker.unused_data:
        raise FetchFailed("the answer is compressed and cannot be unpacked")
    return plain


def _too_large(max_bytes: int) -> FetchFailed:
    shown = f"{max_bytes // 1024} KiB" if max_bytes >= 1024 else f"{max_bytes} bytes"
    return FetchFailed(f"the answer is larger than {shown}", permanent=True)


def _in_words(error: Exception, host: str) -> FetchFailed:
    """Say what went wrong so that the person who hosts the server understands it."""
    refused = _cause(error, UnsafeAddress)
    if refused is not None:
        return UnsafeAddress(refused.reason)
    if isinstance(error, (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError, ssl.SSLError)):
        return FetchFailed(f"tls: {_certificate_words(error, host)}")
    if _cause(error, NoAnswer) is not None:
        return FetchFailed(f"no answer about the name {host} (DNS)")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return FetchFailed(f"the name {host} is not known (DNS)")
    if isinstance(error, aiohttp.InvalidURL):
        return UnsafeAddress("the address cannot be asked")
    if isinstance(error, aiohttp.ClientPayloadError):
        return FetchFailed("the answer broke off before its end")
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return FetchFailed("the connection was closed before an answer came")
    if isinstance(error, OSError):
        return FetchFailed(_os_words(error))
    if isinstance(error, (aiohttp.ClientResponseError, ValueError)):
        return FetchFailed("the answer is not valid HTTP, or has headers larger than allowed")
    return FetchFailed("the connection failed")


def _os_words(error: OSError) -> str:
    if error.errno == errno.ECONNREFUSED:
        return "connection refused"
    if error.errno in _NO_ROUTE:
        return "there is no route to the server"
    lost = isinstance(getattr(error, "os_error", error), ConnectionError)
    if lost or error.errno in (errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED):
        return "the connection was closed before an answer came"
    return f"the connection failed ({os.strerror(error.errno)})" if error.errno else "the connection failed"


def _certificate_words(error: Exception, host: str) -> str:
    # aiohttp's own error counts as one of these too, but does not say what is wrong.
    cause = _cause(error.__cause__ or error, ssl.SSLCertVerificationError)
    if cause is not None and hasattr(cause, "verify_message"):
        return f"the certificate of {host} is not valid ({cause.verify_message})"
    return f"no secure connection with {host} could be agreed"


def _cause(error: BaseException | None, kind: type[Kind]) -> Kind | None:
    """Find an exception of a kind among those that led to this one."""
    seen = 0
    while error is not None and seen < 10:
        if isinstance(error, kind):
            return error
        error = error.__cause__ or error.__context__
        seen += 1
    return None
