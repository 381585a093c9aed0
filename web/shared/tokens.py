"""The token that ties a form to one browser: derived from its session, or from a guest's secret. Checked in middleware/csrf.py."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from aiohttp.web import Request, StreamResponse

from web.keys import GUEST, SESSION
from web.shared.cookies import read_cookie, set_cookie

FIELD = "csrf"
COOKIE = "guest"
SIZE = 32


def csrf_token(request: Request) -> str:
    """Give the token for the forms of this request; a guest's secret is made at the first need."""
    if not (secret := _secret(request)):
        secret = secrets.token_urlsafe(24)
        request[GUEST] = secret
    return _masked(_derive(secret))


def is_token(request: Request, given: str) -> bool:
    """Tell whether a token is one of this browser's."""
    secret = _secret(request)
    try:
        masked = bytes.fromhex(given)
    except ValueError:
        return False
    mask, token = masked[:SIZE], masked[SIZE:]
    return bool(secret) and len(token) == SIZE and hmac.compare_digest(_xor(mask, token), _derive(secret))


def remember_guest(request: Request, response: StreamResponse) -> None:
    """Give the guest the cookie that the forms of this page need."""
    if (secret := request.get(GUEST)) and secret != read_cookie(request, COOKIE):
        set_cookie(request, response, COOKIE, secret)


def _secret(request: Request) -> str:
    return request.get(SESSION) or request.get(GUEST) or read_cookie(request, COOKIE)


def _derive(secret: str) -> bytes:
    return hmac.new(secret.encode(), b"fedcop form", hashlib.sha256).digest()


def _masked(token: bytes) -> str:
    """Spell a token so that it looks different each time: pages are packed (middleware/packing.py)."""
    mask = secrets.token_bytes(SIZE)
    return (mask + _xor(mask, token)).hex()


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
