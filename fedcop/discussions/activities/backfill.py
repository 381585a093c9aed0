"""Fetches the past: the threads of a community that somebody here begins to follow, and what a thread already holds elsewhere.

One page per job, so that a restart goes on where it was and the page can say how far we are. Everything fetched is judged like
everything received; what a group's own server lists counts as announced by that group.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import orjson

from activitypub.client.fetch import Budget
from activitypub.errors import ActivityPubError, FetchFailed
from activitypub.uris import same_origin
from activitypub.vocab import Activity, Announce, Object, id_of, parse
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import queries as communities
from fedcop.communities.facts import MemberJoined
from fedcop.communities.models import Community, Membership
from fedcop.core import addresses, budgets, clock, jobs
from fedcop.core.database import atomic
from fedcop.core.errors import FedcopError
from fedcop.core.facts import concerning
from fedcop.core.site import site
from fedcop.discussions import queries
from fedcop.discussions.activities import incoming, placing, reading
from fedcop.discussions.facts import ThreadLookedAt
from fedcop.discussions.models import Backfill, Post
from fedcop.federation.dispatcher import Dispatcher
from fedcop.federation.fetching import remote_actors, resolver
from fedcop.federation.inbound import Inbound, Verdict
from fedcop.people.facts import FollowAccepted

log = logging.getLogger(__name__)

MAX_THREADS = budgets.THREADS_OF_PAST  # of a community's past, federation.md 1.5
MAX_AGE = timedelta(days=90)
MAX_PER_THREAD = budgets.REPLIES_OF_PAST
SETTLING = timedelta(hours=1)
MAX_HISTORY = budgets.HISTORY_OF_PAST
REFUSALS = (Verdict, ActivityPubError, FedcopError)


@concerning(
    lambda fact: fact.follower_local is not False and not fact.target_local and fact.target_kind in ("", "Group")
)
async def on_follow(fact: FollowAccepted) -> None:
    """Somebody here follows a community elsewhere: its past comes."""
    follower, target = await actors.by_id(fact.follower_id), await actors.by_id(fact.target_id)
    if follower is not None and target is not None and follower.local and target.kind == "Group" and not target.local:
        community = await communities.by_actor(target)
        if community is not None:
            await begin(community)


@concerning(lambda fact: fact.ours is not False)
async def on_join(fact: MemberJoined) -> None:
    """Somebody here joined a community elsewhere: its past comes."""
    membership = await Membership.get_or_none(id=fact.membership_id).select_related("actor")
    community = await communities.by_id(fact.community_id)
    if membership is not None and community is not None and membership.actor.local and not community.actor.local:
        await begin(community)


@atomic
async def begin(community: Community) -> None:
    """Promise to fetch the past of a community, once; again when it could not be had, or when we were away meanwhile."""
    known = await Backfill.get_or_none(community_id=community.id)
    if known is not None:
        if known.finished_at is None or not (known.error or await _were_away(community)):
            return
        await known.delete()
    await Backfill.create(community_id=community.id, next_page=community.actor.outbox, started_at=clock.now())
    await jobs.enqueue(fetch_outbox, {"community_id": community.id}, unique=f"backfill:{community.id}")


async def _were_away(community: Community) -> bool:
    """Tell whether who just joined a private community is the only one of ours in it: nothing was sent to us before."""
    ours = Membership.filter(community_id=community.id, state="active", actor__local=True)
    return community.visibility == "private" and await ours.count() == 1


async def fetch_outbox(community_id: int) -> None:
    """Fetch one page of a community's outbox, newest first, and promise the next one."""
    state = await Backfill.get_or_none(community_id=community_id)
    community = await communities.by_id(community_id)
    if state is None or community is None or state.finished_at is not None:
        return
    budget = Budget(requests=200, seconds=120)
    group = community.actor
    if not state.next_page or not same_origin(state.next_page, group.uri):
        await _finish(state, "")
        return
    try:
        page = (await remote_actors.fetch_document(state.next_page, budget, same_origin_only=True)).data
        if state.total is None and isinstance(page.get("totalItems"), int):
            state.total = max(0, page["totalItems"])
        items = _items(page)
        first = page.get("first")
        if not items and isinstance(first, Mapping):
            page, items = dict(first), _items(first)
    except FetchFailed as error:
        if error.permanent and not _is_too_early(community, state):
            await _finish(state, error.reason)
            return
        raise jobs.Retry(error.reason) from error
    old = await _take_items(items, group, budget)
    state.seen += len(items)
    before = state.next_page
    state.next_page = str(id_or_none(page.get("next")) or (id_or_none(first) if not items else "") or "")
    enough = old or state.seen >= MAX_THREADS or state.next_page in ("", before)
    if enough:
        await _finish(state, "")
    else:
        await _go_on(state)


