"""From what people type to what is shown: mentions, tags, HTML. Pure but for looking up who is mentioned."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.core import addresses, budgets
from fedcop.core.markup import mentions_in, tags_in, to_html
from fedcop.core.sanitise import plain, to_text
from fedcop.core.site import site
from fedcop.core.spelling import composed
from fedcop.discussions.versions import Version

MAX_MENTIONS = budgets.POST_MENTIONS
MAX_SOURCE = budgets.POST_CHARACTERS  # characters of one post
MAX_TAGS = budgets.POST_TAGS
MAX_QUOTE = 800
TITLE_LENGTH = 200
ADDRESSED = re.compile(r"@[\w.-]+(?:@[\w.:-]+)?[,:]?\s*")


@dataclass(frozen=True)
class Text:
    """A text ready to be stored: its HTML, whom it names, its tags."""

    source: str
    content: str
    mentioned: tuple[Actor, ...] = ()
    tags: tuple[str, ...] = ()
    versions: tuple[Version, ...] = ()  # the same in other languages


def find_tags(source: str, more: Iterable[str] = ()) -> tuple[str, ...]:
    """Give the tags chosen in a field and the #tags of a text, lower case, each once."""
    found: dict[str, None] = {}
    for word in [*more, *tags_in(source)]:
        tag = clean_tag(word)
        if tag:
            found[tag] = None
    return tuple(found)[:MAX_TAGS]


def chosen_tags(source: str, tags: Iterable[str]) -> list[str]:
    """Give those of a text's tags that do not stand in it: they were chosen in a field."""
    inside = set(find_tags(source))
    return [tag for tag in tags if tag not in inside]


def clean_tag(word: str) -> str:
    """Make a tag of a word as typed: no mark, no space, lower case; empty if nothing is left or it is only digits."""
    tag = re.sub(r"[^\w·-]+", "", composed(plain(word)).strip().lstrip("#")).casefold()[:60]
    return "" if tag.isdecimal() else tag


async def prepare(source: str, tags: Iterable[str] = (), versions: Iterable[Version] = ()) -> Text:
    """Read a Markdown text, and what its author wrote of it in other languages: whom each names, its tags, its HTML."""
    first = await _read(source, tags)
    people, found, others = {actor.id: actor for actor in first.mentioned}, [first.tags], []
    for version in versions:
        body = await _read(version.source)
        people |= {actor.id: actor for actor in body.mentioned}
        found.append(body.tags)
        others.append(Version(version.language, clean_title(version.title), body.source, body.content))
    together = tuple(dict.fromkeys(tag for of_one in found for tag in of_one))[:MAX_TAGS]
    return replace(first, mentioned=tuple(people.values()), tags=together, versions=tuple(others))


async def _read(source: str, tags: Iterable[str] = ()) -> Text:
    """Look up who is mentioned (known people only, never the network), make the HTML."""
    clean = plain(source, lines=True).strip()
    if len(clean) > MAX_SOURCE:
        return Text(source=clean, content="")  # check_text refuses it, at its field
    known = await _named_in(clean)
    content = to_html(clean, mention=partial(_mention_link, known), tag=_tag_link)
    people = {actor.id: actor for actor in known.values()}
    return Text(source=clean, content=content, mentioned=tuple(people.values()), tags=find_tags(clean, tags))


async def named_in(source: str) -> list[Actor]:
    """Give whom a Markdown text names, of those we know."""
    found = await _named_in(plain(source, lines=True))
    return list({actor.id: actor for actor in found.values()}.values())


async def _named_in(clean: str) -> dict[str, Actor]:
    known: dict[str, Actor] = {}
    for handle in mentions_in(clean)[:MAX_MENTIONS]:
        actor = await find_mentioned(handle)
        if actor is not None:
            known[handle] = actor
    return known


async def find_mentioned(handle: str) -> Actor | None:
    """Find the actor that "ana", "ana@b.example" or "!potagers@b.example" names, if we know it."""
    name, _, host = handle.lstrip("!").partition("@")
    kind = "Group" if handle.startswith("!") else None
    actor = await actors.by_handle(name, host.lower() or site().settings.netloc, kind)
    return None if actor is None or actor.gone_at is not None else actor


def _mention_link(known: Mapping[str, Actor], handle: str) -> str | None:
    actor = known.get(handle)
    return None if actor is None else (actor.url or actor.uri)


def _tag_link(name: str) -> str | None:
    tag = clean_tag(name)
    return tag_uri(tag) if tag else None


def clean_title(title: str) -> str:
    """Make one line of a title as typed."""
    return plain(title).strip()


def derive_title(text: str) -> str:
    """Give the first line that says something, without leading mentions, cut at a word (federation.md 1.6)."""
    for line in text.splitlines():
        words = plain(line).strip()
        begin = 0
        while match := ADDRESSED.match(words, begin):
            begin = match.end()
        if begin < len(words):
            return cut(words[begin:], TITLE_LENGTH)
    return ""


def cut(text: str, length: int) -> str:
    """Cut a text at a word, with an ellipsis."""
    if len(text) <= length:
        return text
    head = text[: length - 1]
    at_word = head.rsplit(" ", 1)[0] if " " in head[length // 2 :] else head
    return at_word.rstrip(" ,;:.") + "…"


def quoted(content: str) -> str:
    """Quote the HTML of a post as Markdown, its beginning if it is long; ready to be answered below."""
    said = to_text(content)
    lines = (said if len(said) <= MAX_QUOTE else said[:MAX_QUOTE].rsplit(" ", 1)[0] + "…").splitlines()
    return "\n".join(f"> {line}".rstrip() for line in lines) + "\n\n" if lines else ""


def options_html(options: Iterable[str]) -> str:
    """The options of a poll as text, for servers that know no polls."""
    items = "".join(f"<li>{html.escape(option)}</li>" for option in options)
    return f"<ul>{items}</ul>" if items else ""


def tag_uri(tag: str) -> str:
    """The address of a tag here."""
    return addresses.absolute(f"/tags/{tag}")
