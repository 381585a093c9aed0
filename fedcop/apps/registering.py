"""How an application makes itself known here, and shows later that it is the one."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from fedcop.accounts.links import hash_token
from fedcop.apps import scopes
from fedcop.apps.models import App
from fedcop.apps.refusals import AppRefused
from fedcop.core import clock
from fedcop.core.database import atomic, execute
from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_
from fedcop.core.ids import new_token

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
FORBIDDEN_SCHEMES = ("javascript:", "data:", "vbscript:", "blob:", "about:", "view-source:")
MAX_URIS, MAX_URI, MAX_NAME = 20, 2000, 100
UNUSED = timedelta(days=30)


@dataclass(frozen=True)
class Registered:
    """An application and its secret, which is said this once."""

    app: App
    secret: str


@atomic
async def register(
    name: str, redirect_uris: Iterable[str], wanted: str | Iterable[str] = "", website: str = ""
) -> Registered:
    """Register an application; raise Invalid with the field that cannot be accepted."""
    errors: dict[str, str] = {}
    name, uris, website = " ".join(name.split())[:MAX_NAME], _uris(redirect_uris), website.strip()
    if not name:
        errors["client_name"] = N_("Give the application a name.")
    if not uris or len(uris) > MAX_URIS or not all(map(is_acceptable, uris)):
        errors["redirect_uris"] = N_("Name the addresses where the application waits for the answer.")
    if website and (len(website) > MAX_URI or not website.startswith(("https://", "http://"))):
        errors["website"] = N_("Enter a complete address, like https://example.org.")
    try:
        asked = scopes.parse(wanted)
    except AppRefused as error:
        errors["scopes"] = error.text
    if errors:
        raise Invalid(errors=errors)
    secret = new_token()
    app = await App.create(
        client_id=new_token(),
        secret_hash=hash_token(secret),
        name=name,
        website=website,
        redirect_uris=uris,
        scopes=" ".join(asked),
        created_at=clock.now(),
    )
    return Registered(app, secret)


def _uris(given: Iterable[str]) -> list[str]:
    texts = [given] if isinstance(given, str) else list(given)
    return list(dict.fromkeys(uri for text in texts for uri in text.split()))


def web_host(uri: str) -> str | None:
    """Give the host of a web address as browsers read it; "" where people could read another one, None for a program's address."""
    scheme, _, rest = uri.partition(":")
    if scheme.lower() not in ("https", "http"):
        return None
    host = re.split(r"[/?]", rest.removeprefix("//"), maxsplit=1)[0]
    return "" if not rest.startswith("//") or "\\" in uri or "@" in host else host


def is_acceptable(uri: str) -> bool:
    """Tell whether an answer may be sent to an address: any scheme that an application can wait for, none that acts in our name."""
    scheme, colon, rest = uri.partition(":")
    plain = scheme.replace("+", "").replace("-", "").replace(".", "")
    return bool(
        colon
        and rest
        and plain.isascii()
        and plain.isalnum()
        and len(uri) <= MAX_URI
        and uri.isprintable()
        and "#" not in uri
        and web_host(uri) != ""
        and not uri.lower().startswith(FORBIDDEN_SCHEMES)
    )


async def app_of(client_id: str) -> App:
    """Find an application by its public name, or raise AppRefused."""
    app = await App.get_or_none(client_id=client_id) if 0 < len(client_id) <= 64 else None
    if app is None:
        raise AppRefused("invalid_client")
    return app


async def proven(client_id: str, secret: str) -> App:
    """Find an application that shows its secret, or raise AppRefused."""
    app = await app_of(client_id)
    if not hmac.compare_digest(hash_token(secret), app.secret_hash):
        raise AppRefused("invalid_client")
    return app


@atomic
async def forget_unused() -> None:
    """Drop applications that registered long ago and nobody uses (a job of the timetable)."""
    await execute(
        "DELETE FROM app WHERE created_at < ? AND NOT EXISTS (SELECT 1 FROM app_token t WHERE t.app_id = app.id)"
        " AND NOT EXISTS (SELECT 1 FROM app_code c WHERE c.app_id = app.id)",
        clock.now() - UNUSED,
    )
