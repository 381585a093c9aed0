"""The provider that people of an organisation may sign in with (OpenID Connect): what the admin sets of it, and the way there and back.

The network is asked by the jobs in `oidc`; what an answer means for accounts is decided in `identities`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from fedcop.accounts.models import Account
from fedcop.accounts.rules import may_administer
from fedcop.accounts.signin import steps
from fedcop.accounts.signin.models import Provider, SignInStep
from fedcop.core import addresses, jobs
from fedcop.core.database import atomic
from fedcop.core.errors import Forbidden, Invalid, NotFound, too_long
from fedcop.core.i18n import N_
from fedcop.core.site import site

# By name: this module is for pages too, which never reach the network.
LOOK, REDEEM = "fedcop.accounts.signin.oidc:look", "fedcop.accounts.signin.oidc:redeem"
BACK = "/login/provider/back"
MAX_DOMAINS = 50
MAX_SECRET = 500
_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")
FAILED = N_("The provider could not tell us who you are. Try again, or use your password.")
DECLINED = N_("The provider did not let you in. Try again, or use your password.")
ABSENT = N_("One cannot sign in by another provider here.")


@dataclass(frozen=True)
class Claimed:
    """Who somebody is, by the word of the provider."""

    issuer: str
    subject: str
    email: str = ""
    verified: bool = False
    name: str = ""
    nick: str = ""


async def current() -> Provider | None:
    """Give what is set, whether it works or not."""
    return await Provider.all().first()


async def offered() -> Provider | None:
    """Give the provider if people may sign in with it now."""
    found = await current()
    return found if found is not None and found.shown and found.document else None


def way_back() -> str:
    """Give the address that the provider sends people back to."""
    return addresses.absolute(BACK)


def is_address(text: object) -> bool:
    """Tell whether people may be sent to an address: https, or also http in development."""
    if not isinstance(text, str) or not text.isascii() or not text.isprintable() or " " in text:
        return False
    parts = urlsplit(text)
    schemes = ("https", "http") if site().settings.development else ("https",)
    return parts.scheme in schemes and bool(parts.hostname) and not parts.username


async def change(by: Account, *, secret: str = "", **values: Any) -> int:
    """Set the provider; an empty secret keeps the one there is. Gives the job that looks at the provider, for runner.wait_for()."""
    may_administer(by, "admin")
    cleaned = _checked(values, secret)
    return await _change(cleaned, secret)


@atomic
async def _change(cleaned: dict[str, Any], secret: str) -> int:
    provider = await Provider.all().first() or Provider()
    if provider.issuer != cleaned["issuer"]:
        provider.document, provider.secret = {}, ""  # a secret goes to nobody but who it was made with
    provider.update_from_dict(cleaned)
    provider.secret = secret or provider.secret
    await provider.save()
    return await jobs.enqueue(site().jobs[LOOK], {"provider_id": provider.id})


def _checked(values: dict[str, Any], secret: str) -> dict[str, Any]:
    errors: dict[str, str] = {}
    issuer = str(values["issuer"]).strip()
    if len(issuer) > 300 or not is_address(issuer) or urlsplit(issuer).query or urlsplit(issuer).fragment:
        errors["issuer"] = N_("Enter the whole address, beginning with https://.")
    client_id = str(values["client_id"]).strip()
    if not 0 < len(client_id) <= 300:
        errors["client_id"] = N_("Enter the identifier that the provider gave you.")
    if len(secret) > MAX_SECRET:
        errors["secret"] = too_long(MAX_SECRET)
    label = " ".join(str(values["label"]).split())
    if not 0 < len(label) <= 60:
        errors["label"] = N_("Write what people call it, in at most 60 characters.")
    domains = sorted({word.lower().removeprefix("@") for word in str(values["domains"]).replace(",", " ").split()})
    if len(domains) > MAX_DOMAINS or not all(len(one) <= 253 and _DOMAIN.fullmatch(one) for one in domains):
        errors["domains"] = N_("Write domains like example.org, one a line, at most 50.")
    if errors:
        raise Invalid(errors=errors)
    flags = {name: bool(values[name]) for name in ("shown", "lets_in", "trusts_email")}
    return {"issuer": issuer, "client_id": client_id, "label": label, "domains": domains, **flags}


@atomic
async def remove(by: Account) -> None:
    """Forget the provider; nobody signs in with it any more, and accounts remain."""
    may_administer(by, "admin")
    await Provider.all().delete()


async def begin(back: str, account: Account | None = None) -> tuple[str, str]:
    """Begin to sign in, or to link `account`; give the browser's token, and the address at the provider."""
    provider = await offered()
    if provider is None:
        raise NotFound(ABSENT, "no-provider")
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    value = {"state": state, "nonce": nonce, "verifier": verifier, "issuer": provider.document["issuer"]}
    token = await steps.begin("provider", account=account, value=value, back=back)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": way_back(),
        "scope": "openid email profile",
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    address = str(provider.document["authorization_endpoint"])
    return token, f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(asked)}"


async def receive(token: str, said: Mapping[str, str]) -> int:
    """Take what the provider sent somebody back with; give the job that asks it who they are, for runner.wait_for()."""
    step = await steps.find("provider", token)
    state = str(step.value.get("state", ""))
    if not state or not hmac.compare_digest(state.encode(), said.get("state", "").encode("utf-8", "replace")):
        raise Forbidden(FAILED, "other-state")
    if said.get("iss", step.value["issuer"]) != step.value["issuer"]:
        raise Forbidden(FAILED, "other-issuer")
    if said.get("error"):
        raise Forbidden(DECLINED, "provider-declined")
    if not 0 < len(said.get("code", "")) <= 4096:
        raise Forbidden(FAILED, "no-code")
    return await _receive(step, said["code"])


@atomic
async def _receive(step: SignInStep, code: str) -> int:
    step.value = {name: step.value[name] for name in ("nonce", "verifier", "issuer")} | {"code": code}
    await step.save(update_fields=["value"])  # without its state: nobody comes back a second time
    return await jobs.enqueue(site().jobs[REDEEM], {"step_id": step.id})


@atomic
async def answer(token: str) -> tuple[Claimed, SignInStep]:
    """Give who it is that came back, and what they came for; the step is over."""
    step = await steps.use("provider", token)
    if "claims" not in step.value:
        raise Forbidden(FAILED, "provider-failed")
    return Claimed(**step.value["claims"]), step


async def remember(claimed: Claimed, back: str, account: Account | None) -> str:
    """Keep in mind who came back, until they said which account is theirs; give the browser's token."""
    return await steps.begin("identity", account=account, value=asdict(claimed), back=back)


async def remembered(token: str, account: Account | None = None) -> tuple[Claimed, str]:
    """Give who came back in this browser, and the page that they asked for; `account` is who wants to link theirs."""
    step = await steps.find("identity", token)
    if step.account_id != (account.id if account else None):
        raise NotFound(steps.TOO_LATE, "step-over")
    return Claimed(**step.value), step.next


@atomic
async def forget(token: str) -> None:
    """End what `remember` began."""
    await steps.use("identity", token)
