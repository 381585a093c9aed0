"""What of an HTTP request a signature can cover, and what every reader of a signature gives back."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Protocol

from activitypub.errors import BadSignature
from activitypub.signatures.keys import PublicKey

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_TARGET = re.compile(r"/[\x21-\x7e]*")
# Headers of which a second one would let two programs see two different requests.
SINGLE = frozenset(
    {
        "host",
        "date",
        "digest",
        "content-digest",
        "signature",
        "signature-input",
        "content-type",
        "content-length",
        "content-encoding",
    }
)


class Scheme(StrEnum):
    """The two ways to sign an HTTP request that are in use."""

    CAVAGE = "cavage"
    RFC9421 = "rfc9421"

    @property
    def other(self) -> "Scheme":
        """Give the scheme to try when a server does not understand this one."""
        return Scheme.RFC9421 if self is Scheme.CAVAGE else Scheme.CAVAGE


@dataclass(frozen=True)
class Signer:
    """Who signs: the id under which the public key is found, and the private key."""

    key_id: str
    private_pem: str


@dataclass(frozen=True)
class SignedRequest:
    """A request as it came in: raw target (path and query), all header lines, raw body."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @cached_property
    def _fields(self) -> dict[str, list[str]]:
        fields: dict[str, list[str]] = {}
        for name, value in self.headers:
            fields.setdefault(name.lower(), []).append(value)
        return fields

    def header(self, name: str) -> str | None:
        """Give a header's value, several lines joined as HTTP says; None if absent."""
        values = self._fields.get(name)
        return None if values is None else ", ".join(values)

    def check_shape(self) -> None:
        """Raise BadSignature (400) if the request could be read in two ways: doubled, folded or padded headers."""
        if not _TOKEN.fullmatch(self.method) or not _TARGET.fullmatch(self.target):
            raise BadSignature("the request line is malformed", code="malformed", status=400)
        for name, values in self._fields.items():
            if not _TOKEN.fullmatch(name) or (name in SINGLE and len(values) > 1):
                raise BadSignature(f"the header {name[:40]!r} is doubled or malformed", code="malformed", status=400)
            if any(_is_odd(value) for value in values):
                raise BadSignature(f"the header {name[:40]!r} has a malformed value", code="malformed", status=400)


class Claim(Protocol):
    """What a request says about its own signature, before anything of it is believed."""

    @property
    def key_id(self) -> str: ...

    @property
    def scheme(self) -> Scheme: ...

    @property
    def nonce(self) -> str | None: ...

    def check_coverage(self, *, with_body: bool) -> None:
        """Raise BadSignature unless everything that matters is covered."""

    def check_times(self, request: SignedRequest, times: "Times") -> None:
        """Raise BadSignature unless the request is fresh."""

    def signed_at(self, request: SignedRequest) -> datetime:
        """Give when the request was signed, by the clock of who did; of what is not checked yet it may raise BadSignature."""

    def check_body(self, request: SignedRequest) -> None:
        """Raise BadSignature unless the covered digest is that of the body."""

    def is_genuine(self, request: SignedRequest, key: PublicKey) -> bool:
        """Tell whether the signature is by this key."""


@dataclass(frozen=True)
class Times:
    """The clock of a verification: now, and the tolerances in seconds."""

    now: datetime
    skew: float
    max_age: float

    def check_date(self, date: datetime) -> None:
        """Raise BadSignature unless a Date is close to now."""
        if abs((self.now - date).total_seconds()) > self.skew:
            raise BadSignature("the date of the request is too far from now; check both clocks", code="stale")

    def check_window(self, created: int, expires: int | None) -> None:
        """Raise BadSignature unless now lies between creation and expiry."""
        now = self.now.timestamp()
        if created > now + self.skew:
            raise BadSignature("the signature claims to be made in the future", code="stale")
        if now > created + self.max_age:
            raise BadSignature("the signature is too old", code="stale")
        if expires is not None and (expires < created or now > expires):
            raise BadSignature("the signature has expired", code="stale")


def http_date(moment: datetime) -> str:
    """Write a moment as HTTP writes dates."""
    return _written(moment.astimezone(UTC).replace(microsecond=0))


@lru_cache(maxsize=8)  # a post for many servers is signed many times within a second
def _written(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def read_http_date(value: str | None) -> datetime:
    """Read a Date header; raise BadSignature if there is none or it has no time zone."""
    try:
        date = parsedate_to_datetime(value or "")
    except (ValueError, TypeError, OverflowError, IndexError) as error:
        raise BadSignature("the date of the request is missing or malformed", code="date") from error
    if date.tzinfo is None:
        raise BadSignature("the date of the request has no time zone", code="date")
    return date


def _is_odd(value: str) -> bool:
    if value != value.strip(" \t"):
        return True
    try:
        value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return True
    return _CONTROL.search(value) is not None
