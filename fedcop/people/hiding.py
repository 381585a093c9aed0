"""Whom somebody does not see, said once for SQL: whom they block or mute, who blocks them, and everybody of a server that they block."""

from __future__ import annotations

from typing import Any

from fedcop.actors.models import Actor

_ONE_BY_ONE = (
    "SELECT target_id FROM block WHERE actor_id = ? UNION ALL SELECT actor_id FROM block WHERE target_id = ?"
    " UNION ALL SELECT target_id FROM mute WHERE actor_id = ?"
)
_SERVER_BLOCKED = (
    "EXISTS (SELECT 1 FROM actor ha JOIN domain_block hd ON hd.host = ha.host WHERE ha.id = {who} AND hd.actor_id = ?)"
)


def hidden_sql(viewer: Actor) -> tuple[str, list[Any]]:
    """The statement that gives the ids of all whom a viewer does not see: of a large server that they block very many."""
    servers = "SELECT ha.id FROM domain_block hd JOIN actor ha ON ha.host = hd.host WHERE hd.actor_id = ?"
    return f"{_ONE_BY_ONE} UNION ALL {servers}", [viewer.id] * 4


def unhidden_sql(who: str, viewer: Actor) -> tuple[str, list[Any]]:
    """The condition that a viewer sees an actor, whose id is in the column `who`; it costs no look for each row where no server is blocked."""
    none = "NOT EXISTS (SELECT 1 FROM domain_block WHERE actor_id = ?)"
    servers = f"({none} OR NOT {_SERVER_BLOCKED.format(who=who)})"
    return f"({who} NOT IN ({_ONE_BY_ONE}) AND {servers})", [viewer.id] * 5


def server_blocked_sql(who: str) -> str:
    """The condition that a viewer (one parameter) blocks the server of an actor."""
    return _SERVER_BLOCKED.format(who=who)
