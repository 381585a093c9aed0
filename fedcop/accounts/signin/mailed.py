"""Signing in by a link in a letter: for who reads their mail more surely than they remember a password. Works once, for a quarter of an hour."""

from __future__ import annotations

from fedcop.accounts import letters, links, queries, rules, throttle
from fedcop.accounts.letters import Letter
from fedcop.accounts.models import Account
from fedcop.core import addresses
from fedcop.core.database import atomic
from fedcop.core.i18n import _
from fedcop.core.mail import post_mail

KIND = "login"
MAX_BACK = 254


async def ask(email: str, back: str) -> None:
    """Send a link, if there is such an account and it may be used; the caller is not told."""
    throttle.spend(f"login-link:{email.strip().lower()[:300]}", limit=5, seconds=3600)
    await _ask(rules.clean_email(email), back)


@atomic
async def _ask(email: str, back: str) -> None:
    account = await queries.by_email(email)
    if account is None or not rules.is_open(account):
        return
    token = await links.make(KIND, account=account, value=back if len(back) <= MAX_BACK else "")
    with letters.speaking(account.language):
        await post_mail(await letters.address(letter(token), to=account.email, code=account.language))


def letter(token: str) -> Letter:
    """Bring somebody the link that lets them in."""
    return Letter(
        _("Your link to log in"),
        (_("Hello,"), _("Somebody, probably you, asked to log in by e-mail. Open this link to come in:")),
        (_("Log in"), addresses.absolute(f"/login/link/{token}")),
        (_("The link works for 15 minutes and once. If you did not ask for it, do nothing, and give it to nobody."),),
    )


@atomic
async def use(token: str) -> tuple[Account, str]:
    """Give whom a link lets in, and the page that was asked for; raise NotFound or Forbidden."""
    link = await links.use(KIND, token)
    assert link.account is not None
    rules.may_log_in(link.account)
    await link.account.fetch_related("actor")
    return link.account, link.value
