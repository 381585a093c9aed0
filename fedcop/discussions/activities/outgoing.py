"""What people of ours do in threads, told to the network. One function per fact; each may run twice and then sends the same activity again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from activitypub.uris import PUBLIC
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.alliances import queries as alliances
from fedcop.communities import access, relay
from fedcop.communities import queries as communities
from fedcop.communities.copies import ledger
from fedcop.communities.listeners import Listeners
from fedcop.communities.models import Community, ThreadActivity
from fedcop.core.clock import now
from fedcop.core.database import atomic
from fedcop.core.jobs import ordered
from fedcop.core.site import site
from fedcop.discussions import queries, seams
from fedcop.discussions.activities import mapping, quoted
from fedcop.discussions.activities.keeping import keep
from fedcop.discussions.facts import (
    ActivityAccepted,
    AnswerAccepted,
    Locked,
    Pinned,
    PostAppeared,
    PostDeleted,
    PostEdited,
    PostRemoved,
    PostRestored,
    PostWritten,
    ThreadFact,
    Unlocked,
    Unpinned,
)
from fedcop.discussions.kinds import plugged_kind
from fedcop.discussions.models import Post
from fedcop.discussions.polls import queries as polls
from fedcop.discussions.quotes import queries as quotes
from fedcop.federation.peers import servers
from fedcop.federation.peers.speaker import peer_uri
from fedcop.federation.sending import audience, outbox


@dataclass(frozen=True)
class Place:
    """A post with those whom an activity about it concerns."""

    post: Post
    author: Actor
    community: Community | None
    parent_author: Actor | None  # none who took their name from what is answered: it is not for others to name them

    @property
    def group(self) -> Actor | None:
        """The Group of the post's community."""
        return self.community.actor if self.community else None

    @property
    def private(self) -> bool:
        """Whether its community is for members only."""
        return self.community is not None and self.community.visibility != access.PUBLIC

    @property
    def to(self) -> list[str]:
        """Who may read it, in the order that Lemmy wants."""
        if self.group is None:
            return [PUBLIC] if self.post.audience == "public" else []
        if self.post.audience == "public" and not self.private:
            return [self.group.uri, PUBLIC]
        return [self.group.uri, self.group.followers_uri or f"{self.group.uri}/followers"]


async def place_of(post_id: int) -> Place | None:
    """Load what an activity about a post needs."""
    post = await queries.by_id(post_id)
    if post is None:
        return None
    author = await actors.by_id(post.author_id)
    if author is None:
        return None
    community = await communities.by_id(post.community_id) if post.community_id is not None else None
    parent = await queries.by_id(post.parent_id) if post.parent_id is not None else None
    answered = await actors.by_id(parent.author_id) if parent is not None and parent.anonymised_at is None else None
    return Place(post, author, community, answered)


def waits_here(place: Place) -> bool:
    """Whether nobody has been sent a post of ours: it waits for a moderator of ours, or was refused by one."""
    ours = place.community is not None and place.community.actor.local
    return ours and place.post.state in ("held", "refused")


def form_of(post: Post) -> str:
    """Say how the word travels that a post bears no name any more: of a thread that not everybody reads, as its new beginning."""
    return relay.ROOT if post.depth == 0 and post.audience != access.PUBLIC else relay.CHANGE


async def telling_of(place: Place) -> mapping.Telling:
    """Load what the document of a post needs."""
    post = place.post
    kind = plugged_kind(post.kind)
    accepted = await queries.by_id(post.accepted_id) if post.accepted_id is not None else None
    return mapping.Telling(
        post=post,
        author=place.author,
        group=place.group,
        parent_author=place.parent_author,
        mentioned=await queries.mentioned_in(post),
        files=(await seams.media_of([post.id])).get(post.id, ()),
        extra=await kind.to_object(post) if kind and post.deleted_at is None else {},
        wire_type=kind.wire_type if kind else "Page",
        accepted_uri=accepted.uri if accepted and accepted.audience == post.audience else "",
        private=place.private,
        poll=(await polls.views(None, [post])).get(post.id),
        quoted=await quoted.told_of(post),
    )


async def publish(
    place: Place,
    activity: dict[str, Any],
    *,
    actor: Actor,
    form: str,
    direct: Iterable[Actor] = (),
    listed: dict[str, Any] | None = None,
) -> None:
    """Send an activity where it belongs: through our own group, or to the group's server; and to people it concerns elsewhere.

    `listed` is its object for servers that know no polls.
    """
    community = place.community
    named = [person for person in direct if await access.may_see(person, place.post)]
    inboxes = audience.inboxes_of(named)
    away = community.actor if community is not None and not community.actor.local else None
    if away is not None:
        inboxes |= audience.inboxes_of([away])
    by_host = audience.by_host(inboxes)
    softwares = await servers.softwares(by_host)
    arrives = away is not None and not servers.sends_receipts(softwares.get(away.host, ""))
    taken = {one for host, found in by_host.items() if servers.takes(softwares[host], activity) for one in found}
    body = await outbox.publish(activity, actor=actor, inboxes=taken, post_id=place.post.id, arrives=arrives)
    uri = str(activity["id"])
    await keep(uri=uri, body=body, kind=str(activity["type"]), actor=actor, post=place.post)
    ours = community if community is not None and community.actor.local else None
    if ours is not None:
        await _relay(ours, body, form=form, uri=uri, author=actor, post=place.post, heard=taken)
    if listed is not None:
        other = activity | {"id": uri + relay.LISTED, "object": listed}
        without = {one for host, found in by_host.items() if not servers.knows_polls(softwares[host]) for one in found}
        body = await outbox.publish(other, actor=actor, inboxes=without, post_id=place.post.id)
        if ours is not None:
            await _relay(ours, body, form=form, uri=uri, author=actor, post=place.post, listed=True)


