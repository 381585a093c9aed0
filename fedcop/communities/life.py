"""Bring a community from one stage of its life to another; who asked for it is told when it opens. Part of service.py."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from fedcop.actors.models import Actor
from fedcop.communities import access, queries, rules, stages
from fedcop.communities.facts import CommunityChanged, StageChanged
from fedcop.communities.models import Community, OpeningNotice
from fedcop.communities.rules import Act
from fedcop.core import clock
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict, Invalid, NotFound
from fedcop.core.facts import record
from fedcop.core.formats import today
from fedcop.core.i18n import N_

LONGEST = timedelta(days=3 * 366)


async def count_responsible(community: Community) -> int:
    """Count the people who can admit or moderate."""
    found = [*await queries.who_may(community, Act.ADMIT), *await queries.who_may(community, Act.REMOVE_POST)]
    return len({person.id for person in found})


@atomic
async def change_stage(by: Actor, community: Community, stage: str, *, launch: date | None = None) -> None:
    """Change the stage, and the day on which the community opens or opened."""
    rules.must_be_ours(community)
    await rules.may_act(by, community, Act.CHANGE)
    await rules.lock(community)
    errors = await _wrong(community, stage, launch)
    if errors:
        raise Invalid(errors=errors)
    before, day = stages.of(community), today()
    if stage == stages.ARCHIVED:
        community.closed_at = community.closed_at or clock.now()
    else:
        opens = community.stage == stages.ANNOUNCED and stage != stages.ANNOUNCED
        # What opens today opened today, whatever had been planned.
        community.launch_date = (min(launch, day) if launch else day) if opens else launch or community.launch_date
        community.stage, community.closed_at = stage, None
    await community.save(update_fields=["stage", "closed_at", "launch_date"])
    await _tell(community, before, by.id)


@atomic
async def succeed(community: Community, heirs: Sequence[Community], *, by_id: int) -> None:
    """Archive a community that goes on in others, and say so on its page and to other servers."""
    # Its document says no more of them than everybody may know who may know of it.
    known = [one for one in heirs if access.is_hidden(community) or not access.is_hidden(one)]
    community.heirs = [one.actor.uri for one in known]
    await community.save(update_fields=["heirs"])
    await archive(community, by_id=by_id)


@atomic
async def archive(community: Community, *, by_id: int) -> None:
    """Archive a community for a reason that was judged already."""
    before = stages.of(community)
    community.closed_at = community.closed_at or clock.now()
    await community.save(update_fields=["closed_at"])
    await _tell(community, before, by_id)


@atomic
async def open_as(community: Community, stage: str, *, by_id: int) -> None:
    """Open a community that was announced, in the stage of the one of which it takes over."""
    before = stages.of(community)
    community.stage, community.launch_date = stage, today()
    await community.save(update_fields=["stage", "launch_date"])
    await _tell(community, before, by_id)


async def _tell(community: Community, before: str, by_id: int) -> None:
    await record(CommunityChanged(community_id=community.id, by_id=by_id))
    after = stages.of(community)
    if after != before:
        await record(StageChanged(community_id=community.id, before=before, after=after))


async def _wrong(community: Community, stage: str, launch: date | None) -> dict[str, str]:
    errors: dict[str, str] = {}
    if stage not in stages.STAGES:
        return {"stage": N_("Choose one of the options.")}
    met = stages.present(community, await count_responsible(community))
    if community.stage in stages.BEGINNINGS and stage in stages.GROWN and not all(met.values()):
        errors["stage"] = N_("Before that, a community needs a purpose, a charter and two people who are responsible.")
    day = today()
    if launch is not None and stage == stages.ANNOUNCED and launch < day:
        errors["launch"] = N_("This date has passed.")
    if launch is not None and launch > day + LONGEST:
        errors["launch"] = N_("Choose a date within three years.")
    return errors


@atomic
async def ask_notice(actor: Actor, community: Community) -> None:
    """Ask to be told when an announced community opens."""
    if not await access.may_find(actor, community):
        raise NotFound
    if stages.of(community) != stages.ANNOUNCED:
        raise Conflict(N_("This community is open already."), "open-already")
    await OpeningNotice.get_or_create({"created_at": clock.now()}, community_id=community.id, actor_id=actor.id)


@atomic
async def drop_notice(actor: Actor, community: Community) -> None:
    """Ask no longer."""
    await OpeningNotice.filter(community_id=community.id, actor_id=actor.id).delete()


async def wants_notice(actor: Actor | None, community: Community) -> bool:
    """Tell whether somebody is to be told when this community opens."""
    if actor is None or stages.of(community) != stages.ANNOUNCED:
        return False
    return await OpeningNotice.filter(community_id=community.id, actor_id=actor.id).exists()
