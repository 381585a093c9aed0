"""The activities of ours by their ids: for servers that read threads and were given only an id; absent for all others.

Microblogs that could fetch a wrapped reply would show it as a boost (federation.md 1.2.5).
"""

from __future__ import annotations

from typing import Any

import orjson

from activitypub.uris import is_public
from fedcop.core import addresses
from fedcop.federation import queries
from fedcop.federation.documents.serving import Asking
from fedcop.federation.models import OutgoingActivity
from fedcop.federation.sending.parcels import still_for


async def activity_document(asking: Asking) -> bytes | None:
    """Give the exact bytes of a public activity of ours to a server that reads threads."""
    if asking.actor is None or not await queries.reads_threads(asking.actor.host):
        return None
    uri = addresses.absolute(f"/activities/{asking.path.get('id', '')}")
    found = await OutgoingActivity.filter(uri=uri).first()
    if found is None:
        return None
    body = bytes(found.body)
    if not _is_for_everybody(orjson.loads(body)) or not await still_for(found, [asking.actor.host]):
        return None
    return body


def _is_for_everybody(activity: dict[str, Any]) -> bool:
    addressed: list[Any] = []
    for name in ("to", "cc"):
        value = activity.get(name, [])
        addressed += value if isinstance(value, list) else [value]
    return any(isinstance(uri, str) and is_public(uri) for uri in addressed)
