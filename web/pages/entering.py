"""The last step of every way in: the second step if somebody chose one, then a session and the page that was asked for."""

from __future__ import annotations

from aiohttp.web import Request, Response

from fedcop.accounts import sessions, welcome
from fedcop.accounts.models import Account
from fedcop.accounts.signin import second
from web.keys import SESSION, address
from web.middleware.sessions import start_session
from web.shared.cookies import set_cookie
from web.shared.flash import see_other

# Cookies, each of its own: an open log-in page asks for passkeys again and again, and must disturb nothing else.
STEP = "step"  # of who waits for the second step
CHALLENGE = "challenge"  # of whose device was asked for a passkey
MAKING = "making"  # of whose device was asked to make one
PROVIDER = "provider"  # of who was sent to another provider
MINUTES = 15 * 60  # for which a browser keeps any of them


async def let_in(request: Request, account: Account, path: str) -> Response:
    """Let somebody in who has shown who they are, or lead them to the second step that they chose."""
    if not await second.is_asked(account):
        return await enter(request, account, path)
    response = see_other("/login/code")
    set_cookie(request, response, STEP, await second.begin(account, path), max_age=MINUTES)
    return response


async def enter(request: Request, account: Account, path: str) -> Response:
    """Begin a session for somebody and send them on; a session of before is ended, so that no old token lives on."""
    if SESSION in request:
        await sessions.end_by_token(request[SESSION])
    first = account.last_seen_at is None
    if first:
        await welcome.begin(account)
    token = await sessions.open_session(account, request.headers.get("User-Agent", ""), address(request))
    response = see_other("/welcome" if first and path == "/" else path)
    start_session(request, response, token)
    return response
