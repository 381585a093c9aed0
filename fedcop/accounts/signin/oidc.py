"""Speaks with the provider of an organisation's accounts (OpenID Connect): who is it that comes back from there? Jobs only.

It says nothing about accounts here; that is decided in `identities`. A code works once: what fails is not tried again, the person is told.
"""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from activitypub.client.transport import HttpRequest
from activitypub.errors import ActivityPubError
from fedcop.accounts.signin import providers
from fedcop.accounts.signin.models import Provider, SignInStep
from fedcop.core import budgets, clock
from fedcop.core.database import atomic
from fedcop.core.i18n import N_
from fedcop.core.site import site

MOST = budgets.PROVIDER_BYTES
LEEWAY = 60
# Signatures with a key that only the provider has: neither "none" nor the client's secret proves anything here.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
KEPT = (
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "userinfo_endpoint",
    "token_endpoint_auth_methods_supported",
)
SILENT = N_("The provider does not answer as it should. Check the address.")
NO_DOCUMENT = N_("There is no OpenID provider at this address.")
OTHER_ISSUER = N_("The provider calls itself something else. Use the address that it names itself.")
log = logging.getLogger(__name__)


class Unbelievable(Exception):
    """What a provider answered cannot be accepted; the text is for the log and tells no secret."""


async def look(provider_id: int) -> None:
    """Read what the provider says of itself, and keep it or what is wrong with it (job)."""
    provider = await Provider.get_or_none(id=provider_id)
    if provider is None:
        return
    document, problem = provider.document, ""
    try:
        document = await _document(provider.issuer)
    except ActivityPubError as error:
        log.warning("the provider %s cannot be read: %s", provider.issuer, error)
        problem = SILENT
    except Unbelievable as error:
        log.warning("the provider %s cannot be used: %s", provider.issuer, error)
        problem = OTHER_ISSUER if str(error) == "issuer" else NO_DOCUMENT
    await _keep_document(provider, document, problem)


@atomic
async def _keep_document(provider: Provider, document: dict[str, Any], problem: str) -> None:
    provider.document, provider.problem, provider.checked_at = document, problem, clock.now()
    await provider.save(update_fields=["document", "problem", "checked_at"])


async def _document(issuer: str) -> dict[str, Any]:
    found = await _json("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    needed = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
    if not all(isinstance(found.get(name), str) for name in needed):
        raise Unbelievable("the document lacks an address")
    if found["issuer"].rstrip("/") != issuer.rstrip("/"):
        raise Unbelievable("issuer")
    if not providers.is_address(found["authorization_endpoint"]):
        raise Unbelievable("people are not sent to an address like this")
    return {name: found[name] for name in KEPT if name in found}


async def redeem(step_id: int) -> None:
    """Learn who came back, and keep it with the step (job)."""
    step = await SignInStep.get_or_none(id=step_id, kind="provider")
    provider = await Provider.all().first()
    if step is None or provider is None or not step.value.get("code"):
        return
    found: dict[str, Any] = {"problem": True}
    try:
        found = {"claims": await _who(provider, step.value)}
    except (ActivityPubError, Unbelievable, JoseError, ValueError) as error:
        log.warning("nobody comes in by %s: %s: %s", provider.issuer, type(error).__name__, error)
    await _keep(step.id, found)


@atomic
async def _keep(step_id: int, found: dict[str, Any]) -> None:
    await SignInStep.filter(id=step_id).update(value=found)  # the code and what belongs to it are gone


async def _who(provider: Provider, asked: Mapping[str, Any]) -> dict[str, Any]:
    document = await _document(provider.issuer)
    if document["issuer"] != asked["issuer"]:
        raise Unbelievable("the provider has another name than when it was asked")
    given = await _tokens(provider, document, asked)
    claims = await _claims(provider, document, given["id_token"], str(asked["nonce"]))
    if not claims.get("email") and document.get("userinfo_endpoint") and isinstance(given.get("access_token"), str):
        more = await _json(
            "GET", str(document["userinfo_endpoint"]), {"Authorization": f"Bearer {given['access_token']}"}
        )
        if more.get("sub") != claims["sub"]:
            raise Unbelievable("the particulars are somebody else's")
        claims = {**more, **claims}
    return {
        "issuer": document["issuer"],
        "subject": claims["sub"],
        "email": str(claims.get("email") or "")[:254].strip().lower(),
        "verified": claims.get("email_verified") in (True, "true"),
        "name": str(claims.get("name") or "")[:100],
        "nick": str(claims.get("preferred_username") or "")[:100],
    }


async def _tokens(provider: Provider, document: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    fields = {
        "grant_type": "authorization_code",
        "code": str(asked["code"]),
        "redirect_uri": providers.way_back(),
        "code_verifier": str(asked["verifier"]),
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    methods = document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    if provider.secret and "client_secret_basic" in methods:
        pair = f"{quote(provider.client_id, safe='')}:{quote(provider.secret, safe='')}"
        headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    else:
        fields["client_id"] = provider.client_id
        if provider.secret:
            fields["client_secret"] = provider.secret
    given = await _json("POST", str(document["token_endpoint"]), headers, urlencode(fields).encode())
    if not isinstance(given.get("id_token"), str):
        raise Unbelievable("the provider gave no token of who somebody is")
    return given


async def _claims(provider: Provider, document: Mapping[str, Any], id_token: str, nonce: str) -> dict[str, Any]:
    found = await _json("GET", str(document["jwks_uri"]))
    listed = found.get("keys")
    keys: list[Any] = [
        key
        for key in (listed if isinstance(listed, list) else [])
        if isinstance(key, dict) and key.get("kty") in ("RSA", "EC", "OKP") and key.get("use", "sig") == "sig"
    ]
    claims: dict[str, Any] = jwt.decode(id_token, KeySet.import_key_set({"keys": keys}), algorithms=ALGORITHMS).claims
    must = jwt.JWTClaimsRegistry(
        now=int(clock.now().timestamp()),
        leeway=LEEWAY,
        iss={"essential": True, "value": str(document["issuer"])},
        aud={"essential": True, "value": provider.client_id},
        nonce={"essential": True, "value": nonce},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    must.validate(claims)
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else provider.client_id) != provider.client_id:
        raise Unbelievable("the token was made for another client")
    if not 0 < len(claims["sub"]) <= 255:
        raise Unbelievable("the subject is too long")
    return claims


async def _json(method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> dict[str, Any]:
    asked = HttpRequest(method, url, {"Accept": "application/json", **(headers or {})}, body)
    answer = await site().transport.send(asked, max_bytes=MOST)
    if answer.status != 200:
        raise Unbelievable(f"{method} was answered {answer.status}")
    try:
        found = orjson.loads(answer.body)
    except ValueError as error:
        raise Unbelievable("the answer is not JSON") from error
    if not isinstance(found, dict):
        raise Unbelievable("the answer is not an object")
    return found
