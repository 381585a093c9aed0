"""Find actors and their keys. Says nothing of rights: who may see a person is for `people`, a community for `communities`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fedcop.actors.models import Actor, ActorKey
from fedcop.core import addresses, asked
from fedcop.core.errors import NotFound
from fedcop.core.selects import Select
from fedcop.core.site import site

# How many ids one statement may name; SQLite's own limit is far above.
_BATCH = 500
WHOLE = Select(Actor)
# Longer ones are nobody's: the columns hold no more.
MAX_URI, MAX_NAME, MAX_HOST = 2048, 100, 260


async def by_uri(uri: str) -> Actor | None:
    """Find an actor by its ActivityPub id."""
    if len(uri) > MAX_URI:
        return None
    found = asked.recall(by_uri, uri)  # a round of activities asks for all of its own before (federation/rounds.py)
    return found or next(iter(await WHOLE.where("uri = ?", uri)), None)


async def by_id(actor_id: int) -> Actor | None:
    """Find an actor by its row."""
    return next(iter(await WHOLE.where("id = ?", actor_id)), None)


async def many(ids: Iterable[int], load: Select[Actor] = WHOLE) -> dict[int, Actor]:
    """Load many actors at once, by id; those that are not there are left out. `load` says what of each is needed."""
    wanted = sorted(set(ids))
    found: dict[int, Actor] = {}
    for start in range(0, len(wanted), _BATCH):
        for actor in await load.where("id IN (?)", wanted[start : start + _BATCH]):
            found[actor.id] = actor
    return found


async def beside(actor: Actor) -> Sequence[Actor] | None:
    """Name those of whom the same is asked as of somebody, in a round of activities (federation/receiving/rounds.py), themselves too."""
    return asked.recall(beside, actor)


async def many_by_uri(uris: Iterable[str]) -> dict[str, Actor]:
    """Load many actors at once, by uri."""
    wanted = sorted(set(uris))
    found: dict[str, Actor] = {}
    for start in range(0, len(wanted), _BATCH):
        for actor in await WHOLE.where("uri IN (?)", wanted[start : start + _BATCH]):
            found[actor.uri] = actor
    return found


async def local_by_name(name: str, kind: str | None = None) -> Actor | None:
    """Find one of ours by name, gone ones included (they answer 410)."""
    key = name.lower()
    if len(key) > MAX_NAME:
        return None
    found = await Actor.get_or_none(local=True, name_key=key, host=site().settings.netloc)
    return found if found is None or kind in (None, found.kind) else None


async def by_handle(name: str, host: str, kind: str | None = None) -> Actor | None:
    """Find an actor by name and host; `kind` settles it where a host has a person and a community of one name (Lemmy)."""
    key, where = name.lower(), host.lower()
    if len(key) > MAX_NAME or len(where) > MAX_HOST:
        return None
    found = await Actor.get_or_none(name_key=key, host=where)
    if kind is None or (found is not None and found.kind == kind):
        return found
    return await Actor.filter(host=where, kind=kind, name_key__startswith=key + "~").order_by("-id").first()


async def private_key(actor: Actor, kind: str) -> ActorKey:
    """Load our own key of an actor, "rsa" or "ed25519"."""
    key = await ActorKey.get_or_none(actor_id=actor.id, kind=kind, private__not_isnull=True)
    if key is None:
        raise NotFound(code="no-private-key")
    return key


async def keys_of(actor: Actor) -> list[ActorKey]:
    """Load all keys of an actor, oldest first."""
    return await ActorKey.filter(actor_id=actor.id).order_by("id")


async def instance_actor_or_none() -> Actor | None:
    """Find the actor that signs our fetches, if it has been made."""
    return await by_uri(addresses.instance_actor_uri())