async def _relay(  # noqa: PLR0913 - as relay.relay
    community: Community,
    body: bytes,
    *,
    form: str,
    uri: str,
    author: Actor,
    post: Post,
    heard: Collection[str] = (),
    listed: bool = False,
    stored: ThreadActivity | None = None,
    listeners: Listeners | None = None,
) -> None:
    await relay.relay(
        community,
        body,
        form=form,
        activity_uri=uri,
        object_uri=post.uri,
        author=author,
        post_id=post.id,
        heard=heard,
        also=[*await ledger.who_must_hear(body, post.id), *await _others(post)],
        thing=post,
        listed=listed,
        stored=stored,
        listeners=listeners,
    )


async def _others(post: Post) -> list[Actor]:
    """Servers where nobody belongs to the community and that may have a post: those of our allies, those that hold what all read now, or what bears no name any more."""
    if post.audience == access.PUBLIC and (post.audience_at is not None or post.anonymised_at is not None):
        return await ledger.somebody_at_holders(post.id)
    if post.audience != access.ALLIES or post.organisation != site().settings.netloc:
        return []
    hosts = await alliances.allied_hosts()
    return list((await actors.many_by_uri([peer_uri(host) for host in sorted(hosts)])).values())


@atomic
@ordered
async def relay_accepted(fact: ActivityAccepted) -> None:
    """Our group passes on, byte for byte, what somebody from elsewhere did in it."""
    await relay_many([fact])


async def relay_many(facts: Sequence[ActivityAccepted]) -> None:
    """Do so with several things in one thread, in their order."""
    kept = {one.id: one for one in await ThreadActivity.filter(id__in=[fact.stored_id for fact in facts])}
    posts = await queries.many([fact.post_id for fact in facts])
    authors = await actors.many(one.actor_id for one in kept.values())
    homes = await communities.many({post.community_id for post in posts.values() if post.community_id is not None})
    listeners = Listeners()
    for fact in facts:
        stored, post = kept.get(fact.stored_id), posts.get(fact.post_id)
        if stored is None or post is None or post.state == "held":
            continue
        author, community = authors.get(stored.actor_id), homes.get(post.community_id or 0)
        if author is not None and community is not None:
            await _relay(
                community,
                bytes(stored.body),
                form=fact.form,
                uri=stored.uri,
                author=author,
                post=post,
                stored=stored,
                listeners=listeners,
            )


@ordered
async def publish_appeared(fact: PostAppeared) -> None:
    """A moderator let a held post through: now the group passes it on."""
    place = await place_of(fact.post_id)
    if place is None or place.community is None or not place.community.actor.local:
        return
    if place.author.local:
        await _publish_text(fact, "Create")
        return
    stored = await ThreadActivity.filter(post_id=fact.post_id, kind="Create").order_by("id").first()
    if stored is not None:
        form = relay.ROOT if place.post.depth == 0 else relay.REPLY
        await _relay(
            place.community, bytes(stored.body), form=form, uri=stored.uri, author=place.author, post=place.post
        )


@ordered
async def publish_written(fact: PostWritten) -> None:
    """Create."""
    await _publish_text(fact, "Create")


@ordered
async def publish_edited(fact: PostEdited) -> None:
    """Update."""
    await _publish_text(fact, "Update")


async def _publish_text(fact: PostWritten | PostAppeared | PostEdited, kind: str) -> None:
    place = await place_of(fact.post_id)
    if place is None or not place.post.local or place.post.deleted_at is not None or waits_here(place):
        return
    new = relay.ROOT if place.post.depth == 0 else relay.REPLY
    quoting = await quotes.concerned(place.post) if kind == "Update" else []
    form = new if kind == "Create" else relay.CHANGE
    await publish_document(place, kind, fact.activity_id, form=form, direct=quoting)


async def publish_document(
    place: Place, kind: str, number: int, *, form: str, counts: bool = False, direct: Iterable[Actor] = ()
) -> None:
    """Send a post of ours as it is now, to those of `direct` too; `counts`: only the numbers of its poll have changed."""
    telling = await telling_of(place)
    document = mapping.to_object(telling)
    activity = mapping.activity(
        kind,
        number,
        place.author,
        object=document,
        to=document["to"],
        cc=document["cc"],
        group=place.group,
        published=place.post.published_at if kind == "Create" else now() if counts else place.post.edited_at,
    )
    listed = mapping.listed(telling) if telling.poll is not None and not counts else None
    receivers = [*telling.named, *direct]
    await publish(place, activity, actor=place.author, form=form, direct=receivers, listed=listed)


