"""Writing, answering, correcting and deleting, by people of this instance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from fedcop.actors import known
from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.core import addresses, facts
from fedcop.core.clock import now
from fedcop.core.database import atomic
from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_
from fedcop.core.ids import new_id
from fedcop.discussions import rules, seams, sent
from fedcop.discussions import text as texts
from fedcop.discussions.facts import PostDeleted, PostEdited, PostWritten
from fedcop.discussions.holding import reason_to_wait
from fedcop.discussions.kinds import LABELS, REPLY, plugged_kind
from fedcop.discussions.models import (
    Bookmark,
    Mention,
    Post,
    PostTag,
    Reaction,
    Revision,
    Share,
    Showing,
    ThreadActivity,
)
from fedcop.discussions.polls import service as polls
from fedcop.discussions.polls.asking import Asked, check
from fedcop.discussions.quotes import policy
from fedcop.discussions.quotes import rules as quoting
from fedcop.discussions.quotes import service as quotes
from fedcop.discussions.quotes.keeping import UNCHANGED, Unchanged, usual_of
from fedcop.discussions.service import showing
from fedcop.discussions.service.beside import hold_threads, stand_beside
from fedcop.discussions.service.checking import check_audience, check_text
from fedcop.discussions.service.counts import count_new, refresh_answers, refresh_thread
from fedcop.discussions.service.numbering import number_at
from fedcop.discussions.versions import Version, all_of, beside, kept

HANDED_BACK = timedelta(days=1)  # for which files wait to be used anew
TEXT = (
    "title", "title_derived", "source", "content", "language", "versions", "sensitive", "warning", "tags", "links", "kind", "edited_at",
    "quote_policy",
)  # fmt: skip


async def write(  # noqa: PLR0913 - the fields of a form, by name
    author: Actor,
    community: Community,
    *,
    kind: str,
    title: str,
    source: str,
    language: str = "",
    media: Sequence[int] = (),
    audience: str = "",
    promised: str = "",
    tags: Iterable[str] = (),
    warning: str = "",
    links: Sequence[dict[str, str]] = (),
    versions: Sequence[Version] = (),
    also: Sequence[int] = (),
    poll: Asked | None = None,
    quoted: Post | None = None,
    quote_policy: str = "",
    uri: str | None = None,
    published_at: datetime | None = None,
    form: str = "",
    title_derived: bool = False,
) -> Post:
    """Start a thread in a community. In a community of another instance it is pending until that instance says yes.

    `versions` are the same in other languages, `also` the communities that show it too, `quoted` is a post that it quotes. `audience` is the community's own unless another is chosen; `promised` is the one that the form called usual.
    """
    await rules.may_write(author, community)
    title = texts.clean_title(title)
    body = await texts.prepare(source, tags, versions)
    language = language or community.language
    has_more = bool(media or links or poll or quoted or plugged_kind(kind))
    check_text(
        title, body.source, is_root=True, has_more=has_more, links=links, language=language, others=body.versions
    )
    if kind not in LABELS and plugged_kind(kind) is None or kind == REPLY:
        raise Invalid(errors={"kind": N_("Choose a type.")})
    check_audience(community, audience, promised)
    check(poll)
    if quoted is not None:
        await quoting.may_quote(author, quoted, community.id, audience or access.default_of(community))
    await showing.check(author, community, audience, also)
    group = await seams.group_of(community)
    post_id = await number_at(published_at) if published_at else new_id()
    post_uri = uri or addresses.post_uri(post_id)
    return await _store(
        Post(
            id=post_id,
            uri=post_uri,
            url=post_uri,
            author_id=author.id,
            community_id=community.id,
            root_id=post_id,
            kind=kind,
            title=title,
            title_derived=title_derived,
            language=language,
            warning=texts.clean_title(warning)[:300],
            links=list(links),
            audience=audience or access.default_of(community),
            quote_policy=policy.chosen(quote_policy),
            organisation=author.host,
            state="visible" if group.local else "pending",
            context_uri=await seams.context_for(group, post_uri),
            published_at=published_at or _to_the_millisecond(now()),
        ),
        body,
        author=author,
        media=media,
        form=form,
        also=also,
        poll=poll,
        quoted=quoted,
    )


async def reply(  # noqa: PLR0913 - the fields of a form, by name
    author: Actor,
    parent: Post,
    *,
    source: str,
    language: str = "",
    media: Sequence[int] = (),
    tags: Iterable[str] = (),
    warning: str = "",
    poll: Asked | None = None,
    quoted: Post | None = None,
    quote_policy: str = "",
    form: str = "",
) -> Post:
    """Answer a post."""
    root = parent if parent.root_id == parent.id else await Post.get(id=parent.root_id)
    community = None if root.community_id is None else await communities.by_id(root.community_id)
    await rules.may_reply(author, community, root, parent)
    body = await texts.prepare(source, tags)
    check_text("", body.source, is_root=False, has_more=bool(media or poll or quoted))
    check(poll)
    if quoted is not None:
        await quoting.may_quote(author, quoted, root.community_id, parent.audience, parent.organisation)
    group = None if community is None else await seams.group_of(community)
    post_id = new_id()
    post_uri = addresses.post_uri(post_id)
    return await _store(
        Post(
            id=post_id,
            uri=post_uri,
            url=post_uri,
            author_id=author.id,
            community_id=root.community_id,
            root_id=root.id,
            parent_id=parent.id,
            parent_uri=parent.uri,
            depth=parent.depth + 1,
            kind=REPLY,
            language=language or root.language,
            warning=texts.clean_title(warning)[:300],
            audience=parent.audience,
            quote_policy=policy.chosen(quote_policy),
            organisation=parent.organisation or author.host,
            state="visible" if group is None or group.local else "pending",
            context_uri=root.context_uri,
            # An answer is never older than what it answers, whatever the clocks say.
            published_at=max(_to_the_millisecond(now()), parent.published_at),
        ),
        body,
        author=author,
        parent=parent,
        media=media,
        form=form,
        poll=poll,
        quoted=quoted,
    )


@atomic
async def _store(  # noqa: PLR0913 - what hangs on a new post
    post: Post,
    body: texts.Text,
    *,
    author: Actor,
    parent: Post | None = None,
    media: Sequence[int],
    form: str,
    also: Sequence[int] = (),
    poll: Asked | None = None,
    quoted: Post | None = None,
) -> Post:
    post.local, post.has_poll = True, poll is not None
    post.quote_policy = post.quote_policy or await usual_of(author)
    post.source, post.content, post.versions = body.source, body.content, kept(body.versions) or None
    community = await communities.by_id(post.community_id) if post.community_id is not None else None
    said = "".join([*(one.content for one in all_of(post)), *(poll.options if poll else ())])
    if community is not None and (reason := await reason_to_wait(author, community, said, post.links)):
        post.state, post.state_reason = "held", reason
    post.tags = list(body.tags)
    post.sensitive = bool(post.warning)
    post.created_at = now()
    post.last_activity_at = post.published_at
    await post.save(force_create=True)
    await stand_beside(post, parent)
    await sent.note(author, form, post)
    await known.remember(post.uri, "post", post.id, author.uri)
    if poll is not None:
        await polls.ask(post, poll)
    if quoted is not None:
        await quotes.quote(post, quoted)
    await mention(post, body.mentioned)
    await tag(post)
    if media:
        await seams.attach_media(post, media)
    await count_new(post)
    await facts.record(PostWritten(post_id=post.id, root_id=post.root_id))
    if also and post.state == "visible":
        await showing.show(author, post, also)
    return post


@atomic
async def edit(  # noqa: PLR0913 - the fields of a form, by name
    author: Actor,
    post: Post,
    *,
    source: str,
    title: str | None = None,
    language: str | None = None,
    tags: Iterable[str] = (),
    warning: str | None = None,
    kind: str | None = None,
    media: Sequence[int] | None = None,
    links: Sequence[dict[str, str]] | None = None,
    versions: Sequence[Version] | None = None,
    poll: Asked | None = None,
    title_derived: bool | None = None,
    quoted_id: int | None | Unchanged = UNCHANGED,
    quote_policy: str = "",
) -> Post:
    """Correct a text; what it said before stays readable. Without `versions`, those in other languages stay as they are, and so do a poll without `poll` and a quote without `quoted_id`. Without `title_derived` a title is its author's as soon as they change it."""
    await rules.may_correct(author, post)
    is_root = post.root_id == post.id
    new_title = texts.clean_title(title) if title is not None and is_root else post.title
    body = await texts.prepare(source, tags, beside(post) if versions is None else versions)
    post.language = language or post.language
    quotes_still = post.has_quote and quoted_id is not None
    has_more = (
        media is None or post.has_poll or quotes_still or bool(media or links) or plugged_kind(post.kind) is not None
    )
    check_text(
        new_title,
        body.source,
        is_root=is_root,
        has_more=has_more,
        links=links or (),
        language=post.language,
        others=body.versions,
    )
    await polls.change(post, poll)
    post.quote_policy = policy.chosen(quote_policy) or post.quote_policy
    if not isinstance(quoted_id, Unchanged):
        await quotes.stop(post, quoted_id)
    await keep_revision(post)
    if title_derived is not None or new_title != post.title:
        post.title_derived = bool(title_derived)
    post.title, post.source, post.content = new_title, body.source, body.content
    post.tags, post.versions = list(body.tags), kept(body.versions) or None
    if links is not None:
        post.links = list(links)
    if warning is not None:
        post.warning = texts.clean_title(warning)[:300]
        post.sensitive = bool(post.warning)
    is_plain = not any(map(plugged_kind, (kind or "", post.kind)))
    if kind is not None and is_root and kind in LABELS and kind != REPLY and is_plain:
        post.kind = kind
    post.edited_at = _to_the_millisecond(now())
    await save_text(post)
    await mention(post, body.mentioned)
    await tag(post)
    if media is not None:
        await seams.attach_media(post, media)
    await facts.record(PostEdited(post_id=post.id, root_id=post.root_id))
    return post


