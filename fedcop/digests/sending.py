"""Finds who is to get letters now, and sends them: each once, of what the member may read at that moment.

A letter is noted before it is handed over. Killed in between, one is lost; the other way round, one would come twice.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fedcop.accounts.letters import speaking
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
from fedcop.discussions import faces
from fedcop.discussions import queries as discussions
from fedcop.discussions.facts import PostAppeared, PostReceived, PostWritten
from fedcop.discussions.finding import is_findable
from fedcop.discussions.models import Post, ThreadVisit
from fedcop.notifications import letters as personal
from fedcop.notifications import queries as told
from fedcop.notifications import service as notifications
from fedcop.notifications import topics
from fedcop.people import queries as people

BATCH = 100
NEWS = timedelta(days=2)
"""What is older when it reaches us is the past of a community, not a new publication."""

AFTER_OTHERS = notifications.TOGETHER + timedelta(minutes=1)  # whoever is answered themselves has that letter first


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
    homes = await queries.heard(account)
    for community, rhythm in homes:
        if rhythm in due:
            await _summarise(account, community, rhythm, hour.period(rhythm, moment), moment)
    if rhythms.WEEK in due:
        await _tell_the_rest(account, {community.id for community, rhythm in homes if rhythm in rhythms.SPANS})


async def _tell_the_rest(account: Account, summed_up: Collection[int]) -> None:
    """What was to come with a summary comes by itself where there are no summaries: one letter for each thread."""
    waiting = await told.waiting(account, topics.DIGEST, clock.now() - personal.RECENT)
    for root_id in dict.fromkeys(one.root_id for one in waiting if one.community_id not in summed_up):
        await enqueue(
            personal.write_thread,
            {"account_id": account.id, "root_id": root_id, "way": topics.DIGEST},
            unique=f"letter:{account.id}:digest:{root_id}",
        )


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
    with speaking(account.language):
        news = await gathering.gather(account, community, since)
    if not news:
        return
    people_in_it = await actors.many(one.from_actor_id for one in news.about_me if one.from_actor_id is not None)
    mail = await letters.summary(account, community, news, people_in_it, since, period)
    sent = Sent(account=account, community=community, period=period, until=until, sent_at=clock.now())
    ids = [view.post.id for view in news.posts]
    if claim := await _claim(account, ids, sent, [one.id for one in news.about_me]):
        await _hand_over(mail, claim)


@dataclass
class Claim:
    """What was noted for a letter before it is handed over."""

    rows: list[Told | Sent] = field(default_factory=list)
    notification_ids: Sequence[int] = ()


@atomic
async def _claim(
    account: Account, post_ids: Sequence[int], sent: Sent | None = None, notification_ids: Sequence[int] = ()
) -> Claim | None:
    """Note what is about to be told; None, if a summary of this period was sent already."""
    claim = Claim(notification_ids=notification_ids)
    if sent is not None:
        if await Sent.exists(account_id=account.id, community_id=sent.community_id, period=sent.period):
            return None
        await sent.save()
        claim.rows.append(sent)
    known = {one.post_id for one in await Told.filter(account_id=account.id, post_id__in=list(post_ids) or [0])}
    for post_id in post_ids:
        if post_id not in known:
            claim.rows.append(await Told.create(account=account, post_id=post_id, sent_at=clock.now()))
    await notifications.note_mailed(notification_ids)
    return claim


async def _hand_over(mail: Mail, claim: Claim) -> None:
    try:
        await hand_over(mail)
    except Retry:
        await _take_back(claim)
        raise


@atomic
async def _take_back(claim: Claim) -> None:
    """The mail server did not take it: it was not told."""
    for one in claim.rows:
        await one.delete()
    await notifications.note_mailed(claim.notification_ids, mailed=False)


async def on_post(fact: PostWritten | PostReceived | PostAppeared) -> None:
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


async def on_posts(facts: Sequence[PostWritten | PostReceived | PostAppeared]) -> None:
    """Do so for many at once: hardly a community has somebody who wants each publication."""
    wanted = await queries.wanted_each([fact.post_id for fact in facts])
    for fact in facts:
        if fact.post_id in wanted:
            await on_post(fact)


async def write_thread(account_id: int, root_id: int) -> None:
    """Job: tell a member what is new in a thread, if they want each publication and have not seen or been sent it."""
    account, root = await _reachable(account_id), await discussions.by_id(root_id)
    viewer = await actors.by_id(account.actor_id) if account is not None else None
    if account is None or root is None or viewer is None or root.community_id is None:
        return
    community = await communities.by_id(root.community_id)
    if community is None or not await _hears_of(account, community) or await told.is_quiet(account, root.id):
        return
    posts = await _unseen(account, root)
    if not posts or not await access.may_read(viewer, community):
        return
    with speaking(account.language):
        shown = await faces.faces_of(viewer, posts)
        mail = await letters.publication(account, community, [(post, shown.author_of(post)) for post in posts], root)
    if claim := await _claim(account, [post.id for post in posts]):
        await _hand_over(mail, claim)


async def _hears_of(account: Account, community: Community) -> bool:
    """Whether they want each publication still, and are in the community still."""
    return any(one.id == community.id and rhythm == rhythms.EACH for one, rhythm in await queries.heard(account))


async def _unseen(account: Account, root: Post) -> list[Post]:
    """Posts of a thread that a member may read, has not opened, has not written and was not sent, oldest first."""
    chosen = await Rhythm.get_or_none(account_id=account.id, community_id=root.community_id)
    visit = await ThreadVisit.get_or_none(actor_id=account.actor_id, root_id=root.id)
    since = max(filter(None, (chosen.chosen_at if chosen else None, visit.seen_at if visit else None)), default=None)
    found = await Post.filter(root_id=root.id, created_at__gte=clock.now() - NEWS).order_by("id").limit(200)
    viewer = await actors.by_id(account.actor_id)
    hidden = await people.hidden_among(viewer, [post.author_id for post in found])
    allowed = await discussions.visible_ids(viewer, [post.id for post in found])
    mailed = await queries.mailed_posts(account, [post.id for post in found])
    elsewhere = await queries.told_words(account, clock.now() - NEWS)
    return [
        post
        for post in found
        if post.id in allowed - mailed
        and queries.words_of(post) not in elsewhere
        and is_findable(post)
        and post.author_id != account.actor_id
        and (post.author_id not in hidden or post.anonymised_at is not None)
        and (since is None or post.created_at > since)
    ][:20]
