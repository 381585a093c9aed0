"""What discussions do when something happens elsewhere in the house: an account ends, a group announces what we sent."""

from __future__ import annotations

from fedcop.actors import queries as actors
from fedcop.actors.facts import ActorGone
from fedcop.communities import access
from fedcop.communities import queries as communities
from fedcop.communities.facts import ActivityAnnounced, CommunityChanged, WordsTakenAway
from fedcop.core.jobs import ordered
from fedcop.discussions import bookmarks, queries, service
from fedcop.discussions.models import Post, ThreadActivity
from fedcop.discussions.polls import service as polls
from fedcop.federation.facts import PostArrived

BATCH = 50


async def bury_posts(fact: ActorGone) -> None:
    """Whoever leaves for good, here or elsewhere, takes their words along, and what they chose and kept; the answers to them stay."""
    author = await actors.by_id(fact.actor_id)
    if author is not None:
        await polls.forget_voter(author)
        await bookmarks.forget_all_of(author)
        while await service.tombstone_all_of(author, limit=BATCH):
            pass


async def after_change(fact: CommunityChanged) -> None:
    """A community that is not public any more shows nothing of others: where a thread is shown all may know."""
    community = await communities.by_id(fact.community_id)
    if community is not None and community.visibility != access.PUBLIC:
        await service.stop_showing_in(community)


@ordered
async def note_receipt(fact: ActivityAnnounced) -> None:
    """The community's server announced what our member wrote there: everybody may see it."""
    post = await queries.by_uri(fact.object_uri) if fact.object_uri else None
    if post is None:
        stored = await ThreadActivity.get_or_none(uri=fact.uri)
        post = await queries.by_id(stored.post_id) if stored is not None and stored.post_id else None
    community = await communities.by_id(fact.community_id)
    if post is not None and post.local and post.depth == 0 and post.community_id is None and community is not None:
        await service.record_back(post, community)  # we had to let go of it once; somebody here may read it again
        return
    if post is not None and post.local and post.community_id == fact.community_id:
        await service.record_accepted(post)


@ordered
async def note_arrival(fact: PostArrived) -> None:
    """The community's server took what our member wrote there, and will not announce it to us: everybody may see it."""
    post = await queries.by_id(fact.post_id)
    community = await communities.by_id(post.community_id) if post is not None and post.community_id else None
    if post is not None and post.local and community is not None and community.actor.host == fact.host:
        await service.record_accepted(post)


@ordered
async def take_words_away(fact: WordsTakenAway) -> None:
    """Remove what somebody wrote in a community that banned them, or everywhere when their own server did; each can be restored."""
    by = await actors.by_id(fact.by_id)
    if by is None:
        return
    place = {} if fact.community_id is None else {"community_id": fact.community_id}
    written = Post.filter(author_id=fact.actor_id, deleted_at=None, removed_at=None, **place).order_by("id")
    while posts := await written.limit(BATCH):
        for post in posts:
            await service.remove(by, post, str(fact.reason), proven=True)
