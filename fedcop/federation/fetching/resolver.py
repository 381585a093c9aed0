"""Get the unknown from its own server, within a budget, and remember who it is. For jobs and handlers only: never for web/."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from time import monotonic
from typing import Any

from activitypub import uris
from activitypub.client.fetch import Budget
from activitypub.client.walk import walk
from activitypub.discovery.webfinger import resolve_handle
from activitypub.errors import BadDocument, BadUri, FetchFailed, Gone
from activitypub.vocab import Activity, Collection, Create, Object, Tombstone, encode, id_of, parse
from activitypub.vocab import Actor as ActorDocument
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.core import addresses, clock
from fedcop.core.database import refuse_in_transaction
from fedcop.core.elsewhere import Elsewhere
from fedcop.core.errors import FedcopError
from fedcop.core.site import Site, site
from fedcop.federation import known
from fedcop.federation.dispatcher import Dispatcher
from fedcop.federation.fetching import remote_actors
from fedcop.federation.inbound import Inbound, Refuse, Verdict
from fedcop.federation.peers import servers
from fedcop.federation.peers.policies import own_scheme
from fedcop.federation.queries import asked_for
from fedcop.federation.shape import is_written_in_group

log = logging.getLogger(__name__)

# Seconds in which an address that failed is not asked again: a server that restarts is back at once, so the first pause is
# short; it doubles with each failure in a row. A plain "no" is taken for one.
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 120.0
MAX_FAILED = 5_000


class Recently:
    """Addresses that failed a moment ago, and those being fetched: nobody is asked for the same thing twice at once."""

    def __init__(self, _site: Site) -> None:
        self._failed: OrderedDict[str, tuple[float, float, FetchFailed]] = OrderedDict()  # asked at, pause, why
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}

    def raise_if_failed(self, uri: str) -> None:
        """Raise the failure again if it is fresh."""
        at, pause, error = self._failed.get(uri, (0.0, 0.0, None))
        if error is not None and monotonic() - at < pause:
            raise error

    def failed(self, uri: str, error: FetchFailed) -> None:
        """Note a failure that was seen just now, not one that is only remembered."""
        before = self._failed[uri][1] if uri in self._failed else 0.0
        pause = LONGEST_PAUSE if error.permanent else min(max(before * 2, FIRST_PAUSE), LONGEST_PAUSE)
        self._failed[uri] = (monotonic(), pause, error)
        self._failed.move_to_end(uri)
        if len(self._failed) > MAX_FAILED:
            self._failed.popitem(last=False)

    def answered(self, uri: str) -> None:
        """Note that an address answers again."""
        self._failed.pop(uri, None)

    def forget(self) -> None:
        """Forget all failures: somebody asks on purpose."""
        self._failed.clear()

    def alone(self, uri: str) -> _Alone:
        """Be the only one who fetches an address."""
        return _Alone(self._locks, uri)


class _Alone:
    """A lock per address that goes away with its last user."""

    def __init__(self, locks: dict[str, tuple[asyncio.Lock, int]], uri: str) -> None:
        self._locks, self._uri = locks, uri

    async def __aenter__(self) -> None:
        refuse_in_transaction()  # who has the lock may wait for the database
        lock, users = self._locks.get(self._uri, (asyncio.Lock(), 0))
        self._locks[self._uri] = (lock, users + 1)
        try:
            async with site().part(Elsewhere).waiting(self._uri):  # who has it waits for that server
                await lock.acquire()
        except BaseException:
            self._leave()
            raise

    async def __aexit__(self, *_error: object) -> None:
        self._locks[self._uri][0].release()
        self._leave()

    def _leave(self) -> None:
        lock, users = self._locks[self._uri]
        if users > 1:
            self._locks[self._uri] = (lock, users - 1)
        else:
            del self._locks[self._uri]


async def actor(uri: str, *, budget: Budget | None = None, refresh: bool = False) -> Actor:
    """Give an actor by its id; fetched when unknown or a day old. An old row is better than none when its server is silent."""
    found = await actors.by_uri(uri)
    if addresses.is_ours(uri):
        if found is None:
            raise Refuse("there is no such actor here")
        return found
    if found is not None and not refresh and not remote_actors.is_stale(found):
        return found
    try:
        return await _fetched_actor(uri, budget, refresh=refresh)
    except FetchFailed as error:
        if found is None or refresh or isinstance(error, Gone):
            raise
        return found


async def _fetched_actor(uri: str, budget: Budget | None, *, refresh: bool) -> Actor:
    recently = site().part(Recently)
    recently.raise_if_failed(uri)
    async with recently.alone(uri):
        again = await actors.by_uri(uri)
        if again is not None and not refresh and not remote_actors.is_stale(again):
            return again
        recently.raise_if_failed(uri)  # whoever waited for another's attempt need not repeat it
        try:
            fetched = await remote_actors.refresh(uri, budget)
        except FetchFailed as error:
            recently.failed(uri, error)
            raise
    recently.answered(uri)
    return fetched


async def object_(uri: str, *, budget: Budget | None = None, group: str = "") -> Object:
    """Give an object as its own server has it now; Gone also for a Tombstone. Ours and actors are refused.

    `group` is the community in which it is said to be, by which a third server may let us in.
    """
    recently = site().part(Recently)
    recently.raise_if_failed(uri)
    try:
        async with recently.alone(uri):
            fetched = await remote_actors.fetch_document(uri, budget, group=group)
    except FetchFailed as error:
        recently.failed(uri, error)
        raise
    recently.answered(uri)
    try:
        thing = parse(fetched.body)
    except BadDocument as error:
        raise Refuse(str(error)) from error
    if isinstance(thing, Tombstone):
        raise Gone
    if not isinstance(thing, Object) or isinstance(thing, Activity | ActorDocument | Collection):
        raise Refuse("what is at this address is no object")
    if not uris.same_address(thing.id or "", fetched.url):
        raise Refuse("the object has another id than its address")
    for author in thing.attributed_to:
        if not uris.same_origin(id_of(author) or "", fetched.url) and not is_written_in_group(thing):
            raise Refuse("the object is attributed to somebody on another server")
    return thing


async def collection(uri: str, *, budget: Budget | None = None, max_items: int = 500) -> list[str | dict[str, Any]]:
    """Give the items of another server's collection; embedded ones are only as good as their server: use their ids."""
    spent = budget or Budget()

    async def fetch(address: str) -> dict[str, Any]:
        return (await remote_actors.fetch_document(address, spent, same_origin_only=True)).data

    return [item async for item in walk(fetch, uri, max_pages=50, max_items=max_items)]


