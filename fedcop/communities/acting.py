"""Which act over what others own a received activity is: whoever does such a thing is asked for more than a group's word."""

from __future__ import annotations

from activitypub.vocab import (
    Activity,
    Add,
    Block,
    ChooseAnswer,
    Delete,
    Dislike,
    EmojiReact,
    Like,
    Lock,
    Move,
    PollVote,
    Remove,
    Undo,
    Update,
)
from fedcop.actors.models import Actor
from fedcop.communities.roles import Act
from fedcop.federation import known


async def act_of(activity: Activity, actor: Actor, group: Actor) -> Act | None:
    """Name the act over what others own that it is: then the announcing group's word for it is not enough."""
    if isinstance(activity, Undo) and isinstance(activity.object, Activity):
        return await act_of(activity.object, actor, group)
    if isinstance(activity, Lock | Block):
        return Act.LOCK if isinstance(activity, Lock) else Act.BAN
    if isinstance(activity, Move):
        return Act.MOVE
    if isinstance(activity, Add | Remove):
        # Others, such as a question's accepted answer, are judged by whoever owns that collection.
        if activity.target_id == f"{group.uri}/members":
            return Act.APPOINT if isinstance(activity, Add) else Act.REMOVE_MEMBER
        lists = {group.moderators_uri: Act.APPOINT, group.featured_uri: Act.PIN}
        return lists.get(activity.target_id) if activity.target_id else None
    if isinstance(activity, Update):
        return Act.CHANGE if activity.object_id == group.uri else None
    if isinstance(activity, Delete):
        owned = await known.look_up(activity.object_id or "")
        return Act.REMOVE_POST if owned is not None and owned.owner_uri not in ("", actor.uri) else None
    return None


def is_its_affair(activity: Activity, act: Act | None, group: Actor) -> bool:
    """Tell whether a community may say that somebody of another server did this: votes and acts among its own people and threads.

    Whether a post is in it, whoever keeps posts asks. All else counts by the word of who did it alone.
    """
    if isinstance(activity, Undo) and isinstance(activity.object, Activity):
        return is_its_affair(activity.object, act, group)
    if isinstance(activity, Block):
        return activity.target_id == group.uri
    if isinstance(activity, Add | Remove) and act is None:
        return (activity.target_id or "").endswith("/answers")
    return act is not None or isinstance(activity, Like | Dislike | EmojiReact | PollVote | ChooseAnswer)
