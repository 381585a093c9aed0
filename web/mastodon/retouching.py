"""What an app says of files that hang on a text already: what they show, which point of them matters, which picture stands for them."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager

from fedcop.actors.models import Actor
from fedcop.core.errors import Invalid
from fedcop.core.ids import read_id
from fedcop.discussions.models import Post
from fedcop.media import posters, queries
from fedcop.media.posters import NO_PICTURE, Poster
from web.mastodon.params import Params

ROWS, PICTURE = "media_attributes", "thumbnail"
INSIDE = re.compile(r"data:image/[a-z.+-]+;base64,")  # a picture in a text, as Mastodon.py sends it


def said_of_files(given: Params, name: str) -> Iterator[tuple[int, str]]:
    """Read what is said of each, by id."""
    said = ((read_id(row.get("id", "")), row.get(name)) for row in given.rows(ROWS))
    return ((number, words) for number, words in said if number is not None and words is not None)


async def drawn(author: Actor, post: Post, given: Params) -> list[Poster]:
    """Prepare the pictures that are to stand for films and sounds of a post; of all or of none. Raises Invalid."""
    sent = [(number, _pieces(_decoded(text))) for number, text in said_of_files(given, PICTURE) if text]
    for row, upload in given.files(ROWS, PICTURE):
        if (number := read_id(row.get("id", ""))) is not None:
            sent.append((number, upload.chunks()))
    found, made = await queries.many([number for number, _stream in sent]), list[Poster]()
    async with kept_if_done(made):
        for number, stream in sent:
            if number in found and found[number].post_id == post.id:
                made.append(await posters.draw(author, found[number], stream, post_id=post.id))
    return made


@asynccontextmanager
async def kept_if_done(made: Sequence[Poster]) -> AsyncIterator[None]:
    """Throw pictures away if what they are made for is refused. Not where somebody hangs up: what was begun is done all the same."""
    try:
        yield
    except Exception:
        for one in made:
            await posters.drop(one)
        raise


def _decoded(text: str) -> bytes:
    begin = INSIDE.match(text)
    try:
        content = base64.b64decode(text[begin.end() :], validate=True) if begin else b""
    except ValueError:  # binascii.Error is one, and so is a text that is not ASCII
        content = b""
    if not content:
        raise Invalid(errors={PICTURE: NO_PICTURE})
    return content


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content
