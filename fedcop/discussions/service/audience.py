"""Who reads a post, chosen again: its files follow, and what is below it is never read by more than it is.

Not for: who may see what (communities/access.py), or how other servers learn of it (activities/opening.py).
"""

from __future__ import annotations

from datetime import datetime

from fedcop.actors import known
from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.core import facts
from fedcop.core.clock import now
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict
from fedcop.core.i18n import N_
from fedcop.discussions import rules, seams
from fedcop.discussions.facts import AudienceChanged, Unshared
from fedcop.discussions.models import Post, Share, ThreadActivity
from fedcop.discussions.service.beside import hold_threads
from fedcop.discussions.service.counts import refresh_answers, refresh_shares, refresh_thread
from fedcop.discussions.service.showing import stop_all


@atomic
async def change_audience(author: Actor, post: Post, audience: str, *, seen: str) -> Post:
    """Let one's own post be read by more people or by fewer; `seen` is the audience that the author was told of."""
    await rules.may_change_audience(author, post, audience)
    if post.audience != seen:
        raise Conflict(N_("Who can read this has changed meanwhile. Look again, then choose."), code="audience-changed")
    if audience != post.audience:
        await apply(post, audience, await organisation_for(author, post), now())
    return post


async def organisation_for(author: Actor, post: Post) -> str:
    """Name the server whose accounts an audience of this post would speak of."""
    return organisation_of(author, await Post.get(id=post.parent_id) if post.parent_id is not None else None)


def organisation_of(author: Actor, parent: Post | None) -> str:
    """Name the server whose accounts an audience may speak of: the author's, in an answer that of what it answers."""
    of_thread = parent.organisation if parent is not None and parent.audience in access.OF_SERVERS else ""
    return of_thread or author.host


async def apply(post: Post, audience: str, organisation: str, moment: datetime) -> None:
    """Set who reads a post, inside a transaction; all that hangs on it follows."""
    before = post.audience
    await hold_threads([post.root_id])
    await _set(post, audience, organisation, moment)
    if access.reach(audience) < access.reach(before):
        await _narrow_below(post, moment)
    await refresh_answers(post.id, post.root_id)
    await refresh_answers(post.parent_id, post.root_id)
    await refresh_thread(post.root_id)


async def _set(post: Post, audience: str, organisation: str, moment: datetime) -> None:
    before, had = post.audience, post.organisation
    post.audience, post.organisation, post.audience_at = audience, organisation, moment
    await post.save(update_fields=["audience", "organisation", "audience_at"])
    if post.removed_at is None:
        await seams.show_media(post)
    # What an earlier text said is for its readers of that time: the history of the thread begins anew with what it says now.
    stale = ThreadActivity.filter(post_id=post.id, kind__in=["Create", "Update"])
    if before == access.PUBLIC:
        stale = stale.filter(share_id=None)  # the group takes these back first (activities/opening.py)
        await _unshare(post)
        await stop_all(post)
    await stale.delete()
    await facts.record(
        AudienceChanged(post_id=post.id, root_id=post.root_id, before=before, organisation_before=had, after=audience)
    )


async def _unshare(post: Post) -> None:
    """What not everybody reads any more nobody shares."""
    for share in await Share.filter(post_id=post.id):
        await share.delete()
        await known.forget(share.uri)
        await facts.record(Unshared(post_id=post.id, root_id=post.root_id, uri=share.uri, actor_id=share.actor_id))
    await refresh_shares(post.id)


async def _narrow_below(post: Post, moment: datetime) -> None:
    """Nothing is read by more people than what it answers, however deep below: anybody may answer themselves a thousand times."""
    answers: dict[int, list[Post]] = {}
    for one in await Post.filter(root_id=post.root_id, depth__gt=post.depth).order_by("id"):
        answers.setdefault(one.parent_id or 0, []).append(one)
    waiting, to_count = [post], dict[int, None]()
    while waiting:
        above = waiting.pop()
        for answer in answers.get(above.id, ()):
            if await _narrow(answer, above, moment):
                to_count |= {above.id: None} | ({answer.id: None} if answer.id in answers else {})
            waiting.append(answer)
    for answered_id in to_count:
        await refresh_answers(answered_id, post.root_id)


async def _narrow(answer: Post, above: Post, moment: datetime) -> bool:
    """Let an answer be read by no more people than what it answers; tell whether it was."""
    audience = access.narrower(answer.audience, above.audience)
    is_theirs = answer.audience in access.OF_SERVERS and answer.organisation != above.organisation
    if audience == answer.audience and not is_theirs:
        return False
    if is_theirs and audience in access.OF_SERVERS:
        audience = access.COMMUNITY
    await _set(answer, audience, above.organisation, moment)
    return True