async def handle(text: str, *, budget: Budget | None = None) -> Actor:
    """Give the actor behind a handle such as @ana@coop.example or !soil@coop.example."""
    wanted = uris.parse_handle(text)
    local = site().settings.netloc
    if wanted.host == local:
        found = await actors.local_by_name(wanted.name)
        if found is None or found.gone_at is not None:
            raise Refuse("there is nobody of this name here")
        return found
    if uris.is_address_literal(wanted.host.partition(":")[0]) and not site().settings.development:
        raise BadUri("the server in this handle is a number")
    if not await servers.may_talk(wanted.host):
        raise Refuse("we do not talk to this server")
    spent = budget or Budget(requests=20, seconds=15)
    uri = await resolve_handle(site().transport, wanted, now=clock.now, budget=spent, scheme=own_scheme())
    return await actor(uri, budget=spent)


async def anything(text: str, *, budget: Budget | None = None) -> Actor | Object:
    """Give what somebody pasted into the search: a handle, or the address of an actor or an object."""
    if text[:8].lower().startswith(("https://", "http://")):
        found = await actors.by_uri(text)
        if found is not None:
            return found
        spent = budget or Budget(requests=20, seconds=15)
        fetched = await remote_actors.fetch_document(text, spent)
        if isinstance(parse(fetched.body), ActorDocument):
            return await remote_actors.remember(fetched)
        return await object_(fetched.url, budget=spent)
    return await handle(text, budget=budget)


async def seek(text: str) -> None:
    """Find a handle or an address on behalf of somebody who waits; an object is received as if its author had sent it to us."""
    site().part(Recently).forget()
    budget = Budget(requests=20, seconds=10)
    try:
        found = await anything(text, budget=budget)
        if isinstance(found, Actor):
            await known.remember(asked_for(text), found.kind.lower(), found.id, found.uri)
        else:
            await _receive(found, budget)
            # Pasted was perhaps the address of its page: whoever asked looks for it under what they typed.
            stored = await known.look_up(found.id or "")
            if stored is not None and stored.kind != known.TOMBSTONE:
                await known.remember(asked_for(text), stored.kind, stored.ref_id, stored.owner_uri)
    except (FetchFailed, BadUri, BadDocument, Verdict, FedcopError) as error:
        log.info("nothing found: %s", error)


async def _receive(thing: Object, budget: Budget) -> None:
    if thing.author is None or thing.id is None:
        raise Refuse("the object does not name one author")
    author = await actor(thing.author, budget=budget)
    if author.suspended_at is not None or author.gone_at is not None or await known.is_buried(thing.id):
        raise Refuse("the object or its author is not welcome any more")
    activity = Create(
        id=f"{thing.id}#found", actor=author.uri, object=thing, to=thing.to, cc=thing.cc, audience=thing.audience
    )
    await (
        site()
        .part(Dispatcher)
        .dispatch(Inbound(activity, author, encode(activity), author, clock.now(), budget=budget))
    )
