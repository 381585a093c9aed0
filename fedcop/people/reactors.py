"""Tells members who follows them, or asks to; and untells it when they block. Reactions to facts."""

from __future__ import annotations

from fedcop.actors import queries as actors
from fedcop.core.facts import concerning
from fedcop.notifications import service as notifications
from fedcop.people.facts import Blocked, FollowAccepted, FollowAsked, FollowEnded
from fedcop.people.models import Follow


@concerning(lambda fact: fact.target_local and fact.target_kind != "Group" and not fact.accepted)
async def tell_asked(fact: FollowAsked) -> None:
    """Tell somebody who approves their followers that one asks."""
    follow = await Follow.get_or_none(id=fact.follow_id)
    if follow is not None and follow.state == "asked" and fact.target_local and fact.target_kind != "Group":
        await notifications.notify(
            fact.target_id,
            "follow_asked",
            unique_key=_key("follow_asked", fact),
            from_actor_id=fact.follower_id,
            detail={"path": "/settings/followers"},
        )


@concerning(lambda fact: fact.target_local is not False and fact.target_kind != "Group" and not fact.again)
async def tell_follower(fact: FollowAccepted) -> None:
    """Tell somebody that they have a new follower, unless they let them in themselves."""
    target = await actors.by_id(fact.target_id)
    if target is None or not target.local or target.kind == "Group" or fact.again:
        return
    await notifications.take_back(_key("follow_asked", fact))
    if not target.approves_followers:
        await notifications.notify(target.id, "follow", unique_key=_key("follow", fact), from_actor_id=fact.follower_id)


async def untell_follower(fact: FollowEnded) -> None:
    """Untell what is not so any more."""
    for kind in ("follow_asked", "follow"):
        await notifications.take_back(_key(kind, fact))


async def untell_blocked(fact: Blocked) -> None:
    """Take away what was told of somebody whom the member does not want to see."""
    await notifications.forget_actor(fact.actor_id, fact.target_id)


def _key(kind: str, fact: FollowAsked | FollowAccepted | FollowEnded) -> str:
    return f"{kind}:{fact.follower_id}:{fact.target_id}"
