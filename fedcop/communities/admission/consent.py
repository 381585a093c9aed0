"""The consent record: what somebody was asked, answered and accepted at a community's door, when, and what came of it."""

from __future__ import annotations

from typing import Any

from fedcop.actors.models import Actor
from fedcop.communities.admission import steps
from fedcop.communities.admission.models import AdmissionStep
from fedcop.communities.models import Community, Membership
from fedcop.core import clock


def record_line(step: AdmissionStep, community: Community) -> dict[str, Any]:
    """Give one step as the record has it."""
    line: dict[str, Any] = {"community": community.actor.uri, "at": step.created_at.isoformat(), "step": step.kind}
    if step.text:
        line["text"] = step.text
    for name in ("answers", "charter", "version"):
        if step.detail.get(name):
            line[name] = step.detail[name]
    return line


async def of(community: Community, person: Actor, membership: Membership | None) -> dict[str, Any]:
    """Give the whole record of one person and one community, to be kept as a file."""
    return {
        "community": {"address": community.actor.uri, "name": community.actor.display_name},
        "person": person.uri,
        "state": membership.state if membership is not None else "none",
        "steps": [record_line(step, community) for step in await steps.of(community, person)],
        "written": clock.now().isoformat(),
    }
