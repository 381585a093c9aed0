"""Posts, their collections and whole threads as other servers may read them. Rights are judged here, for each asker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import orjson

from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities import queries as communities
from fedcop.communities.models import ThreadActivity
from fedcop.core import addresses
from fedcop.core.database import rows
from fedcop.core.errors import NotFound
from fedcop.discussions import queries
from fedcop.discussions.activities import mapping, quoting
from fedcop.discussions.activities.outgoing import place_of, telling_of
from fedcop.discussions.models import Post
from fedcop.federation.documents.serving import Asking, Collected, Document, Item, Listing, nothing
from fedcop.federation.peers import servers
from fedcop.federation.sending import copies, outbox

Rows = Callable[[int, int], Awaitable[list[tuple[int, Item]]]]


async def post_for(asking: Asking, prefix: str = "/p/") -> Post:
    """The local post at a path that this asker may read."""
    post = await queries.by_uri(addresses.absolute(prefix + asking.path["id"]))
    if post is None or not post.local:
        raise NotFound()
    await _check(asking, post)
    return post


async def _check(asking: Asking, post: Post) -> None:
    if post.removed_at is not None or post.state in ("held", "refused") or not await access.may_see(asking.actor, post):
        raise NotFound()
    # A pending post waits for its group, whose server fetches it to decide.
    if post.state == "pending" and not await _decides(asking.actor, post):
        raise NotFound()


async def _decides(asker: Actor | None, post: Post) -> bool:
    if post.audience == "public" or asker is None:
        return post.audience == "public"
    community = await communities.by_id(post.community_id) if post.community_id is not None else None
    return community is not None and asker.host == community.actor.host


async def document_of(asking: Asking, prefix: str = "/p/") -> dict[str, Any] | bytes:
    """The document of a local post, with its author's proof; a Tombstone if it was deleted."""
    post = await post_for(asking, prefix)
    place = await place_of(post.id)
    if place is None:
        raise NotFound()
    telling = await telling_of(place)
    # Who knows no polls would read nothing at all.
    without = (
        telling.poll is not None
        and asking.actor is not None
        and not servers.knows_polls(await servers.software_of(asking.actor.host))
    )
    document = mapping.listed(telling) if without else mapping.to_object(telling)
    if post.deleted_at is not None:
        return document
    await _note_fetch(asking, post, [post.id])
    return await outbox.seal(document, place.author)


async def _note_fetch(asking: Asking, thing: Post, post_ids: Iterable[int]) -> None:
    """Who fetches what is private holds a copy from now on."""
    if thing.audience != "public" and asking.actor is not None and not asking.actor.local:
        await copies.note_fetch(asking.actor.host, post_ids)


async def post_document(asking: Asking) -> dict[str, Any] | bytes | None:
    """/p/ID."""
    return await document_of(asking)


async def _is_poll(asking: Asking) -> bool:
    """Whether it matters who asks: a poll is written differently for who knows none."""
    return (await post_for(asking)).has_poll


def _paged(rows: Rows) -> Callable[[int | None, int], Awaitable[tuple[list[Item], int | None]]]:
    """Make pages of rows that come with a growing number."""

    async def page(after: int | None, limit: int) -> tuple[list[Item], int | None]:
        found = await rows(after or 0, limit + 1)
        shown = found[:limit]
        return [item for _, item in shown], shown[-1][0] if len(found) > limit else None

    return page


def replies_at(prefix: str) -> Callable[[Asking], Awaitable[Collected]]:
    """The collection of direct answers to the posts under a path."""

    async def give(asking: Asking) -> Collected:
        post = await post_for(asking, prefix)
        answers = Post.filter(id__in=await _readable(asking, "p.parent_id = ?", post.id), deleted_at=None)

        async def rows(after: int, limit: int) -> list[tuple[int, Item]]:
            found = await answers.filter(id__gt=after).order_by("id").limit(limit)
            return [(answer.id, answer.uri) for answer in found]

        return Collected(
            page=_paged(rows), total=await answers.count(), properties={"attributedTo": await _author(post)}
        )

    return give


async def _readable(asking: Asking, which: str, post_id: int) -> list[int]:
    """Name the posts that this asker may read: who reads a thread does not read each answer in it."""
    condition, params = access.visible_sql("p", asking.actor)
    found = await rows(
        f"SELECT p.id FROM post p WHERE {which} AND p.state = 'visible' AND p.removed_at IS NULL AND {condition}",  # noqa: S608 - our own words only, values are parameters
        post_id,
        *params,
    )
    return [int(row["id"]) for row in found] or [0]


