"""Which servers were silent for so long that somebody else may have their names by now, and whose keys count there meanwhile.

*Silent*: it failed, and has shown no sign of life since. *Away*: for more than a week. *In doubt*: it is back under the keys that we knew,
but public keys are public: what is signed with one of them shows that it is who it was. Known in memory, since each delivery and each
signature asks; never fetches (returning.py looks). decisions/0032-servers-that-come-back.md
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tortoise.expressions import Q

from fedcop.actors import service
from fedcop.actors.models import Actor, ActorKey
from fedcop.actors.service import RemoteActor
from fedcop.core import clock
from fedcop.core.database import atomic
from fedcop.core.jobs import enqueue
from fedcop.core.siblings import Siblings, forget_everywhere
from fedcop.core.site import Site, site
from fedcop.federation.models import Server

AWAY_AFTER = timedelta(days=7)
TOPIC = "absences"
KEPT = 15.0  # seconds: how long a process that was not told may not know
LOOK = "fedcop.federation.returning:look_again"


@dataclass(frozen=True)
class Trust:
    """What a feature lets people of other servers have that is not for everybody: to whom of a server, and how it ends."""

    whom: Callable[[str], Awaitable[Collection[Actor]]]
    hold: Callable[
        [str, Actor | None], Awaitable[None]
    ]  # of one of them, or of all; in the transaction that found it out


@dataclass(frozen=True)
class Absence:
    """How a server stands."""

    silent_since: datetime | None = None
    doubted_since: datetime | None = None

    @property
    def is_away(self) -> bool:
        """Whether it has been silent for too long."""
        return self.silent_since is not None and clock.now() - self.silent_since > AWAY_AFTER

    @property
    def began(self) -> datetime | None:
        """Since when nobody knows who has its name; None: nothing is in doubt."""
        moments = [self.doubted_since, self.silent_since if self.is_away else None]
        return min((one for one in moments if one is not None), default=None)


HERE = Absence()


class Absences:
    """Host to absence, for the few servers that are silent or in doubt. `site().part(Absences)` gives the site's only one."""

    def __init__(self, site: Site) -> None:
        self._known: dict[str, Absence] = {}
        self._read_at = float("-inf")
        site.part(Siblings).hear(TOPIC, lambda _: self.forget())

    def forget(self) -> None:
        """Read them again when next asked."""
        self._read_at = float("-inf")

    async def of(self, host: str) -> Absence:
        """Tell how a server stands."""
        if time.monotonic() - self._read_at >= KEPT:
            some = Server.filter(Q(silent_since__not_isnull=True) | Q(doubted_since__not_isnull=True))
            found = await some.values_list("host", "silent_since", "doubted_since")
            self._known = {host: Absence(silent, doubted) for host, silent, doubted in found}
            self._read_at = time.monotonic()
        return self._known.get(host.lower(), HERE)


async def of(host: str) -> Absence:
    """Tell how a server stands, as far as this process knows."""
    return await site().part(Absences).of(host)


async def is_away(host: str) -> bool:
    """Tell whether nothing goes to a server before somebody has looked who it is."""
    return (await of(host)).is_away


async def failed(hosts: Iterable[str]) -> None:
    """Note which servers could not be reached."""
    heard_of = [host.lower() for host in sorted(set(hosts)) if (await of(host)).silent_since is None]
    if heard_of:
        await _fall_silent(heard_of)


@atomic
async def _fall_silent(hosts: list[str]) -> None:
    # In one order everywhere, or two processes wait for each other.
    found = await Server.filter(host__in=hosts, silent_since=None).select_for_update().order_by("host")
    if found:
        await Server.filter(id__in=[row.id for row in found]).update(silent_since=clock.now())
        await forget_everywhere(TOPIC, site().part(Absences).forget)


async def answered(host: str) -> None:
    """Note a sign of life, which ends a silence that was short: it proves nothing."""
    if (await of(host)).silent_since is not None:
        await _note(host, lambda row: not _absence(row).is_away, silent_since=None)


