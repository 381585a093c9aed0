"""What was set aside, by whom it is from: one request each. A member takes it in, and then hears from them, or puts it away."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from tortoise.queryset import QuerySet

from fedcop.accounts import service as accounts
from fedcop.accounts.models import Account
from fedcop.core import clock
from fedcop.core.database import atomic, execute, rows
from fedcop.core.errors import Invalid, NotFound
from fedcop.core.facts import record
from fedcop.core.i18n import N_
from fedcop.core.ids import new_id
from fedcop.notifications import policy
from fedcop.notifications.facts import NotificationsMerged
from fedcop.notifications.models import Notification, NotificationRequest

PAGE = 20
MOST = 500  # notifications of one person that wait for one member; what comes then is dropped
NO_ANSWER = N_("Choose what becomes of it: told, set aside or ignored.")
_WAITING = (
    " FROM notification_request r JOIN notification n ON n.account_id = r.account_id AND n.from_actor_id = r.from_actor_id"
    " AND n.filtered JOIN actor a ON a.id = r.from_actor_id AND a.gone_at IS NULL AND a.suspended_at IS NULL"
    " JOIN account o ON o.id = r.account_id WHERE r.account_id = ? AND r.accepted_at IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM mute u WHERE u.actor_id = o.actor_id AND u.target_id = r.from_actor_id)"
    " AND NOT EXISTS (SELECT 1 FROM block b WHERE (b.actor_id = o.actor_id AND b.target_id = r.from_actor_id)"
    " OR (b.actor_id = r.from_actor_id AND b.target_id = o.actor_id))"
)


@dataclass(frozen=True)
class Waiting:
    """Somebody of whom something was set aside: how much, since when, and the latest of it."""

    id: int
    from_actor_id: int
    created_at: datetime
    updated_at: datetime
    count: int
    newest_id: int
    newest_about_post: int | None  # the latest that is about a post


@dataclass(frozen=True)
class Summary:
    """How many people wait, and how much they said."""

    people: int = 0
    notifications: int = 0


async def choose(account: Account, chosen: Mapping[str, str]) -> None:
    """Keep the answers to some questions; those that are not named stay. What was set aside before stays aside."""
    if wrong := [
        name for name, answer in chosen.items() if answer not in policy.ANSWERS or name not in policy.QUESTIONS
    ]:
        raise Invalid(NO_ANSWER, errors=dict.fromkeys(wrong, NO_ANSWER))
    after = policy.answers(account.preferences) | dict(chosen)
    if after != policy.answers(account.preferences):
        await accounts.change_preferences(account, notification_policy=after)  # policy.KEY


async def note(account_id: int, from_id: int) -> str:
    """Note that something of somebody is to be set aside, and say what becomes of it: accepted, if the member accepted them at this very moment.

    It is dropped where very much of theirs waits already. Inside the transaction that sets it aside: who accepts or dismisses meanwhile
    waits for its end, on the row.
    """
    now = clock.now()
    found = await rows(
        "INSERT INTO notification_request (id, account_id, from_actor_id, created_at, updated_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (account_id, from_actor_id) DO UPDATE SET updated_at = excluded.updated_at RETURNING accepted_at,"
        " (SELECT COUNT(*) FROM notification WHERE account_id = ? AND from_actor_id = ? AND filtered) AS waiting",
        *(new_id(), account_id, from_id, now, now),
        *(account_id, from_id),
    )
    if found[0]["accepted_at"] is not None:
        return policy.ACCEPT
    return policy.FILTER if found[0]["waiting"] < MOST else policy.DROP


async def summary(account: Account) -> Summary:
    """Count what waits."""
    found = await rows(f"SELECT COUNT(DISTINCT r.id) AS people, COUNT(*) AS told{_WAITING}", account.id)  # noqa: S608 - our own words
    return Summary(int(found[0]["people"]), int(found[0]["told"]))


async def page(
    account: Account,
    *,
    limit: int = PAGE,
    below: int | None = None,
    above: int | None = None,
    right_above: int | None = None,
) -> list[Waiting]:
    """List who waits, the last to come first: below an id, above one, or right above one (the first of those)."""
    asked, values = "", [account.id]
    for sign, number in (("<", below), (">", above), (">", right_above)):
        if number is not None:
            asked, values = f"{asked} AND r.id {sign} ?", [*values, number]
    order = "DESC" if right_above is None else "ASC"
    found = await _found(f"{asked} GROUP BY r.id ORDER BY r.id {order} LIMIT {int(limit)}", values)
    return found if right_above is None else found[::-1]


async def one(account: Account, request_id: int) -> Waiting:
    """Find one; raise NotFound if nothing of the kind waits."""
    found = await _found(" AND r.id = ? GROUP BY r.id", [account.id, request_id])
    if not found:
        raise NotFound
    return found[0]


async def _found(more: str, values: Collection[int]) -> list[Waiting]:
    columns = "r.id, r.from_actor_id, r.created_at, r.updated_at"
    found = await rows(
        f"SELECT {columns}, COUNT(*) AS count, MAX(n.id) AS newest_id, MAX(CASE WHEN n.post_id IS NOT NULL THEN n.id END) AS newest_about_post{_WAITING}{more}",  # noqa: S608 - our own words
        *values,
    )
    return [Waiting(**row) for row in found]


@atomic
async def accept(account: Account, ids: Collection[int]) -> None:
    """Take in what was set aside of some people, and hear from them from now on. Nothing of it is mailed or pushed: the member is there."""
    from_ids = await _waiting_of(account, ids)
    if from_ids:
        requests = NotificationRequest.filter(account_id=account.id, from_actor_id__in=from_ids)
        await requests.update(accepted_at=clock.now())
        await _aside(account, from_ids).update(filtered=False)
        await record(NotificationsMerged(account_id=account.id))


@atomic
async def dismiss(account: Account, ids: Collection[int]) -> None:
    """Put away what was set aside of some people. They are not told, and what comes later is set aside again."""
    from_ids = await _waiting_of(account, ids)
    if from_ids:
        await NotificationRequest.filter(account_id=account.id, from_actor_id__in=from_ids).delete()
        await _aside(account, from_ids).delete()


async def _waiting_of(account: Account, ids: Collection[int]) -> list[int]:
    """Name whose requests they are; each is held until the end, in one order everywhere."""
    found = NotificationRequest.filter(account_id=account.id, id__in=sorted(set(ids)) or [0], accepted_at=None)
    return [one.from_actor_id for one in await found.order_by("id").select_for_update()]


def _aside(account: Account, from_ids: Collection[int]) -> QuerySet[Notification]:
    return Notification.filter(account_id=account.id, from_actor_id__in=list(from_ids), filtered=True)


async def prune(before: datetime) -> None:
    """Drop what waited for longer than anything is kept; who was accepted stays so."""
    await Notification.filter(filtered=True, created_at__lt=before).delete()
    await execute("DELETE FROM notification_request WHERE accepted_at IS NULL AND updated_at < ?", before)
