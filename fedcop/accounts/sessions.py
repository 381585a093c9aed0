"""The devices a person is logged in with: open, read, list, end. Only a hash of each token is kept."""

from __future__ import annotations

from datetime import timedelta

from fedcop.accounts.links import hash_token
from fedcop.accounts.models import Account, Session
from fedcop.accounts.rules import is_open
from fedcop.core import clock
from fedcop.core.database import atomic, noting
from fedcop.core.errors import NotFound
from fedcop.core.ids import new_token
from fedcop.core.selects import Select

_HELD = Select(Session, "account__actor")
IDLE_LIFETIME = timedelta(days=60)
# "Seen" is written at most this often, so that reading pages does not write.
_SEEN_EVERY = timedelta(minutes=15)
MAX_SESSIONS = 50


@atomic
async def open_session(account: Account, user_agent: str = "", address: str = "") -> str:
    """Begin a session and give the token for its cookie; always a new one, whatever the browser sent before."""
    token, now = new_token(), clock.now()
    await Session.create(
        account_id=account.id,
        token_hash=hash_token(token),
        created_at=now,
        seen_at=now,
        user_agent=user_agent[:300],
        address=address[:60],
    )
    await Account.filter(id=account.id).update(last_seen_at=now)
    extra = (
        await Session.filter(account_id=account.id)
        .order_by("-seen_at")
        .offset(MAX_SESSIONS)
        .values_list("id", flat=True)
    )
    if extra:
        await Session.filter(id__in=list(extra)).delete()
    return token


async def session_of(token: str) -> Session | None:
    """Find the living session of a token, with its account and actor."""
    if not token:
        return None
    session = next(iter(await _HELD.where("session.token_hash = ?", hash_token(token))), None)
    if session is None or session.seen_at < clock.now() - IDLE_LIFETIME:
        return None
    return session


async def viewer_of(token: str) -> Account | None:
    """Give the account (with its actor) that a token stands for, if it may be used now."""
    session = await session_of(token)
    if session is None or not is_open(session.account) or session.account.actor.gone_at is not None:
        return None
    if session.seen_at < clock.now() - _SEEN_EVERY:
        await noting(_touch(session))
    return session.account


@atomic
async def _touch(session: Session) -> None:
    now = clock.now()
    await Session.filter(id=session.id).update(seen_at=now)
    await Account.filter(id=session.account_id).update(last_seen_at=now)


async def list_(account: Account) -> list[Session]:
    """List the living sessions of a person, the last seen first."""
    return await Session.filter(account_id=account.id, seen_at__gt=clock.now() - IDLE_LIFETIME).order_by("-seen_at")


@atomic
async def end(account: Account, session_id: int) -> None:
    """End one session of this person."""
    if not await Session.filter(id=session_id, account_id=account.id).delete():
        raise NotFound(code="no-session")


@atomic
async def end_by_token(token: str) -> None:
    """End the session of a token, if there is one."""
    await Session.filter(token_hash=hash_token(token)).delete()


@atomic
async def end_all(account: Account, *, except_token: str = "") -> int:
    """End the sessions of a person, but for the one of `except_token`; give their number."""
    return await Session.filter(account_id=account.id).exclude(token_hash=hash_token(except_token)).delete()


@atomic
async def forget_idle() -> None:
    """Drop sessions that nobody used for long (a job of the timetable)."""
    await Session.filter(seen_at__lt=clock.now() - IDLE_LIFETIME).delete()
