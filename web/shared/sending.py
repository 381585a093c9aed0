"""Forms that publish: the same form sent twice, by a double click or a reload, publishes once."""

from __future__ import annotations

import hashlib
import json

from aiohttp.web import Request

from fedcop.core.ids import new_token
from web.shared.forms import FormData
from web.shared.tokens import FIELD

ONCE = "once"
MAX_ONCE = 64


def fresh_once() -> str:
    """A value for one form of one page."""
    return new_token(12)


def form_mark(request: Request, form: FormData) -> str:
    """Name this very form with all that was typed: whoever goes back and writes something else sends another one."""
    once = form.text(ONCE)
    if not once or len(once) > MAX_ONCE:
        return ""
    typed = [request.path, *((name, value) for name, value in form if name != FIELD)]
    return hashlib.sha256(json.dumps(typed).encode()).hexdigest()