def count_at(prefix: str, counted: str) -> Callable[[Asking], Awaitable[Collected]]:
    """A collection that says only how many: likes, shares."""

    async def give(asking: Asking) -> Collected:
        post = await post_for(asking, prefix)
        total = post.shares_count if counted == "shares" else post.thanks_count + post.useful_count
        return Collected(page=nothing, total=total)

    return give


def answers_at(prefix: str) -> Callable[[Asking], Awaitable[Collected]]:
    """The accepted answer of a question: a collection of one, or of none."""

    async def give(asking: Asking) -> Collected:
        post = await post_for(asking, prefix)
        accepted = await queries.by_id(post.accepted_id) if post.accepted_id is not None else None
        if accepted is not None and not await access.may_see(asking.actor, accepted):
            accepted = None

        async def page(after: int | None, limit: int) -> tuple[list[Item], int | None]:
            return ([accepted.uri] if accepted else []), None

        return Collected(page=page, total=int(accepted is not None), properties={"attributedTo": await _author(post)})

    return give


async def _author(post: Post) -> str:
    return (await Actor.get(id=post.author_id)).uri


async def _thread_at(asking: Asking, end: str) -> Post:
    path = f"/c/{asking.path['name']}/t/{asking.path['digest']}/{end}"
    context = addresses.absolute(path.removesuffix(end) + "context")
    root = await Post.filter(context_uri=context, depth=0).order_by("id").first()
    group = addresses.group_uri(asking.path["name"])
    if root is not None and addresses.context_uri(group, root.uri) != context:
        raise NotFound()
    if root is None or root.state != "visible" or root.removed_at is not None:
        raise NotFound()
    if not await access.may_see(asking.actor, root):
        raise NotFound()
    return root


async def context(asking: Asking) -> Collected:
    """All posts of a thread, by id, in the order in which they were published."""
    root = await _thread_at(asking, "context")
    posts = Post.filter(id__in=await _readable(asking, "p.root_id = ?", root.id), deleted_at=None)

    async def rows(after: int, limit: int) -> list[tuple[int, Item]]:
        found = await posts.filter(id__gt=after).order_by("id").limit(limit)
        return [(post.id, post.uri) for post in found]

    return Collected(page=_paged(rows), total=await posts.count(), size=500, properties=await _owned(root, "Object"))


async def history(asking: Asking) -> Collected:
    """The signed activities of a thread, as they came: whoever catches up needs one request per page."""
    root = await _thread_at(asking, "history")
    kept = ThreadActivity.filter(root_id=root.id, post_id__in=await _readable(asking, "p.root_id = ?", root.id))

    async def rows(after: int, limit: int) -> list[tuple[int, Item]]:
        found = await kept.filter(id__gt=after).order_by("id").limit(limit)
        await _note_fetch(asking, root, {one.post_id for one in found if one.post_id is not None})
        return [(one.id, orjson.loads(bytes(one.body))) for one in found]

    return Collected(page=_paged(rows), total=await kept.count(), size=100, properties=await _owned(root, "Activity"))


async def _owned(root: Post, of: str) -> dict[str, Any]:
    community = await communities.by_id(root.community_id) if root.community_id is not None else None
    if community is None or not community.actor.local:
        raise NotFound()
    return {
        "attributedTo": community.actor.uri,
        "audience": community.actor.uri,
        "name": root.title,
        "url": root.url or root.uri,
        "collectionOf": of,
    }


def _below(prefix: str) -> dict[str, Document | Listing]:
    path = prefix + "{id}"
    return {
        f"{path}/replies": Listing(replies_at(prefix)),
        f"{path}/likes": Listing(count_at(prefix, "likes")),
        f"{path}/shares": Listing(count_at(prefix, "shares")),
        f"{path}/answers": Listing(answers_at(prefix)),
    }


#: The library serves /r/ID itself; what hangs below every thread root is served here.
SERVES: dict[str, Document | Listing] = {
    "/p/{id}": Document(post_document, more=_is_poll),
    "/p/{id}/quotes/{quote}": Document(quoting.stamp),
    **_below("/p/"),
    **_below("/r/"),
    "/c/{name}/t/{digest}/context": Listing(context),
    "/c/{name}/t/{digest}/history": Listing(history),
}
