"""Fetch a document from another server, so that what comes back is what that server says is at that address.

Content comes only from the address that is its `id`; plain JSON, HTML and downloads are never read as ActivityPub.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urljoin

from activitypub import mime
from activitypub.client.transport import HttpRequest, HttpResponse, Transport
from activitypub.errors import BadDocument, BadUri, FetchFailed, Gone, Missing, OutOfBudget
from activitypub.signatures import Scheme, Signer, Wish, read_wish, sign_request
from activitypub.signatures.canonical import read_strict
from activitypub.uris import origin_of, same_address, same_origin, strip_fragment, to_wire

MAX_DOCUMENT = 1 << 20
REDIRECTS = frozenset({301, 302, 303, 307, 308})
_COLLECTIONS = frozenset({"Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage"})
SECONDS = 10.0  # for one answer
MAX_REDIRECTS = 3  # of a file; a document may name one other address
REQUESTS, CHAIN_SECONDS = 100, 30.0  # for all that one activity leads to


class Budget:
    """How many requests and seconds a chain of fetches may use; shared by everything one activity leads to."""

    def __init__(
        self, requests: int = REQUESTS, seconds: float = CHAIN_SECONDS, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._left = requests
        self._clock = clock
        self._end = clock() + seconds

    def spend(self) -> float:
        """Use one request and give the seconds that are left; raise OutOfBudget when nothing is."""
        seconds = self._end - self._clock()
        if self._left <= 0:
            raise OutOfBudget("too many requests were needed for this")
        if seconds <= 0:
            raise OutOfBudget("this took too long altogether")
        self._left -= 1
        return seconds


class SchemeMemory(Protocol):
    """Remembers which signature each server understands."""

    def scheme_for(self, origin: str) -> Scheme:
        """Give the scheme to try first."""

    def learned(self, origin: str, scheme: Scheme) -> None:
        """Note that a server took this scheme."""


class RecentSchemes:
    """A memory that forgets the servers longest unused; enough for a test or a single process."""

    def __init__(self, *, size: int = 10_000) -> None:
        self._size = size
        self._schemes: OrderedDict[str, Scheme] = OrderedDict()

    def scheme_for(self, origin: str) -> Scheme:
        """Give the scheme to try first: draft-cavage unless another was learned."""
        return self._schemes.get(origin, Scheme.CAVAGE)

    def learned(self, origin: str, scheme: Scheme) -> None:
        """Note that a server took this scheme."""
        self._schemes[origin] = scheme
        self._schemes.move_to_end(origin)
        if len(self._schemes) > self._size:
            self._schemes.popitem(last=False)


@dataclass(frozen=True)
class Fetched:
    """A document as its own server gives it; `url` is where it came from, and its id unless it is a page of a list."""

    url: str
    body: bytes
    data: dict[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


async def fetch_object(  # noqa: PLR0913 - all but two by name
    transport: Transport,
    url: str,
    *,
    signer: Signer | None,
    now: Callable[[], datetime],
    budget: Budget | None = None,
    memory: SchemeMemory | None = None,
    max_bytes: int = MAX_DOCUMENT,
    same_origin_only: bool = False,
    authorization: str = "",
) -> Fetched:
    """Fetch an ActivityPub document by its address.

    `authorization` is shown to the server of that address only. `same_origin_only` refuses to end on another server: use it for keys and for actors whose server is known.
    """
    asker = _Asker(transport, signer, now, budget or Budget(), memory or RecentSchemes(), max_bytes)
    if authorization:
        asker = replace(asker, authorization=authorization, shown_to=url)
    within = url if same_origin_only else None
    fetched = await _fetch_once(asker, url, within)
    claimed = _claimed_id(fetched)
    if claimed is not None and not same_address(claimed, fetched.url):
        # The document says that it lives elsewhere: only what is there counts.
        _check_within(claimed, within)
        fetched = await _fetch_once(asker, claimed, within)
        claimed = _claimed_id(fetched)
        if claimed is not None and not same_address(claimed, fetched.url):
            raise FetchFailed("the document says that it lives at another address", permanent=True)
    return fetched


async def fetch_bytes(
    transport: Transport,
    url: str,
    *,
    signer: Signer | None = None,
    now: Callable[[], datetime],
    max_bytes: int,
    accept: str = "*/*",
    budget: Budget | None = None,
    authorization: str = "",
) -> HttpResponse:
    """Fetch a file, or a document that is not ActivityPub; follows up to three redirects, each one checked."""
    asker = _Asker(
        transport, signer, now, budget or Budget(), RecentSchemes(), max_bytes, accept, authorization, shown_to=url
    )
    first = url = _address(url)
    for _hop in range(MAX_REDIRECTS + 1):
        response = await asker.ask(url, signed=same_origin(first, url))
        if response.status not in REDIRECTS:
            _raise_for_status(response)
            return response
        url = _next_hop(response)
    raise FetchFailed("the server redirects too often", permanent=True)


@dataclass(frozen=True)
class _Asker:
    """Sends GETs, signed in the form that the server takes, and counts them."""

    transport: Transport
    signer: Signer | None
    now: Callable[[], datetime]
    budget: Budget
    memory: SchemeMemory
    max_bytes: int
    accept: str = mime.ACCEPT_ACTIVITY
    authorization: str = ""
    shown_to: str = ""

    async def ask(self, url: str, *, signed: bool = True) -> HttpResponse:
        """Send a GET; when signed and not understood, once more in the other form."""
        if self.signer is None or not signed:
            return await self._send(url, {"Accept": self.accept})
        origin = origin_of(url)
        scheme = self.memory.scheme_for(origin)
        response = await self._send_signed(url, self.signer, scheme)
        if response.status not in (400, 401):
            return response
        wish = read_wish(response.headers.get("accept-signature"), headers={"host": "", "date": ""})
        # A server that says what it wants wants RFC 9421; otherwise the other form is the better guess.
        scheme = Scheme.RFC9421 if wish else scheme.other
        response = await self._send_signed(url, self.signer, scheme, wish)
        if 200 <= response.status < 300:
            self.memory.learned(origin, scheme)
        return response

    async def _send_signed(self, url: str, signer: Signer, scheme: Scheme, wish: Wish | None = None) -> HttpResponse:
        headers = sign_request("GET", url, None, signer, scheme, self.now(), wish=wish)
        return await self._send(url, {**headers, "Accept": self.accept})

    async def _send(self, url: str, headers: Mapping[str, str]) -> HttpResponse:
        if self.authorization and same_origin(url, self.shown_to):
            headers = {**headers, "Authorization": self.authorization}
        seconds = min(SECONDS, self.budget.spend())
        return await self.transport.send(HttpRequest("GET", url, headers), max_bytes=self.max_bytes, timeout=seconds)


async def _fetch_once(asker: _Asker, url: str, within: str | None) -> Fetched:
    """Fetch with at most one redirect; one to another server is asked unsigned and must be the document's id."""
    url = _address(url)
    response = await asker.ask(url)
    if response.status in REDIRECTS:
        target = _next_hop(response)
        _check_within(target, within)
        stays = same_origin(url, target)
        response = await asker.ask(target, signed=stays)
        fetched = _read(response, target)
        if not stays and not same_address(_claimed_id(fetched) or "", target):
            raise FetchFailed("the address redirects to another server's document", permanent=True)
        return fetched
    return _read(response, url)


