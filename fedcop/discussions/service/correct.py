"""Correcting a text together with what its pictures are said to show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fedcop.actors.models import Actor
from fedcop.core.database import atomic
from fedcop.discussions import seams
from fedcop.discussions.models import Post
from fedcop.discussions.service.write import edit


@atomic
async def correct(author: Actor, post: Post, *, descriptions: Mapping[int, str], **text: Any) -> Post:
    """Correct a text (as `edit` does) and the descriptions of files that hang on it, or nothing of both."""
    corrected = await edit(author, post, **text)
    await seams.describe_media(author, corrected, descriptions)
    return corrected
