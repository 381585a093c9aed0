"""Keys and requests for the tests of signatures: made once, named in plain words."""

from datetime import UTC, datetime
from functools import cache

from activitypub.signatures import Scheme, SignedRequest, Signer, generate_rsa, sign_request
from activitypub.uris import split
from activitypub.verify import KnownKey

NOW = datetime(2026, 10, 20, 14, 0, 2, tzinfo=UTC)
HOSTS = ("v.example",)
INBOX = "https://v.example/inbox"
GUS = "https://good.example/u/gus"
EVE = "https://evil.example/u/eve"
BODY = b'{"id":"https://good.example/a/1","type":"Like","actor":"https://good.example/u/gus"}'


@cache
def pair(name: str) -> tuple[str, str]:
    """Give the RSA pair of somebody, the same throughout the run."""
    return generate_rsa()


def signer(actor: str = GUS) -> Signer:
    return Signer(f"{actor}#main-key", pair(actor)[0])


def known(actor: str = GUS) -> KnownKey:
    return KnownKey(f"{actor}#main-key", actor, pair(actor)[1])


def keys(key_id: str) -> KnownKey | None:
    """A look-up that knows gus and eve."""
    return {f"{actor}#main-key": known(actor) for actor in (GUS, EVE)}.get(key_id)


def no_keys(key_id: str) -> None:
    return None


def received(method: str, url: str, headers: dict[str, str], body: bytes = b"") -> SignedRequest:
    """A request as it arrives at us."""
    return SignedRequest(method, split(url).target, tuple(headers.items()), body)


def posted(
    scheme: Scheme, *, actor: str = GUS, url: str = INBOX, body: bytes = BODY, now: datetime = NOW
) -> SignedRequest:
    """A genuine delivery."""
    return received("POST", url, sign_request("POST", url, body, signer(actor), scheme, now), body)


def asked(
    scheme: Scheme, *, actor: str = GUS, url: str = "https://v.example/c/soil", now: datetime = NOW
) -> SignedRequest:
    """A genuine signed GET."""
    return received("GET", url, sign_request("GET", url, None, signer(actor), scheme, now))


def changed(
    request: SignedRequest, *, body: bytes | None = None, target: str | None = None, **headers: str | None
) -> SignedRequest:
    """The same request with headers replaced (None: removed), given as names with underscores."""
    new = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [(name, value) for name, value in request.headers if name.lower() not in new]
    lines += [(name, value) for name, value in new.items() if value is not None]
    return SignedRequest(
        request.method,
        request.target if target is None else target,
        tuple(lines),
        request.body if body is None else body,
    )
