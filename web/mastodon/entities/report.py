"""What one reported, as Report."""

from __future__ import annotations

from typing import Any

from fedcop.reports.models import Report
from web.mastodon.entities.times import stamp, stamp_or_none


def report_json(made: Report, account: dict[str, Any], category: str, post_id: int | None) -> dict[str, Any]:
    """Write a report that was just made."""
    return {
        "id": str(made.id),
        "action_taken": False,
        "action_taken_at": None,
        "category": category,
        "comment": made.comment,
        "forwarded": made.recipient != "organisation",
        "created_at": stamp(made.created_at),
        "status_ids": [str(post_id)] if post_id is not None else None,
        "rule_ids": None,
        "target_account": account,
    }


def judged_json(report: Report, target: dict[str, Any]) -> dict[str, Any]:
    """Write a report for those who decide about it."""
    told = report_json(report, target, "other", report.post_id)
    decided = {"action_taken": report.decided_at is not None, "action_taken_at": stamp_or_none(report.decided_at)}
    return told | decided | {"forwarded": report.passed_on_at is not None}
