"""Takes the name of who left a community from what they wrote there. For good: what was read without a name is not signed again.

Not for: who is shown the name (faces.py), or how other servers learn of it (activities/anonymity.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from fedcop.actors.models import Actor
from fedcop.communities import service as communities
from fedcop.communities.models import Community
from fedcop.core import facts
from fedcop.core.clock import now
from fedcop.core.database import atomic
from fedcop.discussions import rules
from fedcop.discussions.facts import NameWithdrawn, PostAnonymised
from fedcop.discussions.kinds import plugged, plugged_kind
from fedcop.discussions.models import Post, ThreadActivity


@atomic
async def leave_anonymised(author: Actor, community: Community) -> None:
    """Leave a community, and take one's name from what one wrote in it: both, or neither."""
    await communities.leave(author, community)
    await anonymise(author, community)


@atomic
async def anonymise(author: Actor, community: Community) -> None:
    """Take one's name from what one wrote in a community to which one does not belong any more. Twice is once."""
    await rules.may_anonymise(author, community)
    signed = Post.filter(author_id=author.id, community_id=community.id, anonymised_at=None)
    ids = [int(str(one)) for one in await signed.order_by("id").values_list("id", flat=True)]
    if not ids:
        return
    await signed.update(anonymised_at=now())
    await _forget_name(ids, author)
    await facts.record(NameWithdrawn(actor_id=author.id, community_id=community.id, first_id=ids[0], last_id=ids[-1]))


@atomic
async def record_anonymised(post: Post, author: Actor) -> bool:
    """Somebody elsewhere took their name from a post of theirs; tell whether that is new."""
    if post.author_id != author.id or post.anonymised_at is not None:
        return False
    post.anonymised_at = now()
    await post.save(update_fields=["anonymised_at"])
    await _forget_name([post.id], author)
    await facts.record(PostAnonymised(post_id=post.id, root_id=post.root_id))
    return True


async def _forget_name(ids: Sequence[int], author: Actor) -> None:
    """Forget it where rows beside the posts hold it too, inside the transaction."""
    for post in await Post.filter(id__in=list(ids), kind__in=[*plugged(), ""]):
        if (kind := plugged_kind(post.kind)) is not None:
            await kind.forget_name(post, author)
    # The history of the thread begins anew with what says so; a post that waits is passed on as it came.
    shown = Post.filter(id__in=list(ids), state="visible").values_list("id", flat=True)
    signed = ThreadActivity.filter(post_id__in=[*await shown, 0], kind__in=["Create", "Update"], share_id=None)
    await signed.delete()
