"""Which posts somebody may see, as a condition of SQL: who reads them (communities/access.py), and whether they are published."""

from __future__ import annotations

from typing import Any

from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities.roles import MODERATE, seated_sql


def shown_sql(alias: str, viewer: Actor | None) -> tuple[str, list[Any]]:
    """The SQL condition for posts that a person may see: audience, and whether they are published."""
    condition, params = access.visible_sql(alias, viewer)
    if viewer is None:
        return f"({condition} AND {alias}.state = 'visible')", params
    moderated = f"SELECT community_id FROM membership WHERE actor_id = ? AND {seated_sql(MODERATE)}"  # noqa: S608 - our own words
    return (
        f"(({condition} AND ({alias}.state = 'visible' OR ({alias}.state = 'held' AND {alias}.community_id IN ({moderated}))))"
        f" OR {alias}.author_id = ?)",
        [*params, viewer.id, viewer.id],
    )
