"""A text that is published later, as ScheduledStatus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fedcop.communities.models import Community
from fedcop.discussions import spoken
from fedcop.discussions.answering import parent_id
from fedcop.discussions.models import Draft
from fedcop.discussions.polls import asking
from fedcop.discussions.polls.asking import Asked
from fedcop.discussions.quotes import keeping
from fedcop.media.models import Media
from web.mastodon.entities.around import Around
from web.mastodon.entities.media import media_json
from web.mastodon.entities.times import stamp_or_none


def _poll(poll: Asked | None) -> dict[str, Any] | None:
    if poll is None:
        return None
    return {
        "options": list(poll.options),
        "expires_in": int(poll.lasts.total_seconds()),
        "multiple": poll.multiple,
        "hide_totals": poll.hides_totals,
    }


def scheduled_json(draft: Draft, community: Community | None, files: Sequence[Media], around: Around) -> dict[str, Any]:
    """Write what is to be published, where it goes before it, and when."""
    said = {name: str(draft.content.get(name) or "") for name in ("title", "source", "language", "warning", "audience")}
    text, answered = spoken.whole(said["title"], said["source"], derived=False), parent_id(draft.content)
    if community is not None and answered is None:
        actor = community.actor
        text = f"@{actor.name if actor.local else f'{actor.name}@{actor.host}'} {text}"
    return {
        "id": str(draft.id),
        "scheduled_at": stamp_or_none(draft.due_at),
        "params": {
            "text": text,
            "poll": _poll(asking.kept(draft.content)),
            "media_ids": [str(file.id) for file in files] or None,
            "sensitive": bool(said["warning"]),
            "spoiler_text": said["warning"] or None,
            "visibility": "private" if said["audience"] not in ("", "public") else "public",
            "in_reply_to_id": str(answered) if answered is not None else None,
            "language": said["language"] or None,
            "application_id": None,
            "scheduled_at": None,
            "idempotency": None,
            "quoted_status_id": str(draft.content.get(keeping.QUOTED) or "") or None,
            "quote_approval_policy": keeping.policy_of(draft.content) or None,
            "with_rate_limit": False,
        },
        "media_attachments": [media_json(file, around) for file in files],
    }
