"""Forms carry a token that only this browser's own pages know. It is derived from the session, or from a guest's secret."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse, middleware

from fedcop.core.errors import Forbidden
from fedcop.core.i18n import N_
from web.keys import SITE
from web.shared.forms import read_form
from web.shared.routing import ROUTE, Family, Handler
from web.shared.tokens import FIELD, is_token
from web.shared.uploads import forget_uploads

HEADER = "X-Csrf-Token"


class StaleForm(Forbidden):
    """A form came without the token of this browser: an old tab, or another site's doing."""

    text = N_("This form was open for too long, or came from elsewhere.")
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


async def _check(request: Request) -> None:
    if not _same_origin(request):
        raise StaleForm
    given = request.headers.get(HEADER) or (await read_form(request)).raw(FIELD)
    if not is_token(request, given):
        raise StaleForm


def _same_origin(request: Request) -> bool:
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    settings = request.app[SITE].settings
    # Behind a proxy the browser sees our public address. Over https there is no other; over plain http it may be
    # 127.0.0.1 instead of localhost, and nobody in the middle needs a form to do harm.
    return origin == settings.origin or (not settings.secure and origin == f"http://{request.host}")
