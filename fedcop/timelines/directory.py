"""Who agreed to be found, for apps: our people, and people elsewhere whom somebody here follows. The page of it is people/queries.py's."""

from __future__ import annotations

from typing import Any

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.core.database import rows
from fedcop.federation.peers import limited
from fedcop.people.hiding import unhidden_sql

ACTIVE, NEW = ORDERS = ("active", "new")
_LAST = (
    "(SELECT MAX(p.published_at) FROM post p WHERE p.author_id = a.id AND p.audience = 'public' AND p.state = 'visible'"
    " AND p.anonymised_at IS NULL AND p.deleted_at IS NULL AND p.removed_at IS NULL)"
)


async def people(
    viewer: Actor, *, order: str = ACTIVE, local: bool = False, limit: int = 40, skip: int = 0
) -> list[Actor]:
    """List them by what they wrote last for everybody, or the last to come first; nobody whom the viewer hides, nobody of a limited server."""
    elsewhere, params = "", list[Any]()
    if not local:
        elsewhere = " OR (NOT a.local AND EXISTS (SELECT 1 FROM follow f JOIN actor w ON w.id = f.follower_id WHERE f.target_id = a.id AND w.local AND f.state = 'accepted'))"  # fmt: skip
    if hosts := await limited.hosts():
        elsewhere, params = f"{elsewhere}) AND (a.local OR a.host NOT IN (?)", [hosts]
    unhidden, of_unhidden = unhidden_sql("a.id", viewer)
    by = f"{_LAST} IS NULL, {_LAST} DESC, " if order != NEW else ""
    found = await rows(
        "SELECT a.id FROM actor a WHERE a.kind = 'Person' AND a.discoverable AND a.gone_at IS NULL AND a.suspended_at IS NULL"  # noqa: S608 - our own words only, values are parameters
        f" AND a.moved_to_uri = '' AND (a.local{elsewhere}) AND {unhidden}"
        f" ORDER BY {by}a.id DESC LIMIT ? OFFSET ?",
        *(*params, *of_unhidden, limit, skip),
    )
    known = await actors.many(row["id"] for row in found)
    return [known[row["id"]] for row in found if row["id"] in known]
