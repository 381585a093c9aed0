"""What search may know of posts: those that everybody in their audience may see."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from fedcop.communities import access
from fedcop.core.database import atomic
from fedcop.core.sanitise import excerpt, to_text
from fedcop.discussions import seams
from fedcop.discussions.facts import ThreadFact, ThreadMoved
from fedcop.discussions.kinds import plugged
from fedcop.discussions.models import Post
from fedcop.discussions.polls import queries as polls
from fedcop.discussions.service.beside import held
from fedcop.discussions.versions import Version, beside
from fedcop.media.captions import read_aloud
from fedcop.search import service as search
from fedcop.search.service import LONGEST_BODY, Entry

BATCH = 200


def is_findable(post: Post) -> bool:
    """Tell whether a post can be read by its audience."""
    return post.state == "visible" and post.deleted_at is None and post.removed_at is None


async def entries_of(posts: Sequence[Post]) -> list[Entry]:
    """Say what posts are found by: their words, and the parts of them that stand beside the text."""
    files = await seams.media_of([post.id for post in posts])
    names = await credited([post for post in posts if is_findable(post)])
    choices = await polls.options_of(posts)
    return [
        _entry(post, parts_of(post, files.get(post.id, ()), names.get(post.id, ()), choices.get(post.id, ())))
        for post in posts
    ]


async def credited(posts: Sequence[Post]) -> dict[int, Sequence[str]]:
    """Name whom posts credit beside their author, by post."""
    found: dict[int, Sequence[str]] = {}
    for name, kind in plugged().items():
        ids = [post.id for post in posts if post.kind == name]
        if kind.names is not None and ids:
            found.update(await kind.names(ids))
    return found


def parts_of(
    post: Post, files: Sequence[Any], names: Sequence[str], choices: Sequence[str] = ()
) -> list[tuple[str, str]]:
    """Give what a post is found by beside its title and text: the part, and what it says."""
    links = [str(link.get("name") or "") for link in post.links if isinstance(link, dict)]
    return [
        *(("tag", str(tag)) for tag in post.tags),
        *(("file", file.file_name) for file in files),
        *(("description", file.description) for file in files if file.description),
        *(("spoken", line) for file in files for line in read_aloud(file.captions).splitlines() if line),
        *(("link", link) for link in links if link),
        *(("credit", name) for name in names),
        *(("choice", choice) for choice in choices),
    ]


def body_of(post: Post, version: Version | None = None) -> str:
    """Give what excerpts of a post are cut from, in one of its languages."""
    return f"{post.warning} {excerpt(version.content if version is not None else post.content, LONGEST_BODY)}".strip()


def _entry(post: Post, parts: Sequence[tuple[str, str]]) -> Entry:
    return Entry(
        "resource" if post.kind == "resource" else "post",
        post.id,
        post.title,
        body_of(post),
        post.audience,
        post.published_at,
        community_id=post.community_id,
        author_id=post.author_id if post.anonymised_at is None or post.audience == access.ONLY_ME else None,
        language=post.language,
        more=" ".join([*(said for _part, said in parts), *(to_text(one.content) for one in beside(post))]),
        more_title=" ".join(one.title for one in beside(post)),
        organisation=post.organisation,
    )


async def keep(fact: ThreadFact) -> None:
    """Let a post be found by what it says now, or not at all."""
    await _keep({fact.post_id})


async def keep_many(facts: Sequence[ThreadFact]) -> None:
    """Do so with many at once."""
    await _keep({fact.post_id for fact in facts})


@atomic
async def _keep(post_ids: set[int]) -> None:
    # Locked, so that a deletion at the same time comes before or after, never in between; in one order, so that nobody waits for each other.
    posts = await held(post_ids)
    found = [post for post in posts if is_findable(post)]
    await search.index(*await entries_of(found))
    if gone := post_ids - {post.id for post in found}:
        await search.forget(*sorted(gone))


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
