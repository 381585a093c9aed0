"""Reads who holds what: for a community, for one post, and what each server said when it was told that a post is gone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities.copies.models import AGAIN, Erasure
from fedcop.communities.models import Community
from fedcop.core.database import moment, rows
from fedcop.federation.models import HeldCopy
from fedcop.federation.sending import copies

CONFIRMED, RECEIVED, WAITING, REFUSED, UNTOLD, HOLDS = "confirmed", "received", "waiting", "refused", "untold", "holds"


@dataclass(frozen=True)
class Holder:
    """One server in the ledger of a community."""

    host: str
    belongs: bool  # somebody there is a member
    things: int = 0
    since: datetime | None = None
    last_at: datetime | None = None
    erasure: Erasure | None = None
    next_try: datetime | None = None


async def holders(community: Community) -> list[Holder]:
    """List the servers that hold something of a community, belong to it, or were asked to erase; by name."""
    found = await rows(
        "SELECT host, COUNT(*) AS things, MIN(since) AS since, MAX(last_at) AS last_at FROM held_copy"
        " WHERE community_id = ? AND confirmed_at IS NULL GROUP BY host",
        community.id,
    )
    held = {str(row["host"]): row for row in found}
    erasures = {one.host: one for one in await Erasure.filter(community_id=community.id)}
    belonging = await access.reading_hosts(community)
    tries = await _next_tries(erasures.values())
    return [
        Holder(
            host,
            host in belonging,
            things=int(held[host]["things"]) if host in held else 0,
            since=moment(held[host]["since"]) if host in held else None,
            last_at=moment(held[host]["last_at"]) if host in held else None,
            erasure=erasures.get(host),
            next_try=tries.get(host),
        )
        for host in sorted({*held, *erasures, *belonging})
    ]


async def _next_tries(erasures: Iterable[Erasure]) -> dict[str, datetime]:
    """Tell when each server that has not answered is asked again: by its mailbox's clock, else a day after the last time."""
    found: dict[str, datetime] = {}
    for one in erasures:
        if one.state != "asked" or one.last_asked_at is None:
            continue
        waiting = await rows(
            "SELECT MIN(d.retry_at) AS at FROM mailbox_entry e JOIN outgoing_activity o ON o.id = e.outgoing_id"
            " JOIN destination d ON d.id = e.destination_id WHERE o.uri = ?",
            f"{one.uri}#{one.tries}",
        )
        found[one.host] = moment(waiting[0]["at"]) or one.last_asked_at + AGAIN
    return found


@dataclass(frozen=True)
class PostCopy:
    """One server that was brought a post, and what became of it there."""

    host: str
    since: datetime
    last_at: datetime
    state: str  # holds; once the post is gone: confirmed, received, waiting, refused, untold
    at: datetime | None = None  # of the answer
    next_try: datetime | None = None
    status: int | None = None


async def of_post(post_id: int, *, gone: bool) -> list[PostCopy]:
    """List the servers that were brought a post; `gone` when it was deleted or removed since.

    A post that is there may have been taken back from some, who may not read it any more.
    """
    held = await HeldCopy.filter(post_id=post_id).order_by("host")
    waiting = await _at_hosts(
        "SELECT d.host, d.retry_at FROM mailbox_entry e JOIN outgoing_activity o ON o.id = e.outgoing_id"
        " JOIN destination d ON d.id = e.destination_id WHERE o.post_id = ? AND o.effect = 'ends'",
        post_id,
    )
    refused = await _at_hosts(
        "SELECT d.host, r.status FROM refusal r JOIN outgoing_activity o ON o.id = r.outgoing_id"
        " JOIN destination d ON d.id = r.destination_id WHERE o.post_id = ? AND o.effect = 'ends' ORDER BY r.id",
        post_id,
    )
    found = [_told(one, waiting.get(one.host), refused.get(one.host)) for one in held]
    return found if gone else [replace(one, state=HOLDS) if one.state == UNTOLD else one for one in found]


def _told(copy: HeldCopy, waiting: dict[str, Any] | None, refused: dict[str, Any] | None) -> PostCopy:
    known = (copy.host, copy.since, copy.last_at)
    if copy.confirmed_at is not None:
        return PostCopy(*known, CONFIRMED, at=copy.confirmed_at)
    if copy.told_at is not None:
        return PostCopy(*known, RECEIVED, at=copy.told_at)
    if waiting is not None:
        return PostCopy(*known, WAITING, next_try=moment(waiting["retry_at"]))
    return PostCopy(*known, REFUSED, status=refused["status"]) if refused is not None else PostCopy(*known, UNTOLD)


async def _at_hosts(sql: str, post_id: int) -> dict[str, dict[str, Any]]:
    return {str(row["host"]): row for row in await rows(sql, post_id)}


async def who_must_hear(body: bytes, post_id: int) -> list[Actor]:
    """Name whom an activity about a post has to reach besides the community's readers: if it ends the post, all that hold it."""
    ends = copies.effect_of(orjson.loads(body)) == copies.ENDS
    return await somebody_at_holders(post_id) if ends else []


async def somebody_at_holders(post_id: int) -> list[Actor]:
    """Find an actor of each server that holds a post, whether or not somebody there still belongs."""
    hosts = await HeldCopy.filter(post_id=post_id, confirmed_at=None).values_list("host", flat=True)
    found: dict[str, Actor] = {}
    for host in hosts:
        of_host = Actor.filter(host=host, local=False, gone_at=None).exclude(shared_inbox="")
        one = await of_host.order_by("id").first() or await Actor.filter(host=host, local=False, gone_at=None).first()
        if one is not None:
            found[one.host] = one
    return list(found.values())
