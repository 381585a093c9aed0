"""Signing up in an app: what it may send, what is wrong with it in Mastodon's words, and the letter with the link once more."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.accounts.invites import DEAD_INVITATION
from fedcop.accounts.rules import LANGUAGES
from fedcop.accounts.signup import Wish
from fedcop.actors.service import NAME_TAKEN
from fedcop.apps import entering
from fedcop.core.errors import Conflict, Forbidden, Invalid, NotFound
from fedcop.core.i18n import N_, _
from web.keys import HOLDER, language
from web.mastodon.answers import answer
from web.mastodon.entities.app import token_json
from web.mastodon.params import Params, read
from web.shared.routing import Asks, api

#: Our fields, by their names there.
NAMES = {"username": "name", "email": "email", "password": "password", "reason": "reason"}
AGREE = N_("One has to agree to the rules of this instance.")
BY_APP_ALONE = N_("An application signs somebody up in its own name.")
NOBODY_WAITS = N_("This application did not sign anybody up who still has to confirm an address.")


@api("POST", "/api/v1/accounts", asks=Asks.APP, scope="write:accounts", limit="signup", takes="username email password agreement:flag locale reason invite_code", gives="Token")  # fmt: skip
async def sign_up(request: Request) -> StreamResponse:
    """Take a request for an account; the token works once the address is confirmed and, where somebody has to say yes, they have."""
    holder, given = request[HOLDER], await read(request)
    if holder.account is not None or holder.token.sign_up_id is not None:
        raise Forbidden(BY_APP_ALONE, "by-app-alone")
    wrong = {} if given.flag("agreement") else {"agreement": AGREE}
    try:
        if wrong:
            raise Invalid(errors=wrong)
        issued = await entering.sign_up(holder.app, _wish(request, given))
    except Invalid as error:
        return _refused(given, error.errors)
    except Conflict:
        return _refused(given, {"name": NAME_TAKEN})
    except NotFound:
        raise Forbidden(DEAD_INVITATION, "no-invite") from None
    return answer(token_json(issued))


def _wish(request: Request, given: Params) -> Wish:
    wanted = given.text("locale").strip().lower()[:2]
    code = next((code for code in LANGUAGES if code[:2] == wanted), language(request))
    return Wish(
        name=given.text("username").strip(),
        email=given.text("email").strip(),
        password=given.text("password"),
        language=code,
        reason=given.text("reason"),
        invite=given.text("invite_code").strip(),
    )


def _refused(given: Params, errors: dict[str, str]) -> StreamResponse:
    details = {}
    for field, text in errors.items():
        name = next((theirs for theirs, ours in NAMES.items() if ours == field), field)
        details[name] = [{"error": _code(given, name, text), "description": _(text)}]
    said = " ".join(problem["description"] for problems in details.values() for problem in problems)
    return answer({"error": said, "details": details}, status=422)


def _code(given: Params, name: str, text: str) -> str:
    if name == "agreement":
        return "ERR_ACCEPTED"
    if name in NAMES and not given.text(name).strip():
        return "ERR_BLANK"
    return "ERR_TAKEN" if text == NAME_TAKEN else "ERR_INVALID"


@api("POST", "/api/v1/emails/confirmations", asks=Asks.APP, scope="write:accounts", limit="mail", takes="email", gives="Empty")  # fmt: skip
async def mail_again(request: Request) -> StreamResponse:
    """Send the letter with the link once more, also to another address."""
    token = request[HOLDER].token
    if token.sign_up_id is None or await entering.has_confirmed(token):
        raise Forbidden(NOBODY_WAITS, "nobody-waits")
    await entering.mail_again(token, (await read(request)).text("email").strip())
    return answer({})


@api("GET", "/api/v1/emails/check_confirmation", asks=Asks.APP, scope="read:accounts", gives="Yes")
async def is_confirmed(request: Request) -> StreamResponse:
    """Tell whether who signed up has confirmed the address."""
    token = request[HOLDER].token
    if token.account_id is None and token.sign_up_id is None:
        raise Forbidden(NOBODY_WAITS, "nobody-waits")
    return answer(await entering.has_confirmed(token))
