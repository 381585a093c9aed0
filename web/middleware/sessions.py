"""From the session cookie to the viewer, and whether this viewer may come in. What they may do there is the domain's affair."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp.web import Request, StreamResponse, middleware

from fedcop.accounts import queries as accounts
from fedcop.accounts.sessions import viewer_of
from fedcop.core import asked
from fedcop.core.errors import NotFound
from web.keys import ROLES, SESSION, VIEWER, Viewer
from web.shared.cookies import YEAR, drop_cookie, read_cookie, set_cookie
from web.shared.flash import is_local, see_other
from web.shared.routing import ROUTE, Access, Family, Handler

COOKIE = "session"
LONGEST_WAY_BACK = 2_000  # characters; proxies take 4 or 8 kB of headers, and all of an address can be escaped twice


@middleware
async def know_viewer(request: Request, handler: Handler) -> StreamResponse:
    """Find out who looks; refuse those who may not come in."""
    request[VIEWER] = None
    route = request[ROUTE]
    if route.family is not Family.PAGE:
        return await handler(request)
    token = read_cookie(request, COOKIE)
    if token and (account := await viewer_of(token)) is not None:
        request[VIEWER] = Viewer(account, account.actor)
        asked.tell(accounts.by_actor, account, account.actor)
        request[SESSION] = token
    refusal = _door(request, route.access)
    return refusal if refusal is not None else await handler(request)


def _door(request: Request, access: Access) -> StreamResponse | None:
    viewer = request[VIEWER]
    if access is Access.ANYONE:
        return None
    if viewer is None:
        return see_other(f"/login?next={_way_back(request)}")
    if not viewer.is_at_least(ROLES[access - 1]):
        raise NotFound  # "not there" and "not for you" are the same answer
    return None


def _way_back(request: Request) -> str:
    """Where somebody wanted to go, for the address of the login; one that no header holds is left out."""
    path = request.path_qs if request.method == "GET" else "/"
    said = quote(path, safe="/") if is_local(path) else "/"
    return said if len(said) <= LONGEST_WAY_BACK else "/"


def start_session(request: Request, response: StreamResponse, token: str) -> None:
    """Give this browser the cookie of a session that accounts.sessions has opened."""
    set_cookie(request, response, COOKIE, token, max_age=YEAR)


def end_session(request: Request, response: StreamResponse) -> None:
    """Take the session cookie away."""
    drop_cookie(request, response, COOKIE)


def next_path(request: Request, given: str = "") -> str:
    """Give the path to go to after logging in: `next`, when it stays on this instance."""
    wanted = given or request.query.get("next", "")
    return wanted if is_local(wanted) else "/"
