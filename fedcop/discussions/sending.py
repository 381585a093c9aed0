"""Posts of private communities are judged once more when they leave: as activities for a server, in a letter to a member."""

from __future__ import annotations

from collections.abc import Collection

import orjson

from fedcop.actors import queries as actors
from fedcop.communities import access
from fedcop.communities.sending import is_act, is_ending
from fedcop.discussions import queries, rules
from fedcop.discussions.models import Post
from fedcop.federation.models import OutgoingActivity


async def may_leave(outgoing: OutgoingActivity, hosts: Collection[str]) -> Collection[str]:
    """Name those of some hosts which an activity about a post is still for; that something is gone may always be said."""
    if outgoing.post_id is None:
        return hosts
    post = await Post.get_or_none(id=outgoing.post_id)
    if post is not None and post.audience == access.PUBLIC:
        return hosts
    activity = orjson.loads(bytes(outgoing.body))
    if is_ending(activity):
        return hosts
    if post is None or post.community_id is None or (rules.is_gone(post) and not is_act(activity)):
        return ()
    return await access.hosts_that_may_have(hosts, post)


async def may_tell(actor_id: int, post_ids: Collection[int]) -> Collection[int]:
    """Keep the posts that a member of ours may still read."""
    return await queries.visible_ids(await actors.by_id(actor_id), post_ids)
