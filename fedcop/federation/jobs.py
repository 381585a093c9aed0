"""What the engine does by itself: look at doubted keys, at servers we know nothing of, at stale items."""

from __future__ import annotations

from collections.abc import Sequence

from tortoise.expressions import Q

from activitypub.errors import FetchFailed
from fedcop.actors.models import Actor
from fedcop.core import clock, retention
from fedcop.core.facts import Fact
from fedcop.core.feature import Period
from fedcop.core.i18n import N_
from fedcop.core.jobs import enqueue
from fedcop.federation.facts import KeyDoubted, ServerMet
from fedcop.federation.fetching import remote_actors
from fedcop.federation.inbound import Refuse
from fedcop.federation.models import InboxItem, Server
from fedcop.federation.peers import servers

KEPT = Period("received", N_("Activities of other servers, as they were received"), days=30, least=7)
AT_ONCE = 20


async def look_at_doubted_key(fact: KeyDoubted) -> None:
    """Fetch an actor again whose key did not fit a signature."""
    await refresh_actor(fact.actor_uri)


async def refresh_actor(uri: str) -> None:
    """Fetch an actor again; a silent server is left alone until next time."""
    try:
        await remote_actors.refresh(uri)
    except (FetchFailed, Refuse):
        return


async def inbox_gone(inbox: str) -> None:
    """An inbox answered 410: look again at those whose it is, and who is gone too gets nothing more."""
    whose = Q(inbox=inbox) | Q(shared_inbox=inbox)
    for actor in await Actor.filter(whose, local=False, gone_at=None).order_by("id").limit(AT_ONCE):
        await enqueue(refresh_actor, {"uri": actor.uri}, unique=f"refresh:{actor.uri}")


async def fetch_key(key_id: str) -> None:
    """Fetch the owner of a key that signed a request."""
    try:
        await remote_actors.refresh_key(key_id)
    except (FetchFailed, Refuse):
        return


async def ask_new_servers() -> None:
    """Ask servers what they run, the longest unasked first."""
    for row in await Server.filter(asked_at__isnull=True).order_by("id").limit(AT_ONCE):
        await servers.ask(row.host)
    before = clock.now() - servers.ASK_AGAIN
    for row in await Server.filter(asked_at__lt=before).order_by("asked_at").limit(AT_ONCE):
        await servers.ask(row.host)


async def meet(fact: ServerMet) -> None:
    """Ask a server what it runs, if nobody has (reaction)."""
    await meet_many([fact])


async def meet_many(facts: Sequence[Fact]) -> None:
    """Ask several, side by side: each that is silent would hold up all jobs behind it."""
    # An earlier version promised this for each actor that changed: their servers are asked by the timetable.
    await servers.ask_due(fact.host for fact in facts if isinstance(fact, ServerMet))


async def prune_inbox() -> None:
    """Forget received activities after a while; failed ones stay until somebody has looked."""
    await (
        InboxItem.filter(received_at__lt=await retention.border(KEPT))
        .exclude(outcome__in=["failed", "waiting"])
        .delete()
    )
