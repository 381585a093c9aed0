"""What discussions ask of rooms beside theirs: files, thread contexts. The one place to change when they change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities.models import Community
from fedcop.core import addresses
from fedcop.core.database import execute
from fedcop.discussions.kinds import plugged_kind
from fedcop.discussions.models import Post
from fedcop.federation.models import Server
from fedcop.media import copies
from fedcop.media import queries as media_queries
from fedcop.media import service as media_service
from fedcop.media.looks import Point
from fedcop.media.models import REPLACED, Media


async def group_of(community: Community) -> Actor:
    """Load the Group that a community is."""
    return await Actor.get(id=community.actor_id)


async def context_for(group: Actor, root_uri: str) -> str:
    """Compute the context of a new thread: on the group's host if that is a fedcop (or us), else nobody's."""
    if group.local or await Server.exists(host=group.host, software="fedcop"):
        return addresses.context_uri(group.uri, root_uri)
    return ""


async def attach_media(post: Post, media_ids: Sequence[int]) -> None:
    """Attach files that the author has uploaded."""
    await media_service.attach(post, list(media_ids), keep=_keeps_files(post))


async def describe_media(
    author: Actor, post: Post, descriptions: Mapping[int, str], focuses: Mapping[int, Point]
) -> None:
    """Say what files show that hang on a post, and which point of them matters; of others nothing is said."""
    found = await media_queries.many({*descriptions, *focuses})
    for media in found.values():
        if media.post_id == post.id and media.id in descriptions:
            await media_service.describe(author, media, descriptions[media.id])
        if media.post_id == post.id and media.id in focuses:
            await media_service.focus(author, media, focuses[media.id])


async def keep_media(author: Actor, media_ids: Sequence[int], until: datetime) -> None:
    """Keep the files of a text that is published later."""
    await media_service.keep(author, media_ids, until)


async def media_of(post_ids: Sequence[int]) -> Mapping[int, list[Any]]:
    """Load the files of posts, in order, with one query."""
    return await media_queries.of_posts(list(post_ids))


async def name_files(post: Post, files: Sequence[Any]) -> None:
    """Note the files that a received post names, and have them fetched."""
    mirror = await _mirror_of(post) if files else ""
    await copies.name_remote(post, files, keep=_keeps_files(post), mirror=mirror)


def _keeps_files(post: Post) -> bool:
    kind = plugged_kind(post.kind)
    return kind is not None and kind.keeps_files


async def _mirror_of(post: Post) -> str:
    """Where the server of a community keeps the files of its posts for its members' servers."""
    community = await Community.get_or_none(id=post.community_id) if post.community_id is not None else None
    group = await group_of(community) if community is not None else None
    known = group is not None and not group.local and await Server.exists(host=group.host, software="fedcop")
    return f"{group.uri}/files/" if group is not None and known else ""


async def file_keys_of(post: Post) -> list[str]:
    """Name the stored files of a post, so that one can tell when they are gone."""
    files = await Media.filter(post_id=post.id)
    return [key for file in files for key in (file.key, file.preview_key) if key]


async def hand_media_back(author: Actor, post_id: int, until: datetime) -> None:
    """Give the files of a post that is deleted back to its author for a while."""
    await media_service.hand_back(author, post_id, until)


async def drop_media(post_id: int) -> None:
    """Let the files of a deleted post go."""
    await media_service.drop_of(post_id)


async def take_along(root_ids: Sequence[int], community_id: int | None) -> None:
    """Let what hangs on the posts of moved threads belong where they are now: files, and the ledger of copies."""
    for table in ("media", "held_copy"):
        await execute(
            f"UPDATE {table} SET community_id = ? WHERE post_id IN (SELECT id FROM post WHERE root_id IN (?))",  # noqa: S608 - two names of our own
            community_id,
            list(root_ids),
        )


async def hide_media(post: Post) -> None:
    """Keep the files of a removed post for its author alone; those of earlier versions nobody has while it is removed."""
    await Media.filter(post_id=post.id, position__gte=0).update(audience="me")


async def show_media(post: Post) -> None:
    """Give the files of a post to whoever reads it; those of an earlier version to no more people than had them."""
    await Media.filter(post_id=post.id, position__gte=0).update(audience=post.audience, organisation=post.organisation)
    for file in await Media.filter(post_id=post.id, position=REPLACED):
        audience = access.narrower(file.audience, post.audience)
        await Media.filter(id=file.id).update(audience=audience, organisation=post.organisation)
