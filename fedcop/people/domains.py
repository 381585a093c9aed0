"""Servers that one person blocks: nothing of who is there is shown or told to them, and follows end both ways. The server is not told; one stays in communities there."""

from __future__ import annotations

from collections.abc import Sequence

from tortoise.expressions import Q

from fedcop.actors.models import Actor
from fedcop.core import clock
from fedcop.core.database import atomic
from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_
from fedcop.core.jobs import enqueue
from fedcop.federation.peers.overseeing import clean_host
from fedcop.notifications import service as notifications
from fedcop.people import service
from fedcop.people.models import DomainBlock, Follow

PAGE = 20
MOST = 500
BATCH = 50
ENOUGH = N_("You block 500 servers already: unblock one first.")


async def blocked(actor: Actor, *, limit: int = PAGE, below: int | None = None, above: int | None = None, right_above: int | None = None) -> Sequence[DomainBlock]:  # fmt: skip
    """List the servers that a person blocks, the latest first: below an id, above one, or right above one (the oldest of those)."""
    found = DomainBlock.filter(actor_id=actor.id)
    if below is not None:
        found = found.filter(id__lt=below)
    for number in (above, right_above):
        if number is not None:
            found = found.filter(id__gt=number)
    if right_above is None:
        return await found.order_by("-id").limit(limit)
    return (await found.order_by("id").limit(limit))[::-1]


@atomic
async def block(actor: Actor, host: str) -> str:
    """Block a server, by its very name; follows end in a job. Twice is once. Gives the name as it is kept."""
    name = clean_host(host)
    if await DomainBlock.exists(actor_id=actor.id, host=name):
        return name
    if await DomainBlock.filter(actor_id=actor.id).count() >= MOST:
        raise Invalid(ENOUGH, errors={"host": ENOUGH})
    await DomainBlock.bulk_create(
        [DomainBlock(actor_id=actor.id, host=name, created_at=clock.now())], ignore_conflicts=True
    )
    await _promise(actor.id, name)
    return name


async def _promise(actor_id: int, host: str) -> None:
    await enqueue(end_ties, {"actor_id": actor_id, "host": host}, unique=f"domain_block:{actor_id}:{host}")


@atomic
async def unblock(actor: Actor, host: str) -> None:
    """See who is there again, however its name is written; follows do not come back by themselves."""
    await DomainBlock.filter(actor_id=actor.id, host=clean_host(host)).delete()


@atomic
async def end_ties(actor_id: int, host: str) -> None:
    """Job: untell what was said from there, end some follows, and promise to go on; done twice it changes nothing twice."""
    if not await DomainBlock.exists(actor_id=actor_id, host=host):
        return
    ties = Q(follower_id=actor_id, target__host=host) | Q(target_id=actor_id, follower__host=host)
    found = await Follow.filter(ties).order_by("id").limit(BATCH)
    for follow in found:
        await service.end_follow(follow, by_target=follow.target_id == actor_id)
    await notifications.forget_host(actor_id, host)
    if len(found) == BATCH:
        await _promise(actor_id, host)