async def save_text(post: Post, *more: str) -> None:
    """Save what the author says, and nothing that others count or decide meanwhile."""
    await post.save(update_fields=[*TEXT, *more])


async def keep_revision(post: Post) -> None:
    """Remember what a post says before it changes."""
    await Revision.create(
        post_id=post.id,
        title=post.title,
        source=post.source,
        content=post.content,
        versions=post.versions,
        written_at=post.edited_at or post.published_at,
        audience=post.audience,
    )


async def tag(post: Post) -> None:
    """Let a post be found by its tags."""
    await PostTag.filter(post_id=post.id).delete()
    await PostTag.bulk_create([PostTag(id=new_id(), post_id=post.id, tag=word) for word in dict.fromkeys(post.tags)])


async def mention(post: Post, people: Iterable[Actor]) -> None:
    """Set whom a post names."""
    wanted = {person.id for person in people}
    present = set(await Mention.filter(post_id=post.id).values_list("actor_id", flat=True))
    if present - wanted:
        await Mention.filter(post_id=post.id, actor_id__in=list(present - wanted)).delete()
    for actor_id in sorted(wanted - present):
        await Mention.create(post_id=post.id, actor_id=actor_id)


@atomic
async def delete(author: Actor, post: Post, *, to_rewrite: bool = False) -> None:
    """Delete one's own post: the text goes, the replies stay. Twice is once. Files go too, or with `to_rewrite` wait a while for the author alone."""
    rules.may_delete(author, post)
    if post.deleted_at is None:
        if to_rewrite:
            await seams.hand_media_back(author, post.id, now() + HANDED_BACK)
        await bury(post, by=author)


