"""Stores what other instances say of posts. The caller has judged whether it is true; here it becomes rows, once, in whatever order it comes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fedcop.actors import known
from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities.models import Community
from fedcop.core import facts
from fedcop.core.behind import Kind, later
from fedcop.core.clock import now
from fedcop.core.database import atomic
from fedcop.core.inserting import Insert
from fedcop.discussions import seams
from fedcop.discussions.facts import PostAppeared, PostEdited, PostHeld, PostReceived, PostRefused, PostWaits
from fedcop.discussions.kinds import REPLY
from fedcop.discussions.models import Post
from fedcop.discussions.polls import service as polls
from fedcop.discussions.polls.service import FoundPoll
from fedcop.discussions.quotes import service as quotes
from fedcop.discussions.quotes.service import FoundQuote
from fedcop.discussions.service.anonymity import record_anonymised
from fedcop.discussions.service.audience import apply, organisation_of
from fedcop.discussions.service.beside import stand_beside
from fedcop.discussions.service.counts import count_new, refresh_answers, refresh_thread
from fedcop.discussions.service.numbering import number_at
from fedcop.discussions.service.write import bury, keep_revision, mention, save_text, tag
from fedcop.discussions.versions import Version, kept

AHEAD = timedelta(minutes=10)


@dataclass(frozen=True)
class FoundFile:
    """A file that a received post names."""

    url: str
    media_type: str = ""
    name: str = ""
    file_name: str = ""  # as a fedcop says it; of others the end of the address
    sha256: str = ""
    size: int | None = None
    width: int | None = None
    height: int | None = None
    blurhash: str = ""
    focus: tuple[float, float] | None = None  # the point that matters
    duration: float | None = None  # in seconds, of a film or a sound
    captions: str = ""  # what is said in it


@dataclass(frozen=True, kw_only=True)
class FoundPost:
    """A post as its origin tells it, in words of the domain. HTML is sanitised already."""

    uri: str
    author: Actor
    community: Community | None
    published_at: datetime
    parent: Post | None = None
    parent_uri: str = ""
    url: str = ""
    kind: str = "question"
    title: str = ""
    title_derived: bool = False
    content: str = ""
    language: str = ""
    versions: tuple[Version, ...] = ()  # the same in other languages
    sensitive: bool = False
    warning: str = ""
    audience: str = "public"
    audience_at: datetime | None = None  # since when its author says so
    state: str = "visible"
    state_reason: str = ""
    tags: tuple[str, ...] = ()
    links: tuple[dict[str, str], ...] = ()
    mentioned: tuple[Actor, ...] = ()
    files: tuple[FoundFile, ...] = field(default=())
    edited_at: datetime | None = None
    context_uri: str = ""
    locked: bool = False
    anonymous: bool = False  # its author took their name from it
    poll: FoundPoll | None = None
    quote: FoundQuote | None = None
    quote_policy: str = ""


ROWS = Insert(Post)
NEW = Kind(frozenset({"post"}), 0, ROWS.write, ROWS.said)


@atomic
async def record_new(found: FoundPost, *, unknown: bool = False) -> Post | None:
    """Store a received post that is not here. None: its tombstone is. `unknown`: in this very transaction its address meant nothing."""
    if not unknown and await known.is_buried(found.uri):
        return None
    latest = now() + AHEAD
    published = min(found.published_at, latest)
    post_id = await number_at(published)
    parent = found.parent
    post = ROWS.new(
        id=post_id,
        uri=found.uri,
        url=found.url or found.uri,
        author_id=found.author.id,
        community_id=parent.community_id if parent else found.community.id if found.community else None,
        root_id=parent.root_id if parent else post_id,
        parent_id=parent.id if parent else None,
        parent_uri=parent.uri if parent else found.parent_uri,
        depth=parent.depth + 1 if parent else 0,
        # A reply is read by whom the thread is read by, never by more.
        audience=access.narrower(parent.audience, found.audience) if parent else found.audience,
        organisation=organisation_of(found.author, parent),
        audience_at=found.audience_at,
        anonymised_at=now() if found.anonymous else None,
        context_uri=(parent.context_uri if parent else "") or found.context_uri,
        state=found.state,
        state_reason=found.state_reason,
        kind=REPLY if parent else found.kind,
        published_at=published,
        created_at=now(),
        last_activity_at=published,
        locked_at=now() if found.locked and not parent else None,
        fetched_at=now(),
        quote_policy=found.quote_policy,
    )
    _take_text(post, found)
    post.edited_at = found.edited_at if found.edited_at and found.edited_at > published else None
    await later(NEW, ROWS.line(post))
    await stand_beside(post, parent)
    await known.remember(post.uri, "post", post.id, found.author.uri, alive=True)
    # Nothing hangs on a new post yet: what it has none of need not be looked for.
    if found.mentioned:
        await mention(post, found.mentioned)
    if post.tags:
        await tag(post)
    if found.files:
        await seams.name_files(post, found.files)
    if found.poll is not None:
        await polls.record(post, found.poll)
    if found.quote is not None:
        await quotes.record(post, found.quote)
    await count_new(post)
    await facts.record(PostReceived(post_id=post.id, root_id=post.root_id))
    if post.state == "held":
        await facts.record(PostWaits(post_id=post.id, root_id=post.root_id))
    return post


@atomic
async def record_newer(post: Post, found: FoundPost) -> Post | None:
    """Take the newer text of a post that is here, a newer choice of who reads it. None: it is another's. Its thread never changes; a tombstone stays one."""
    if post.author_id != found.author.id:
        return None
    if post.local or (post.deleted_at is not None and not await _comes_back(post, found)):
        return post
    await _take_audience(post, found)
    if found.anonymous:
        await record_anonymised(post, found.author)
    moment = found.edited_at or found.published_at
    await polls.record(post, found.poll, newer=moment > (post.edited_at or post.published_at))
    newer = moment >= (post.edited_at or post.published_at)
    if found.quote is not None or post.has_quote:
        await quotes.record(post, found.quote, newer=newer)
    if newer and found.quote_policy != post.quote_policy:
        post.quote_policy = found.quote_policy
        await post.save(update_fields=["quote_policy"])
    if not newer or not differs(post, found):
        return post
    await keep_revision(post)
    _take_text(post, found)
    post.edited_at = min(max(moment, post.published_at), now() + AHEAD)
    post.fetched_at = now()
    await save_text(post, "fetched_at")
    await mention(post, found.mentioned)
    await tag(post)
    await seams.name_files(post, found.files)
    await facts.record(PostEdited(post_id=post.id, root_id=post.root_id))
    return post


