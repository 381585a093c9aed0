"""What a copy of one's data says of what one reported."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from fedcop.reports.appeals.models import Appeal
from fedcop.reports.models import Report


async def made(actor_id: int) -> AsyncIterator[tuple[str, Any]]:
    """Give the reports that a person made, and what became of them (part of the export)."""
    found = await Report.filter(reporter_id=actor_id).order_by("id").select_related("target")
    said = ("recipient", "comment", "state", "sentence", "created_at", "decided_at")
    yield "reports.json", [{"about": one.target.uri, **{name: getattr(one, name) for name in said}} for one in found]


async def appealed(actor_id: int) -> AsyncIterator[tuple[str, Any]]:
    """Give the appeals that a person made, and what became of them (part of the export)."""
    found = await Appeal.filter(actor_id=actor_id).order_by("id").select_related("community__actor")
    said = ("kind", "reason", "text", "state", "sentence", "created_at", "decided_at")
    yield (
        "appeals.json",
        [{"community": one.community.actor.uri, **{name: getattr(one, name) for name in said}} for one in found],
    )
