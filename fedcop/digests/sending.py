"""Finds who is to get letters now, and sends them: each once, of what the member may read at that moment.

A letter is noted before it is handed over. Killed in between, one is lost; the other way round, one would come twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from fedcop.accounts.models import Account
from fedcop.actors import queries as actors
from fedcop.communities import access
from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.core import clock
from fedcop.core.database import atomic
from fedcop.core.jobs import Retry, enqueue
from fedcop.core.mail import Mail, hand_over
from fedcop.digests import gathering, letters, queries, rhythms
from fedcop.digests.models import Plan, Rhythm, Sent, Told
from fedcop.discussions import queries as discussions
from fedcop.discussions.facts import PostAppeared, PostWritten
from fedcop.discussions.finding import is_findable
from fedcop.discussions.models import Post, ThreadVisit
from fedcop.notifications.service import TOGETHER
from fedcop.people import queries as people

BATCH = 100
NEWS = timedelta(days=2)
"""What is older when it reaches us is the past of a community, not a new publication."""

AFTER_OTHERS = TOGETHER + timedelta(minutes=1)  # whoever is answered themselves has that letter first


async def find_due() -> None:
    """Job: promise the letters of everybody whose moment has come, and plan their next one."""
    while await _promise():
        pass


@atomic
async def _promise() -> bool:
    found = await queries.due(BATCH)
    accounts = {one.id: one for one in await Account.filter(id__in=[account_id for account_id, _at in found] or [0])}
    daily = {one.account_id for one in await Rhythm.filter(account_id__in=list(accounts) or [0], rhythm=rhythms.DAY)}
    for plan in await Plan.filter(account_id__in=list(accounts) or [0]):
        account, at = accounts[plan.account_id], plan.next_at
        hour = queries.hour_of(account, plan)
        if hour.due(at):
            await enqueue(write, {"account_id": account.id, "at": at.isoformat()}, unique=f"digest:{account.id}")
        plan.next_at = hour.after(clock.now(), daily=account.id in daily)
        await plan.save(update_fields=["next_at"])
    return len(found) == BATCH


async def write(account_id: int, at: str) -> None:
    """Job: send a member the summaries that are due at a moment; run once more, it sends those that are missing."""
    account = await _reachable(account_id)
    if account is None:
        return
    moment, hour = datetime.fromisoformat(at), await queries.chosen_hour(account)
    due = hour.due(moment)
    for community, rhythm in await queries.homes(account):
        if rhythm in due:
            await _summarise(account, community, rhythm, hour.period(rhythm, moment), moment)


async def _reachable(account_id: int) -> Account | None:
    account = await Account.get_or_none(id=account_id)
    if account is None or account.suspended_at is not None or account.deleting_at is not None:
        return None
    return account


async def _summarise(account: Account, community: Community, rhythm: str, period: str, at: datetime) -> None:
    last = await Sent.filter(account_id=account.id, community_id=community.id).order_by("-until").first()
    since = at - rhythms.SPANS[rhythm]
    if last is not None:
        # Somebody who chose another day or rhythm meanwhile misses nothing, and is told no thanks twice.
        since = max(last.until, since - timedelta(days=7))
    if last is not None and last.period == period:
        return
    until = clock.now()
    news = await gathering.gather(account, community, since)
    if not news:
        return
    mail = await letters.summary(account, community, news, since, period)
    sent = Sent(account=account, community=community, period=period, until=until, sent_at=clock.now())
    if claim := await _claim(account, [view.post.id for view in news.posts], sent):
        await _hand_over(account, mail, claim)


@atomic
async def _claim(account: Account, post_ids: Iterable[int], sent: Sent | None = None) -> list[Told | Sent]:
    """Note what is about to be told; nothing, if a summary of this period was sent already."""
    made: list[Told | Sent] = []
    if sent is not None:
        if await Sent.exists(account_id=account.id, community_id=sent.community_id, period=sent.period):
            return []
        await sent.save()
        made.append(sent)
    ids = list(post_ids)
    known = {one.post_id for one in await Told.filter(account_id=account.id, post_id__in=ids or [0])}
    for post_id in ids:
        if post_id not in known:
            made.append(await Told.create(account=account, post_id=post_id, sent_at=clock.now()))
    return made


async def _hand_over(account: Account, mail: Mail, claim: Iterable[Told | Sent]) -> None:
    try:
        await hand_over(mail)
    except Retry:
        await _take_back(account, claim)
        raise


@atomic
async def _take_back(account: Account, claim: Iterable[Told | Sent]) -> None:
    """The mail server did not take it: it was not told."""
    for one in claim:
        await one.delete()


async def on_post(fact: PostWritten | PostAppeared) -> None:
    """Promise a letter to everybody who wants each publication of the community; answers of some minutes are one."""
    post = await discussions.by_id(fact.post_id)
    if (
        post is None
        or post.community_id is None
        or not is_findable(post)
        or post.created_at - post.published_at >= NEWS
    ):
        return
    for account_id, chosen_at in await queries.who_wants_each(post.community_id, post.author_id):
        if chosen_at <= post.created_at:
            await enqueue(
                write_thread,
                {"account_id": account_id, "root_id": post.root_id},
                due=clock.now() + AFTER_OTHERS,
                unique=f"each:{account_id}:{post.root_id}",
            )


async def write_thread(account_id: int, root_id: int) -> None:
    """Job: tell a member what is new in a thread, if they want each publication and have not seen or been sent it."""
    account, root = await _reachable(account_id), await discussions.by_id(root_id)
    viewer = await actors.by_id(account.actor_id) if account is not None else None
    if account is None or root is None or viewer is None or root.community_id is None:
        return
    community = await communities.by_id(root.community_id)
    if community is None or not await _hears_of(account, community):
        return
    posts = await _unseen(account, root)
    if not posts or not await access.may_read(viewer, community):
        return
    authors = await actors.many({post.author_id for post in posts})
    mail = await letters.publication(account, community, [(post, authors[post.author_id]) for post in posts], root)
    if claim := await _claim(account, [post.id for post in posts]):
        await _hand_over(account, mail, claim)


async def _hears_of(account: Account, community: Community) -> bool:
    """Whether they want each publication still, and are in the community still."""
    return any(one.id == community.id and rhythm == rhythms.EACH for one, rhythm in await queries.homes(account))


async def _unseen(account: Account, root: Post) -> list[Post]:
    """Posts of a thread that a member may read, has not opened, has not written and was not sent, oldest first."""
    chosen = await Rhythm.get_or_none(account_id=account.id, community_id=root.community_id)
    visit = await ThreadVisit.get_or_none(actor_id=account.actor_id, root_id=root.id)
    since = max(filter(None, (chosen.chosen_at if chosen else None, visit.seen_at if visit else None)), default=None)
    found = await Post.filter(root_id=root.id, created_at__gte=clock.now() - NEWS).order_by("id").limit(200)
    viewer = await actors.by_id(account.actor_id)
    hidden = await people.hidden_actor_ids(viewer) if viewer is not None else set()
    allowed = await discussions.visible_ids(viewer, [post.id for post in found])
    told = await queries.mailed_posts(account, [post.id for post in found])
    elsewhere = await queries.told_words(account, clock.now() - NEWS)
    return [
        post
        for post in found
        if post.id in allowed - told
        and queries.words_of(post) not in elsewhere
        and is_findable(post)
        and post.author_id not in {*hidden, account.actor_id}
        and (since is None or post.created_at > since)
    ][:20]