async def signed(host: str, key_id: str) -> bool:
    """Tell whether a key with which a server has just signed may open what is not for everybody.

    One that we had before the silence shows that it is the server which we knew: then nothing is in doubt any more.
    """
    absence = await of(host)
    if absence == HERE:
        return True
    key = await ActorKey.get_or_none(key_id=key_id)
    since = min(one for one in (absence.silent_since, absence.doubted_since) if one is not None)
    if key is not None and key.created_at <= since:
        await _note(host, lambda _row: True, silent_since=None, doubted_since=None)
        return True
    if absence.is_away:
        await ask_to_look(host)
    return absence.began is None


async def ask_to_look(host: str, *, tried: int = 0, after: timedelta = timedelta()) -> None:
    """Promise to look, in a while, whether a server that was away is who it was; `tried` is how often that could not be seen."""
    payload = {"host": host, "tried": tried}
    await enqueue(site().jobs[LOOK], payload, due=clock.now() + after, unique=f"returning:{host}"[:200])


@atomic
async def remember(found: RemoteActor) -> Actor:
    """Store what an actor's own server says of it. While it is in doubt who that is, only keys that we knew count; other ones end all trust."""
    host = found.host.lower()
    if await of(host) == HERE:
        return await service.remember_remote(found)
    row = await _locked(host)
    began = _absence(row).began if row is not None else None
    if row is None or began is None:
        await answered(host)
        return await service.remember_remote(found)
    actor = await Actor.get_or_none(uri=found.uri)
    before = {_bare(key.public) for key in await ActorKey.filter(actor_id=actor.id)} if actor is not None else set()
    known = replace(found, rsa=_among(found.rsa, before), ed25519=_among(found.ed25519, before))
    if not before or known.rsa or known.ed25519:
        return await service.remember_remote(known if before else found)
    await is_another(row)
    return await service.remember_remote(found)


def _among(pairs: Collection[tuple[str, str]], before: Collection[str]) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in pairs if _bare(pair[1]) in before)


def _bare(public: str) -> str:
    return "".join(public.split())


@atomic
async def settle(host: str, *, known_again: bool) -> None:
    """End an absence that was looked at: all whom we trust there have the keys that we knew; or there is nobody, and it begins like a server that nobody has met."""
    row = await _locked(host)
    if row is None or row.silent_since is None:
        return  # other keys were found, or a signature came meanwhile
    if not known_again:
        await is_another(row)
        return
    # Whoever signs with a newer key than those shows nothing yet.
    row.doubted_since, row.silent_since = _absence(row).began, None
    await _keep(row)


async def is_another(row: Server) -> None:
    """End all trust in a server that is back with other keys, as in one that nobody has met; call it in the transaction that locked it."""
    row.silent_since = row.doubted_since = None
    await _keep(row)
    await distrust(row.host, None)


@atomic
async def distrust(host: str, actor: Actor | None) -> None:
    """Let all features hold what they trusted one of a server with, or all of them."""
    for trust in trusts():
        await trust.hold(host, actor)


def trusts() -> list[Trust]:
    """Give what features trust others with."""
    return [trust for feature in site().features for trust in feature.trusts]


def _absence(row: Server) -> Absence:
    return Absence(row.silent_since, row.doubted_since)


@atomic
async def _note(host: str, holds: Callable[[Server], bool], **columns: datetime | None) -> None:
    # What this process remembers may be late: the row decides.
    row = await _locked(host)
    if row is not None and holds(row):
        row.update_from_dict(columns)
        await _keep(row)


async def _locked(host: str) -> Server | None:
    return await Server.filter(host=host.lower()).select_for_update().first()


async def _keep(row: Server) -> None:
    await row.save(update_fields=["silent_since", "doubted_since"])
    await forget_everywhere(TOPIC, site().part(Absences).forget)
