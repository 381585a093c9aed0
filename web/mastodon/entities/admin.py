"""What those in charge read: accounts with what only they see, reports, and decisions about other servers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from fedcop.accounts.models import Account, SignUp
from fedcop.actors.models import Actor
from fedcop.federation.models import Server
from fedcop.reports.figures import Cohort
from fedcop.reports.models import Report
from web.mastodon.entities.account import account_json, role_json
from web.mastodon.entities.times import stamp, stamp_or_none

#: Our policies about servers by the names of theirs.
SEVERITIES = {"limited": "silence", "blocked": "suspend"}
_NEVER: dict[str, Any] = {
    "ip": None,
    "ips": [],
    "silenced": False,
    "sensitized": False,
    "disabled": False,
}


def account_of(account: Account, written: dict[str, Any]) -> dict[str, Any]:
    """Write an account of ours; `written` is what everybody reads of it."""
    return _NEVER | {
        "id": written["id"],
        "username": written["username"],
        "domain": None,
        "created_at": stamp(account.created_at),
        "email": account.email,
        "role": role_json(account.role),
        "confirmed": account.confirmed_at is not None,
        "suspended": account.suspended_at is not None,
        "approved": account.approved_at is not None,
        "locale": account.language.split("-")[0],
        "invite_request": account.reason or None,
        "account": written,
    }


def elsewhere_of(actor: Actor, written: dict[str, Any]) -> dict[str, Any]:
    """Write somebody of whom nothing but what everybody reads is known here."""
    return _NEVER | {
        "id": written["id"],
        "username": written["username"],
        "domain": None if actor.local else actor.host,
        "created_at": written["created_at"],
        "email": None,
        "role": None,
        "confirmed": False,
        "suspended": actor.suspended_at is not None,
        "approved": True,
        "locale": None,
        "invite_request": None,
        "account": written,
    }


def waiting_of(asked: SignUp, origin: str) -> dict[str, Any]:
    """Write somebody who waits for an account: there is no actor yet, so that most of it is empty."""
    actor = Actor(
        id=asked.id,
        name=asked.name,
        display_name=asked.display_name,
        kind="Person",
        local=True,
        uri=f"{origin}/u/{asked.name}",
        created_at=asked.created_at,
    )
    return _NEVER | {
        "id": str(asked.id),
        "username": asked.name,
        "domain": None,
        "created_at": stamp(asked.created_at),
        "email": asked.email,
        "role": role_json("member"),
        "confirmed": asked.confirmed_at is not None,
        "suspended": False,
        "approved": False,
        "locale": asked.language.split("-")[0],
        "invite_request": asked.reason or None,
        "account": account_json(actor, origin),
    }


def report_of(
    report: Report,
    reporter: dict[str, Any],
    target: dict[str, Any],
    decided_by: dict[str, Any] | None,
    posts: list[dict[str, Any]],
) -> dict[str, Any]:
    """Write a report as those in charge of the instance read it."""
    decided = report.decided_at is not None
    return {
        "id": str(report.id),
        "action_taken": decided,
        "action_taken_at": stamp_or_none(report.decided_at),
        "category": "other",
        "comment": report.comment,
        "forwarded": report.passed_on_at is not None,
        "created_at": stamp(report.created_at),
        "updated_at": stamp(report.decided_at or report.created_at),
        "account": reporter,
        "target_account": target,
        "assigned_account": None,
        "action_taken_by_account": decided_by,
        "statuses": posts,
        "rules": [],
    }


def block_of(server: Server) -> dict[str, Any]:
    """Write a server that is limited or blocked."""
    return {
        "id": str(server.id),
        "domain": server.host,
        "digest": hashlib.sha256(server.host.encode()).hexdigest(),
        "created_at": stamp(server.created_at),
        "severity": SEVERITIES[server.policy],
        "reject_media": False,
        "reject_reports": False,
        "private_comment": server.policy_reason or None,
        "public_comment": None,
        "obfuscate": False,
    }


def allowed_of(server: Server) -> dict[str, Any]:
    """Write a server on the list of those with whom we talk."""
    return {"id": str(server.id), "domain": server.host, "created_at": stamp(server.created_at)}


def measure_json(name: str, counted: Mapping[date, int], before: int) -> dict[str, Any]:
    """Write what happened on each day; numbers are texts there."""
    return {
        "key": name,
        "unit": None,
        "total": str(sum(counted.values())),
        "previous_total": str(before),
        "data": [{"date": _begin(day), "value": str(number)} for day, number in counted.items()],
    }


def dimension_json(
    name: str, lines: Iterable[tuple[str, str, str]], more: Callable[[str], dict[str, Any]] | None
) -> dict[str, Any]:
    """Write lines of a key, what people read for it, and its value; `more` is said of a value beside."""
    data = [
        {"key": key, "human_key": said, "value": value} | (more(value) if more else {}) for key, said, value in lines
    ]
    return {"key": name, "data": data}


def cohort_json(cohort: Cohort, frequency: str) -> dict[str, Any]:
    """Write who came in a period, and which part of them was here later."""
    return {
        "period": _begin(cohort.begin),
        "frequency": frequency,
        "data": [
            {"date": _begin(at), "rate": still / cohort.size if cohort.size else 0.0, "value": str(still)}
            for at, still in cohort.still
        ],
    }


def _begin(day: date) -> str:
    return f"{day.isoformat()}T00:00:00.000Z"
