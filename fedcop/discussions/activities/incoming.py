"""What others do in threads: posts, corrections, deletions. Each handler first reads, checks and fetches, then calls one service.

A thread of ours is passed on by its group; of a thread elsewhere we believe what its group announces.
"""

from __future__ import annotations

from datetime import datetime

from activitypub.uris import same_origin
from activitypub.vocab import Object, Tombstone, Vote
from fedcop.actors.models import Actor, KnownObject
from fedcop.communities import queries as communities
from fedcop.communities import relay, remote
from fedcop.communities import rules as community_rules
from fedcop.communities.copies import receipts
from fedcop.communities.models import Community, ThreadActivity
from fedcop.communities.roles import MODERATE, Act
from fedcop.core import budgets
from fedcop.core.database import atomic, is_part
from fedcop.discussions import queries, rules, seams, service
from fedcop.discussions.activities import anonymity, messages, placing, quoting, reading, showing
from fedcop.discussions.activities.mapping import WITHDRAWN
from fedcop.discussions.activities.parents import parent_of
from fedcop.discussions.activities.placing import Home
from fedcop.discussions.activities.reading import Claimed
from fedcop.discussions.models import Post
from fedcop.discussions.quotes import service as quotes
from fedcop.federation import known
from fedcop.federation.fetching import resolver
from fedcop.federation.inbound import Ignore, Inbound, Outcome, Refuse

MAX_TOMBSTONES = budgets.TOMBSTONES  # per actor, for things we never saw


async def receive_post(inbound: Inbound) -> Outcome:
    """Create; also Update, of what is known and of what is not yet (they may overtake each other)."""
    thing = await thing_of(inbound)
    if isinstance(thing, Vote):
        raise Ignore("a vote is not published")
    claimed = reading.read(thing)
    if claimed is None:
        raise Ignore("the object has no author or nothing to show")
    if claimed.author_uri != inbound.actor.uri:
        raise Refuse("the author of the object is somebody else")
    was_guarded = claimed.uri == inbound.object_id and not inbound.id.endswith(placing.FOUND)
    if not was_guarded and await known.is_buried(claimed.uri):
        raise Ignore("the post has been deleted already")
    # In a round of several this was asked for all of them. On PostgreSQL others write meanwhile: the row that says so stands once (alive).
    unknown = was_guarded and is_part() and known.means_nothing(claimed.uri, inbound.id)
    present = None if unknown else await queries.by_uri(claimed.uri)
    try:
        if present is not None:
            home = await home_of_known(inbound, present)
        else:
            home = await find_home(inbound, claimed, await queries.answered(claimed.parent_uri))
    except Ignore:
        await messages.let_go(inbound, claimed)
        raise
    found = await placing.found_post(claimed, inbound.actor, home, moment=inbound.received_at)
    speaks = present is None or await placing.may_speak(inbound, present, home.community)
    if present is not None and not speaks and await placing.says_more(present, found):
        raise Ignore("who may not speak there takes back, and says nothing more")
    post = await placing.take(inbound, found, thing, speaks=speaks, unknown=unknown)
    if post is None:
        raise Ignore("the post belongs to somebody else, or is deleted")
    return Outcome.DONE


async def receive_update(inbound: Inbound) -> Outcome:
    """Update: a correction, other readers, or that its author took their name from it."""
    return Outcome.DONE if await anonymity.is_all(inbound) else await receive_post(inbound)


async def thing_of(inbound: Inbound) -> Object:
    """The object of an activity, fetched from its origin when only its id came."""
    thing = inbound.object
    if isinstance(thing, Object):
        return thing
    if not isinstance(thing, str):
        raise Ignore("the activity has no object")
    return await resolver.object_(thing, budget=inbound.budget)


async def home_of_known(inbound: Inbound, post: Post) -> Home:
    """A post stays where it is; a pending one becomes visible when its group announces it."""
    if post.local:
        raise Ignore("the post is ours")
    community = await communities.by_id(post.community_id) if post.community_id is not None else None
    parent = await queries.by_id(post.parent_id) if post.parent_id is not None else None
    if community is None and post.depth == 0 and inbound.via is not None:
        community = await _back_in(inbound.via, post)
    if community is not None and community.actor.local and await communities.active_ban(community, inbound.actor):
        raise Refuse("the author was banned from the community")
    if post.state == "pending" and community is not None and placing.vouched(inbound, community):
        await service.record_accepted(post)
    return Home(community, parent, post.state)


