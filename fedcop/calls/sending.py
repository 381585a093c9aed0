"""Sends calls to our members, each once: who may call and who gets it is judged again when the letter leaves.

A letter is noted before it is handed over. Killed in between, one is lost; the other way round, one would come twice. What was
noted is what no summary tells again.
"""

from __future__ import annotations

from datetime import timedelta

from fedcop.accounts.models import Account
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.calls import letters, queries, service
from fedcop.calls.facts import CallMade
from fedcop.calls.models import Call
from fedcop.calls.segments import Segment, read
from fedcop.communities import access
from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.core import clock
from fedcop.core.database import atomic
from fedcop.core.errors import Forbidden, NotFound
from fedcop.core.jobs import Retry, enqueue
from fedcop.core.mail import Mail, hand_over, post_mail
from fedcop.digests.models import Told
from fedcop.discussions import queries as discussions
from fedcop.discussions.facts import PostAppeared
from fedcop.discussions.finding import is_findable
from fedcop.discussions.models import Post
from fedcop.discussions.text import prepare
from fedcop.people import queries as people

NEWS = timedelta(days=2)
"""What is older when it reaches us is the past of a community: nobody is called by it."""

MOST_A_MONTH = 4
"""Of a community elsewhere: whatever its server says, our members get no more letters."""


async def on_call(fact: CallMade) -> None:
    """Promise the letters of a call."""
    await _promise(fact.post_id)


async def on_appeared(fact: PostAppeared) -> None:
    """Promise them when a call that waited may be read."""
    await _promise(fact.post_id)


@atomic
async def _promise(post_id: int) -> None:
    made, post = await Call.get_or_none(post_id=post_id), await discussions.by_id(post_id)
    if made is None or post is None or not is_findable(post) or post.created_at - post.published_at >= NEWS:
        return
    community, segment = await communities.by_id(made.community_id), read(made.segment)
    if community is None or segment is None:
        return
    if not community.actor.local and await queries.made(community, made.made_at) > MOST_A_MONTH:
        return
    for account_id in await queries.recipients(community, post.author_id, segment):
        payload = {"account_id": account_id, "post_id": post_id}
        await enqueue(write, payload, unique=f"call:{post_id}:{account_id}")


async def write(account_id: int, post_id: int) -> None:
    """Job: send a call to one member, if it still is one and they still want it."""
    account = await Account.get_or_none(id=account_id).select_related("actor")
    made, post = await Call.get_or_none(post_id=post_id), await discussions.by_id(post_id)
    if account is None or made is None or post is None or not is_findable(post):
        return
    community, author = await communities.by_id(made.community_id), await actors.by_id(post.author_id)
    segment = read(made.segment)
    if community is None or author is None or segment is None or post.community_id != community.id:
        return
    if not await _still_calls(author, community) or not await _still_wants(account, community, segment, post):
        return
    mail = await letters.compose(account, community, post, author)
    if claim := await _claim(account, post_id):
        await _hand_over(mail, claim)


async def _still_calls(author: Actor, community: Community) -> bool:
    if author.gone_at is not None or author.suspended_at is not None:
        return False
    if not community.actor.local:
        return True  # its own server judged; a deletion of the thread takes the call back
    if await Account.filter(actor_id=author.id, suspended_at__not_isnull=True).exists():
        return False
    try:
        await service.may_call(author, community)
    except (Forbidden, NotFound):
        return False
    return True


async def _still_wants(account: Account, community: Community, segment: Segment, post: Post) -> bool:
    if account.suspended_at is not None or account.deleting_at is not None:
        return False
    place = await communities.membership(community, account.actor)
    if place is None or place.state != "active" or not segment.holds(place.role, account.actor.host):
        return False
    if await queries.refuses(account, community.id) or await people.hidden_among(account.actor, [post.author_id]):
        return False
    return await access.may_see(account.actor, post)


@atomic
async def _claim(account: Account, post_id: int) -> Told | None:
    if await Told.filter(account_id=account.id, post_id=post_id).exists():
        return None
    return await Told.create(account=account, post_id=post_id, sent_at=clock.now())


async def _hand_over(mail: Mail, claim: Told) -> None:
    try:
        await hand_over(mail)
    except Retry:
        await claim.delete()  # the mail server did not take it: it was not told
        raise


@atomic
async def try_out(account: Account, community: Community, *, title: str, source: str) -> None:
    """Send a call to who writes it, and to nobody else."""
    author = account.actor
    await service.may_call(author, community)
    text = await prepare(source)
    post = Post(
        title=title.strip(), content=text.content, audience=access.default_of(community), community_id=community.id
    )
    await post_mail(await letters.compose(account, community, post, author, trial=True))
