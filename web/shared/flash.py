"""Messages that wait for the next page: "Published." They travel in a cookie of ours and are shown once."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass

from aiohttp.web import Request, RequestKey, Response, StreamResponse

from web.shared.cookies import drop_cookie, read_cookie, set_cookie

COOKIE = "flash"
MAX_MESSAGES = 4
MAX_TEXT = 400


@dataclass(frozen=True)
class Flash:
    """One message and its manner: "ok" or "error"."""

    text: str
    kind: str = "ok"


TO_COME: RequestKey[list[Flash]] = RequestKey("flash_to_come")
SHOWN: RequestKey[bool] = RequestKey("flash_shown", bool)


def flash(request: Request, text: str, kind: str = "ok") -> None:
    """Say something on the next page that this person sees; `text` is translated already."""
    request.setdefault(TO_COME, []).append(Flash(text[:MAX_TEXT], kind))


def see_other(path: str) -> Response:
    """Send a person to another page of ours after a form."""
    if not is_local(path):
        raise ValueError(f"{path!r} does not stay on this instance")
    return Response(status=303, headers={"Location": path})


def is_local(path: str) -> bool:
    """Tell whether a path stays on this instance whatever a browser makes of it."""
    return path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path


def take_flashes(request: Request) -> list[Flash]:
    """Give the messages that wait, and those of this very request; they are not shown again."""
    request[SHOWN] = True
    return [*_waiting(request), *request.get(TO_COME, [])]


def carry_flashes(request: Request, response: StreamResponse) -> None:
    """Put what was not shown yet into the cookie, or clear it."""
    if request.get(SHOWN):
        if read_cookie(request, COOKIE):
            drop_cookie(request, response, COOKIE)
    elif to_come := request.get(TO_COME):
        messages = [*_waiting(request), *to_come][-MAX_MESSAGES:]
        text = json.dumps([[message.text, message.kind] for message in messages], ensure_ascii=False)
        set_cookie(request, response, COOKIE, base64.urlsafe_b64encode(text.encode()).decode())


def _waiting(request: Request) -> list[Flash]:
    try:
        found = json.loads(base64.urlsafe_b64decode(read_cookie(request, COOKIE)))
        return [
            Flash(str(text).encode("utf-8", "replace").decode()[:MAX_TEXT], "error" if kind == "error" else "ok")
            for text, kind in found[:MAX_MESSAGES]
        ]
    except (ValueError, TypeError, LookupError, RecursionError, binascii.Error):
        return []
