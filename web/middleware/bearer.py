"""From the token of an application to whoever it speaks for, and whether its scopes let it in. The client API only; sessions open nothing there."""

from __future__ import annotations

from datetime import timedelta

from aiohttp.web import Request, StreamResponse, middleware

from fedcop.apps import entering, scopes, tokens
from fedcop.apps.tokens import Holder
from fedcop.core import clock
from fedcop.core.errors import FedcopError, Forbidden, NotFound
from fedcop.core.i18n import N_
from web.keys import ADDRESS, HOLDER, ROLES, VIEWER, Viewer, member
from web.middleware.limits import API, API_GUEST, LIMITER, machine_key, take
from web.shared.routing import ROUTE, Asks, Family, Handler, RouteDef

MAX_TOKEN = 200
UNCONFIRMED = N_("Confirm your e-mail address first: open the link that we sent you.")
WAITS = N_("Your request is waiting for an answer. You will get an e-mail.")


class TokenRefused(FedcopError):
    """No token, or one that does not work (any more)."""

    text = N_("The access token is invalid")
    code = "invalid_token"


class ScopeRefused(Forbidden):
    """The token works, and not for this."""

    text = N_("This action is outside the authorized scopes")
    code = "insufficient_scope"


@middleware
async def know_bearer(request: Request, handler: Handler) -> StreamResponse:
    """Find out who asks through which application; refuse tokens that do not work or do not reach so far."""
    route = request[ROUTE]
    if route.family is not Family.API:
        return await handler(request)
    bucket, key = API_GUEST, machine_key(request[ADDRESS])
    if route.scopes or route.asks is not Asks.NOBODY:
        holder = await _holder(request, route)
        if holder is not None:
            request[HOLDER] = holder
            bucket, key = API, f"token:{holder.token.id}"
            if holder.account is not None:
                request[VIEWER] = Viewer(holder.account, holder.account.actor)
                key = f"account:{holder.account.id}"
    if route.access and not member(request).is_at_least(ROLES[route.access - 1]):
        raise NotFound  # as on the pages
    take(request, bucket, key=key)
    response = await handler(request)
    if not response.prepared:
        _say_limits(request, response, bucket, key)
    return response


async def _holder(request: Request, route: RouteDef) -> Holder | None:
    text = shown_token(request)
    if not text and route.asks is Asks.NOBODY:
        return None
    holder = await tokens.holder_of(text)
    if holder is None:
        raise TokenRefused
    if route.scopes and not any(scopes.covers(holder.scopes, scope) for scope in route.scopes):
        raise ScopeRefused
    if route.asks is Asks.PERSON and holder.account is None:
        if holder.token.sign_up_id is not None:
            raise Forbidden(WAITS if await entering.has_confirmed(holder.token) else UNCONFIRMED, "account-waiting")
        raise TokenRefused(N_("This method requires an authenticated user"))
    return holder


def shown_token(request: Request) -> str:
    """Give the token that an app shows, in whichever place."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return text.strip()[:MAX_TOKEN]
    if text := request.query.get("access_token", ""):
        return text[:MAX_TOKEN]
    return next(iter(shown_protocols(request)), "")[:MAX_TOKEN]


def shown_protocols(request: Request) -> tuple[str, ...]:
    """Give what an app in a browser names as protocol of a WebSocket: its token, since it can set no header there."""
    if "Upgrade" not in request.headers:
        return ()
    named = request.headers.get("Sec-WebSocket-Protocol", "").split(",")
    return tuple(name.strip() for name in named if name.strip())[:1]


def _say_limits(request: Request, response: StreamResponse, bucket: str, key: str) -> None:
    most, left, seconds = request.app[LIMITER].left(bucket, key)
    full_at = clock.now() + timedelta(seconds=seconds)
    response.headers["X-RateLimit-Limit"] = str(most)
    response.headers["X-RateLimit-Remaining"] = str(left)
    response.headers["X-RateLimit-Reset"] = full_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
