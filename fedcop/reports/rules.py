"""Who may report what to whom, who sees a report, who decides. Writes nothing."""

from __future__ import annotations

from fedcop.accounts import queries as accounts
from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.communities import queries as communities
from fedcop.communities import rules as community_rules
from fedcop.communities.models import Community
from fedcop.communities.rules import Act
from fedcop.core.errors import NotFound
from fedcop.discussions.models import Post
from fedcop.reports.models import Report

COMMUNITY, ORGANISATION = "community", "organisation"
OPEN, SENT, RESOLVED, DISMISSED = "open", "sent", "resolved", "dismissed"


async def deciders(community: Community, target_id: int) -> list[Actor]:
    """List who answers for a community, without the reported person: nobody judges themselves."""
    found = await communities.moderators(community)
    return [one for one in found if one.id != target_id and one.gone_at is None and one.suspended_at is None]


async def staff(target_id: int) -> list[Account]:
    """List who moderates this instance, without the reported person."""
    return [one for one in await accounts.staff() if one.actor_id != target_id]


async def can_judge(community: Community, target_id: int) -> bool:
    """Tell whether a community has somebody to judge a person; of a community elsewhere its own server knows."""
    return not community.actor.local or bool(await deciders(community, target_id))


async def places(reporter: Actor, target: Actor, post: Post | None) -> list[Community]:
    """List the communities whose responsible people could look at it: the post's, or those that both belong to."""
    if post is not None:
        found = await communities.by_id(post.community_id) if post.community_id is not None else None
        shared = [found] if found is not None else []
    else:
        theirs = {one.id for one in await communities.mine(target)}
        # Where one belongs by following alone, a person cannot be reported to a community.
        shared = [
            one
            for one in await communities.mine(reporter)
            if one.id in theirs and (one.actor.local or one.accepts_joins)
        ]
    return [one for one in shared if await can_judge(one, target.id)]


async def may_decide(by: Actor, report: Report) -> None:
    """Let through who may read and decide a report; to all others, the reported person among them, it does not exist."""
    if report.target_id == by.id:
        raise NotFound
    if report.recipient == ORGANISATION:
        account = await accounts.by_actor(by) if by.local else None
        if account is None or account.role not in accounts.STAFF or account.suspended_at is not None:
            raise NotFound
        return
    community = await communities.by_id(report.community_id) if report.community_id is not None else None
    if community is None:
        raise NotFound
    await community_rules.may_act(by, community, Act.DECIDE_REPORTS)
