"""Tell a member something once. Knows neither why nor how it is shown; whoever reacts to a fact decides that somebody is to be told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fedcop.accounts.models import Account
from fedcop.core import clock
from fedcop.core.database import atomic, rows
from fedcop.notifications.models import Notification


@atomic
async def notify(
    account_actor_id: int,
    kind: str,
    *,
    unique_key: str,
    from_actor_id: int | None = None,
    community_id: int | None = None,
    post_id: int | None = None,
    root_id: int | None = None,
    detail: Mapping[str, Any] | None = None,
) -> Notification | None:
    """Write one line into a member's notifications; the same `unique_key` is told once, and nothing comes from whom they do not want to hear."""
    account = await Account.get_or_none(actor_id=account_actor_id)
    if account is None or account.suspended_at is not None or from_actor_id == account_actor_id:
        return None
    if from_actor_id is not None and await _unwanted(account_actor_id, from_actor_id):
        return None
    known = await Notification.get_or_none(unique_key=unique_key)
    return known or await Notification.create(
        account=account,
        kind=kind,
        from_actor_id=from_actor_id,
        community_id=community_id,
        post_id=post_id,
        root_id=root_id,
        detail=dict(detail or {}),
        unique_key=unique_key,
        created_at=clock.now(),
    )


async def _unwanted(actor_id: int, from_actor_id: int) -> bool:
    """Whether the member blocked or muted whom it comes from; `people` stands above us, its tables do not."""
    found = await rows(
        "SELECT 1 AS yes FROM block WHERE actor_id = ? AND target_id = ?"
        " UNION ALL SELECT 1 AS yes FROM mute WHERE actor_id = ? AND target_id = ?",
        actor_id,
        from_actor_id,
        actor_id,
        from_actor_id,
    )
    return bool(found)