def _is_too_early(community: Community, state: Backfill) -> bool:
    """Tell whether a refusal may only mean that the other server has not heard yet of who accepted its invitation."""
    return community.visibility == "private" and clock.now() - state.started_at < SETTLING


def id_or_none(value: object) -> str | None:
    """The address of a page, embedded or not."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return value if isinstance(value, str) else None


def _items(page: Mapping[str, Any]) -> list[Any]:
    found = page.get("orderedItems", page.get("items", []))
    return list(found)[:MAX_THREADS] if isinstance(found, list) else [found]


@atomic
async def _go_on(state: Backfill) -> None:
    await state.save(update_fields=["next_page", "seen", "total"])
    # Not unique: the key is this very job's, which is not done yet.
    await jobs.enqueue(fetch_outbox, {"community_id": state.community_id})


@atomic
async def _finish(state: Backfill, error: str) -> None:
    state.finished_at, state.error = clock.now(), error
    await state.save(update_fields=["finished_at", "error", "next_page", "seen", "total"])
    await Community.filter(id=state.community_id).update(backfilled_at=state.finished_at)


async def _take_items(items: Iterable[Any], group: Actor, budget: Budget) -> bool:
    """Receive what an outbox lists, oldest first. Tells whether the page reached back far enough."""
    too_old = False
    for item in reversed(list(items)):
        activity = await _activity(item, group, budget)
        if activity is None:
            continue
        if activity.published is not None and clock.now() - activity.published > MAX_AGE:
            too_old = True
            continue
        await _receive(activity, group, budget)
        await _want_thread(activity)
    return too_old


async def _activity(item: Any, group: Actor, budget: Budget) -> Activity | None:
    """An item of the outbox: an activity, or the id of one, on the group's own server."""
    try:
        if isinstance(item, str):
            if not same_origin(item, group.uri):
                return None
            body = (await remote_actors.fetch_document(item, budget, same_origin_only=True)).body
        else:
            body = orjson.dumps(item)
        thing = parse(body)
    except (*REFUSALS, TypeError) as error:
        log.info("backfill of %s: an item is left out: %s", group.uri, error)
        return None
    return thing if isinstance(thing, Activity) else None


async def _receive(activity: Activity, group: Actor, budget: Budget) -> None:
    """Do what is inside, as if the group announced it now."""
    if not isinstance(activity, Announce):
        activity = Announce(id=f"{activity.id}{placing.FOUND}", actor=group.uri, object=activity)
        body = orjson.dumps(
            {"id": activity.id, "type": "Announce", "actor": group.uri, "object": _json(activity.object)}
        )
    else:
        body = activity.raw or b""
    if activity.actor_id != group.uri:
        return
    inbound = Inbound(activity, group, body, group, clock.now(), budget=budget)
    try:
        await site().part(Dispatcher).dispatch(inbound)
    except REFUSALS as error:
        log.info("backfill of %s: %s is left out: %s", group.uri, activity.id, error)


def _json(thing: Any) -> Any:
    return orjson.loads(thing.raw) if isinstance(thing, Object) and thing.raw else id_of(thing)


async def _want_thread(activity: Activity) -> None:
    """Promise to fetch the replies of a thread that just came."""
    inner = activity.object
    uri = inner.object_id if isinstance(inner, Activity) else id_of(inner)
    post = await queries.by_uri(uri or "")
    if post is not None and post.depth == 0 and not post.local:
        await want_thread(post)