async def bury(post: Post, *, by: Actor | None, at: datetime | None = None) -> None:
    """Make a tombstone of a post (inside a transaction). Nothing of the text stays, of earlier texts neither."""
    await hold_threads([post.root_id])
    post.title = post.source = post.content = post.warning = post.removed_reason = ""
    post.tags, post.links, post.versions = [], [], None
    post.deleted_at, post.has_poll = at or now(), False
    await save_text(post, "deleted_at", "removed_reason", "has_poll")
    await polls.drop(post)
    await quotes.drop(post)
    await Revision.filter(post_id=post.id).delete()
    await Mention.filter(post_id=post.id).delete()
    await PostTag.filter(post_id=post.id).delete()
    await Reaction.filter(post_id=post.id).delete()
    await Share.filter(post_id=post.id).delete()
    await Bookmark.filter(post_id=post.id).delete()
    await Showing.filter(post_id=post.id).delete()
    await seams.drop_media(post.id)
    # The bytes that the history of the thread serves held the text too; the Delete stays there.
    await ThreadActivity.filter(post_id=post.id, kind__in=["Create", "Update"]).delete()
    await Post.filter(id=post.root_id, accepted_id=post.id).update(accepted_id=None, accepted_by_id=None)
    await Post.filter(id=post.id).update(
        thanks_count=0, useful_count=0, experience_count=0, disagree_count=0, shares_count=0
    )
    await refresh_thread(post.root_id)
    await refresh_answers(post.parent_id, post.root_id)
    await facts.record(PostDeleted(post_id=post.id, root_id=post.root_id, by_id=by.id if by else None))


@atomic
async def tombstone_all_of(author: Actor, *, limit: int = 200) -> int:
    """Bury a batch of the posts of somebody who is gone; gives how many, 0 when none are left."""
    posts = await Post.filter(author_id=author.id, deleted_at=None).limit(limit)
    for post in posts:
        await bury(post, by=author)
    return len(posts)


def _to_the_millisecond(moment: datetime) -> datetime:
    # Peers keep milliseconds at best; a finer order would be another order elsewhere.
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