async def _back_in(group: Actor, root: Post) -> Community | None:
    """A thread of which this server had to let go is announced to us again: somebody here may read it now."""
    community = await communities.by_actor(group)
    if community is not None and not community.actor.local and await service.record_back(root, community):
        return community
    return None


async def find_home(inbound: Inbound, claimed: Claimed, parent: Post | None) -> Home:
    """Find the thread or the community that a new post belongs to; Ignore if it is none of ours. `parent`: what it answers, if it is here."""
    if claimed.parent_uri:
        parent = parent or await parent_of(inbound, claimed)
        if parent is not None:
            return await placing.home_of_reply(inbound, claimed, parent)
    community = await placing.community_named(inbound, claimed)
    if community is None:
        raise Ignore("it is in no thread and no community that we know")
    if claimed.parent_uri and not community.actor.local:
        raise Ignore("it answers something that is not here")
    return await placing.home_of_root(inbound, claimed, community)


async def receive_delete(inbound: Inbound) -> Outcome:
    """Delete by the author, or by a moderator."""
    uri = inbound.object_id
    if uri is None:
        raise Ignore("the Delete names nothing")
    post = await queries.by_uri(uri)
    if post is None:
        if await quoting.receive_revoked(inbound, uri):
            return Outcome.DONE
        known_quote = await quotes.record_gone(uri, inbound.actor)
        await quotes.record_quoted_gone(uri, inbound.actor)
        try:
            buried = await _bury_unknown(inbound, uri)  # also what quoted something here: it asks for nothing any more
        except Ignore:
            if not known_quote:
                raise
            return Outcome.DONE
        return Outcome.DONE if known_quote else buried
    if post.author_id == inbound.actor.id:
        if post.deleted_at is None:
            await (_withdraw if _is_withdrawal(inbound, post) else _delete)(inbound, post)
        return Outcome.DONE
    await must_moderate(inbound, post)
    await _remove(inbound, post)
    return Outcome.DONE


@atomic
async def _delete(inbound: Inbound, post: Post) -> None:
    keys = await seams.file_keys_of(post)
    await service.record_delete(post.uri, inbound.actor)
    await receipts.promise(inbound, post.id, keys)
    await placing.accept(inbound, post, relay.CHANGE)


def _is_withdrawal(inbound: Inbound, post: Post) -> bool:
    """Whether others may go on reading it; Ignore what the author has changed since."""
    gone = inbound.object
    if not isinstance(gone, Tombstone) or gone.extra.get(WITHDRAWN) is not True:
        return False
    if post.audience_at is not None and _moment(inbound) <= post.audience_at:
        raise Ignore("its author has let us have it since")
    return True


def _moment(inbound: Inbound) -> datetime:
    return inbound.activity.published or inbound.received_at


@atomic
async def _withdraw(inbound: Inbound, post: Post) -> None:
    keys = await seams.file_keys_of(post)
    await service.record_withdrawal(post, inbound.actor, _moment(inbound))
    await receipts.promise(inbound, post.id, keys)


@atomic
async def _remove(inbound: Inbound, post: Post) -> None:
    changed = await service.remove(inbound.actor, post, inbound.activity.summary or "", proven=True)
    await receipts.promise(inbound, post.id, ())
    if changed:
        await placing.accept(inbound, post, relay.MODERATION)


async def _bury_unknown(inbound: Inbound, uri: str) -> Outcome:
    """A Delete that overtakes its Create: the Create will change nothing."""
    if not await _is_theirs_to_bury(inbound, uri):
        raise Ignore("nothing is known of the object")
    if isinstance(inbound.object, Tombstone) and await _keep_its_place(inbound, inbound.object):
        return Outcome.DONE
    await bury_unknown(inbound, uri)
    return Outcome.IGNORED


async def _is_theirs_to_bury(inbound: Inbound, uri: str) -> bool:
    """Whether a name means nothing here, and somebody of its server says themselves that what bears it is gone."""
    return inbound.proven and same_origin(uri, inbound.actor.uri) and await known.look_up(uri) is None


