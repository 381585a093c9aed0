"""What web/ may ask of the engine: look-ups among what we know, and a job that goes and finds out. Never fetches itself."""

from __future__ import annotations

from activitypub.errors import BadUri
from activitypub.uris import parse_handle
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor, KnownObject
from fedcop.core import jobs
from fedcop.core.site import site
from fedcop.federation import known
from fedcop.federation.models import InboxItem, Server
from fedcop.federation.peers import presence
from fedcop.federation.peers.policies import Policies

SEEK = "fedcop.federation.fetching.resolver:seek"
FETCH_KEY = "fedcop.federation.jobs:fetch_key"


def asked_for(text: str) -> str:
    """Give the one spelling under which the answer to a search is remembered."""
    try:
        return f"acct:{parse_handle(text)}".lower()
    except BadUri:
        return text.strip()[:2048]


async def ask_for(text: str) -> int:
    """Promise to find a handle or an address in the network; give the job, for runner.wait_for()."""
    asked = asked_for(text)
    return await jobs.enqueue(site().jobs[SEEK], {"text": asked.removeprefix("acct:")}, unique=f"seek:{asked[:180]}")


async def found(text: str) -> KnownObject | None:
    """Give what a handle or an address means, as far as we know by now."""
    try:
        handle = parse_handle(text)
    except BadUri:
        return await known.look_up(text.strip())
    actor = await actors.by_handle(handle.name, handle.host)
    return await known.look_up(actor.uri if actor is not None else asked_for(text))


async def ask_for_key(key_id: str) -> int:
    """Promise to fetch a key; give the job, for runner.wait_for()."""
    return await jobs.enqueue(site().jobs[FETCH_KEY], {"key_id": key_id}, unique=f"key:{key_id[:190]}")


async def actor_of(found: KnownObject) -> Actor | None:
    """Load the actor that a look-up led to."""
    is_actor = found.kind in ("person", "group", "application", "service", "organization")
    return await actors.by_id(found.ref_id) if is_actor and found.ref_id is not None else None


async def servers() -> list[Server]:
    """List all servers we have met, for the people who run this one."""
    return await Server.all().order_by("host")


async def failed_items(limit: int = 100) -> list[InboxItem]:
    """List received activities that could not be done, newest first."""
    return await InboxItem.filter(outcome="failed").order_by("-id").limit(limit)


async def reads_threads(host: str) -> bool:
    """Tell whether a server, as far as we know, takes wrapped activities."""
    return await Server.filter(host=host, manner="thread").exists()


async def is_blocked(host: str) -> bool:
    """Tell whether those in charge decided against a server."""
    return await site().part(Policies).of(host) == "blocked"


async def is_believed(host: str, key_id: str) -> bool:
    """Tell whether a key that a server has just signed with may open what is not for everybody."""
    return await presence.signed(host, key_id)


async def may_talk(host: str) -> bool:
    """Tell whether we take from and give to a server."""
    return await site().part(Policies).may_talk(host)
