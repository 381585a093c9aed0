"""What one reported, as Report."""

from __future__ import annotations

from typing import Any

from fedcop.reports.models import Report
from web.mastodon.entities.times import stamp


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