async def _comes_back(post: Post, found: FoundPost) -> bool:
    """Whether what was only withdrawn from us is for us again."""
    since, gone = found.audience_at, post.audience_at
    if post.audience != access.ONLY_ME or since is None or gone is None or since <= gone:
        return False
    post.deleted_at = None
    await post.save(update_fields=["deleted_at"])
    return True


async def _take_audience(post: Post, found: FoundPost) -> None:
    """Only what says since when it is so changes who reads a post: an older word, brought again, opens nothing."""
    since = found.audience_at
    if since is None or (post.audience_at is not None and since <= post.audience_at):
        return
    parent = await Post.get_or_none(id=post.parent_id) if post.parent_id is not None else None
    audience = access.narrower(parent.audience, found.audience) if parent is not None else found.audience
    await apply(post, audience, organisation_of(found.author, parent), min(since, now() + AHEAD))


def _take_text(post: Post, found: FoundPost) -> None:
    # A title that a moderator corrected is kept over one that is only derived from the text.
    if post.depth == 0 and (not found.title_derived or post.title_derived or not post.title):
        post.title, post.title_derived = found.title[:300], found.title_derived
    post.content = found.content
    post.language, post.versions = found.language, kept(found.versions) or None
    post.sensitive = found.sensitive
    post.warning = found.warning[:300]
    post.tags = list(found.tags)
    post.links = list(found.links)


