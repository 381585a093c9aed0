"""What others do to posts: reactions, accepted answers, pins, locks, and the undoing of each."""

from __future__ import annotations

from activitypub.vocab import Activity, EmojiReact
from fedcop.communities import access, relay
from fedcop.communities import queries as communities
from fedcop.communities import rules as community_rules
from fedcop.communities.activities import moderating
from fedcop.communities.models import Community
from fedcop.communities.roles import MODERATE, Act
from fedcop.core.database import atomic
from fedcop.core.errors import FedcopError, Unavailable
from fedcop.discussions import queries, rules, service
from fedcop.discussions.activities import mapping, moving, placing
from fedcop.discussions.activities.incoming import bury_unknown, must_moderate
from fedcop.discussions.kinds import REACTIONS
from fedcop.discussions.models import Post, Reaction
from fedcop.federation import known
from fedcop.federation.inbound import Ignore, Inbound, Outcome, Refuse

ACTS = {"pin": Act.PIN, "unpin": Act.PIN, "lock": Act.LOCK, "unlock": Act.LOCK}
BY_EMOJI = {emoji.rstrip("\ufe0f"): kind for kind, emoji in mapping.EMOJI.items()}


async def _post(inbound: Inbound, uri: str | None) -> Post:
    """The post an act is about; what the actor may not see is answered like what is not there (attacks D40)."""
    post = await queries.by_uri(uri or "")
    if post is None or not await access.may_see(inbound.actor, post):
        raise Ignore("the post is not known here")
    return post


async def receive_reaction(inbound: Inbound) -> Outcome:
    """Like and EmojiReact."""
    post = await _post(inbound, inbound.object_id)
    if await known.is_buried(inbound.id):
        raise Ignore("it was taken back already")
    community = await communities.by_id(post.community_id) if post.community_id is not None else None
    if inbound.via is not None and (community is None or community.actor_id != inbound.via.id):
        raise Ignore("only the post's own community passes reactions on")
    try:
        await rules.may_react(inbound.actor, community, post)
    except Unavailable:
        raise  # says nothing of what came: it is judged again
    except FedcopError as error:
        raise Ignore(error.text) from error
    await _react(inbound, post, kind_of(inbound.activity))
    return Outcome.DONE


def kind_of(activity: Activity) -> str:
    """Which of our reactions is meant; whatever else somebody sends is thanks."""
    said = activity.extra.get(mapping.REACTION)
    if isinstance(said, str) and said in REACTIONS:
        return said
    emoji = (activity.content or "").strip().rstrip("\ufe0f")
    return BY_EMOJI.get(emoji, "thanks") if isinstance(activity, EmojiReact) or emoji else "thanks"


@atomic
async def _react(inbound: Inbound, post: Post, kind: str) -> None:
    if await Reaction.filter(post_id=post.id, actor_id=inbound.actor.id, kind=kind).exists():
        return
    await service.record_reaction(inbound.actor, post, kind, inbound.id)
    await placing.accept(inbound, post, relay.VOTE)


async def receive_unreaction(inbound: Inbound) -> Outcome:
    """Undo of a reaction: by its id, or, where servers make ids up again, by actor and post."""
    uri = inbound.object_id or ""
    reaction = await Reaction.get_or_none(uri=uri, actor_id=inbound.actor.id)
    inner = inbound.object
    if reaction is None and isinstance(inner, Activity) and inner.object_id:
        post = await queries.by_uri(inner.object_id)
        if post is not None:
            reaction = await Reaction.filter(post_id=post.id, actor_id=inbound.actor.id, kind=kind_of(inner)).first()
    if reaction is None:
        if isinstance(inner, Activity):
            await bury_unknown(inbound, uri)  # it may still come, overtaken by its Undo
        raise Ignore("no such reaction is known")
    post = await queries.by_id(reaction.post_id)
    if post is not None:
        _must_count(inbound, await communities.by_id(post.community_id) if post.community_id is not None else None)
        await _unreact(inbound, post, reaction.kind)
    return Outcome.DONE


@atomic
async def _unreact(inbound: Inbound, post: Post, kind: str) -> None:
    await service.unreact(inbound.actor, post, kind)
    await placing.accept(inbound, post, relay.VOTE)


async def receive_dislike(inbound: Inbound) -> Outcome:
    """Dislike: there is no such thing here; whoever disagrees says why."""
    raise Ignore("dislikes are not counted here")


async def receive_lock(inbound: Inbound) -> Outcome:
    """Lock of a thread by a moderator."""
    return await _moderate(inbound, inbound.object_id, "lock")


async def receive_unlock(inbound: Inbound) -> Outcome:
    """Undo of a Lock."""
    return await _moderate(inbound, _inner_object(inbound), "unlock")


