"""What search may know of posts: those that everybody in their audience may see."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from fedcop.communities import access
from fedcop.core.database import atomic
from fedcop.core.sanitise import to_text
from fedcop.discussions import seams
from fedcop.discussions.facts import ThreadFact, ThreadMoved
from fedcop.discussions.models import Post
from fedcop.search import service as search
from fedcop.search.service import Entry

BATCH = 200


def is_findable(post: Post) -> bool:
    """Tell whether a post can be read by its audience."""
    return post.state == "visible" and post.deleted_at is None and post.removed_at is None


async def entries_of(posts: Sequence[Post]) -> list[Entry]:
    """Say what posts are found by: their words, their tags, the names and descriptions of their files."""
    files = await seams.media_of([post.id for post in posts])
    return [
        _entry(post, " ".join(f"{file.file_name} {file.description}" for file in files.get(post.id, ())))
        for post in posts
    ]


def _entry(post: Post, files: str) -> Entry:
    links = " ".join(str(link.get("name") or "") for link in post.links if isinstance(link, dict))
    return Entry(
        "resource" if post.kind == "resource" else "post",
        post.id,
        post.title,
        f"{post.warning} {to_text(post.content)}".strip(),
        post.audience,
        post.published_at,
        community_id=post.community_id,
        author_id=post.author_id if post.anonymised_at is None or post.audience == access.ONLY_ME else None,
        language=post.language,
        more=f"{' '.join(str(tag) for tag in post.tags)} {links} {files}",
        organisation=post.organisation,
    )


async def keep(fact: ThreadFact) -> None:
    """Let a post be found by what it says now, or not at all."""
    await _keep(fact.post_id)


@atomic
async def _keep(post_id: int) -> None:
    # Locked, so that a deletion at the same time comes before or after, never in between.
    post = await Post.filter(id=post_id).select_for_update().first()
    if post is not None and is_findable(post):
        for entry in await entries_of([post]):
            await search.index(entry)
    else:
        await search.forget(post_id)


async def keep_place(fact: ThreadMoved) -> None:
    """Let the posts of a thread be found by who may read them where it is now."""
    root = await Post.get_or_none(id=fact.root_id)
    if root is not None:
        await search.rehome("SELECT id FROM post WHERE root_id = ?", root.id, community_id=root.community_id)


async def all_posts() -> AsyncIterator[Entry]:
    """Give all posts that can be found."""
    last = 0
    visible = Post.filter(state="visible", deleted_at=None, removed_at=None)
    while found := await visible.filter(id__gt=last).order_by("id").limit(BATCH):
        last = found[-1].id
        for entry in await entries_of(found):
            yield entry
