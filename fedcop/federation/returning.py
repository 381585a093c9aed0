"""Looks at servers that were silent: whether they live, and, when they were away for long, whether they are who they were."""

from __future__ import annotations

import logging
from datetime import timedelta

from activitypub.errors import FetchFailed, Gone
from fedcop.actors.models import Actor
from fedcop.core import clock
from fedcop.federation.fetching import remote_actors
from fedcop.federation.inbound import Refuse
from fedcop.federation.models import Server
from fedcop.federation.peers import presence, servers
from fedcop.federation.sending import destinations
from fedcop.federation.sending.wake import wake_sender

log = logging.getLogger(__name__)
AT_ONCE = 20
AGAIN = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))  # then the next day, or when something comes


async def look_again(host: str, tried: int = 0) -> None:
    """Read again whom we trust on a server that was away (a job). Until that was possible, nothing of what waits goes there."""
    if not await _is_away(host) or not await servers.may_talk(host):
        return
    seen, missing = 0, []
    for actor in await _trusted(host):
        try:
            await remote_actors.refresh(actor.uri)
            seen += 1
        except Gone:
            continue  # its server says so: it is buried
        except (FetchFailed, Refuse) as error:
            if isinstance(error, FetchFailed) and not error.permanent:
                log.info("%s was away and cannot be looked at yet: %s", host, error)
                if tried < len(AGAIN):  # what is lost on the way may not cost a day
                    await presence.ask_to_look(host, tried=tried + 1, after=AGAIN[tried])
                return
            missing.append(actor)
        if not await _is_away(host):  # one had other keys, or a signature came
            break
    if await _is_away(host):
        if missing and not seen:
            log.info("%s answers, and knows nobody of those whom we knew", host)
            return  # a parked name, a server that is not set up: it may become either yet
        for actor in missing:
            await presence.distrust(host, actor)
        await presence.settle(host, known_again=bool(seen))
    if await destinations.heard_from(host):
        wake_sender()


async def _is_away(host: str) -> bool:
    row = await Server.get_or_none(host=host)
    return row is not None and presence.Absence(row.silent_since).is_away


async def _trusted(host: str) -> list[Actor]:
    found = {actor.id: actor for trust in presence.trusts() for actor in await trust.whom(host)}
    return [found[number] for number in sorted(found)]


async def look_at_silent() -> None:
    """Ask servers that failed lately whether they live; those that are away too, once a day."""
    before = clock.now() - servers.ASK_SILENT_AGAIN
    silent = Server.filter(silent_since__not_isnull=True, asked_at__lt=before).order_by("asked_at").limit(AT_ONCE)
    for row in await silent:
        if not await servers.may_talk(row.host):
            await Server.filter(id=row.id).update(asked_at=clock.now())
            continue
        await servers.ask(row.host)
        if await presence.is_away(row.host):
            await presence.ask_to_look(row.host)
        elif (await presence.of(row.host)).silent_since is not None:
            await _ask_somebody(row.host)


async def _ask_somebody(host: str) -> None:
    """Not every server says what it runs: one whose people can be read lives."""
    actor = await Actor.filter(host=host, local=False, gone_at=None).order_by("id").first()
    if actor is not None:
        try:
            await remote_actors.refresh(actor.uri)
        except (FetchFailed, Refuse):
            return
