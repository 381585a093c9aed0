"""Gives an answer again that was made a moment ago, while nothing was committed since: decisions/0036-kept-answers.md.

What a route declared `kept` answers follows from what the database holds, from the request, and from the clock. So it may be given again to a request that is the
same in every header that anybody reads (a token, cookies, languages: all of them are in the key) as long as the database says that no process committed
anything, and for `KEPT_SECONDS`, in which what ends by the clock may be shown a little longer. Who asks while the same answer is being made waits for it.

Never kept: what is signed (a signature is of one request), what belongs to a session or a form, what sets a cookie, what was refused. Limits, metrics and
logs count each request.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from aiohttp.web import AppKey, Request, Response, StreamResponse, middleware
from multidict import CIMultiDict

from fedcop.core import budgets
from fedcop.core.site import Site
from fedcop.core.versions import Version, Versions
from web.keys import ADDRESS, GUEST, SESSION
from web.middleware.limits import LIMITER, SAID, TAKEN, machine_key, say_limits
from web.shared.routing import ROUTE, Family, Handler

#: Headers that no route which is kept reads, and that differ from one to the next who ask for the same. All others are in the key, known or not.
UNREAD = frozenset({b"user-agent", b"referer", b"x-forwarded-for", b"x-real-ip", b"x-request-id", b"connection"})
#: Who sends one of these is answered anew: what comes with a body, or wants less than all of it.
BARRED = frozenset({b"signature", b"signature-input", b"range", b"upgrade", b"transfer-encoding", b"content-length"})
STATUSES = (200, 304)
OWN_HEADERS = 2_000  # bytes of an answer, about
OWN_COOKIES = frozenset({"fedcop-language", "__Host-language"})  # a visitor may come with, and no other

Key = tuple[str, tuple[tuple[bytes, bytes], ...]]


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer, and what asking for it takes."""

    status: int
    headers: CIMultiDict[str]
    body: bytes
    at: float
    taken: tuple[tuple[str, str], ...]
    said: tuple[str, str] | None
    weight: int  # bytes, with what it is kept under


class KeptAnswers:
    """The answers of one version of what the database holds; of none but the last one."""

    def __init__(self, site: Site) -> None:
        self._versions = site.part(Versions)
        self._clock = site.clock
        self._version: Version | None = None
        self._answers: OrderedDict[Key, Kept] = OrderedDict()
        self._under_way: dict[Key, asyncio.Future[Kept | None]] = {}
        self._bytes = 0

    async def look(self) -> Version | None:
        """Give the version that is now, and forget what is of another one, or too old."""
        version = await self._versions.now()
        if version != self._version:
            self._version = version
            self._answers.clear()
            self._under_way = {}  # who waits still gets what they wait for
            self._bytes = 0
        now = self.now()
        while self._answers:
            oldest = next(iter(self._answers.values()))
            if 0 <= now - oldest.at < budgets.KEPT_SECONDS:
                break
            self._drop_oldest()
        return version

    async def find(self, key: Key) -> Kept | None:
        """Give an answer of this version: one that is there, or is being made."""
        found = self._answers.get(key)
        if found is None and (waited := self._under_way.get(key)) is not None:
            found = await asyncio.shield(waited)
        return found

    def begin(self, key: Key) -> asyncio.Future[Kept | None]:
        """Say that an answer of this version is being made."""
        made: asyncio.Future[Kept | None] = asyncio.get_running_loop().create_future()
        self._under_way[key] = made
        return made

    def end(self, key: Key, made: asyncio.Future[Kept | None], found: Kept | None) -> None:
        """Give an answer to those who wait for it, and keep it, if it is of the version that was seen last."""
        if not made.done():
            made.set_result(found)
        if self._under_way.get(key) is not made:
            return
        del self._under_way[key]
        if found is not None and key not in self._answers:
            self._answers[key] = found
            self._bytes += found.weight
            while self._bytes > budgets.KEPT_BYTES:
                self._drop_oldest()

    def _drop_oldest(self) -> None:
        _key, dropped = self._answers.popitem(last=False)
        self._bytes -= dropped.weight

    def now(self) -> float:
        """Tell the time, by the clock of the site."""
        return self._clock.now().timestamp()


KEPT: AppKey[KeptAnswers] = AppKey("kept", KeptAnswers)


@middleware
async def give_again(request: Request, handler: Handler) -> StreamResponse:
    """Answer as before where that is still right; else keep what is answered, if it may be."""
    key = _key(request) if request[ROUTE].kept else None
    kept = request.app[KEPT]
    if key is None or await kept.look() is None:
        return await handler(request)
    found = await kept.find(key)
    if found is not None and _takes(request, found):
        return _again(request, found)
    made, began, answer = kept.begin(key), kept.now(), None
    try:
        response = await handler(request)
        answer = _kept(request, response, key, began)
    finally:
        kept.end(key, made, answer)
    return response


def _key(request: Request) -> Key | None:
    """Say what an answer depends on beside the database; None: it is this request's alone."""
    if request.method != "GET":
        return None
    headers = []
    for name, value in request.raw_headers:
        lower = name.lower()
        if lower in BARRED:
            return None
        if lower not in UNREAD:
            headers.append((lower, value))
    if request[ROUTE].family is Family.PAGE and not OWN_COOKIES.issuperset(request.cookies):
        return None
    return f"{request[ROUTE].family} {request.raw_path}", tuple(headers)


def _takes(request: Request, found: Kept) -> bool:
    """Take what the answer takes of the limits; whoever has no more of it goes the long way, where they are told."""
    limiter, machine = request.app[LIMITER], machine_key(request[ADDRESS])
    return not any([limiter.take(name, key or machine) for name, key in found.taken])


def _again(request: Request, found: Kept) -> Response:
    response = Response(status=found.status, headers=found.headers.copy(), body=found.body)
    if found.said is not None:
        say_limits(request, response, *found.said)
    return response


def _kept(request: Request, response: StreamResponse, key: Key, began: float) -> Kept | None:
    """Give what is worth keeping of an answer; None if it is for this request alone, or too much."""
    body = response.body if isinstance(response, Response) else None
    alone = response.status not in STATUSES or response.prepared or SESSION in request or GUEST in request
    if alone or response.cookies or "Set-Cookie" in response.headers:
        return None
    if not isinstance(body, bytes | None) or len(body or b"") > budgets.KEPT_ANSWER:
        return None
    return Kept(
        response.status,
        response.headers.copy(),
        body or b"",
        began,
        tuple(request.get(TAKEN, ())),
        request.get(SAID),
        len(body or b"") + sum(len(name) + len(value) for name, value in key[1]) + len(key[0]) + OWN_HEADERS,
    )
