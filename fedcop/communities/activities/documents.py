"""What we serve of communities of ours: the Group, its moderators, members, followers, outbox and pinned threads."""

from __future__ import annotations

from typing import Any

import orjson

from activitypub.uris import same_origin
from fedcop.actors.models import Actor
from fedcop.communities import access, mapping, queries, relay
from fedcop.communities.activities.outgoing import group_document
from fedcop.communities.models import Community, Membership, ThreadActivity
from fedcop.communities.roles import Position
from fedcop.core.database import rows
from fedcop.core.errors import NotFound
from fedcop.federation.documents.serving import Asking, Collected, Item, listed, nothing
from fedcop.federation.sending import copies

OUTBOX_PAGE = 20
MAX_PINNED = 50


async def _asked_for(asking: Asking) -> Community:
    """Find the community of ours that a path names, if the asker may know of it."""
    name = asking.path["name"]
    if "@" in name:
        raise NotFound
    return await queries.visible_community(asking.actor, name)


async def _readable(asking: Asking) -> Community:
    """Find it, if the asker may read what is said in it."""
    community = await _asked_for(asking)
    if not await access.may_read(asking.actor, community):
        raise NotFound
    return community


async def group(asking: Asking) -> dict[str, Any] | None:
    """Give the Group's document: of a private community too, so that one can ask to join; not of a hidden one."""
    community = await _asked_for(asking)
    return await group_document(community, roles=await access.may_read(asking.actor, community))


async def tells_more(asking: Asking) -> bool:
    """Whether a Group's document tells its readers more than others: that of a private community does."""
    return (await _asked_for(asking)).visibility != access.PUBLIC


async def moderators(asking: Asking) -> Collected:
    """Give who moderates, by id (FEP-1b12)."""
    community = await _readable(asking)
    items: list[Item] = [person.uri for person in await queries.moderators(community)]
    return Collected(listed(items), total=len(items), properties={"attributedTo": community.actor.uri})


async def members(asking: Asking) -> Collected:
    """Give the members with their roles, in Mobilizon's manner; strangers get those who let themselves be found."""
    community = await _readable(asking)
    strangers_ask = asking.actor is None or not await queries.is_member(community, asking.actor)

    async def page(after: int | None, limit: int) -> tuple[list[Item], int | None]:
        query = Membership.filter(community_id=community.id, state="active", id__gt=after or 0, actor__gone_at=None)
        if strangers_ask and community.visibility == access.PUBLIC:
            query = query.filter(actor__discoverable=True)
        found = await query.select_related("actor").order_by("id").limit(limit + 1)
        items: list[Item] = [_member(community, one) for one in found[:limit]]
        return items, found[limit - 1].id if len(found) > limit else None

    # Ordered, since Mobilizon reads no other list.
    return Collected(page, total=community.members_count, properties={"attributedTo": community.actor.uri})


def _member(community: Community, one: Membership) -> dict[str, Any]:
    """Name a membership by the Join that somebody's server sent: it finds its own again by that."""
    uri = one.join_uri if not one.actor.local and same_origin(one.join_uri, one.actor.uri) else ""
    return mapping.member(community, one.actor.uri, Position.of(one), uri=uri)


async def followers(asking: Asking) -> Collected:
    """Give how many follow. To a server that is in a private community: whether an actor may read it (Lemmy's `is_follower`)."""
    community = await _asked_for(asking)
    asked_about = asking.query.get("is_follower")
    if asked_about is not None:
        await _must_follow(asking, community, asked_about)
    elif not await access.may_read(asking.actor, community):
        raise NotFound
    return Collected(nothing, total=community.followers_count, properties={"attributedTo": community.actor.uri})


async def _must_follow(asking: Asking, community: Community, uri: str) -> None:
    """Only a server that has a member itself may ask, and gets yes or the answer for absent things (attacks H16)."""
    if (
        asking.actor is None
        or community.visibility == access.PUBLIC
        or not await access.may_read(asking.actor, community)
    ):
        raise NotFound
    person = await Actor.get_or_none(uri=uri)
    if person is None or not await access.may_read(person, community):
        raise NotFound


async def following(asking: Asking) -> Collected:
    """Give whom the community follows: nobody."""
    await _asked_for(asking)
    return Collected(nothing, total=0)


async def outbox(asking: Asking) -> Collected:
    """Give the newest threads as the group announced them; Lemmy and others read the past from here."""
    community = await _readable(asking)
    condition, params = access.visible_sql("p", asking.actor)
    listed = (
        "FROM thread_activity t JOIN post p ON p.id = t.post_id WHERE t.community_id = ? AND t.share_id IS NOT NULL"
        f" AND p.state = 'visible' AND p.deleted_at IS NULL AND p.removed_at IS NULL AND {condition}"
    )
    counted = await rows(f"SELECT COUNT(*) AS n {listed}", community.id, *params)  # noqa: S608 - our own words only, values are parameters

    async def page(after: int | None, limit: int) -> tuple[list[Item], int | None]:
        sql = f"SELECT t.id {listed} AND (? = 0 OR t.id < ?) ORDER BY t.id DESC LIMIT ?"  # noqa: S608 - our own words only, values are parameters
        ids = [row["id"] for row in await rows(sql, community.id, *params, after or 0, after or 0, limit + 1)]
        found = await ThreadActivity.filter(id__in=ids[:limit]).order_by("-id")
        posts = [one.post_id for one in found if one.post_id is not None]
        public = await _open_to_all(community, posts)
        if asking.actor is not None:
            await copies.note_fetch(asking.actor.host, [one for one in posts if one not in public])
        items: list[Item] = [_announced(community, one, public=one.post_id in public) for one in found]
        return items, ids[limit - 1] if len(ids) > limit else None

    return Collected(
        page, total=int(counted[0]["n"]), size=OUTBOX_PAGE, properties={"attributedTo": community.actor.uri}
    )


async def _open_to_all(community: Community, post_ids: list[int]) -> set[int]:
    """Name those of a public community's posts that everybody reads."""
    if community.visibility != access.PUBLIC or not post_ids:
        return set()
    found = await rows("SELECT id FROM post WHERE audience = 'public' AND id IN (?)", post_ids)
    return {int(row["id"]) for row in found}


def _announced(community: Community, stored: ThreadActivity, *, public: bool) -> dict[str, Any]:
    head = relay.announce_head(community.actor, stored.id, public=public, published=stored.created_at)
    return head | {"object": orjson.loads(bytes(stored.body))}


async def featured(asking: Asking) -> Collected:
    """Give the pinned threads, by id."""
    community = await _readable(asking)
    condition, params = access.visible_sql("p", asking.actor)
    sql = (
        "SELECT p.uri FROM post p WHERE p.community_id = ? AND p.depth = 0 AND p.pinned_at IS NOT NULL"  # noqa: S608 - our own words only, values are parameters
        " AND p.state = 'visible' AND p.deleted_at IS NULL AND p.removed_at IS NULL"
        f" AND {condition} ORDER BY p.pinned_at DESC LIMIT ?"
    )
    items: list[Item] = [row["uri"] for row in await rows(sql, community.id, *params, MAX_PINNED)]
    return Collected(listed(items), total=len(items), properties={"attributedTo": community.actor.uri})
