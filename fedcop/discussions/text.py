"""From what people type to what is shown: mentions, tags, HTML. Pure but for looking up who is mentioned."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.core import addresses
from fedcop.core.markup import to_html
from fedcop.core.sanitise import plain
from fedcop.core.site import site

MAX_MENTIONS = 30
MAX_TAGS = 20
TITLE_LENGTH = 200
_MENTION = re.compile(r"(?<![\w@/.&;=-])@([A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)(?:@([A-Za-z0-9.-]+(?::\d{1,5})?|\[[0-9a-fA-F:]+\]:\d+))?")
_TAG = re.compile(r"(?<![\w&#/])#(\w[\w·-]{0,59})", re.UNICODE)
_ADDRESS = re.compile(r"https?://\S+")


@dataclass(frozen=True)
class Text:
    """A text ready to be stored: its HTML, whom it names, its tags."""

    source: str
    content: str
    mentioned: tuple[Actor, ...] = ()
    tags: tuple[str, ...] = ()


def find_mentions(source: str) -> tuple[tuple[str, str], ...]:
    """Give (name, host) of each @name and @name@host, each once; host is "" for people of this instance."""
    found: dict[tuple[str, str], None] = {}
    for match in _MENTION.finditer(_ADDRESS.sub(" ", source)):
        found[(match[1].lower(), (match[2] or "").lower().rstrip("."))] = None
    return tuple(found)[:MAX_MENTIONS]


def find_tags(source: str, more: Iterable[str] = ()) -> tuple[str, ...]:
    """Give the #tags of a text and those chosen in a field, lower case, each once."""
    found: dict[str, None] = {}
    for word in [*more, *(match[1] for match in _TAG.finditer(_ADDRESS.sub(" ", source)))]:
        tag = clean_tag(word)
        if tag:
            found[tag] = None
    return tuple(found)[:MAX_TAGS]


def clean_tag(word: str) -> str:
    """Make a tag of a word as typed: no mark, no space, lower case; empty if nothing is left or it is only digits."""
    tag = re.sub(r"[^\w·-]+", "", unicodedata.normalize("NFC", plain(word)).strip().lstrip("#"))[:60].casefold()
    return "" if tag.isdecimal() else tag


async def prepare(source: str, tags: Iterable[str] = ()) -> Text:
    """Read a Markdown text: look up who is mentioned (known people only, never the network), make its HTML."""
    clean = plain(source).replace("\r\n", "\n").strip()
    known: dict[tuple[str, str], Actor] = {}
    for name, host in find_mentions(clean):
        actor = await actors.by_handle(name, host or site().settings.netloc)
        if actor is not None and actor.gone_at is None:
            known[(name, host)] = actor
    content = to_html(clean, mention=partial(_mention_link, known))
    people = {actor.id: actor for actor in known.values()}
    return Text(source=clean, content=content, mentioned=tuple(people.values()), tags=find_tags(clean, tags))


def _mention_link(known: Mapping[tuple[str, str], Actor], handle: str) -> str | None:
    name, _, host = handle.lstrip("@").partition("@")
    actor = known.get((name.lower(), host.lower().rstrip(".")))
    return None if actor is None else (actor.url or actor.uri)


def clean_title(title: str) -> str:
    """Make one line of a title as typed."""
    return " ".join(plain(title).split())


def derive_title(text: str) -> str:
    """Give the first line that says something, without leading mentions, cut at a word (federation.md 1.6)."""
    for line in text.splitlines():
        words = " ".join(plain(line).split())
        while match := re.match(r"@[\w.-]+(?:@[\w.:-]+)?[,:]?\s*", words):
            words = words[match.end() :]
        if words:
            return cut(words, TITLE_LENGTH)
    return ""


def cut(text: str, length: int) -> str:
    """Cut a text at a word, with an ellipsis."""
    if len(text) <= length:
        return text
    head = text[: length - 1]
    at_word = head.rsplit(" ", 1)[0] if " " in head[length // 2 :] else head
    return at_word.rstrip(" ,;:.") + "…"


def options_html(options: Iterable[str]) -> str:
    """The options of a poll from elsewhere, as text: we show what was asked, we do not vote."""
    items = "".join(f"<li>{html.escape(option)}</li>" for option in options)
    return f"<ul>{items}</ul>" if items else ""


def tag_uri(tag: str) -> str:
    """The address of a tag here."""
    return addresses.absolute(f"/tags/{tag}")
