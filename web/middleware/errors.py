"""Refusals, by route family: a page in words, Mastodon's JSON for apps, a short JSON body for machines. Nothing of the inside leaks out."""

from __future__ import annotations

import logging
import math
import re
import secrets
from typing import Any

from aiohttp.web import HTTPException, Request, Response, StreamResponse, json_response, middleware
from yarl import URL

from fedcop.accounts import instance
from fedcop.accounts.instance import Instance
from fedcop.apps.refusals import AppRefused
from fedcop.core.errors import Conflict, FedcopError, Forbidden, Invalid, NotFound, TooMany, Unavailable
from fedcop.core.i18n import N_, _
from web.keys import SITE
from web.middleware.bearer import TokenRefused
from web.middleware.csrf import StaleForm
from web.shared.flash import is_local
from web.shared.forms import FORM, Problems
from web.shared.negotiate import wants_document
from web.shared.routing import ROUTE, Family, Handler
from web.shared.templating import render_text

log = logging.getLogger("fedcop.web")

NOT_THERE = N_("Record not found")
STATUS: tuple[tuple[type[FedcopError], int], ...] = (
    (NotFound, 404),
    (Forbidden, 403),
    (Invalid, 422),
    (Conflict, 409),
    (TooMany, 429),
    (Unavailable, 503),
    (TokenRefused, 401),
    (AppRefused, 400),
)
TITLES = {
    400: N_("This request cannot be read"),
    403: N_("You may not do that"),
    404: N_("This page does not exist, or you do not have access to it."),
    405: N_("This address is not meant for that"),
    408: N_("That took too long"),
    409: N_("Not possible as things stand"),
    413: N_("That is too large"),
    415: N_("This kind of content is not accepted here"),
    422: N_("Some of what you wrote cannot be accepted"),
    429: N_("That was too often"),
    500: N_("Something broke on our side"),
    503: N_("Not possible right now"),
}
SECRETS = ("csrf", "password", "current", "new_password", "token", "code")  # in addresses
NEVER_SHOWN = re.compile("csrf|password|current|secret|token|code")  # names of fields


@middleware
async def answer_errors(request: Request, handler: Handler) -> StreamResponse:
    """Turn whatever a handler raises into an answer."""
    try:
        if "\x00" in request.path or "\x00" in request.query_string:
            raise NotFound  # PostgreSQL takes no NUL in a text: nothing is called that
        return await handler(request)
    except FedcopError as error:
        status = next((status for kind, status in STATUS if isinstance(error, kind)), 400)
        headers = {}
        if error.code == "invalid_client" and request[ROUTE].family is Family.API:
            status = 401
        if isinstance(error, TooMany):
            headers["Retry-After"] = str(max(1, math.ceil(error.retry_after or 60)))
        return await _refuse(request, status, headers, error=error)
    except HTTPException as error:
        if error.status < 400:
            raise
        kept = {name: value for name, value in error.headers.items() if name in ("Allow", "Retry-After")}
        return await _refuse(request, error.status, kept)
    except Exception:
        reference = secrets.token_hex(4)
        log.exception("request failed: %s %s (reference %s)", request.method, _without_secrets(request), reference)
        return await _refuse(request, 500, {}, reference=reference)


def _without_secrets(request: Request) -> str:
    """Give the path as a log may have it: what opens doors to who holds it is left out."""
    path = request.path
    for name in SECRETS:
        if value := request.match_info.get(name):
            path = path.replace(value, "…")
    return path


async def _refuse(
    request: Request, status: int, headers: dict[str, str], *, error: FedcopError | None = None, reference: str = ""
) -> Response:
    if request[ROUTE].family is Family.API:
        return json_response(_for_apps(status, error), status=status, headers=headers)
    if _is_for_machines(request):
        body: dict[str, Any] = {"error": error.code if error else TITLES.get(status, "error")}
        if error and not isinstance(error, NotFound):
            body["description"] = error.for_people()
        if reference:
            body["reference"] = reference
        return json_response(body, status=status, headers=headers)
    text = ""
    if error and not isinstance(error, NotFound):  # absent and forbidden look alike, whatever the domain said
        text = error.for_people()
    page = render_text(
        request,
        "errors/refusal.html",
        instance=await _instance(request),
        status=status,
        title=_(TITLES.get(status, TITLES[400])),
        text=text,
        reference=reference,
        typed=_typed(request),
        stale=isinstance(error, StaleForm),
        back=_back(request),
    )
    return Response(text=page, status=status, headers=headers, content_type="text/html", charset="utf-8")


def _for_apps(status: int, error: FedcopError | None) -> dict[str, Any]:
    """Say it as Mastodon does: `error` is for people, except where RFC 6749 wants a code there."""
    if error is None:
        return {"error": _(TITLES.get(status, TITLES[400])) if status != 404 else _(NOT_THERE)}
    if isinstance(error, NotFound):
        return {"error": _(NOT_THERE)}
    if isinstance(error, AppRefused):
        return {"error": error.code, "error_description": error.for_people()}
    if isinstance(error, Invalid) and error.errors:
        problems = Problems()
        problems.take(error)
        details = {field: [{"error": "ERR_INVALID", "description": text}] for field, text in problems.items()}
        return {"error": " ".join(text for _field, text in problems.items()), "details": details}
    return {"error": error.for_people()}


async def _instance(request: Request) -> Instance:
    try:
        return await instance.read()
    except Exception:  # noqa: BLE001 - the database may be what broke
        settings = request.app[SITE].settings
        return Instance(settings.name, settings.slogan, settings.registration, settings.language, settings.contact)


def _is_for_machines(request: Request) -> bool:
    family = request[ROUTE].family
    return (
        family is not Family.PAGE and (family is Family.MACHINE or wants_document(request)) or wants_document(request)
    )


def _typed(request: Request) -> list[str]:
    """Give back what somebody wrote in a form that is refused, whatever the reason; what opens doors is never shown."""
    form = request.get(FORM)
    return [value for name, value in form or () if not NEVER_SHOWN.search(name) and len(value.split()) > 2]


def _back(request: Request) -> str:
    """Name the page of ours from which somebody came, or ""."""
    try:
        came_from = URL(request.headers.get("Referer", ""))
    except ValueError:
        return ""
    origins = (request.app[SITE].settings.origin, f"http://{request.host}")
    path = came_from.raw_path_qs
    if not came_from.absolute or str(came_from.origin()) not in origins or not is_local(path):
        return ""
    return path if request.method == "POST" or path != request.path_qs else ""
