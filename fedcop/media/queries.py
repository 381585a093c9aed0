"""Reads files' rows. Who may see a file is judged by communities/access.py from the audience that stands on each."""

from __future__ import annotations

from collections.abc import Iterable

from fedcop.core.errors import NotFound
from fedcop.core.selects import Select
from fedcop.media.models import Media

_FILES = Select(Media)


async def by_token(token: str) -> Media:
    """Give the file that a URL names; NotFound otherwise. The caller judges its audience."""
    found = await Media.get_or_none(token=token)
    if found is None:
        raise NotFound()
    return found


async def of_posts(post_ids: Iterable[int]) -> dict[int, list[Media]]:
    """Give the files of many posts with one query, in the order their authors chose."""
    ids = list(post_ids)
    grouped: dict[int, list[Media]] = {post_id: [] for post_id in ids}
    if ids:
        for media in await _FILES.where("post_id IN (?) AND position >= 0 ORDER BY post_id, position, id", ids):
            grouped[int(media.post_id or 0)].append(media)
    return grouped


async def many(media_ids: Iterable[int]) -> dict[int, Media]:
    """Give files by id."""
    ids = list(media_ids)
    return {media.id: media for media in await Media.filter(id__in=ids)} if ids else {}


async def waiting_of(owner_id: int, media_ids: Iterable[int]) -> list[Media]:
    """Give the uploads of a person that hang on no post yet, in the order asked: what a draft remembers."""
    found = {m.id: m for m in await Media.filter(owner_id=owner_id, post_id=None, id__in=list(media_ids))}
    return [found[media_id] for media_id in media_ids if media_id in found]
