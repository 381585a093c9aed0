"""How an application registers, comes for its token and gives it back. The page where a person lets it in is pages/connecting.py."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote_plus

from aiohttp.web import Request, StreamResponse

from fedcop.apps import allowing, registering, scopes, tokens
from fedcop.apps.models import App
from fedcop.apps.refusals import AppRefused
from fedcop.push import vapid
from web.keys import HOLDER, SITE, member
from web.mastodon.answers import answer
from web.mastodon.entities.account import picture
from web.mastodon.entities.app import app_json, registered_json, token_json
from web.mastodon.params import Params, read
from web.shared.routing import Asks, api

GRANTS = ("authorization_code", "client_credentials")


@api(
    "POST",
    "/api/v1/apps",
    asks=Asks.NOBODY,
    limit="apps",
    takes="client_name redirect_uris:texts scopes:texts website",
    gives="RegisteredApplication",
)
async def register(request: Request) -> StreamResponse:
    """Register an application."""
    given = await read(request)
    made = await registering.register(
        given.text("client_name"), given.texts("redirect_uris"), given.texts("scopes"), given.text("website")
    )
    return answer(registered_json(made.app, made.secret, await vapid.public_key()))


@api("GET", "/api/v1/apps/verify_credentials", asks=Asks.APP, communities=True, gives="Application")
async def who_am_i(request: Request) -> StreamResponse:
    """Tell an application what is known of it."""
    return answer(app_json(request[HOLDER].app, await vapid.public_key()))


@api(
    "POST",
    "/oauth/token",
    asks=Asks.NOBODY,
    limit="token",
    takes="grant_type:authorization_code|client_credentials code redirect_uri code_verifier client_id client_secret scope",
    gives="Token",
)
async def give_token(request: Request) -> StreamResponse:
    """Give a token for a code, or one in nobody's name."""
    given = await read(request)
    grant = given.text("grant_type")
    if grant and grant not in GRANTS:
        raise AppRefused("unsupported_grant_type")
    app = await _client(request, given)
    if grant == "client_credentials":
        issued = await allowing.issue_to_itself(app, given.text("scope"))
    elif grant:
        issued = await allowing.redeem(
            app, given.text("code"), redirect_uri=given.text("redirect_uri"), verifier=given.text("code_verifier")
        )
    else:
        raise AppRefused("invalid_request")
    return answer(token_json(issued))


async def _client(request: Request, given: Params) -> App:
    """Find the application by what it shows, in the header or in the body; some show it in both."""
    name, secret = given.text("client_id"), given.text("client_secret")
    scheme, _, packed = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            shown, _, kept = base64.b64decode(packed.strip(), validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            raise AppRefused("invalid_client") from None
        shown, kept = unquote_plus(shown), unquote_plus(kept)
        if name not in ("", shown) or secret not in ("", kept):
            raise AppRefused("invalid_client")
        name, secret = shown, kept
    return await registering.proven(name, secret)


@api("POST", "/oauth/revoke", asks=Asks.NOBODY, limit="token", takes="token client_id client_secret", gives="Empty")
async def give_back(request: Request) -> StreamResponse:
    """End a token. One that does not exist has ended already."""
    await tokens.give_back((await read(request)).text("token"))
    return answer({})


@api("GET", "/oauth/userinfo", asks=Asks.PERSON, scope="profile", gives="UserInfo")
@api("POST", "/oauth/userinfo", asks=Asks.PERSON, scope="profile", gives="UserInfo")
async def user_info(request: Request) -> StreamResponse:
    """Tell a site whose visitor signed in by us who that is (OpenID Connect's words)."""
    actor, origin = member(request).actor, request.app[SITE].settings.origin
    return answer(
        {
            "iss": f"{origin}/",
            "sub": actor.uri,
            "name": actor.display_name or actor.name,
            "preferred_username": actor.name,
            "profile": actor.url or actor.uri,
            "picture": picture(actor, origin),
        }
    )


@api("GET", "/.well-known/oauth-authorization-server", asks=Asks.NOBODY, gives="AuthorizationServer")
async def describe(request: Request) -> StreamResponse:
    """Tell where the doors are (RFC 8414)."""
    origin = request.app[SITE].settings.origin
    return answer(
        {
            "issuer": f"{origin}/",
            "authorization_endpoint": f"{origin}/oauth/authorize",
            "token_endpoint": f"{origin}/oauth/token",
            "revocation_endpoint": f"{origin}/oauth/revoke",
            "userinfo_endpoint": f"{origin}/oauth/userinfo",
            "app_registration_endpoint": f"{origin}/api/v1/apps",
            "scopes_supported": list(scopes.KNOWN),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": list(GRANTS),
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
            "service_documentation": f"{origin}/help",
        },
        cache="public, max-age=600",
    )
