"""Other servers: what we decided about them, which software they run, which signature they read.

Not for: the health of their inboxes (destinations.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from activitypub.client.fetch import Budget, RecentSchemes
from activitypub.discovery.nodeinfo import NodeInfo, ask_nodeinfo
from activitypub.errors import ActivityPubError
from activitypub.signatures import Scheme
from fedcop.core import clock
from fedcop.core.database import atomic, in_chunks
from fedcop.core.facts import record
from fedcop.core.sanitise import plain
from fedcop.core.site import Site, site
from fedcop.federation.facts import ServerMet
from fedcop.federation.models import Server
from fedcop.federation.peers import policies, presence
from fedcop.federation.peers.policies import Policies, own_scheme
from fedcop.federation.wordless import is_wordless

ASK_AGAIN = timedelta(days=7)
ASK_SILENT_AGAIN = timedelta(days=1)
ASKED_AT_ONCE = 64

# federation.md 1.2.5; who is not named reads posts as microblogs do.
THREAD = frozenset(
    {
        "lemmy",
        "piefed",
        "pyfedi",
        "mbin",
        "kbin",
        "nodebb",
        "discourse",
        "friendica",
        "hubzilla",
        "streams",
        "forte",
        "fedcop",
    }
)
VERIFYING = frozenset({"mastodon", "hometown", "glitch-soc", "fedibird", "hollo", "iceshrimp.net"})
PIEFED = frozenset({"piefed", "pyfedi"})
WITHOUT_POLLS = frozenset({"lemmy", "discourse"})
VIDEO = frozenset({"peertube", "mobilizon", "gancio"})


class Schemes(RecentSchemes):
    """Which signature each server took last, for fetches of this process."""

    def __init__(self, _site: Site) -> None:
        super().__init__()


@atomic
async def server(host: str) -> Server:
    """Give the row of a server, made when new; asks nobody."""
    found = await Server.get_or_none(host=host)
    if found is not None:
        return found
    made = await Server.create(host=host, created_at=clock.now())
    if await site().part(Policies).of(host) == "limited":  # by what was decided about a domain above it
        await policies.decided()
    return made


async def may_talk(host: str) -> bool:
    """Tell whether we take from and give to a server."""
    return await site().part(Policies).may_talk(host)


@atomic
async def set_policy(host: str, policy: str, reason: str = "") -> Server:
    """Decide about a server and all below it: open, limited, blocked, allowed."""
    if policy not in ("open", "limited", "blocked", "allowed"):
        raise ValueError(f"{policy!r} is no policy")
    row = await server(host.lower())
    row.policy, row.policy_reason = policy, reason
    await row.save(update_fields=["policy", "policy_reason"])
    await policies.decided()
    return row


@atomic
async def learn_scheme(host: str, scheme: str) -> None:
    """Note which form of signature a server took."""
    row = await server(host)
    if row.scheme != str(scheme):
        row.scheme = str(scheme)
        await row.save(update_fields=["scheme"])


async def met(hosts: Iterable[str]) -> dict[str, Server]:
    """Give the rows of servers, of each with what it runs: asks those that never were. For jobs only."""
    wanted = sorted(set(hosts))
    found: dict[str, Server] = {}
    for some in in_chunks(wanted):
        found |= {row.host: row for row in await Server.filter(host__in=some)}
    unknown = [host for host in wanted if _is_unknown(found.get(host))]
    return found | await _ask_all(unknown)


async def _ask_all(hosts: Collection[str]) -> dict[str, Server]:
    """Ask servers side by side, or each that is silent would hold up all others."""
    gate = asyncio.Semaphore(ASKED_AT_ONCE)

    async def one(host: str) -> Server:
        async with gate:
            return await ask(host)

    return dict(zip(hosts, await asyncio.gather(*map(one, hosts)), strict=True))


@atomic
async def meet(host: str) -> None:
    """Note that somebody of a server is known here; one that is new, or was not asked for long, will be asked what it runs."""
    if is_due(await server(host), clock.now()):
        await record(ServerMet(host))


async def ask_due(hosts: Iterable[str]) -> None:
    """Ask those of some servers that nobody asked meanwhile what they run. For jobs only."""
    wanted = sorted(set(hosts))
    known = {row.host: row for some in in_chunks(wanted) for row in await Server.filter(host__in=some)}
    moment = clock.now()
    await _ask_all([host for host in wanted if host not in known or is_due(known[host], moment)])


def _is_unknown(row: Server | None) -> bool:
    silent = row is not None and not row.manner
    return row is None or row.asked_at is None or (silent and clock.now() - row.asked_at > ASK_SILENT_AGAIN)


def manner(row: Server) -> str:
    """Tell how a server reads communities, as far as known: thread, verifying, microblog or video."""
    return row.manner or "microblog"


async def manner_of(host: str) -> str:
    """Tell how a server reads communities: thread, verifying, microblog or video. Asks it if that was never done: for jobs only."""
    return manner((await met([host]))[host])


async def software_of(host: str) -> str:
    """Tell which software a server runs, in lower case, as far as known."""
    row = await Server.get_or_none(host=host)
    return row.software if row else ""


async def softwares(hosts: Iterable[str]) -> dict[str, str]:
    """Tell which software servers run, in lower case; "" where it is not known."""
    wanted = sorted(set(hosts))
    found = dict.fromkeys(wanted, "")
    for some in in_chunks(wanted):
        rows = Server.filter(host__in=some)
        found |= {str(host): str(name) for host, name in await rows.values_list("host", "software")}
    return found


def takes(software: str, activity: dict[str, Any]) -> bool:
    """Tell whether a software knows such an activity: Lemmy answers what it does not know with an error."""
    if activity.get("type") == "Move" and activity.get("origin") is not None:
        return software in ("fedcop", "nodebb", "piefed", "pyfedi")
    inside = activity.get("object")
    if is_wordless(activity):
        return software == "fedcop"
    if activity.get("type") == "Undo" and isinstance(inside, dict):
        return takes(software, inside)
    if activity.get("type") in ("Create", "Update") and isinstance(inside, dict) and inside.get("type") == "Question":
        return knows_polls(software)
    if activity.get("type") == "EmojiReact" and activity.get("fc:reaction") == "disagree":
        return software not in PIEFED | {"lemmy"}  # PieFed counts it as a vote for the post
    is_answer = activity.get("type") in ("Add", "Remove") and str(activity.get("target", "")).endswith("/answers")
    return not (is_answer or activity.get("type") == "EmojiReact") or software != "lemmy"


def sends_receipts(software: str) -> bool:
    """Tell whether communities there announce to a server what came from it; those of PieFed announce it to all others."""
    return software not in PIEFED


def knows_polls(software: str) -> bool:
    """Tell whether a software reads a Question: Lemmy drops the whole activity, Discourse the post."""
    return software not in WITHOUT_POLLS


async def ask(host: str) -> Server:
    """Ask a server what it runs, and remember the answer or that there was none."""
    row = await Server.get_or_none(host=host) or await server(host)
    if not await may_talk(host):
        return row
    try:
        info = await ask_nodeinfo(
            site().transport, f"{own_scheme()}://{host}", now=clock.now, budget=Budget(requests=4, seconds=10)
        )
    except ActivityPubError:
        info = None
    if info is not None:
        await presence.answered(host)
    elif row.software:  # it said so before
        await presence.failed([host])
    return await _note(host, info)


@atomic
async def _note(host: str, info: NodeInfo | None) -> Server:
    row = await server(host)
    row.asked_at = clock.now()
    changed = ["asked_at"]
    if info is not None:
        row.software, row.version = plain(info.software)[:60], plain(info.version)[:60]
        row.name = _name_in(info)
        row.capabilities = sorted(info.capabilities)
        row.manner = classify(info.software, info.capabilities)
        if "rfc9421" in info.capabilities:
            row.scheme = Scheme.RFC9421.value
        changed += ["software", "version", "name", "capabilities", "manner", "scheme"]
    await row.save(update_fields=changed)  # what others note of it meanwhile stays
    return row


def classify(software: str, capabilities: Iterable[str] = ()) -> str:
    """Tell from software and capabilities how a server reads communities."""
    if "fep-1b12" in capabilities or software in THREAD:
        return "thread"
    if software in VERIFYING:
        return "verifying"
    return "video" if software in VIDEO else "microblog"


def _name_in(info: NodeInfo) -> str:
    metadata = info.raw.get("metadata")
    name = metadata.get("nodeName") if isinstance(metadata, dict) else None
    return plain(name).strip()[:200] if isinstance(name, str) else ""


def is_due(row: Server, moment: datetime) -> bool:
    """Tell whether it is time to ask a server again."""
    return row.asked_at is None or moment - row.asked_at > ASK_AGAIN