async def bury_unknown(inbound: Inbound, uri: str) -> None:
    """Remember of something that we never saw that it is gone, should it come later; never of what bears the name already."""
    if not await _is_theirs_to_bury(inbound, uri):
        return
    if await KnownObject.filter(kind="tombstone", owner_uri=inbound.actor.uri).count() >= MAX_TOMBSTONES:
        raise Ignore("this actor deleted too many things that we never saw")
    await known.bury(uri, inbound.actor.uri)


async def _keep_its_place(inbound: Inbound, gone: Tombstone) -> bool:
    """Whether the deleted thing was a reply in a thread of ours that we never saw: its answers need its place."""
    parent = await queries.by_uri(gone.in_reply_to or "")
    if parent is None or gone.id is None or parent.community_id is None:
        return False
    community = await communities.by_id(parent.community_id)
    if community is None or community.actor.local or not placing.vouched(inbound, community):
        return False
    deleted = gone.deleted or inbound.received_at
    place = service.FoundTombstone(
        uri=gone.id,
        author=inbound.actor,
        parent=parent,
        published_at=gone.published or deleted,
        deleted_at=deleted,
        anonymous=reading.says_anonymous(gone),
    )
    post = await service.record_tombstone(place)
    if post is not None:
        await placing.accept(inbound, post, relay.CHANGE)
    return post is not None


async def must_moderate(inbound: Inbound, post: Post, act: Act = MODERATE) -> Community:
    """Only those whose role in the post's community allows the act pass. In a community elsewhere: as its own server says now, through its group."""
    community = await communities.by_id(post.community_id) if post.community_id is not None else None
    if community is None:
        raise Refuse("the object belongs to somebody else")
    if not inbound.counts_in(community.actor):
        raise Refuse("another community says so, and nobody else")
    if await ThreadActivity.exists(uri=inbound.id):
        raise Ignore("this came before")
    if community.actor.local:
        await community_rules.may_act(inbound.actor, community, act)
    elif not placing.vouched(inbound, community) or not await remote.moderates(
        community, inbound.actor, act, budget=inbound.budget
    ):
        raise Refuse("the actor does not moderate this community")
    return community


async def receive_group_share(inbound: Inbound) -> Outcome:
    """Announce of a post by its id: by a community it brings a thread, by a person it is a share."""
    if inbound.actor.kind != "Group":
        return await _share(inbound)
    community = await communities.by_actor(inbound.actor)
    uri = inbound.object_id
    if community is None or community.actor.local or uri is None or not await placing.is_followed(community):
        raise Ignore("nobody here follows or belongs to this community")
    if (post := await queries.by_uri(uri)) is not None:
        if post.community_id == community.id:
            await service.record_accepted(post)
        elif not post.local:
            await service.record_shown(post, community, inbound.id)
        return Outcome.DONE
    thing = await resolver.object_(uri, budget=inbound.budget, group=inbound.actor.uri)
    if thing.author is None:
        raise Ignore("the object does not name one author")
    author = await resolver.actor(thing.author, budget=inbound.budget)
    if await showing.home_elsewhere(inbound, thing):
        outcome = await receive_post(placing.found_inbound(inbound, thing, author))
        if (post := await queries.by_uri(uri)) is not None:
            await service.record_shown(post, community, inbound.id)
        return outcome
    from_group = inbound.inner(inbound.activity, actor=inbound.actor, body=inbound.body, proven=True)
    return await receive_post(placing.found_inbound(from_group, thing, author))


async def _share(inbound: Inbound) -> Outcome:
    post = await queries.by_uri(inbound.object_id or "")
    if post is None:
        raise Ignore("the shared post is not known here")
    if post.audience != "public" or post.state != "visible" or rules.is_gone(post):
        raise Ignore("the post cannot be shared")
    await service.record_share(inbound.actor, post, inbound.id)
    return Outcome.DONE


async def receive_unshare(inbound: Inbound) -> Outcome:
    """Undo of an Announce."""
    inner = inbound.object
    uri = inbound.object_id or ""
    if await service.record_unshown(inbound.actor, uri):
        return Outcome.DONE
    post = await queries.shared_by(inbound.actor, uri)
    if post is None and not isinstance(inner, str) and (target := getattr(inner, "object_id", None)):
        post = await queries.by_uri(target)
    if post is None:
        raise Ignore("no such share is known")
    await service.unshare(inbound.actor, post)
    return Outcome.DONE
