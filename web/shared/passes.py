"""Addresses of files that are not for everybody, as apps get them: their pictures are loaded without a token.

A pass says for whom and for which of their tokens it was made, of which file, and until when. It gives no right: what that person
may have is judged when it is used, and it ends with the token.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from aiohttp.web import Request, RequestKey

from fedcop.actors.models import Actor
from fedcop.apps import tokens
from fedcop.apps.tokens import Holder
from fedcop.communities import desks
from fedcop.core import clock, signing
from fedcop.core.ids import read_id
from fedcop.core.site import site
from web.shared.templating import url

PURPOSE = "file"
LASTS = timedelta(
    days=1
)  # at least, and twice that at most: within a day addresses stay the same, so that apps keep pictures
PASSED: RequestKey[bool] = RequestKey("passed", bool)


class _Kept:
    """What signs passes in one running instance; its key never changes."""

    def __init__(self, _site: object) -> None:
        self.signer: Callable[[str], str] | None = None


async def _signer() -> Callable[[str], str]:
    kept = site().part(_Kept)
    if kept.signer is None:
        kept.signer = await signing.signer(PURPOSE)
    return kept.signer


async def writer(holder: Holder | None) -> Callable[[str, str], str]:
    """Give what adds a pass for an application and its person to the path of a file; for strangers, what adds nothing."""
    if holder is not None and holder.token.acts_as_id is not None:
        return await writer_of(holder.token.acts_as_id, holder.token.id)
    if holder is None or holder.account is None:
        return lambda _token, path: path
    return await writer_of(holder.account.actor.id, holder.token.id)


async def writer_of(who: int, by: int) -> Callable[[str, str], str]:
    """Give what adds a pass for a person, by their actor, and one of their tokens."""
    signed, until = await _signer(), _until()
    return lambda token, path: url(path, to=who, by=by, until=until, key=signed(_said(token, who, by, until)))


def _until() -> int:
    day = int(LASTS.total_seconds())
    return (int(clock.now().timestamp()) // day + 2) * day


def _said(token: str, actor_id: int, token_id: int, until: int) -> str:
    return f"{token}\n{actor_id}\n{token_id}\n{until}"


async def bearer(request: Request) -> Actor | None:
    """Give whom the pass in an address was made for, if it is ours, neither it nor the token is over, and their account open."""
    token, query = request.match_info.get("token", ""), request.query
    actor_id, token_id, until = (read_id(query.get(name, "")) for name in ("to", "by", "until"))
    if not token or actor_id is None or token_id is None or until is None or until < clock.now().timestamp():
        return None
    if not await signing.is_signed(PURPOSE, _said(token, actor_id, token_id, until), query.get("key", "")):
        return None
    found = await tokens.person_of(token_id, actor_id) or await _community_of(token_id, actor_id)
    if found is not None:
        request[PASSED] = True
    return found


async def _community_of(token_id: int, group_id: int) -> Actor | None:
    """Give the community that a token speaks for, as long as who acts by it may."""
    person = await tokens.steward_of(token_id, group_id)
    at = await desks.of(person, group_id) if person is not None else None
    return at.looker if at is not None else None


def open_to_apps(request: Request, headers: dict[str, str]) -> None:
    """Let an app that runs in a browser show what its pass opened."""
    if request.get(PASSED):
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