async def receive_undelete(inbound: Inbound) -> Outcome:
    """Undo of a moderator's Delete, of a post or of a whole community; an author's own is for good."""
    uri = _inner_object(inbound)
    if uri is not None and await communities.by_uri(uri) is not None:
        return await moderating.receive_undelete_group(inbound, uri)
    post = await queries.by_uri(uri or "")
    if post is not None and post.deleted_at is not None and post.author_id == inbound.actor.id:
        raise Ignore("what its author deleted stays deleted")
    return await _moderate(inbound, _inner_object(inbound), "restore")


def _inner_object(inbound: Inbound) -> str | None:
    inner = inbound.object
    return inner.object_id if isinstance(inner, Activity) else None


async def receive_add(inbound: Inbound) -> Outcome:
    """Add to the featured threads of a group, or to the accepted answers of a question."""
    return await _collect(inbound, added=True)


async def receive_choice(inbound: Inbound) -> Outcome:
    """ChooseAnswer, PieFed's own: it names the reply, and not the question."""
    reply = await _post(inbound, inbound.object_id)
    return await _answer(inbound, (await queries.root_of(reply)).uri, reply)


async def receive_unchoice(inbound: Inbound) -> Outcome:
    """Undo of one: of another reply than the accepted one it means nothing."""
    reply = await _post(inbound, _inner_object(inbound))
    root = await queries.root_of(reply)
    if root.accepted_id != reply.id:
        raise Ignore("it is not the accepted answer")
    return await _answer(inbound, root.uri, None)


async def receive_remove(inbound: Inbound) -> Outcome:
    """Remove from the featured threads of a group, or from the accepted answers of a question."""
    return await _collect(inbound, added=False)


async def _collect(inbound: Inbound, *, added: bool) -> Outcome:
    target = inbound.activity.target_id or ""
    post = await _post(inbound, inbound.object_id)
    if target.endswith("/answers"):
        return await _answer(inbound, target.removesuffix("/answers"), post if added else None)
    community = await communities.by_id(post.community_id) if post.community_id is not None else None
    if community is not None and not added and target == community.actor.uri:
        return await moving.receive_thread_removal(inbound, post, community)
    if community is None or target != (community.actor.featured_uri or f"{community.actor.uri}/featured"):
        raise Ignore("nobody here knows this collection")
    if post.depth != 0:
        raise Refuse("only a thread can be pinned")
    return await _moderate(inbound, post.uri, "pin" if added else "unpin")


async def _answer(inbound: Inbound, root_uri: str, reply: Post | None) -> Outcome:
    root = await _post(inbound, root_uri)
    if root.depth != 0 or (reply is not None and reply.root_id != root.id):
        raise Refuse("the answer is not in that thread")
    community = await communities.by_id(root.community_id) if root.community_id is not None else None
    _must_count(inbound, community)
    if inbound.actor.id != root.author_id:
        await _may_accept(inbound, community, root)
    await _accept_answer(inbound, root, reply)
    return Outcome.DONE


def _must_count(inbound: Inbound, community: Community | None) -> None:
    """Of who does something to a post only the post's own community says so, and they themselves (attacks D17)."""
    if not (inbound.proven if community is None else inbound.counts_in(community.actor)):
        raise Refuse("another community says so, and nobody else")


async def _may_accept(inbound: Inbound, community: Community | None, root: Post) -> None:
    if community is not None and not community.actor.local and placing.vouched(inbound, community):
        return  # its own server knows who is an expert there
    if community is None:
        raise Refuse("only the author of the question accepts an answer")
    await community_rules.may_accept_answer(inbound.actor, community, root)


@atomic
async def _accept_answer(inbound: Inbound, root: Post, reply: Post | None) -> None:
    await service.accept_answer(inbound.actor, root, reply, proven=True)
    await placing.accept(inbound, root, relay.MODERATION)


async def _moderate(inbound: Inbound, uri: str | None, act: str) -> Outcome:
    post = await queries.by_uri(uri or "")
    if post is None:
        raise Ignore("the post is not known here")
    await must_moderate(inbound, post, ACTS.get(act, MODERATE))
    await _do(inbound, post, act)
    return Outcome.DONE


@atomic
async def _do(inbound: Inbound, post: Post, act: str) -> None:
    by, reason = inbound.actor, inbound.activity.summary or ""
    if act == "restore":
        changed = await service.restore(by, post, proven=True)
    else:
        does = {"lock": service.lock, "unlock": service.unlock, "pin": service.pin, "unpin": service.unpin}
        changed = await does[act](by, post, reason, proven=True)
    # Somebody else was first: theirs is passed on, and this one is not.
    if changed:
        await placing.accept(inbound, post, relay.MODERATION)
