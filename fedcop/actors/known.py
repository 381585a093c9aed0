"""What a uri means here: kind, row and owner; and what was deleted for good. Actors are found in their own table.

Not for: loading the row (features do), for rights, or for the vocabulary (federation/known.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from fedcop.actors import queries as actors
from fedcop.actors.models import KnownObject
from fedcop.core import asked
from fedcop.core.behind import Kind, Said, behind, later
from fedcop.core.database import atomic, one_by_one, rows

TOMBSTONE = "tombstone"
KINDS = frozenset(
    [
        "post",
        "resource",
        "person",
        "group",
        "application",
        "service",
        "organization",
        "follow",
        "join",
        "invite",
        "offer",
        "quote_request",
        "reaction",
        "share",
        "block",
        "accept",
        "flag",
        "activity",
        "collection",
        "tombstone",
    ]
)


async def remember(uri: str, kind: str, ref_id: int | None = None, owner_uri: str = "", *, alive: bool = False) -> None:
    """Note what a uri means; what was buried stays buried. `alive`: where somebody buries it at this very moment, nothing of the transaction is done (PostgreSQL)."""
    if kind not in KINDS:
        raise LookupError(f"{kind!r} is no kind of known object")
    if (waiting := behind()) is not None:
        waiting.notes[remember, uri] = True
    await later(NOTED, _Noted(uri, kind, ref_id, owner_uri, alive))


class _Noted(NamedTuple):
    uri: str
    kind: str
    ref_id: int | None
    owner_uri: str
    alive: bool


async def _said(noted: Sequence[_Noted]) -> list[Said]:
    goes: list[dict[str, _Noted]] = []
    for one in noted:  # one statement notes each uri once
        if not goes or one.uri in goes[-1] or one.alive != next(iter(goes[-1].values())).alive:
            goes.append({})
        goes[-1][one.uri] = one
    return [_noting(sorted(some.values())) for some in goes]  # in one order, whoever locks them


def _noting(noted: Sequence[_Noted]) -> Said:
    lines = ", ".join(["(?, ?, ?, ?)"] * len(noted))
    query = (
        f"INSERT INTO known_object (uri, kind, ref_id, owner_uri) VALUES {lines} ON CONFLICT (uri) DO UPDATE"  # noqa: S608 - our own words
        " SET kind = excluded.kind, ref_id = excluded.ref_id, owner_uri = excluded.owner_uri"
        " WHERE known_object.kind <> ?"
    )
    values = [*(value for one in noted for value in one[:4]), TOMBSTONE]
    touched = frozenset(("known_object", one.uri) for one in noted)
    return Said(query, values, touched, len(noted) if noted[0].alive else None)


NOTED = Kind(frozenset({"known_object"}), 10, one_by_one(_said), _said)


def means_nothing(uri: str, activity: str) -> bool:
    """Tell whether a round of activities has found that what one of them is about is not known here, and nobody has made it known since."""
    waiting, found = behind(), asked.recall(kinds_of_two, activity, uri)
    return waiting is not None and found is not None and uri not in found and (remember, uri) not in waiting.notes


async def kinds_of(uris: Iterable[str]) -> dict[str, str]:
    """Tell what kinds of things some uris mean, actors too; those that mean nothing are left out."""
    wanted = sorted({uri for uri in uris if uri and len(uri) <= actors.MAX_URI})
    if not wanted:
        return {}
    found = await rows(
        "SELECT uri, kind, 1 AS noted FROM known_object WHERE uri IN (?)"
        " UNION ALL SELECT uri, kind, 0 FROM actor WHERE uri IN (?)",
        wanted,
        wanted,
    )
    # What was noted counts before the actor of that name.
    return {row["uri"]: row["kind"].lower() for row in sorted(found, key=lambda row: row["noted"])}


async def kinds_of_two(uri: str, other: str) -> dict[str, str]:
    """Tell so of two that are named together; a round of activities asks for all of its own before (federation/rounds.py)."""
    found = asked.recall(kinds_of_two, uri, other)
    return found if found is not None else await kinds_of([uri, other])


async def look_up(uri: str) -> KnownObject | None:
    """Find what a uri means; actors are found in their own table."""
    if len(uri) > actors.MAX_URI:
        return None
    found = await KnownObject.get_or_none(uri=uri)
    if found is not None:
        return found
    actor = await actors.by_uri(uri)
    return KnownObject(uri=uri, kind=actor.kind.lower(), ref_id=actor.id, owner_uri=uri) if actor else None


@atomic
async def bury(uri: str, owner_uri: str = "") -> None:
    """Note that what was here is deleted for good; it will not come back by an older copy."""
    found = await KnownObject.get_or_none(uri=uri)
    if found is None:
        await KnownObject.create(uri=uri, kind=TOMBSTONE, owner_uri=owner_uri)
    else:
        await KnownObject.filter(uri=uri).update(kind=TOMBSTONE, owner_uri=found.owner_uri or owner_uri)


async def is_buried(uri: str) -> bool:
    """Tell whether a uri has been deleted."""
    return bool(await rows("SELECT 1 FROM known_object WHERE uri = ? AND kind = ?", uri, TOMBSTONE))


@atomic
async def forget(uri: str) -> None:
    """Forget what a uri means, for example a follow that ended."""
    await KnownObject.filter(uri=uri).delete()
