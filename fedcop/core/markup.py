"""What members write, as HTML: Markdown without raw HTML, then through the same allow-list as strangers' texts."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Callable
from functools import partial
from typing import Any, cast

import mistune
from mistune.plugins import Plugin

from fedcop.core import budgets
from fedcop.core.errors import Invalid, too_long
from fedcop.core.sanitise import clean_html

LONGEST = budgets.MARKDOWN_CHARACTERS  # characters; mistune takes up to a second for the worst of this length
BLANKS = re.compile(r" {100,}")  # where it looks for the end of each line from each of them

Hook = Callable[[str], str | None]

NAME = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?"
HOST = r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?"
MENTION = rf"(?<![\w/@!.])(?:@{NAME}(?:@{HOST})?|!{NAME}(?:@{HOST})?)"
HASHTAG = r"(?<![\w/&#])#[\w·]*[^\W\d_][\w·]*"


class _Renderer(mistune.HTMLRenderer):
    """mistune's, with mentions and tags. Pictures become links: nothing is loaded from elsewhere when a text is read."""

    def __init__(self, mention: Hook | None, tag: Hook | None) -> None:
        super().__init__(escape=True)
        self._mention = mention
        self._tag = tag
        self._links = 0

    def render_token(self, token: dict[str, Any], state: Any) -> str:
        """Keep count of links around: HTML knows none within a link."""
        inside = token["type"] in ("link", "image")
        self._links += inside
        try:
            return str(super().render_token(token, state))
        finally:
            self._links -= inside

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """A link with the picture's description."""
        return self.link(text, url, title)

    def link(self, text: str, url: str, title: str | None = None) -> str:
        """A link; inside another one, its text."""
        text = text or entities.escape(url)
        return text if self._links > 1 else f'<a href="{entities.escape(url)}">{text}</a>'

    def mention(self, text: str) -> str:
        """Link a person or a community, as microblogs write it."""
        handle = text.removeprefix("@")
        url = self._mention(handle) if self._mention and not self._links else None
        if url is None:
            return entities.escape(text)
        name = entities.escape(handle.lstrip("!").partition("@")[0])
        link = f'<a href="{entities.escape(url)}" class="u-url mention">{text[0]}<span>{name}</span></a>'
        return f'<span class="h-card">{link}</span>'

    def hashtag(self, text: str) -> str:
        """Link a tag."""
        url = self._tag(text[1:]) if self._tag and not self._links else None
        if url is None:
            return entities.escape(text)
        return f'<a href="{entities.escape(url)}" class="mention hashtag">#<span>{entities.escape(text[1:])}</span></a>'


def _plug(markdown: mistune.Markdown) -> None:
    for kind, pattern in (("mention", MENTION), ("hashtag", HASHTAG)):
        markdown.inline.register(kind, pattern, partial(_parse, kind), before="link")


def _parse(kind: str, inline: Any, found: re.Match[str], state: Any) -> int:
    state.append_token({"type": kind, "raw": found.group()})
    return found.end()


def to_html(markdown: str, *, mention: Hook | None = None, tag: Hook | None = None) -> str:
    """Turn Markdown into clean HTML.

    `mention("ana")`, `mention("ana@b.example")`, `mention("!potagers@b.example")` and `tag("pruniers")` give the address
    to link to, or None to leave the text as it is.
    """
    if len(markdown) > LONGEST:
        raise Invalid(too_long(LONGEST), code="text-too-long")
    render = mistune.create_markdown(
        hard_wrap=True, renderer=_Renderer(mention, tag), plugins=["strikethrough", "table", "url", cast(Plugin, _plug)]
    )
    return clean_html(str(render(BLANKS.sub(" " * 100, markdown.replace("\x00", ""))))).strip()


def mentions_in(markdown: str) -> list[str]:
    """Who is mentioned: handles without the @, in order, each once. Not those in code or in links."""
    found: dict[str, None] = {}
    to_html(markdown, mention=lambda handle: found.setdefault(handle))
    return list(found)


def tags_in(markdown: str) -> list[str]:
    """The hashtags of a text, without the #, in order, each once."""
    found: dict[str, None] = {}
    to_html(markdown, tag=lambda name: found.setdefault(name))
    return list(found)
