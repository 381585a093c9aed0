"""Writes down what is settled already: the part that services share with activities from elsewhere. Judges nobody's rights."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fedcop.actors.models import Actor
from fedcop.communities import queries, stages
from fedcop.communities.facts import (
    Banned,
    CommunityChanged,
    CommunityKnown,
    MemberRemoved,
    StageChanged,
    Suspended,
    Unbanned,
    Warned,
    WordsTakenAway,
)
from fedcop.communities.models import Ban, Community, Membership, ModerationAct
from fedcop.core import clock
from fedcop.core.database import atomic, rows
from fedcop.core.facts import record
from fedcop.people import service as people
from fedcop.people.models import Follow

MAX_REASON = 1000


async def count_again(community: Community) -> None:
    """Bring the numbers of a community of ours up to date; those of others come from their servers."""
    if not community.actor.local:
        return
    found = await rows(
        "SELECT COUNT(*) AS members, SUM(CASE WHEN a.local THEN 0 ELSE 1 END) AS elsewhere,"
        " COUNT(DISTINCT CASE WHEN a.local THEN NULL ELSE a.host END) AS organisations"
        " FROM membership m JOIN actor a ON a.id = m.actor_id WHERE m.community_id = ? AND m.state = 'active' AND a.gone_at IS NULL",
        community.id,
    )
    community.members_count = found[0]["members"]
    community.elsewhere_count = found[0]["elsewhere"] or 0
    community.organisations_count = found[0]["organisations"]
    await community.save(update_fields=["members_count", "elsewhere_count", "organisations_count"])


@atomic
async def count_followers(community: Community) -> None:
    """Bring the number of followers of a community of ours up to date."""
    if community.actor.local:
        community.followers_count = await Follow.filter(target_id=community.actor_id, state="accepted").count()
        await community.save(update_fields=["followers_count"])


async def log_act(
    community: Community,
    by: Actor | None,
    act: str,
    *,
    target: Actor | None = None,
    post_id: int | None = None,
    reason: str = "",
) -> None:
    """Write a line of the moderation log."""
    await ModerationAct.create(
        community_id=community.id,
        by_id=by.id if by else None,
        act=act,
        target_actor_id=target.id if target else None,
        post_id=post_id,
        reason=reason.strip()[:MAX_REASON],
        created_at=clock.now(),
    )


async def correct_act(community: Community, by: Actor, act: str, *, post_id: int, reason: str) -> bool:
    """Let the newest line about a post say who did it by the community's own server; False if it said so already, or is not there."""
    line = await ModerationAct.filter(community_id=community.id, act=act, post_id=post_id).order_by("-id").first()
    if line is None or line.by_id == by.id:
        return False
    line.by_id, line.reason = by.id, reason.strip()[:MAX_REASON]
    await line.save(update_fields=["by_id", "reason"])
    return True


async def end_membership(
    community: Community, membership: Membership | None, *, person: Actor, own_wish: bool = False, banned: bool = False
) -> str:
    """Delete a membership; following ends with it where nothing may go on being delivered. Gives the uri of the Follow that ended."""
    if membership is not None:
        await membership.delete()
    follow = await Follow.filter(follower_id=person.id, target_id=community.actor_id).first()
    ends = follow is not None and (community.visibility == "private" or banned or not community.accepts_joins)
    if follow is not None and ends:
        if own_wish:
            await people.unfollow(person, community.actor)
        else:
            await people.reject_follow(community.actor, follow)
    await count_again(community)
    return follow.uri if follow is not None and ends else ""


@atomic
async def record_remote(actor: Actor, **columns: Any) -> Community:
    """Remember a community of another server, or what is new about it."""
    known = await queries.by_actor(actor)
    if known is None:
        community = await Community.create(actor=actor, created_at=clock.now(), **columns)
        await record(CommunityKnown(community_id=community.id))
        return community
    stage = stages.of(known)
    changed = {name: value for name, value in columns.items() if getattr(known, name) != value}
    if changed:
        known.update_from_dict(changed)
        await known.save(update_fields=list(changed))
        await record(CommunityChanged(community_id=known.id))
        if stages.of(known) != stage:
            await record(StageChanged(community_id=known.id, before=stage, after=stages.of(known)))
    return known


