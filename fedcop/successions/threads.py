"""Moves the threads of a community that ends to its heirs, some at a time: a job that goes on where it was interrupted.

What is still in the mother is what remains to be done, so nothing moves twice and nothing is forgotten.
"""

from __future__ import annotations

from fedcop.actors import queries as actors
from fedcop.communities.records import log_act
from fedcop.core import clock, jobs
from fedcop.core.database import atomic
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.discussions.service.counts import refresh_community
from fedcop.successions import queries, service
from fedcop.successions.facts import ChoiceEnded
from fedcop.successions.models import Heir, Succession

BATCH = 20


async def go_on() -> None:
    """End choices whose time is over, and go on with what moves already (timetable)."""
    for one in await Succession.filter(state="open", ends_at__lte=clock.now()).select_related("mother__actor"):
        await service.begin_to_move(one)
    for one in await Succession.filter(state="moving"):
        await promise(one.id)


async def begin(fact: ChoiceEnded) -> None:
    """Begin with the first."""
    await promise(fact.succession_id)


async def promise(succession_id: int) -> None:
    """Promise the next batch."""
    await jobs.enqueue(move_some, {"succession_id": succession_id}, unique=f"succeed-move:{succession_id}")


async def move_some(succession_id: int) -> None:
    """Move some threads, and promise to go on; when none is left, the succession is done."""
    succession = await queries.by_id(succession_id)
    if succession is None or succession.state != "moving":
        return
    left = (
        await Post.filter(community_id=succession.mother_id, depth=0)
        .order_by("id")
        .limit(BATCH)
        .values_list("id", flat=True)
    )
    ids = [int(str(one)) for one in left]
    if ids:
        await _move(succession, ids)
    else:
        await _end(succession)


@atomic
async def _move(succession: Succession, ids: list[int]) -> None:
    # Of two jobs that meet here the second finds them gone.
    roots = await Post.filter(id__in=ids, community_id=succession.mother_id).select_for_update().order_by("id")
    heirs = await queries.heirs(succession)
    chosen = await queries.who_gets(heirs, [root.id for root in roots])
    for heir in heirs:
        going = [root for root in roots if chosen[root.id].id == heir.id]
        if going:
            await discussions.move_all(going, succession.mother, heir.community)
    await promise(succession.id)


@atomic
async def _end(succession: Succession) -> None:
    done = await Succession.filter(id=succession.id, state="moving").update(state="done", ended_at=clock.now())
    if not done:
        return
    by = await actors.by_id(succession.by_id)
    await refresh_community(succession.mother_id)
    await log_act(succession.mother, by, succession.kind)
    for heir in await queries.heirs(succession):
        await _welcome(heir, succession)


async def _welcome(heir: Heir, succession: Succession) -> None:
    await refresh_community(heir.community_id)
    by = await actors.by_id(succession.agreed_by_id or succession.by_id)
    await log_act(heir.community, by, f"{succession.kind}_in")
