"""How somebody lets an application in: it asks, the person says yes, it comes with the code of that and gets a token, once."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta

from fedcop.accounts import rules
from fedcop.accounts.links import hash_token
from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.apps import registering, scopes, tokens
from fedcop.apps.models import App, AppCode
from fedcop.apps.refusals import AppRefused
from fedcop.apps.tokens import Issued
from fedcop.core import clock
from fedcop.core.database import atomic
from fedcop.core.ids import new_token

LIFETIME = timedelta(minutes=10)
MAX_CODES = 5  # alive for one person and application; some send the consent again and again
CHALLENGE = range(43, 129)


@dataclass(frozen=True)
class Request:
    """What an application asks a person for, once it is known to be in order."""

    app: App
    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str = ""

    @property
    def is_out_of_band(self) -> bool:
        """Whether the person carries the code to the application by hand."""
        return self.redirect_uri == registering.OUT_OF_BAND

    @property
    def said(self) -> list[str]:
        """What the application wants to do, in sentences (msgids)."""
        return scopes.said(self.scopes)


async def read_request(
    *, client_id: str, redirect_uri: str, wanted: str, response_type: str, challenge: str = "", method: str = ""
) -> Request:
    """Look at what an application asks for; raise AppRefused. Nothing may be sent to its address before this."""
    app = await registering.app_of(client_id)
    if not redirect_uri and len(app.redirect_uris) == 1:
        redirect_uri = str(app.redirect_uris[0])
    if redirect_uri not in app.redirect_uris:
        raise AppRefused("invalid_redirect_uri")
    if response_type != "code":
        raise AppRefused("unsupported_response_type")
    asked = scopes.parse(wanted)
    if not scopes.covers_all(app.scopes.split(), asked):
        raise AppRefused("invalid_scope")
    if (challenge and (method != "S256" or len(challenge) not in CHALLENGE)) or (method and not challenge):
        raise AppRefused("invalid_request")
    return Request(app, redirect_uri, asked, challenge)


@atomic
async def allow(account: Account, request: Request, acts_as: Actor | None = None) -> str:
    """Let an application in and give the code that it comes for its token with; `acts_as`: in the name of a community, which the caller judged."""
    rules.may_log_in(account)
    code = new_token()
    await AppCode.create(
        app_id=request.app.id,
        account_id=account.id,
        acts_as_id=acts_as.id if acts_as is not None else None,
        code_hash=hash_token(code),
        scopes=" ".join(request.scopes),
        redirect_uri=request.redirect_uri,
        challenge=request.challenge,
        expires_at=clock.now() + LIFETIME,
    )
    alive = AppCode.filter(account_id=account.id, app_id=request.app.id).order_by("-id").offset(MAX_CODES)
    if extra := await alive.values_list("id", flat=True):
        await AppCode.filter(id__in=list(extra)).delete()
    return code


async def redeem(app: App, code: str, *, redirect_uri: str = "", verifier: str = "") -> Issued:
    """Give the token for a code; a code works once, and only for the application and the address it was made for."""
    issued = await _use(app, hash_token(code), redirect_uri, verifier)
    if issued is None:
        raise AppRefused("invalid_grant")
    return issued


@atomic
async def _use(app: App, code_hash: str, redirect_uri: str, verifier: str) -> Issued | None:
    """End a code, whatever comes of it; of two at a time one wins, and is ended by the other."""
    found = await AppCode.get_or_none(code_hash=code_hash, app_id=app.id).select_related("account")
    if found is None or not await AppCode.filter(id=found.id).delete():
        await tokens.end_of_code(app, code_hash)
        return None
    in_time = found.expires_at > clock.now() and rules.is_open(found.account)
    if not in_time or redirect_uri not in ("", found.redirect_uri) or not _is_proven(found.challenge, verifier):
        return None
    return await tokens.issue(app, found.account, found.scopes, code_hash=code_hash, acts_as_id=found.acts_as_id)


def _is_proven(challenge: str, verifier: str) -> bool:
    if not challenge:
        return not verifier  # who proves something asked with a challenge: somebody took it out on the way
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    return hmac.compare_digest(digest, challenge.encode())


async def issue_to_itself(app: App, wanted: str) -> Issued:
    """Give an application a token in nobody's name (client credentials): for what strangers may read, and for signing up."""
    asked = scopes.parse(wanted)
    if not scopes.covers_all(app.scopes.split(), asked):
        raise AppRefused("invalid_scope")
    return await tokens.issue(app, None, " ".join(asked))


@atomic
async def forget_stale() -> None:
    """Drop codes that nobody came with (a job of the timetable)."""
    await AppCode.filter(expires_at__lt=clock.now()).delete()
