"""Takes the name of who left a community from what they wrote there. For good: what was read without a name is not signed again.

Not for: who is shown the name (faces.py), or how other servers learn of it (activities/anonymity.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities import queries as communities_of
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
    if await communities_of.active_ban(community, author) is None:
        await _forget_signed(ids)
    await facts.record(NameWithdrawn(actor_id=author.id, community_id=community.id, first_id=ids[0], last_id=ids[-1]))


@atomic
async def record_anonymised(post: Post, author: Actor, *, wordless: bool = False) -> bool:
    """Somebody elsewhere took their name from a post of theirs; tell whether that is new. `wordless`: no document of it came along."""
    if post.author_id != author.id or post.anonymised_at is not None:
        return False
    post.anonymised_at = now()
    await post.save(update_fields=["anonymised_at"])
    await _forget_name([post.id], author)
    if not wordless:
        await _forget_signed([post.id])
    await facts.record(PostAnonymised(post_id=post.id, root_id=post.root_id))
    return True


async def _forget_name(ids: Sequence[int], author: Actor) -> None:
    """Forget it in what other features keep of a post, inside the transaction."""
    for post in await Post.filter(id__in=list(ids), kind__in=[*plugged(), ""]):
        if (kind := plugged_kind(post.kind)) is not None:
            await kind.forget_name(post, author)


async def _forget_signed(ids: Sequence[int]) -> None:
    """Let the history of a thread begin anew with the document that says so: what waits, or is taken away, has none."""
    shown = await Post.filter(id__in=list(ids), state="visible", deleted_at=None, removed_at=None)
    signed = ThreadActivity.filter(kind__in=["Create", "Update"])
    await signed.filter(post_id__in=[0, *(post.id for post in shown)], share_id=None).delete()
    # The share of a public thread may have to be taken back one day; others were never shared.
    await signed.filter(post_id__in=[0, *(post.id for post in shown if post.audience != access.PUBLIC)]).delete()
