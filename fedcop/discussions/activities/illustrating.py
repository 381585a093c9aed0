"""Pictures that stand within a text or are linked to, as forums write them: no text of ours shows pictures, so they are the post's. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import islice
from typing import TypeGuard
from urllib.parse import urlsplit

from activitypub.uris import same_origin
from activitypub.vocab import Document, Hashtag, Link, Mention, Object

MARKDOWN = "text/markdown"
SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif")
MOST_LOOKED_AT = 100
# Nothing of it is read in two ways, and nothing beyond the next "<": of many beginnings without an end, others would read all the rest each time.
_IMG = re.compile(r"""<img\b((?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+)>""", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\b(src|alt|class)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)')""", re.IGNORECASE)


def _attributes(tag: str) -> dict[str, str]:
    found = {name.lower(): html.unescape(double or single) for name, double, single in _ATTRIBUTE.findall(tag)}
    return {"src": "", "alt": "", "class": "", **found}


def _is_face(attributes: dict[str, str]) -> bool:
    return any("emoji" in name for name in attributes["class"].lower().split())


def with_words_for_faces(text: str) -> str:
    """Put the words for an emoji where its picture stands."""
    if "<img" not in text:
        return text

    def said(tag: re.Match[str]) -> str:
        attributes = _attributes(tag[1])
        return html.escape(attributes["alt"][:100]) if _is_face(attributes) else tag[0]

    return _IMG.sub(said, text)


def within(thing: Object) -> Iterator[tuple[str, str]]:
    """Give address and words of each picture within a text.

    Who attaches pictures and writes no Markdown (WordPress) has attached those of the text, in other sizes.
    """
    text = thing.content or ""
    writes_markdown = thing.source is not None and thing.source.media_type == MARKDOWN
    if "<img" not in text or (not writes_markdown and any(isinstance(one, Document) for one in thing.attachment)):
        return
    for tag in islice(_IMG.finditer(text), MOST_LOOKED_AT):
        attributes = _attributes(tag[1])
        if not _is_face(attributes):
            yield attributes["src"], attributes["alt"]


def is_linked_picture(item: object, thing: Object) -> TypeGuard[Link]:
    """Tell whether what a post links to is a picture on its own server: apps of PieFed share pictures so."""
    if not isinstance(item, Link) or isinstance(item, Mention | Hashtag) or not item.href:
        return False
    if (item.media_type or "").startswith("image/"):
        return True
    return same_origin(item.href, thing.id or "") and urlsplit(item.href).path.lower().endswith(SUFFIXES)
