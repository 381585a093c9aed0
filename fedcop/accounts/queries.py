"""Find accounts, requests and invitations. Lists are for people who administer; the pages ask `rules` first."""

from __future__ import annotations

from urllib.parse import urlsplit

from tortoise.expressions import Q

from fedcop.accounts.models import Account, Invite, SignUp
from fedcop.actors.models import Actor
from fedcop.core.asked import once
from fedcop.core.database import rows
from fedcop.core.errors import NotFound

PAGE = 40
STAFF = ("owner", "admin", "moderator")


async def by_id(account_id: int) -> Account:
    """Load an account with its actor; raise NotFound."""
    account = await Account.get_or_none(id=account_id).select_related("actor")
    if account is None:
        raise NotFound(code="no-account")
    return account


async def by_email(email: str) -> Account | None:
    """Find the account of an address."""
    return await Account.get_or_none(email=email.strip().lower()).select_related("actor")


async def by_name(name: str) -> Account | None:
    """Find the account of one of our people by name."""
    wanted = name.strip().removeprefix("@").lower()
    return await Account.get_or_none(actor__name_key=wanted, actor__local=True).select_related("actor")


async def where_people_are() -> str:
    """Give the origin at which the first account was made, "" if there is none yet. Reads what tables of any version have."""
    found = await rows("SELECT a.uri FROM account c JOIN actor a ON a.id = c.actor_id ORDER BY c.id LIMIT 1")
    parts = urlsplit(str(found[0]["uri"]) if found else "")
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


@once
async def by_actor(actor: Actor) -> Account | None:
    """Find the account of an actor."""
    return await Account.get_or_none(actor_id=actor.id).select_related("actor")


async def of_actors(actor_ids: list[int]) -> dict[int, Account]:
    """Load the accounts of many actors, by the actor's id."""
    return {account.actor_id: account for account in await Account.filter(actor_id__in=actor_ids or [0])}


async def staff() -> list[Account]:
    """List the people in charge, with their actors."""
    found = await Account.filter(role__in=STAFF, suspended_at__isnull=True, deleting_at__isnull=True).select_related(
        "actor"
    )
    return sorted(found, key=lambda account: (STAFF.index(account.role), account.id))


async def has_owner() -> bool:
    """Tell whether this instance has an owner already."""
    return await Account.exists(role="owner", deleting_at__isnull=True)


async def owners() -> int:
    """Count the owners who can act."""
    return await Account.filter(role="owner", deleting_at__isnull=True, suspended_at__isnull=True).count()


async def members(*, words: str = "", which: str = "", after: int = 0, limit: int = PAGE) -> list[Account]:
    """List accounts, newest first; `which` is a role, "staff", "active", "suspended" or nothing. One more than `limit` means there are more."""
    found = Account.filter(deleting_at__isnull=True)
    if which == "suspended":
        found = found.filter(suspended_at__not_isnull=True)
    elif which == "active":
        found = found.filter(suspended_at__isnull=True)
    elif which:
        found = found.filter(role__in=STAFF if which == "staff" else (which,))
    if after:
        found = found.filter(id__lt=after)
    if words:
        found = found.filter(
            Q(email__icontains=words)
            | Q(actor__name_key__icontains=words.lower())
            | Q(actor__display_name__icontains=words)
        )
    return await found.order_by("-id").limit(limit + 1).select_related("actor")


async def waiting(*, after: int = 0, limit: int = PAGE) -> list[SignUp]:
    """List confirmed requests for an account, the oldest first, with the invitation they came by."""
    return await SignUp.filter(confirmed_at__not_isnull=True, id__gt=after).order_by("id").limit(limit + 1)


async def count_waiting() -> int:
    """Count the requests that somebody must answer."""
    return await SignUp.filter(confirmed_at__not_isnull=True).count()


async def sign_up(sign_up_id: int) -> SignUp:
    """Load a confirmed request; raise NotFound."""
    found = await SignUp.get_or_none(id=sign_up_id, confirmed_at__not_isnull=True)
    if found is None:
        raise NotFound(code="no-sign-up")
    return found


async def count_members() -> int:
    """Count the accounts that exist."""
    return await Account.filter(deleting_at__isnull=True).count()


async def invites(*, after: int = 0, limit: int = PAGE, creator_id: int | None = None) -> list[Invite]:
    """List invitations, newest first, with who made them; those of one person with `creator_id`."""
    found = Invite.filter(id__lt=after) if after else Invite.all()
    if creator_id is not None:
        found = found.filter(creator_id=creator_id)
    return await found.order_by("-id").limit(limit + 1).select_related("creator__actor")
