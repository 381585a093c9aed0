"""Signing up in an application: it gets a token at once, which speaks for the person as soon as there is an account."""

from __future__ import annotations

from fedcop.accounts import signup
from fedcop.accounts.signup import Wish
from fedcop.apps import tokens
from fedcop.apps.models import App, AppToken
from fedcop.apps.tokens import Issued


async def sign_up(app: App, wish: Wish) -> Issued:
    """Take a request for an account. Where the address is known already the token never speaks for anybody."""
    welcome = await signup.sign_up(wish)
    if welcome.account is not None:
        return await tokens.issue(app, welcome.account, app.scopes)
    return await tokens.issue(app, None, app.scopes, sign_up_id=welcome.sign_up_id)


async def has_confirmed(token: AppToken) -> bool:
    """Tell whether who signed up has confirmed the address."""
    return token.account_id is not None or (
        token.sign_up_id is not None and await signup.has_confirmed(token.sign_up_id)
    )


async def mail_again(token: AppToken, email: str = "") -> None:
    """Send the link to confirm the address once more."""
    if token.sign_up_id is not None:
        await signup.mail_again(token.sign_up_id, email)