@atomic
async def record_ban(
    community: Community, person: Actor, *, by: Actor | None, uri: str, reason: str = "", until: datetime | None = None
) -> Ban:
    """A moderator banned a person, here or on the community's own server."""
    known = await Ban.filter(community_id=community.id, actor_id=person.id).first()
    if known is not None and known.uri == uri:
        return known
    if known is not None:
        await known.delete()
    membership = await queries.membership(community, person)
    was_member = membership is not None and membership.state == "active"
    await end_membership(community, membership, person=person, banned=True)
    made = await Ban.create(
        community=community,
        actor=person,
        by=by,
        uri=uri,
        reason=reason[:MAX_REASON],
        created_at=clock.now(),
        until=until,
    )
    await log_act(community, by, "ban", target=person, reason=reason)
    await record(Banned(community_id=community.id, ban_id=made.id, was_member=was_member))
    return made


@atomic
async def take_words_away(person: Actor, *, by: Actor, reason: str, community: Community | None) -> None:
    """Let go of what somebody wrote in a community from which they were banned, or everywhere when their own server banned them."""
    await record(
        WordsTakenAway(
            actor_id=person.id, by_id=by.id, reason=reason, community_id=community.id if community is not None else None
        )
    )


@atomic
async def record_suspension(
    community: Community, person: Actor, *, by: Actor | None, uri: str, reason: str, until: datetime
) -> Ban:
    """A moderator of a community of another server suspended a person there: they read on, and write again after `until`."""
    known = await Ban.filter(community_id=community.id, actor_id=person.id).first()
    if known is not None and (known.uri == uri or known.kind == "ban"):
        return known
    if known is not None:
        await known.delete()
    return await suspension(community, person, by=by, uri=uri, reason=reason, until=until)


async def suspension(
    community: Community, person: Actor, *, by: Actor | None, uri: str, reason: str, until: datetime
) -> Ban:
    """Write a suspension down, with its line of the log and its fact (inside a transaction)."""
    made = await Ban.create(
        community=community,
        actor=person,
        by=by,
        uri=uri,
        kind="suspension",
        reason=reason.strip()[:MAX_REASON],
        created_at=clock.now(),
        until=until,
    )
    await log_act(community, by, "suspend", target=person, reason=reason)
    await record(Suspended(community_id=community.id, ban_id=made.id))
    return made


@atomic
async def record_warning(community: Community, person: Actor, *, by: Actor, reason: str) -> None:
    """A moderator told a person something in private; that it was done stands in the log, what was said only for moderators."""
    reason = reason.strip()[:MAX_REASON]
    await log_act(community, by, "warn", target=person, reason=reason)
    await record(Warned(community_id=community.id, actor_id=person.id, by_id=by.id, reason=reason))


@atomic
async def record_unban(community: Community, person: Actor, *, by: Actor | None, reason: str = "") -> None:
    """A moderator lifted a ban."""
    known = await Ban.filter(community_id=community.id, actor_id=person.id).first()
    if known is None:
        return
    await known.delete()
    await log_act(community, by, "unban" if known.kind == "ban" else "unsuspend", target=person, reason=reason)
    await record(
        Unbanned(
            community_id=community.id,
            actor_id=person.id,
            ban_uri=known.uri,
            kind=known.kind,
            by_id=by.id if by else None,
            reason=reason[:MAX_REASON],
        )
    )


@atomic
async def record_removal(community: Community, person: Actor, *, by: Actor | None, reason: str = "") -> None:
    """A moderator ended a membership, here or on the community's own server."""
    membership = await queries.membership(community, person)
    if membership is None:
        return
    follow_uri = await end_membership(community, membership, person=person)
    await log_act(community, by, "remove_member", target=person, reason=reason)
    await record(
        MemberRemoved(
            community_id=community.id,
            actor_id=person.id,
            by_id=by.id if by else None,
            reason=reason[:MAX_REASON],
            join_uri=membership.join_uri,
            follow_uri=follow_uri,
        )
    )
