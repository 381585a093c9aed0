"""Making a call, trying one on oneself, and wanting none. Who acts comes first."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.calls import queries
from fedcop.calls.facts import CallMade
from fedcop.calls.models import Call, CallRefusal
from fedcop.calls.segments import Segment
from fedcop.communities import rules
from fedcop.communities.models import Community
from fedcop.core import clock, facts
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict, Forbidden, Invalid
from fedcop.core.i18n import N_
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post

CALL = "call"
NO_MORE = N_("This community has made all its calls of this month.")


async def may_call(author: Actor, community: Community) -> None:
    """Let those through whose role may write to all, where the community lives; nobody in an archived one."""
    rules.must_be_ours(community)
    await rules.may_act(author, community, rules.Act.CALL)
    if community.closed_at is not None:
        raise Forbidden(rules.CLOSED, "closed")


@atomic
async def call(  # noqa: PLR0913 - the fields of a form, by name
    author: Actor,
    community: Community,
    *,
    title: str,
    source: str,
    language: str = "",
    segment: Segment | None = None,
    form: str = "",
) -> Post:
    """Write to the members of a community: a thread that is sent to them, too."""
    await rules.lock(community)  # of two at once, the second finds that none is left
    await may_call(author, community)
    if not await queries.left(community):
        raise Conflict(NO_MORE, code="no-calls-left")
    if not title.strip():
        raise Invalid(errors={"title": N_("Enter a title.")})
    post = await discussions.write(
        author, community, kind=CALL, title=title, source=source, language=language, form=form
    )
    await record(post, community, segment or Segment())
    return post


@atomic
async def record(post: Post, community: Community, segment: Segment) -> None:
    """Note that a thread is a call; a second time it changes nothing."""
    if await Call.filter(post_id=post.id).exists():
        return
    await Call.create(post=post, community=community, segment=str(segment), made_at=min(post.published_at, clock.now()))
    await facts.record(CallMade(post_id=post.id))


@atomic
async def refuse(account: Account, community_id: int) -> None:
    """Want no calls of a community any more."""
    if not await queries.refuses(account, community_id):
        await CallRefusal.create(account=account, community_id=community_id, refused_at=clock.now())


@atomic
async def choose(account: Account, offered: Iterable[int], wanted: Collection[int]) -> None:
    """Keep from which communities, of those that a form offered, somebody wants calls."""
    for community_id in offered:
        if community_id in wanted:
            await CallRefusal.filter(account_id=account.id, community_id=community_id).delete()
        else:
            await refuse(account, community_id)
