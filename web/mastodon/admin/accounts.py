"""The accounts of this instance and who waits for one: list, let in or decline, suspend, open again, remove. Nothing else is done to an account here."""

from __future__ import annotations

from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.accounts import queries, rules, service
from fedcop.accounts.models import Account, SignUp
from fedcop.core.errors import Invalid, NotFound
from fedcop.core.i18n import N_
from fedcop.core.ids import read_id
from fedcop.people import departure
from fedcop.timelines import numbers
from web.keys import SITE, member
from web.mastodon.answers import answer, limit_of, paged
from web.mastodon.entities.account import account_json
from web.mastodon.entities.admin import account_of, waiting_of
from web.mastodon.params import Params, read
from web.shared.routing import ADMIN, MODERATOR, Asks, api

READ, WRITE = "admin:read:accounts", "admin:write:accounts"
FIND = "username display_name email by_domain max_id:id since_id:id limit:number"
STATES = ("active", "pending", "disabled", "silenced", "suspended")
ONLY_SUSPENSION = N_("Here an account is open or suspended; there is nothing between.")
REASON = N_("Write the reason: the person will read it.")
SUSPEND_FIRST = N_("Suspend the account first.")


@api("GET", "/api/v1/admin/accounts", asks=Asks.PERSON, scope=READ, access=MODERATOR, takes=f"{FIND} local:flag remote:flag staff:flag active:flag pending:flag disabled:flag silenced:flag suspended:flag", gives="[AdminAccount]")  # fmt: skip
async def every(request: Request) -> StreamResponse:
    """List accounts, the newest first; who waits, the oldest first."""
    given = await read(request)
    state = next((name for name in STATES if given.flag(name)), "")
    return await _listed(request, given, state, staff=given.flag("staff"), remote=given.flag("remote"))


@api("GET", "/api/v2/admin/accounts", asks=Asks.PERSON, scope=READ, access=MODERATOR, takes=f"{FIND} origin:local|remote status:{'|'.join(STATES)} permissions", gives="[AdminAccount]")  # fmt: skip
async def every_again(request: Request) -> StreamResponse:
    """List them as newer apps ask for it."""
    given = await read(request)
    staff, remote = given.text("permissions") == "staff", given.text("origin") == "remote"
    return await _listed(request, given, given.text("status"), staff=staff, remote=remote)


async def _listed(request: Request, given: Params, state: str, *, staff: bool, remote: bool) -> StreamResponse:
    limit = limit_of(given, usual=100, most=200)
    if remote or given.text("by_domain") or state in ("disabled", "silenced"):
        return answer([])  # of people elsewhere one decides by their server
    if state == "pending":
        waiting = await queries.waiting(after=given.number("since_id") or 0, limit=limit)
        return answer([waiting_of(one, _origin(request)) for one in waiting[:limit]])
    words = next((text for name in ("username", "display_name", "email") if (text := given.text(name).strip())), "")
    found = await queries.members(
        words=words[:100], which="staff" if staff else state, after=given.number("max_id") or 0, limit=limit
    )
    found = found[:limit]
    return paged(request, await _written(request, found), [one.id for one in found])


async def _written(request: Request, found: list[Account]) -> list[dict[str, Any]]:
    counted, origin = await numbers.of([one.actor_id for one in found]), _origin(request)
    return [account_of(one, account_json(one.actor, origin, counted[one.actor_id])) for one in found]


def _origin(request: Request) -> str:
    return request.app[SITE].settings.origin


async def _one(request: Request) -> Account:
    """Load the account that an id names: apps know it by that of its actor."""
    found = (await queries.of_actors([read_id(request.match_info["id"]) or 0])).values()
    for account in found:
        return await queries.by_id(account.id)
    raise NotFound


async def _waiting(request: Request) -> SignUp:
    return await queries.sign_up(read_id(request.match_info["id"]) or 0)


async def _answer(request: Request, account: Account) -> StreamResponse:
    return answer((await _written(request, [await queries.by_id(account.id)]))[0])


@api("GET", "/api/v1/admin/accounts/{id}", asks=Asks.PERSON, scope=READ, access=MODERATOR, gives="AdminAccount")
async def show(request: Request) -> StreamResponse:
    """Give one account, or somebody who waits for one."""
    try:
        return await _answer(request, await _one(request))
    except NotFound:
        return answer(waiting_of(await _waiting(request), _origin(request)))


@api("POST", "/api/v1/admin/accounts/{id}/approve", asks=Asks.PERSON, scope=WRITE, access=MODERATOR, limit="write", gives="AdminAccount")  # fmt: skip
async def approve(request: Request) -> StreamResponse:
    """Let somebody in who waits."""
    return await _answer(request, await service.approve(member(request).account, await _waiting(request)))


@api("POST", "/api/v1/admin/accounts/{id}/reject", asks=Asks.PERSON, scope=WRITE, access=MODERATOR, limit="write", gives="AdminAccount")  # fmt: skip
async def reject(request: Request) -> StreamResponse:
    """Decline somebody who waits, with the kind letter."""
    waiting = await _waiting(request)
    await service.decline(member(request).account, waiting)
    return answer(waiting_of(waiting, _origin(request)))


@api("POST", "/api/v1/admin/accounts/{id}/unsuspend", asks=Asks.PERSON, scope=WRITE, access=MODERATOR, limit="write", gives="AdminAccount")  # fmt: skip
async def unsuspend(request: Request) -> StreamResponse:
    """Open a suspended account again."""
    account = await _one(request)
    await service.unsuspend(member(request).account, account)
    return await _answer(request, account)


@api("POST", "/api/v1/admin/accounts/{id}/{act:enable|unsilence|unsensitive}", asks=Asks.PERSON, scope=WRITE, access=MODERATOR, limit="write", gives="AdminAccount")  # fmt: skip
async def open_again(request: Request) -> StreamResponse:
    """Give the account: none is disabled, silenced or marked as sensitive here."""
    account = await _one(request)
    rules.may_decide_about(member(request).account, account)
    return await _answer(request, account)


@api("POST", "/api/v1/admin/accounts/{id}/action", asks=Asks.PERSON, scope=WRITE, access=MODERATOR, limit="write", takes="type:none|sensitive|disable|silence|suspend text", gives="Empty")  # fmt: skip
async def act(request: Request) -> StreamResponse:
    """Suspend an account; the person gets the reason. Anything else is refused with a word."""
    account, given = await _one(request), await read(request)
    rules.may_decide_about(member(request).account, account)
    if given.text("type") != "suspend":
        raise Invalid(errors={"type": ONLY_SUSPENSION})
    if not given.text("text").strip():
        raise Invalid(errors={"text": REASON})
    await service.suspend(member(request).account, account, given.text("text"))
    return answer({})


@api("DELETE", "/api/v1/admin/accounts/{id}", asks=Asks.PERSON, scope=WRITE, access=ADMIN, limit="write", gives="AdminAccount")  # fmt: skip
async def remove(request: Request) -> StreamResponse:
    """Delete a suspended account for ever."""
    account = await _one(request)
    rules.may_decide_about(member(request).account, account)
    if account.suspended_at is None:
        raise Invalid(SUSPEND_FIRST, code="suspend-first")
    [written] = await _written(request, [account])
    await departure.remove_account(member(request).account, account)
    return answer(written)
