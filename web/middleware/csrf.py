"""Forms carry a token that only this browser's own pages know. It is derived from the session, or from a guest's secret."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from aiohttp.web import Request, StreamResponse, middleware

from fedcop.core.errors import Forbidden
from fedcop.core.i18n import N_
from web.keys import GUEST, ROUTE, SESSION, SITE
from web.shared.cookies import read_cookie, set_cookie
from web.shared.forms import read_form
from web.shared.routing import Family, Handler
from web.shared.uploads import forget_uploads

FIELD = "csrf"
HEADER = "X-Csrf-Token"
COOKIE = "guest"


class StaleForm(Forbidden):
    """A form came without the token of this browser: an old tab, or another site's doing."""

    text = N_("This form was open for too long, or came from elsewhere. What you typed is below: copy it, go back and send it again.")
    code = "stale-form"


@middleware
async def guard_forms(request: Request, handler: Handler) -> StreamResponse:
    """Let a form through when its token and its origin are ours."""
    try:
        if request.method == "POST" and request[ROUTE].family is Family.PAGE:
            await _check(request)
        response = await handler(request)
    finally:
        await forget_uploads(request)
    return response


def csrf_token(request: Request) -> str:
    """Give the token for the forms of this request; a guest's secret is made at the first need."""
    if not (secret := request.get(SESSION) or _guest(request)):
        secret = secrets.token_urlsafe(24)
        request[GUEST] = secret
    return _derive(secret)


def remember_guest(request: Request, response: StreamResponse) -> None:
    """Give the guest the cookie that the forms of this page need."""
    if (secret := request.get(GUEST)) and secret != read_cookie(request, COOKIE):
        set_cookie(request, response, COOKIE, secret)


async def _check(request: Request) -> None:
    if not _same_origin(request):
        raise StaleForm
    given = request.headers.get(HEADER) or (await read_form(request)).raw(FIELD)
    secret = request.get(SESSION) or _guest(request)
    if not secret or not hmac.compare_digest(given.encode(), _derive(secret).encode()):
        raise StaleForm


def _same_origin(request: Request) -> bool:
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    # behind a proxy the browser sees our public address; in development it may use 127.0.0.1 instead of localhost
    return origin == request.app[SITE].settings.origin or (origin != "null" and urlsplit(origin).netloc == request.host)


def _guest(request: Request) -> str:
    return request.get(GUEST) or read_cookie(request, COOKIE)


def _derive(secret: str) -> str:
    return hmac.new(secret.encode(), b"fedcop form", hashlib.sha256).hexdigest()
