"""Whom somebody does not see: as a condition for SQL, said once. Whom they block or mute, who blocks them, and everybody of a server that they block."""

from __future__ import annotations

from typing import Any

from fedcop.actors.models import Actor

_HIDDEN = (
    "SELECT target_id FROM block WHERE actor_id = ? UNION ALL SELECT actor_id FROM block WHERE target_id = ?"
    " UNION ALL SELECT target_id FROM mute WHERE actor_id = ?"
    " UNION ALL SELECT ha.id FROM domain_block hd JOIN actor ha ON ha.host = hd.host WHERE hd.actor_id = ?"
)


def hidden_sql(viewer: Actor) -> tuple[str, list[Any]]:
    """The statement that gives the ids of all whom a viewer does not see."""
    return _HIDDEN, [viewer.id] * 4
