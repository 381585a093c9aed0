"""A scripted OpenID provider at its own https name: it checks what a client must do, and answers truly or as a test tells it to."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from aiohttp.web import BaseRequest, Response, json_response
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey

from tests.rig.clock import StandingClock
from tests.rig.fakeweb import FakeWeb

CLIENT, SECRET = "fedcop", "un secret : à nous/deux"


class FakeProvider:
    """One provider. `person` is who is signed in there; `claims` and `document` replace what it would say."""

    def __init__(self, host: str, clock: StandingClock) -> None:
        self.issuer = f"https://{host}/realm"
        self.clock = clock
        self.key = ECKey.generate_key("P-256", {"kid": "one", "use": "sig"})
        self.signs_with: Any = self.key
        self.algorithm = "ES256"
        self.person: dict[str, Any] = {"sub": "s-1", "email": "lea@coop.example", "email_verified": True, "name": "Léa"}
        self.claims: dict[str, Any] = {}
        self.document: dict[str, Any] = {}
        self.quiet = False  # tells the particulars at another address only
        self.asked: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}

    def visit(self, address: str, **changed: str) -> str:
        """Be somebody's browser: arrive with what the client asks, say yes, and give the path to go back to."""
        assert address.startswith(f"{self.issuer}/authorize?"), address
        asked = dict(parse_qsl(urlsplit(address).query, strict_parsing=True))
        assert (asked["client_id"], asked["response_type"], asked["code_challenge_method"]) == (CLIENT, "code", "S256")
        assert {"openid", "email"} <= set(asked["scope"].split()) and len(asked["state"]) > 20 < len(asked["nonce"])
        code = f"code-{len(self._codes)}"
        self._codes[code] = asked
        back = urlsplit(asked["redirect_uri"])
        said = {"code": code, "state": asked["state"], "iss": self.issuer, **changed}
        return f"{back.path}?{urlencode(said)}"

    async def answer(self, request: BaseRequest) -> Response:
        """Answer the client."""
        self.asked.append(f"{request.method} {request.path}")
        match request.path.removeprefix("/realm"):
            case "/.well-known/openid-configuration":
                return json_response(self._document())
            case "/keys":
                return json_response(KeySet([self.key]).as_dict(private=False))
            case "/token":
                return self._token(request, dict(parse_qsl(await request.text())))
            case "/me":
                assert request.headers["Authorization"] == "Bearer token-of-access"
                return json_response(self.person)
        return Response(status=404)

    def _document(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/me",
            **self.document,
        }

    def _token(self, request: BaseRequest, form: dict[str, str]) -> Response:
        asked = self._codes.pop(form["code"], None)
        if "Authorization" in request.headers:
            pair = base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()
            client, secret = (unquote(part) for part in pair.split(":"))
        else:
            client, secret = form["client_id"], form["client_secret"]
        proof = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        right = asked is not None and (client, secret) == (CLIENT, SECRET)
        if not right or proof != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return json_response({"error": "invalid_grant"}, status=400)
        return json_response(
            {"access_token": "token-of-access", "token_type": "Bearer", "id_token": self._signed(asked)}
        )

    def _signed(self, asked: dict[str, str]) -> str:
        now = int(self.clock.now().timestamp())
        said = {"sub": self.person["sub"]} if self.quiet else self.person
        must = {"iss": self.issuer, "aud": CLIENT, "nonce": asked["nonce"], "iat": now, "exp": now + 300}
        claims = {name: value for name, value in {**must, **said, **self.claims}.items() if value is not None}
        if self.algorithm == "none":
            parts = ({"alg": "none"}, claims)
            return (
                ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts) + "."
            )
        header = {"alg": self.algorithm, "kid": "one"}
        return jwt.encode(header, claims, self.signs_with, algorithms=[self.algorithm])


def secret_key() -> OctKey:
    """The secret of the client as a key: what a confused client would believe."""
    return OctKey.import_key(SECRET.encode())


async def open_provider(web: FakeWeb, host: str, clock: StandingClock) -> FakeProvider:
    """Set a provider up at a host of a web."""
    found = FakeProvider(host, clock)
    await web.serve(host, found.answer)
    return found
