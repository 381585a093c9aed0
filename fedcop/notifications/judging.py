"""Decides what becomes of a notification: told, set aside or dropped. One statement, whatever the member chose; the only place where it is decided.

`people` and `communities` stand above us, their tables do not.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from fedcop.accounts.models import Account
from fedcop.core import clock
from fedcop.core.database import rows
from fedcop.federation.peers import limited
from fedcop.notifications import policy, topics
from fedcop.notifications.policy import ACCEPT, DROP, FILTER

NEW = timedelta(days=30)  # so long an account is new
NEW_FOLLOWER = timedelta(days=3)  # so long somebody follows without being known by it


@dataclass(frozen=True)
class Coming:
    """What is about to be told, as far as it is judged."""

    account: Account
    kind: str
    from_id: int = 0
    community_id: int = 0
    root_id: int = 0
    closed: bool = False  # not everybody may read what it is about


async def judge(one: Coming) -> str:
    """Say what becomes of it. What moderators decide about the member comes always."""
    if one.kind == "moderation":
        return ACCEPT
    asked, values = _unwanted(one)
    strict = policy.strict(one.account.preferences, one.kind) if one.from_id else {}
    if unheard := await _unheard(one) if policy.LIMITED_ACCOUNTS in strict else None:
        asked, values = f"{asked} UNION ALL {unheard[0]}", [*values, *unheard[1]]
    else:
        strict.pop(policy.LIMITED_ACCOUNTS, None)
    if strict:
        asked, values = f"{asked} UNION ALL {_ABOUT_THEM}", [*values, *_about_them(one)]
    known = {str(row["why"]) for row in await rows(asked, *values)}
    if "unwanted" in known:
        return DROP
    if not strict or known & {"accepted", "in_charge"}:
        return ACCEPT
    met = {answer for name, answer in strict.items() if _meets(name, one, known)}
    return DROP if DROP in met else FILTER if FILTER in met else ACCEPT


def _unwanted(one: Coming) -> tuple[str, list[object]]:
    """Ask whether the member does not want to hear from them, or of this discussion or what is said in this community."""
    me = one.account.actor_id
    asked = (
        "SELECT 'unwanted' AS why FROM block WHERE actor_id = ? AND target_id = ?"
        " UNION ALL SELECT 'unwanted' FROM mute WHERE actor_id = ? AND target_id = ? AND notifications"
        " UNION ALL SELECT 'unwanted' FROM domain_block d JOIN actor b ON b.host = d.host WHERE d.actor_id = ? AND b.id = ?"
    )
    values: list[object] = [me, one.from_id] * 3
    topic = topics.BY_KIND.get(one.kind)
    if topic is not None and topic.talk:
        asked += (
            " UNION ALL SELECT 'unwanted' FROM quiet_thread WHERE account_id = ? AND root_id = ?"
            " UNION ALL SELECT 'unwanted' FROM mute u JOIN community c ON c.actor_id = u.target_id"
            " WHERE u.actor_id = ? AND c.id = ? AND u.notifications"
            " UNION ALL SELECT 'unwanted' FROM domain_block d JOIN actor b ON b.host = d.host JOIN community c ON c.actor_id = b.id"
            " WHERE d.actor_id = ? AND c.id = ?"
        )
        values += [one.account.id, one.root_id, me, one.community_id, me, one.community_id]
    return asked, values


async def _unheard(one: Coming) -> tuple[str, list[object]] | None:
    """Ask whether they are limited, and the member did not choose to hear from them; None where nobody is limited."""
    found = await limited.unheard_sql(one.account.actor_id, one.from_id, one.community_id)
    return (f"SELECT 'limited' WHERE EXISTS ({found[0]})", found[1]) if found is not None else None  # noqa: S608 - its words


_ABOUT_THEM = (
    "SELECT 'accepted' FROM notification_request WHERE account_id = ? AND from_actor_id = ? AND accepted_at IS NOT NULL"
    " UNION ALL SELECT 'following' FROM follow WHERE follower_id = ? AND target_id = ? AND state = 'accepted'"
    " UNION ALL SELECT 'follower' FROM follow WHERE follower_id = ? AND target_id = ? AND state = 'accepted' AND created_at <= ?"
    " UNION ALL SELECT 'in_charge' FROM account WHERE actor_id = ? AND role <> 'member' AND suspended_at IS NULL"
    # Only of a community of one's own: anybody may found one, and be its president.
    " UNION ALL SELECT 'in_charge' FROM membership t JOIN membership m ON m.community_id = t.community_id AND m.actor_id = ?"
    " WHERE t.actor_id = ? AND t.community_id = ? AND t.state = 'active' AND m.state = 'active'"
    " AND t.role IN ('president', 'committee', 'permanence', 'facilitator')"
    " UNION ALL SELECT 'fellow' WHERE EXISTS (SELECT 1 FROM membership m JOIN membership t ON t.community_id = m.community_id"
    " AND t.actor_id = ? AND t.state = 'active' WHERE m.actor_id = ? AND m.state = 'active')"
    # Who belongs to a community elsewhere is known to its own server alone.
    " UNION ALL SELECT 'fellow' FROM membership m JOIN community c ON c.id = m.community_id JOIN actor a ON a.id = c.actor_id"
    " WHERE m.actor_id = ? AND m.community_id = ? AND m.state = 'active' AND NOT a.local"
    " UNION ALL SELECT 'wrote' WHERE EXISTS (SELECT 1 FROM post WHERE root_id = ? AND author_id = ?)"
    " UNION ALL SELECT 'new' FROM actor WHERE id = ? AND COALESCE(published, created_at) > ?"
    " UNION ALL SELECT 'program' FROM actor WHERE id = ? AND kind IN ('Service', 'Application')"
)


def _about_them(one: Coming) -> list[object]:
    """Give what that is asked about."""
    me, them, now = one.account.actor_id, one.from_id, clock.now()
    values: list[object] = [one.account.id, them, me, them, them, me, now - NEW_FOLLOWER, them]
    values += [me, them, one.community_id, them, me, me, one.community_id, one.root_id, me]
    return [*values, them, now - NEW, them]


def _meets(name: str, one: Coming, known: Collection[str]) -> bool:
    """Tell whether it is what a question is about."""
    if name == policy.LIMITED_ACCOUNTS:
        return "limited" in known
    if name == policy.NOT_FOLLOWERS:
        return not {"follower", "fellow"} & set(known)
    if "following" in known:
        return False
    if name == policy.NOT_FOLLOWING:
        return "fellow" not in known
    if name == policy.NEW_ACCOUNTS:
        return "new" in known
    if name == policy.BOTS:
        return "program" in known
    return one.kind == "mention" and one.closed and not {"fellow", "wrote"} & set(known)