def differs(post: Post, found: FoundPost) -> bool:
    """Tell whether a document says another text than the one that is kept."""
    if (post.versions or []) != kept(found.versions):
        return True
    return (post.content, post.warning, post.sensitive, list(post.tags), list(post.links), post.language) != (
        found.content,
        found.warning[:300],
        found.sensitive,
        list(found.tags),
        list(found.links),
        found.language,
    ) or (post.depth == 0 and post.title != found.title[:300])


@dataclass(frozen=True, kw_only=True)
class FoundTombstone:
    """A reply that was deleted before we ever saw it; it keeps the place of those who answered it."""

    uri: str
    author: Actor
    parent: Post
    published_at: datetime
    deleted_at: datetime
    anonymous: bool = False


@atomic
async def record_tombstone(found: FoundTombstone) -> Post | None:
    """Store the place of a deleted reply, so that the thread has the same shape here as elsewhere."""
    if await Post.exists(uri=found.uri) or await known.is_buried(found.uri):
        return None
    published = min(found.published_at, now() + AHEAD)
    parent = found.parent
    post = await Post.create(
        id=await number_at(published),
        uri=found.uri,
        url=found.uri,
        author_id=found.author.id,
        community_id=parent.community_id,
        root_id=parent.root_id,
        parent_id=parent.id,
        parent_uri=parent.uri,
        depth=parent.depth + 1,
        audience=parent.audience,
        organisation=parent.organisation,
        context_uri=parent.context_uri,
        kind=REPLY,
        published_at=published,
        created_at=now(),
        last_activity_at=published,
        deleted_at=min(found.deleted_at, now()),
        anonymised_at=now() if found.anonymous else None,
    )
    await known.remember(post.uri, "post", post.id, found.author.uri)
    return post


@atomic
async def record_delete(uri: str, author: Actor) -> Post | None:
    """Bury a post of its author; when it is unknown yet, remember that it is gone, so that a late Create changes nothing."""
    post = await Post.get_or_none(uri=uri)
    if post is None:
        await known.bury(uri, author.uri)
        return None
    if post.author_id == author.id and post.deleted_at is None:
        await bury(post, by=author)
    return post


@atomic
async def record_withdrawal(post: Post, author: Actor, moment: datetime) -> None:
    """Its author lets us have a post no more: words and files go; a newer word of theirs may bring it back."""
    await apply(post, access.ONLY_ME, post.organisation, min(moment, now() + AHEAD))
    await bury(post, by=author)


@atomic
async def record_accepted(post: Post) -> None:
    """The community's host has announced a pending post: everybody may see it now."""
    if post.state != "pending":
        return
    post.state, post.state_reason = "visible", ""
    await post.save(update_fields=["state", "state_reason"])
    await refresh_thread(post.root_id)
    await refresh_answers(post.parent_id, post.root_id)
    await facts.record(PostAppeared(post_id=post.id, root_id=post.root_id))


@atomic
async def record_held(post: Post, reason: str) -> None:
    """The community's host has received a pending post, and its moderators read it first."""
    if post.state != "pending" or post.state_reason:
        return
    post.state_reason = reason[:2_000]
    await post.save(update_fields=["state_reason"])
    await facts.record(PostHeld(post_id=post.id, root_id=post.root_id, reason=post.state_reason))


@atomic
async def record_refused(post: Post, reason: str) -> None:
    """The community's host refuses a pending post; its author reads why."""
    if post.state != "pending":
        return
    post.state, post.state_reason = "refused", reason[:2_000]
    await post.save(update_fields=["state", "state_reason"])
    await facts.record(PostRefused(post_id=post.id, root_id=post.root_id, reason=post.state_reason))
