"""Correcting a text together with what its pictures are said to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fedcop.actors.models import Actor
from fedcop.core.database import atomic
from fedcop.discussions import seams
from fedcop.discussions.models import Post
from fedcop.discussions.service.write import edit
from fedcop.media.looks import Point
from fedcop.media.posters import Poster, hang


@atomic
async def correct(
    author: Actor,
    post: Post,
    *,
    descriptions: Mapping[int, str],
    focuses: Mapping[int, Point],
    posters: Sequence[Poster] = (),
    **text: Any,
) -> Post:
    """Correct a text (as `edit` does), what is said of files that hang on it and which pictures stand for them, or nothing of it all."""
    corrected = await edit(author, post, **text)
    await seams.describe_media(author, corrected, descriptions, focuses)
    for poster in posters:
        await hang(poster, post_id=corrected.id)
    return corrected
