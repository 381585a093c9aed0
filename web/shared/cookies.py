"""Our few cookies, all necessary, all with the same careful flags. On https their names are bound to this very host."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from web.keys import SITE

YEAR = 365 * 86400


def read_cookie(request: Request, name: str) -> str:
    """Give a cookie of ours, or ""."""
    value = request.cookies.get(_full_name(request, name), "")[:4096]
    return value if value.isascii() else ""  # ours are


def set_cookie(
    request: Request, response: StreamResponse, name: str, value: str, *, max_age: int | None = None
) -> None:
    """Set a cookie of ours; without max_age it ends with the browser."""
    response.set_cookie(
        _full_name(request, name),
        value,
        max_age=max_age,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=_secure(request),
    )


def drop_cookie(request: Request, response: StreamResponse, name: str) -> None:
    """Take a cookie of ours away."""
    response.del_cookie(_full_name(request, name), path="/", httponly=True, samesite="Lax", secure=_secure(request))


def _full_name(request: Request, name: str) -> str:
    return f"__Host-{name}" if _secure(request) else f"fedcop-{name}"


def _secure(request: Request) -> bool:
    return request.app[SITE].settings.secure
