"""Links that work once: only a hash of their token is kept. Knows what a link is for, not what is done with it."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from fedcop.accounts.models import Account, OneTimeLink, SignUp
from fedcop.core import clock
from fedcop.core.errors import NotFound
from fedcop.core.i18n import N_
from fedcop.core.ids import new_token

LIFETIMES = {
    "confirm": timedelta(days=3),
    "email": timedelta(days=1),
    "reset": timedelta(hours=2),
    "login": timedelta(minutes=15),
    "first": timedelta(days=14),  # somebody else made the account
    "owner": timedelta(days=7),
}
DEAD_LINK = N_("This link does not work any more. It was used already, or it is too old.")


def hash_token(token: str) -> str:
    """Make what is kept of a token; tokens are random and long, so one fast round is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


async def make(kind: str, *, account: Account | None = None, sign_up: SignUp | None = None, value: str = "") -> str:
    """Make a link and give its token; older links of the same kind for the same person stop working."""
    owner = {"account_id": account.id if account else None, "sign_up_id": sign_up.id if sign_up else None}
    await OneTimeLink.filter(kind=kind, **owner).delete()
    token, now = new_token(), clock.now()
    await OneTimeLink.create(
        kind=kind,
        token_hash=hash_token(token),
        value=value,
        created_at=now,
        expires_at=now + LIFETIMES[kind],
        **owner,
    )
    return token


async def find(kind: str, token: str) -> OneTimeLink:
    """Find a link that still works, with the person it is for; raise NotFound with a text that fits."""
    kinds = ("reset", "first") if kind == "reset" else (kind,)
    found = OneTimeLink.get_or_none(kind__in=kinds, token_hash=hash_token(token))
    link = await found.prefetch_related("account", "sign_up")
    if link is None or link.used_at is not None or link.expires_at <= clock.now():
        raise NotFound(DEAD_LINK, "dead-link")
    return link


async def use(kind: str, token: str) -> OneTimeLink:
    """Find a link and use it up, in one statement so that two at a time cannot both win."""
    link = await find(kind, token)
    if not await OneTimeLink.filter(id=link.id, used_at__isnull=True).update(used_at=clock.now()):
        raise NotFound(DEAD_LINK, "dead-link")
    return link
