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


def csrf_token(request: Request) -> str:
    """Give the token for the forms of this request; a guest's secret is made at the first need."""
    if not (secret := _secret(request)):
        secret = secrets.token_urlsafe(24)
        request[GUEST] = secret
    return _derive(secret)


def is_token(request: Request, given: str) -> bool:
    """Tell whether a token is the one of this browser."""
    secret = _secret(request)
    return bool(secret) and hmac.compare_digest(given.encode("utf-8", "replace"), _derive(secret).encode())


def remember_guest(request: Request, response: StreamResponse) -> None:
    """Give the guest the cookie that the forms of this page need."""
    if (secret := request.get(GUEST)) and secret != read_cookie(request, COOKIE):
        set_cookie(request, response, COOKIE, secret)


def _secret(request: Request) -> str:
    return request.get(SESSION) or request.get(GUEST) or read_cookie(request, COOKIE)


def _derive(secret: str) -> str:
    return hmac.new(secret.encode(), b"fedcop form", hashlib.sha256).hexdigest()
