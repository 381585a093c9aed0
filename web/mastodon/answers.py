"""How an answer to an app leaves: as JSON that nobody keeps, with the links to the pages before and after."""

from __future__ import annotations

from typing import Any

import orjson
from aiohttp.web import Response

PRIVATE = "private, no-store"


def answer(found: Any, *, status: int = 200, cache: str = PRIVATE) -> Response:
    """Answer with JSON."""
    return Response(
        status=status,
        body=orjson.dumps(found),
        headers={"Content-Type": "application/json; charset=utf-8", "Cache-Control": cache, "Vary": "Authorization"},
    )