@ordered
async def publish_deleted(fact: PostDeleted) -> None:
    """Delete, without a reason: with one it would be a moderator's act (Lemmy)."""
    place = await place_of(fact.post_id)
    if place is None or not place.post.local or not place.author.local or waits_here(place):
        return
    telling = await telling_of(place)
    activity = mapping.activity(
        "Delete",
        fact.activity_id,
        place.author,
        object=mapping.tombstone(telling),
        to=place.to,
        cc=[person.uri for person in telling.named],
        group=place.group,
    )
    receivers = [*telling.named, *await _heard_of(place.post)]
    await publish(place, activity, actor=place.author, form=relay.CHANGE, direct=receivers)


async def _heard_of(post: Post) -> list[Actor]:
    """People elsewhere who answered a post, or quote it: their servers have a copy."""
    answers = await Post.filter(root_id=post.root_id, parent_id=post.id, local=False).only("author_id")
    answered = await actors.many(answer.author_id for answer in answers)
    return [*answered.values(), *await quotes.concerned(post)]


@ordered
async def publish_removed(fact: PostRemoved) -> None:
    """A moderator's Delete, with the reason."""
    await _moderate(fact, fact.by_id, "Delete", object_uri=None, summary=fact.reason)
    place = await place_of(fact.post_id)
    if place is not None and place.community is not None and place.community.actor.local and place.post.depth == 0:
        await relay.take_back_share(place.community, fact.post_id, fact.undo_id)


@ordered
async def publish_restored(fact: PostRestored) -> None:
    """Undo of a moderator's Delete."""
    await _undo_moderation(fact, fact.by_id, "Delete")


@ordered
async def publish_pinned(fact: Pinned) -> None:
    """Add to the group's featured threads."""
    await _moderate(fact, fact.by_id, "Add", target="featured", summary=fact.reason)


@ordered
async def publish_unpinned(fact: Unpinned) -> None:
    """Remove from the group's featured threads."""
    await _moderate(fact, fact.by_id, "Remove", target="featured", summary=fact.reason)


@ordered
async def publish_locked(fact: Locked) -> None:
    """Lock."""
    await _moderate(fact, fact.by_id, "Lock", summary=fact.reason)


@ordered
async def publish_unlocked(fact: Unlocked) -> None:
    """Undo of a Lock."""
    await _undo_moderation(fact, fact.by_id, "Lock")


@ordered
async def publish_answer(fact: AnswerAccepted) -> None:
    """Add to, or Remove from, the accepted answers of a question."""
    if fact.previous_id is not None and fact.reply_id is None:
        await _answer(fact, "Remove", fact.previous_id)
    if fact.reply_id is not None:
        await _answer(fact, "Add", fact.reply_id)


async def _answer(fact: AnswerAccepted, kind: str, reply_id: int) -> None:
    reply = await queries.by_id(reply_id)
    place = await place_of(fact.post_id)
    if reply is not None and place is not None:
        await _moderate(fact, fact.by_id, kind, object_uri=reply.uri, target=f"{place.post.uri}/answers")


async def _moderate(
    fact: ThreadFact, by_id: int, kind: str, *, object_uri: str | None = None, target: str = "", summary: str = ""
) -> None:
    place, by = await place_of(fact.post_id), await actors.by_id(by_id)
    if place is None or by is None or not by.local or place.group is None:
        return
    more: dict[str, Any] = {}
    if target:
        more["target"] = (place.group.featured_uri or f"{place.group.uri}/featured") if target == "featured" else target
    if summary or kind == "Delete":
        more["summary"] = summary
    activity = mapping.activity(
        kind, fact.activity_id, by, object=object_uri or place.post.uri, to=place.to, cc=[], group=place.group, **more
    )
    await publish(place, activity, actor=by, form=relay.MODERATION, direct=await _told_of_moderation(place))


async def _told_of_moderation(place: Place) -> list[Actor]:
    """The author, where such acts are known: elsewhere only owners delete, and GoToSocial stumbles over anybody else."""
    knows = place.author.local or await servers.manner_of(place.author.host) == "thread"
    return [place.author] if knows else []


async def _undo_moderation(fact: ThreadFact, by_id: int, kind: str) -> None:
    """Undo the newest act of this kind on the post, whoever did it."""
    place, by = await place_of(fact.post_id), await actors.by_id(by_id)
    if place is None or by is None or not by.local or place.group is None:
        return
    done = await ThreadActivity.filter(post_id=fact.post_id, kind=kind).order_by("-id").first()
    if done is None:
        return
    inner = orjson.loads(bytes(done.body))
    for key in ("@context", "proof"):
        inner.pop(key, None)
    activity = mapping.activity("Undo", fact.activity_id, by, object=inner, to=place.to, cc=[], group=place.group)
    await publish(place, activity, actor=by, form=relay.MODERATION, direct=await _told_of_moderation(place))
