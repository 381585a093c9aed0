"""Picks the language of the answer: ?lang=, then the cookie, then the account, then what the browser asks for."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse, middleware

from fedcop.core.formats import set_time_zone
from fedcop.core.i18n import LOCALES, set_language
from web.keys import LANGUAGE, SITE, account
from web.shared.cookies import YEAR, read_cookie, set_cookie
from web.shared.routing import ROUTE, Family, Handler

COOKIE = "language"


@middleware
async def guess_language(request: Request, handler: Handler) -> StreamResponse:
    """Choose before anybody is known, so that even a refusal is in the right language; remember an explicit choice."""
    asked = match_language(request.query.get("lang", ""))
    chosen = (
        asked or match_language(read_cookie(request, COOKIE)) or from_header(request.headers.get("Accept-Language", ""))
    )
    _use(request, chosen or request.app[SITE].settings.language)
    response = await handler(request)
    if asked and request[ROUTE].family is not Family.API:
        remember_language(request, response, asked)
    return response


@middleware
async def prefer_account(request: Request, handler: Handler) -> StreamResponse:
    """Use the account's language when nothing more recent was chosen in this browser."""
    who = account(request)
    if who and not match_language(request.query.get("lang", "")) and not match_language(read_cookie(request, COOKIE)):
        _use(request, match_language(who.language) or request[LANGUAGE])
    if who:
        set_time_zone(who.time_zone)
    return await handler(request)


def remember_language(request: Request, response: StreamResponse, code: str) -> None:
    """Keep a choice in this browser; settings of the account call it too."""
    set_cookie(request, response, COOKIE, code, max_age=YEAR)


def match_language(wanted: str) -> str:
    """Give our language for a code such as "fr", "fr-FR" or "en_CA", or ""."""
    wanted = wanted.strip().replace("_", "-").lower()[:20]
    if not wanted:
        return ""
    exact = [code for code in LOCALES if code.lower() == wanted]
    near = [code for code in LOCALES if code.split("-")[0].lower() == wanted.split("-")[0]]
    return (exact + near + [""])[0]


def from_header(header: str) -> str:
    """Give the best of our languages for an Accept-Language header, or ""."""
    best, best_weight = "", 0.0
    for part in header[:500].split(","):
        code, _, parameter = part.partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter.strip() else 1.0
        except ValueError:
            continue
        if weight > best_weight and (found := match_language(code)):
            best, best_weight = found, weight
    return best


def _use(request: Request, code: str) -> None:
    request[LANGUAGE] = code
    set_language(code)
