"""The tokens of applications: issue, read, list, end. Only a hash of each is kept."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from fedcop.accounts.facts import AccountSuspended, PasswordChanged, SignUpOpened
from fedcop.accounts.links import hash_token
from fedcop.accounts.models import Account
from fedcop.accounts.rules import is_open
from fedcop.actors.models import Actor
from fedcop.apps.models import App, AppCode, AppToken
from fedcop.core import clock, signals
from fedcop.core.database import atomic, rows
from fedcop.core.errors import NotFound
from fedcop.core.ids import new_token
from fedcop.core.selects import Select
from fedcop.core.signals import Signal

# "Used" is written at most this often, so that reading does not write.
_USED_EVERY = timedelta(minutes=15)
MAX_TOKENS = 100  # of one person, or of one application in nobody's name; the ones not used for longest go first
ENDED = Signal("tokens")  # some token ended; which one, nobody needs to be told
_HELD = Select(AppToken, "app", "account__actor")
OF_NOBODY = timedelta(days=90)  # a token in nobody's name that is not used for so long ends


@dataclass(frozen=True)
class Issued:
    """A token and what it is for; the text is said this once."""

    text: str
    token: AppToken


@dataclass(frozen=True)
class Holder:
    """Who shows a token: an application, and in whose name it speaks: a person's, or a community's with the person who acts for it."""

    app: App
    token: AppToken
    account: Account | None  # None: in nobody's name, or in a community's
    steward: Account | None = None  # who acts for the community `token.acts_as_id`

    @property
    def scopes(self) -> list[str]:
        """What it may do."""
        return self.token.scopes.split()


@atomic
async def issue(  # noqa: PLR0913 - what a token is for, by name
    app: App,
    account: Account | None,
    scopes: str,
    *,
    code_hash: str | None = None,
    sign_up_id: int | None = None,
    acts_as_id: int | None = None,
) -> Issued:
    """Make a token; `code_hash` is of the code that it is given for, `sign_up_id` of who gets an account only later, `acts_as_id` a community."""
    text, now = new_token(), clock.now()
    token = await AppToken.create(
        app_id=app.id,
        account_id=account.id if account else None,
        token_hash=hash_token(text),
        code_hash=code_hash,
        sign_up_id=sign_up_id,
        acts_as_id=acts_as_id,
        scopes=scopes,
        created_at=now,
        used_at=now,
    )
    like = AppToken.filter(account_id=account.id) if account else AppToken.filter(account_id=None, app_id=app.id)
    if extra := await like.order_by("-used_at", "-id").offset(MAX_TOKENS).values_list("id", flat=True):
        await AppToken.filter(id__in=list(extra)).delete()
    return Issued(text, token)


async def holder_of(text: str) -> Holder | None:
    """Find who shows a token, if it may be used now: a closed account's may not. Whether somebody may act for a community is not judged here."""
    if not text:
        return None
    found = await _HELD.where("app_token.token_hash = ?", hash_token(text))
    if not found:
        return None
    token = found[0]
    account = token.account if token.account_id is not None else None
    if account is not None and (not is_open(account) or account.actor.gone_at is not None):
        return None
    if token.used_at is None or token.used_at < clock.now() - _USED_EVERY:
        await _touch(token)
    if token.acts_as_id is not None:
        return Holder(token.app, token, None, account)
    return Holder(token.app, token, account)


async def working(token_ids: Collection[int]) -> dict[int, str]:
    """Name those, of some tokens of people for themselves, that may be used now, each with the language that its person reads."""
    if not token_ids:
        return {}
    found = await rows(
        "SELECT t.id, a.language FROM app_token t JOIN account a ON a.id = t.account_id JOIN actor p ON p.id = a.actor_id"
        " WHERE t.id IN (?) AND t.acts_as_id IS NULL AND a.confirmed_at IS NOT NULL AND a.approved_at IS NOT NULL AND a.suspended_at IS NULL"
        " AND a.deleting_at IS NULL AND p.gone_at IS NULL",
        list(token_ids),
    )
    return {row["id"]: row["language"] for row in found}


@atomic
async def _touch(token: AppToken) -> None:
    now = clock.now()
    await AppToken.filter(id=token.id).update(used_at=now)
    if token.account_id is not None:
        await Account.filter(id=token.account_id).update(last_seen_at=now)


async def list_(account: Account) -> list[AppToken]:
    """List the tokens of a person with their applications, the last used first."""
    return await AppToken.filter(account_id=account.id).order_by("-used_at", "-id").select_related("app", "acts_as")


async def list_of_community(group: Actor) -> list[AppToken]:
    """List the tokens in the name of a community with who acts by each, the last used first."""
    found = AppToken.filter(acts_as_id=group.id).order_by("-used_at", "-id")
    return await found.select_related("app", "account__actor")


@atomic
async def end(account: Account, token_id: int) -> None:
    """End one token of this person."""
    if not await AppToken.filter(id=token_id, account_id=account.id).delete():
        raise NotFound(code="no-token")
    await signals.send(ENDED)


@atomic
async def end_of_community(group: Actor, token_id: int) -> None:
    """End one token in the name of a community, whoever acts by it; the caller judged who may."""
    if not await AppToken.filter(id=token_id, acts_as_id=group.id).delete():
        raise NotFound(code="no-token")
    await signals.send(ENDED)


@atomic
async def give_back(text: str) -> None:
    """End the token that an application shows: whoever has it could use it, so that whoever has it may end it."""
    if await AppToken.filter(token_hash=hash_token(text)).delete():
        await signals.send(ENDED)


async def end_of_code(app: App, code_hash: str) -> None:
    """End the token that a code gave: it comes a second time, so that it is known to two (RFC 6749, 4.1.2)."""
    if await AppToken.filter(app_id=app.id, code_hash=code_hash).delete():
        await signals.send(ENDED)


async def person_of(token_id: int, actor_id: int) -> Actor | None:
    """Give the person for whom a token speaks, as long as it does; None if it is another's, a community's, or over."""
    found = AppToken.get_or_none(id=token_id, account__actor_id=actor_id, acts_as_id=None)
    return _open_actor(await found.select_related("account__actor"))


async def steward_of(token_id: int, group_id: int) -> Actor | None:
    """Give the person who acts for a community by a token, as long as their account is open; None if it is another's, or over."""
    found = AppToken.get_or_none(id=token_id, acts_as_id=group_id)
    return _open_actor(await found.select_related("account__actor"))


def _open_actor(token: AppToken | None) -> Actor | None:
    account = token.account if token is not None else None
    return account.actor if account is not None and is_open(account) else None


@atomic
async def hand_over(fact: SignUpOpened) -> None:
    """Let what somebody got who asked for an account speak for them, now that they have it (reaction)."""
    await AppToken.filter(sign_up_id=fact.sign_up_id).update(account_id=fact.account_id, sign_up_id=None)


@atomic
async def end_all(account_id: int) -> None:
    """End all that applications hold of a person, what is not redeemed yet included."""
    await AppToken.filter(account_id=account_id).delete()
    await AppCode.filter(account_id=account_id).delete()
    await signals.send(ENDED)


async def end_all_of(fact: PasswordChanged | AccountSuspended) -> None:
    """A new password and a closed account end what was handed out before (reaction)."""
    await end_all(fact.account_id)


@atomic
async def forget_idle() -> None:
    """Drop tokens in nobody's name that nobody used for long (a job of the timetable)."""
    await AppToken.filter(account_id=None, used_at__lt=clock.now() - OF_NOBODY).delete()