async def want_thread(root: Post) -> None:
    """Promise to look what a thread of another server holds."""
    await jobs.enqueue(fetch_thread, {"root_id": root.id}, unique=f"thread:{root.id}")


async def on_looked_at(fact: ThreadLookedAt) -> None:
    """Look what a thread holds elsewhere, since somebody reads it here."""
    root = await queries.by_id(fact.root_id)
    if root is not None:
        await want_thread(root)


async def fetch_thread(root_id: int) -> None:
    """Fetch what a thread holds elsewhere: its history, its context, the replies of replies."""
    root = await queries.by_id(root_id)
    community = (
        await communities.by_id(root.community_id) if root is not None and root.community_id is not None else None
    )
    if root is None or community is None or community.actor.local or root.deleted_at is not None:
        return
    budget = Budget(requests=MAX_PER_THREAD + 100, seconds=120)
    run = _Run(root, community.actor, budget)
    try:
        await run.fetch()
    except FetchFailed as error:
        log.info("the thread %s could not be fetched whole: %s", root.uri, error)
    await Post.filter(id=root.id).update(fetched_at=clock.now())


class _Run:
    """One look at one thread, within its bounds."""

    def __init__(self, root: Post, group: Actor, budget: Budget) -> None:
        self.root = root
        self.group = group
        self.budget = budget
        self.seen: set[str] = {root.uri}
        self.queue: deque[str] = deque()

    async def fetch(self) -> None:
        history, replies, context = "", "", self.root.context_uri
        if not self.root.local:
            thing = await resolver.object_(self.root.uri, budget=self.budget, group=self.group.uri)
            history = thing.context_history or ""
            replies = id_of(thing.replies) or ""
            if not addresses.is_context_at(self.group.uri, context):
                context = thing.context or context
        if not history and addresses.is_context_at(self.group.uri, context):
            history = context.removesuffix("/context") + "/history"
        if history and same_origin(history, self.group.uri):
            await self._history(history)
        if context and (same_origin(context, self.group.uri) or same_origin(context, self.root.uri)):
            await self._listed(context, vouched=same_origin(context, self.group.uri))
        if replies and same_origin(replies, self.root.uri):
            self.queue.append(replies)
        while self.queue and len(self.seen) < MAX_PER_THREAD:
            await self._listed(self.queue.popleft(), vouched=False)

    async def _history(self, uri: str) -> None:
        for item in await self._collection(uri, MAX_HISTORY):
            if not isinstance(item, dict):
                continue
            body = orjson.dumps(item)
            try:
                activity = parse(body)
            except ActivityPubError:
                continue
            if isinstance(activity, Activity):
                await _receive(activity, self.group, self.budget)

    async def _collection(self, uri: str, limit: int) -> list[Any]:
        try:
            return list(await resolver.collection(uri, budget=self.budget, max_items=limit))
        except REFUSALS as error:
            log.info("the collection %s is left out: %s", uri, error)
            return []

    async def _listed(self, uri: str, *, vouched: bool) -> None:
        """Fetch each listed post that we do not have from its own server."""
        for item in await self._collection(uri, MAX_PER_THREAD):
            post_uri = item if isinstance(item, str) else id_or_none(item)
            if not post_uri or post_uri in self.seen or len(self.seen) >= MAX_PER_THREAD:
                continue
            self.seen.add(post_uri)
            if await queries.by_uri(post_uri) is None:
                await self._take(post_uri, vouched)

    async def _take(self, uri: str, vouched: bool) -> None:
        try:
            thing = await resolver.object_(uri, budget=self.budget, group=self.group.uri)
            claimed = reading.read(thing)
            # A list alone makes nothing a part of a thread: the post itself has to be a reply.
            if claimed is None or not claimed.parent_uri:
                return
            author = await resolver.actor(claimed.author_uri, budget=self.budget)
            via = self.group if vouched else None
            lister = Inbound(Activity(), author, b"", author, clock.now(), via=via, budget=self.budget)
            await incoming.receive_post(placing.found_inbound(lister, thing, author))
        except REFUSALS as error:
            log.info("a post of the thread %s is left out: %s", self.root.uri, error)
            return
        more = id_of(thing.replies)
        if more and same_origin(more, uri):
            self.queue.append(more)
