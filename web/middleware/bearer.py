"""From the token of an application to whoever it speaks for, and whether its scopes let it in. The client API only; sessions open nothing there."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse, middleware

from fedcop.apps import entering, scopes, tokens
from fedcop.apps.tokens import Holder
from fedcop.communities import desks
from fedcop.communities.desks import Desk
from fedcop.core.errors import FedcopError, Forbidden, NotFound
from fedcop.core.i18n import N_
from web.keys import DESK, HOLDER, ROLES, VIEWER, Viewer, member
from web.middleware.limits import API, API_GUEST, say_limits, take
from web.shared.routing import ROUTE, Asks, Family, Handler, RouteDef, taken_by_community

MAX_TOKEN = 200
UNCONFIRMED = N_("Confirm your e-mail address first: open the link that we sent you.")
WAITS = N_("Your request is waiting for an answer. You will get an e-mail.")


class TokenRefused(FedcopError):
    """No token, or one that does not work (any more)."""

    text = N_("The access token is invalid")
    code = "invalid_token"


NOT_AS_COMMUNITY = N_("This application is signed in as a community, which does not do this. Sign in as yourself.")


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
    bucket, key = API_GUEST, ""
    if route.scopes or route.asks is not Asks.NOBODY:
        holder = await _holder(request, route)
        if holder is not None:
            request[HOLDER] = holder
            bucket, key = API, f"token:{holder.token.id}"
            if holder.account is not None:
                request[VIEWER] = Viewer(holder.account, holder.account.actor)
                key = f"account:{holder.account.id}"
            elif holder.steward is not None:
                key = f"account:{holder.steward.id}"
    if DESK in request:
        route = request[ROUTE] = _as_community(route)
    if route.access and not member(request).is_at_least(ROLES[route.access - 1]):
        raise NotFound  # as on the pages
    take(request, bucket, key=key)
    response = await handler(request)
    if not response.prepared:
        say_limits(request, response, bucket, key)
    return response


async def _holder(request: Request, route: RouteDef) -> Holder | None:
    text = shown_token(request)
    if not text and route.asks is Asks.NOBODY:
        return None
    holder = await tokens.holder_of(text)
    if holder is None:
        raise TokenRefused
    if holder.token.acts_as_id is not None:
        request[DESK] = await _desk(holder, holder.token.acts_as_id)
    if route.scopes and not any(scopes.covers(holder.scopes, scope) for scope in route.scopes):
        raise ScopeRefused
    if route.asks is Asks.PERSON and holder.account is None and DESK not in request:
        if holder.token.sign_up_id is not None:
            raise Forbidden(WAITS if await entering.has_confirmed(holder.token) else UNCONFIRMED, "account-waiting")
        raise TokenRefused(N_("This method requires an authenticated user"))
    return holder


async def _desk(holder: Holder, group_id: int) -> Desk:
    """Judge anew whether somebody may act for a community: where they may not any more, the token is worth what an ended one is."""
    found = await desks.of(holder.steward.actor, group_id) if holder.steward is not None else None
    if found is None:
        raise TokenRefused
    return found


def _as_community(route: RouteDef) -> RouteDef:
    """Give the route as communities have it. What does not say that it takes their tokens refuses them: it would act as the person."""
    found = taken_by_community(route)
    if found is None:
        raise Forbidden(NOT_AS_COMMUNITY, "not-as-community")
    return found


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
