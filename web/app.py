"""Makes the application of one site: middlewares in order, routes, keys. Opens and closes nothing; server.py does."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aiohttp.web import Application, HTTPNotFound, Request, StreamResponse, middleware

from fedcop.accounts.throttle import Attempts
from fedcop.core import asked
from fedcop.core.siblings import Siblings
from fedcop.core.site import Site
from fedcop.federation.receiving.inbox import Pace
from web.federation.objects import document_routes
from web.keys import SITE
from web.mastodon.hub import HUB, Hub
from web.mastodon.streaming import close_streams
from web.middleware.bearer import know_bearer
from web.middleware.cors import allow_other_origins
from web.middleware.csrf import guard_forms
from web.middleware.errors import answer_errors
from web.middleware.headers import add_headers
from web.middleware.kept import KEPT, KeptAnswers, give_again
from web.middleware.language import guess_language, prefer_account
from web.middleware.limits import LIMITER, LIMITS, Limiter, limit_members, limit_rates
from web.middleware.measuring import measure
from web.middleware.packing import pack_pages
from web.middleware.proxy import TRUSTED, find_address, trusted_networks
from web.middleware.sessions import know_viewer
from web.routes import all_routes, shell_providers
from web.shared.negotiate import VARY, vary, wants_document
from web.shared.routing import ROUTE, Family, Handler, RouteDef
from web.shared.shell import SHELL, Provider, Shell
from web.shared.statics import STATICS, Statics

PATTERN = re.compile(r"\{([a-z_]+):[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")
WORDS = re.compile(r"\{([a-z_]+):([a-z-]+(?:\|[a-z-]+)+)\}")
API_PATHS = ("/api/",)
MACHINE_PATHS = ("/.well-known/", "/nodeinfo/", "/activities/", "/inbox")


def create_app(
    site: Site,
    *,
    routes: Sequence[RouteDef] | None = None,
    providers: Sequence[Provider] | None = None,
    limiter: Limiter | None = None,
) -> Application:
    """Make the application that serves a site. The keyword arguments are for tests."""
    declared = (*(all_routes() if routes is None else routes), *document_routes(site.features))
    app = Application(
        client_max_size=0,  # bodies are read by forms.py and by machine routes, each with its own limit
        middlewares=[
            measure,
            match_route,
            find_address,
            give_again,
            enter_site,
            guess_language,
            pack_pages,
            add_headers,
            allow_other_origins,
            answer_errors,
            limit_rates,
            know_viewer,
            know_bearer,
            prefer_account,
            limit_members,
            guard_forms,
        ],
    )
    app[SITE] = site
    app[STATICS] = Statics()
    app[TRUSTED] = trusted_networks(site.settings)
    app[LIMITER] = limiter or Limiter({} if site.settings.development else LIMITS, site.part(Siblings))
    for counts in (Attempts, Pace):  # made now, so that they hear from the beginning what other processes count
        site.part(counts)
    app[KEPT] = KeptAnswers(site)
    app[SHELL] = Shell(declared, tuple(shell_providers() if providers is None else providers))
    app[HUB] = Hub(site)
    app.on_shutdown.append(close_streams)
    _add_routes(app, declared)
    return app


@middleware
async def enter_site(request: Request, handler: Handler) -> StreamResponse:
    """Step into the site: the database, the clock and the settings of this very instance."""
    async with request.app[SITE].entered():
        with asked.remembering():
            return await handler(request)


@middleware
async def match_route(request: Request, handler: Handler) -> StreamResponse:
    """Note which declared route this is. Where a page and a document share an address, the Accept header chooses."""
    found: dict[Family, RouteDef] = getattr(request.match_info.handler, "twins", {})
    if len(found) > 1:
        request[ROUTE] = found[Family.DOCUMENT if wants_document(request) else Family.PAGE]
    else:
        request[ROUTE] = next(iter(found.values()), None) or _unknown(request)
    response = await handler(request)
    if Family.DOCUMENT in found and not response.prepared:
        vary(response, VARY)
    return response


def _unknown(request: Request) -> RouteDef:
    family = Family.MACHINE if request.path.startswith(MACHINE_PATHS) else Family.PAGE
    if request.path.startswith(API_PATHS):
        family = Family.API
    return RouteDef(request.method, request.path, _nothing, family, limit="read")


async def _nothing(request: Request) -> StreamResponse:
    raise HTTPNotFound


def _add_routes(app: Application, declared: Sequence[RouteDef]) -> None:
    addresses: dict[tuple[str, str], dict[Family, tuple[str, RouteDef]]] = {}
    fixed: dict[tuple[str, str], dict[str, str]] = {}
    for route in declared:
        for path, words in _spelt_out(route.path):
            key = (route.method, PATTERN.sub(r"{\1}", path))
            twins = addresses.setdefault(key, {})
            if route.family in twins or (twins and {Family.MACHINE, Family.API} & {route.family, *twins}):
                raise ValueError(f"{route.method} {route.path} is declared twice")
            twins[route.family] = (path, route)
            fixed.setdefault(key, {}).update(words)
    # what is spelt out comes before what is open: /c/{name}/new before /c/{name}/{anything}
    for key in sorted(addresses, key=lambda key: ["{" in part for part in key[1].split("/")]):
        paths, routes = zip(*addresses[key].values(), strict=True)
        answer = _answer({route.family: route for route in routes}, fixed[key])
        path = max(paths, key=len)  # of twins, the one that says what its parts look like
        app.router.add_route(key[0], path, answer)
        if key[0] == "GET":
            app.router.add_route("HEAD", path, answer)
        if (
            Family.API in addresses[key]
        ):  # some clients end them all with a slash, and a redirect would lose their token
            for method in ("GET", "HEAD") if key[0] == "GET" else (key[0],):
                app.router.add_route(method, f"{path}/", answer)


def _spelt_out(path: str) -> list[tuple[str, dict[str, str]]]:
    """Write "/u/{name}/{list:followers|following}" as two addresses, so that each can have a twin."""
    found = WORDS.search(path)
    if found is None:
        return [(path, {})]
    return [
        (rest, {found[1]: word, **more})
        for word in found[2].split("|")
        for rest, more in _spelt_out(path[: found.start()] + word + path[found.end() :])
    ]


def _answer(twins: dict[Family, RouteDef], words: dict[str, str]) -> Handler:
    async def answer(request: Request) -> StreamResponse:
        request.match_info.update(words)
        return await request[ROUTE].handler(request)

    answer.twins = twins  # type: ignore[attr-defined]
    return answer
