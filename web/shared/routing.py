"""Declares routes next to their handlers. Access is a required argument: nobody forgets who may come in.

A module of pages decorates its handlers; web/routes.py names the module; web/app.py adds what `routes_of()` gives.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from typing import Final

from aiohttp.web import Request, RequestKey, StreamResponse

from fedcop.core import budgets
from web.shared.words import Word, words_of

Handler = Callable[[Request], Awaitable[StreamResponse]]

KIB: Final = 1 << 10
FORM_BYTES: Final = budgets.FORM_BYTES
MACHINE_BYTES: Final = budgets.MACHINE_BYTES
UPLOADS: Final = -1  # as much as the instance's max_upload allows


class Access(IntEnum):
    """Who may come in; each includes the ones above it."""

    ANYONE = 0
    MEMBER = 1
    MODERATOR = 2
    ADMIN = 3
    OWNER = 4


ANYONE, MEMBER, MODERATOR, ADMIN, OWNER = Access


class Family(StrEnum):
    """Who a route talks to: it decides how refusals look."""

    PAGE = "page"
    DOCUMENT = "document"
    MACHINE = "machine"
    API = "api"


class Asks(StrEnum):
    """Whose token a route of the client API asks for."""

    NOBODY = "nobody"  # a token is welcome; where the route has a scope, it must cover that
    APP = "app"  # any token, also one in nobody's name
    PERSON = "person"


@dataclass(frozen=True)
class RouteDef:
    """One route: what the application and the middlewares need to know about it."""

    method: str
    path: str
    handler: Handler
    family: Family
    access: Access = Access.ANYONE
    limit: str = ""  # the name of a token bucket, see middleware/limits.py
    max_body: int = FORM_BYTES
    asks: Asks = Asks.NOBODY  # of the client API, as is `scopes`
    scopes: tuple[str, ...] = ()  # one of them is enough
    takes: tuple[Word, ...] = ()  # what it reads from query and body
    gives: str = ""  # the schema of its answer (mastodon/schemas.py), in brackets a list of it
    unready: int = 0  # the status of an answer that is not whole yet
    communities: bool = False  # a token in the name of a community is answered by the same handler
    kept: bool = False  # its answers may be given again, see middleware/kept.py


@dataclass(frozen=True)
class ForCommunity:
    """What answers a route of the client API where the token is in the name of a community."""

    handler: Handler
    takes: tuple[Word, ...]
    gives: str


ROUTE: RequestKey[RouteDef] = RequestKey("route")  # which route a request has reached

_declared: dict[str, list[RouteDef]] = {}
_of_communities: dict[tuple[str, str], ForCommunity] = {}


def page(  # noqa: PLR0913 - a declaration, by name
    method: str, path: str, *, access: Access, limit: str = "", max_body: int = FORM_BYTES, kept: bool = False
) -> Callable[[Handler], Handler]:
    """Declare a page for people, or the form behind it (POST: session, CSRF and limits are looked after).

    `kept`: what a visitor is shown follows from the database, the address and the headers alone, and nothing else comes of it (middleware/kept.py).
    """
    chosen = limit or ("read" if method == "GET" else "write")

    def declare(handler: Handler) -> Handler:
        _add(handler, RouteDef(method, path, handler, Family.PAGE, access, chosen, max_body, kept=kept))
        return handler

    return declare


def document(path: str) -> Callable[[Handler], Handler]:
    """Declare the ActivityPub twin of the page at `path`; the Accept header chooses between the two."""

    def declare(handler: Handler) -> Handler:
        _add(handler, RouteDef("GET", path, handler, Family.DOCUMENT, Access.ANYONE, "document"))
        return handler

    return declare


def machine(
    method: str, path: str, *, limit: str = "machine", max_body: int = MACHINE_BYTES, kept: bool = False
) -> Callable[[Handler], Handler]:
    """Declare a route for other programs: no session, no CSRF, refusals as short JSON; `kept` as of pages."""

    def declare(handler: Handler) -> Handler:
        _add(handler, RouteDef(method, path, handler, Family.MACHINE, Access.ANYONE, limit, max_body, kept=kept))
        return handler

    return declare


def api(  # noqa: PLR0913 - a declaration, by name
    method: str,
    path: str,
    *,
    asks: Asks,
    scope: str | tuple[str, ...] = (),
    access: Access = Access.ANYONE,
    takes: str = "",
    gives: str,
    unready: int = 0,
    limit: str = "machine",
    max_body: int = FORM_BYTES,
    communities: bool = False,
    kept: bool = False,
) -> Callable[[Handler], Handler]:
    """Declare a route of the client API: no session, no CSRF, a token where it asks for one, refusals as Mastodon words them.

    `access` is for those in charge, with a token of theirs. A name that `takes` does not say cannot be read; `gives` names what the answer is,
    `unready` the status under which it may come before it is whole. `communities`: a token in the name of a community may come too, since the
    handler asks for no more than who looks (`looker`); every other route refuses such tokens, unless `for_community` says who answers them.
    `kept` as of pages: the same token is answered alike as long as nothing is written.
    """
    scopes, words = (scope,) if isinstance(scope, str) else scope, words_of(takes)

    def declare(handler: Handler) -> Handler:
        _add(
            handler,
            RouteDef(
                method,
                path,
                handler,
                Family.API,
                access,
                limit,
                max_body,
                asks,
                scopes,
                words,
                gives,
                unready,
                communities,
                kept,
            ),
        )
        return handler

    return declare


def for_community(method: str, path: str, *, takes: str = "", gives: str = "") -> Callable[[Handler], Handler]:
    """Declare who answers a route of the client API where the token is in the name of a community (`web.keys.desk`).

    What it asks for stays as `api` says: token, scopes, limit; what it takes, and gives if it says so, is its own.
    """
    words = words_of(takes)

    def declare(handler: Handler) -> Handler:
        if (method, path) in _of_communities:
            raise ValueError(f"{method} {path} is declared twice")
        _of_communities[method, path] = ForCommunity(handler, words, gives)
        return handler

    return declare


def for_communities() -> Mapping[tuple[str, str], ForCommunity]:
    """Give all that modules have declared so far to answer tokens in the name of communities, by method and path."""
    return _of_communities


def taken_by_community(route: RouteDef) -> RouteDef | None:
    """Give the route as it is answered where the token is in the name of a community; None: it refuses those."""
    if route.communities:
        return route
    own = _of_communities.get((route.method, route.path))
    if own is None:
        return None
    # Which role on the instance a person needs says nothing here; the handler judges by the role in the community.
    return replace(route, handler=own.handler, takes=own.takes, gives=own.gives or route.gives, access=Access.ANYONE)


def routes_of(module: str) -> tuple[RouteDef, ...]:
    """Give the routes that a module declares (`module` is its `__name__`; it must be imported already)."""
    if module not in sys.modules:
        raise LookupError(f"{module} is not imported")
    return tuple(_declared.get(module, ()))


def declared(family: Family) -> tuple[RouteDef, ...]:
    """Give all routes of a family that modules have declared so far."""
    return tuple(route for routes in _declared.values() for route in routes if route.family is family)


def _add(handler: Handler, route: RouteDef) -> None:
    if not route.path.startswith("/"):
        raise ValueError(f"{route.path!r} does not begin with a slash")
    if route.kept and route.method != "GET":
        raise ValueError(f"{route.method} {route.path} changes something: no answer of it can be kept")
    _declared.setdefault(handler.__module__, []).append(route)