def _check_within(target: str, within: str | None) -> None:
    if within is not None and not same_origin(target, within):
        raise FetchFailed("the address leads to another server", permanent=True)


def _read(response: HttpResponse, url: str) -> Fetched:
    _raise_for_status(response)
    if not mime.is_activity(response.headers.get("content-type")):
        raise FetchFailed("what is at this address is not an ActivityPub document", permanent=True)
    # Uploaded files are offered as downloads; whoever uploaded one does not speak for the server.
    if response.headers.get("content-disposition", "").strip().lower().startswith("attachment"):
        raise FetchFailed("what is at this address is a download", permanent=True)
    try:
        data = read_strict(response.body)
    except BadDocument as error:
        raise FetchFailed(f"{error}", permanent=True) from error
    return Fetched(url, response.body, data, response.headers)


def _claimed_id(fetched: Fetched) -> str | None:
    """Give the address where a document says that it lives; None only for lists without an id of their own."""
    claimed = fetched.data.get("id", fetched.data.get("@id"))
    if claimed is None:
        kind = fetched.data.get("type", fetched.data.get("@type"))
        if isinstance(kind, str) and kind in _COLLECTIONS:
            return None
        raise FetchFailed("the document has no id", permanent=True)
    if not isinstance(claimed, str):
        raise FetchFailed("the document has a malformed id", permanent=True)
    return claimed


def _raise_for_status(response: HttpResponse) -> None:
    status = response.status
    if 200 <= status < 300:
        return
    if status == 404:
        raise Missing
    if status == 410:
        raise Gone
    if status in REDIRECTS:
        raise FetchFailed("the server redirects too often", status=status, permanent=True)
    if status in (401, 403):
        raise FetchFailed(f"the other server does not let us read this ({status})", status=status, permanent=True)
    again = status in (408, 425, 429) or status >= 500
    raise FetchFailed(
        f"the other server answered {status}",
        status=status,
        permanent=not again,
        retry_after=read_retry_after(response.headers),
    )


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Give the seconds that a server asks us to wait, at most a week; dates are left to our own schedule."""
    value = headers.get("retry-after", "").strip()
    if not (value.isascii() and value.isdigit() and len(value) <= 9):
        return None
    return min(float(value), 7 * 86400.0)


def _next_hop(response: HttpResponse) -> str:
    location = response.headers.get("location", "")
    try:
        return _address(urljoin(response.url, location)) if location else _nowhere()
    except ValueError:
        return _nowhere()


def _nowhere() -> str:
    raise FetchFailed("the server redirects to nowhere", permanent=True)


def _address(url: str) -> str:
    try:
        return to_wire(strip_fragment(url))
    except BadUri as error:
        raise FetchFailed(f"{error}", permanent=True) from error
