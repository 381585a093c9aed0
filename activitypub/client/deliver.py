"""Deliver one activity to one inbox: sign, POST, and say in one value what became of it. Retrying is the caller's."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

from activitypub.client.fetch import read_retry_after
from activitypub.client.transport import HttpRequest, HttpResponse, Transport
from activitypub.errors import BadUri, FetchFailed, UnsafeAddress
from activitypub.signatures import Scheme, Signer, Wish, read_wish, sign_request
from activitypub.uris import same_origin, to_wire

SECONDS = 10.0
CLOCKS_APART = 3  # minutes; less is how long requests take
_MAX_ANSWER = 64 * 1024
_LATER = frozenset({408, 425, 429})
_SIGNED_HEADERS: Mapping[str, str] = dict.fromkeys(("host", "date", "digest", "content-digest", "content-type"), "")


@dataclass(frozen=True)
class Delivered:
    """The inbox took it; `scheme` is the signature it understood, `url` where it lives (after a lasting move)."""

    status: int
    scheme: Scheme
    url: str


@dataclass(frozen=True)
class Refused:
    """The inbox will not take this activity, now or later."""

    status: int | None
    reason: str


@dataclass(frozen=True)
class Gone:
    """The inbox says that it no longer exists (410)."""

    status: int = 410


@dataclass(frozen=True)
class Later:
    """Not now: try again, not before `retry_after` seconds if the server said so."""

    reason: str
    retry_after: float | None = None
    status: int | None = None


Result = Delivered | Refused | Gone | Later


async def deliver(
    transport: Transport, url: str, body: bytes, *, signer: Signer, scheme: Scheme, now: datetime
) -> Result:
    """POST an activity to an inbox; knocks a second time with the other signature, follows one lasting move."""
    try:
        inbox = to_wire(url)
        post = _Post(transport, body, signer, now)
        response, used = await post.knock(inbox, scheme)
        if response.status in (301, 308):
            moved = _moved_to(response, inbox)
            if moved is None:
                return Refused(response.status, "the inbox has moved to another server")
            inbox = moved
            response, used = await post.knock(inbox, used)
    except UnsafeAddress as error:
        return Refused(None, f"not sent: {error.reason}")
    except BadUri as error:
        return Refused(None, f"not sent: {error}")
    except FetchFailed as error:
        return Later(error.reason, error.retry_after)
    return _judge(response, used, inbox, now)


@dataclass(frozen=True)
class _Post:
    """One body on its way to one server."""

    transport: Transport
    body: bytes
    signer: Signer
    now: datetime

    async def knock(self, url: str, scheme: Scheme) -> tuple[HttpResponse, Scheme]:
        """POST, and once more in the other form if the signature was not understood."""
        response = await self._send(url, scheme, None)
        if response.status not in (400, 401):
            return response, scheme
        wish = read_wish(response.headers.get("accept-signature"), headers=_SIGNED_HEADERS)
        if wish is not None and "content-digest" not in wish.covered:
            # We never send a signature that leaves the body open.
            wish = Wish((*wish.covered, "content-digest"), wish.nonce, wish.tag)
        other = Scheme.RFC9421 if wish else scheme.other
        second = await self._send(url, other, wish)
        # If neither is understood, the first answer is the more telling one.
        return (response, scheme) if second.status in (400, 401) else (second, other)

    async def _send(self, url: str, scheme: Scheme, wish: Wish | None) -> HttpResponse:
        headers = sign_request("POST", url, self.body, self.signer, scheme, self.now, wish=wish)
        request = HttpRequest("POST", url, headers, self.body)
        return await self.transport.send(request, max_bytes=_MAX_ANSWER, timeout=SECONDS)


def _judge(response: HttpResponse, scheme: Scheme, url: str, now: datetime) -> Result:
    status = response.status
    if 200 <= status < 300:
        return Delivered(status, scheme, url)
    if status == 410:
        return Gone()
    if status in _LATER or status >= 500:
        return Later(f"the other server answered {_named(status)}", read_retry_after(response.headers), status)
    if status in (302, 303, 307):
        return Later(f"the other server sends us elsewhere for now ({status})", status=status)
    reason = f"the other server answered {_named(status)}"
    if apart := _clock_words(response, now):
        return Later(reason + apart, status=status)  # once the clocks agree it is taken
    return Refused(status, reason)


def _clock_words(response: HttpResponse, now: datetime) -> str:
    """Say that a refused signature may be a matter of clocks: each server believes dates only that are near its own. "": it is not."""
    try:
        theirs = parsedate_to_datetime(response.headers.get("date", ""))
        apart = round((theirs - now).total_seconds() / 60)
    except (TypeError, ValueError, OverflowError):
        return ""
    if response.status != 401 or abs(apart) < CLOCKS_APART:
        return ""
    return f": its clock is {abs(apart)} min {'ahead of' if apart > 0 else 'behind'} ours"


def _named(status: int) -> str:
    words = {
        400: "that it does not understand this",
        401: "that it does not accept our signature",
        403: "that we may not deliver to it",
        404: "that it has no such inbox",
        413: "that this is too large",
        429: "that it gets too many requests",
        500: "that it has an internal error",
        502: "that it cannot be reached behind its proxy",
        503: "that it is not available now",
        504: "that it takes too long behind its proxy",
    }
    return f"{words[status]} ({status})" if status in words else str(status)


def _moved_to(response: HttpResponse, inbox: str) -> str | None:
    try:
        target = to_wire(urljoin(inbox, response.headers.get("location", "")))
    except ValueError:
        return None
    return target if same_origin(target, inbox) and target != inbox else None
