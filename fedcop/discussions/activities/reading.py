"""Documents of others as posts. Pure: says what a document claims; incoming.py judges it and looks up whom it names."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from activitypub.jsonld.normalise import read_date
from activitypub.uris import is_public, same_origin
from activitypub.vocab import (
    Hashtag,
    Link,
    Mention,
    Object,
    Question,
    id_of,
    ids_of,
)
from fedcop.core import budgets
from fedcop.core.markup import to_html
from fedcop.core.sanitise import clean_html, plain, to_text
from fedcop.discussions.activities.attaching import files_of, is_http
from fedcop.discussions.activities.happenings import when_and_where
from fedcop.discussions.activities.illustrating import is_linked_picture, with_words_for_faces
from fedcop.discussions.activities.mapping import KIND, READ_BY, SINCE, headed
from fedcop.discussions.activities.questions import read_poll
from fedcop.discussions.kinds import ROOT_KINDS
from fedcop.discussions.polls.service import FoundPoll
from fedcop.discussions.quotes.service import FoundQuote
from fedcop.discussions.service.record import FoundFile
from fedcop.discussions.text import MAX_TAGS, clean_tag, derive_title
from fedcop.discussions.versions import MOST, Version, short
from fedcop.federation.wordless import ANONYMOUS

MAX_LINKS = 8
MAX_MENTIONED = budgets.MENTIONS_RECEIVED
FROM_ELSEWHERE = "discussion"
_CODE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,4})?")
QUOTES = ("https://misskey-hub.net/ns#_misskey_quote", "https://w3id.org/fep/044f#quote")
MOST_FALLBACK = 6_000  # characters
MOST_TITLE = 4_000
_FALLBACK = re.compile(r"<(p|span)\b[^<>]*\bquote-inline\b[^<>]*>", re.IGNORECASE)
# Nothing of it is read in two ways (the second plus): of forty links and a word, others would try a billion partitions.
_MENTION_PARAGRAPH = re.compile(
    r"^\s*+<p>\s*+(?:<span[^>]*+>\s*+)?+(?:<a\b[^>]*+>[^<]*+(?:<span>[^<]*+</span>)?+\s*+</a>\s*+(?:</span>\s*+)?+)++</p>",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """What a document says of itself."""

    uri: str
    author_uri: str
    parent_uri: str
    kind: str
    title: str
    title_derived: bool
    content: str
    language: str
    versions: tuple[Version, ...]  # the same in other languages
    sensitive: bool
    warning: str
    is_public: bool
    recipients: tuple[str, ...]
    audience: tuple[str, ...]
    owners: tuple[str, ...]  # whom it is attributed to beside its author: Mobilizon's groups
    mentioned: tuple[str, ...]
    tags: tuple[str, ...]
    links: tuple[dict[str, str], ...]
    files: tuple[FoundFile, ...]
    published: datetime | None
    updated: datetime | None
    url: str
    context_uri: str
    locked: bool
    read_by: str  # an audience in its author's words, "" if none were chosen
    read_by_since: datetime | None
    anonymous: bool  # its author asks that nobody be shown whose it is
    poll: FoundPoll | None
    quote: FoundQuote | None
    thing: Object  # as it came


def read(thing: Object) -> Claimed | None:
    """Read a document; None if it does not say who wrote it, or has nothing to show."""
    if thing.id is None or thing.author is None:
        return None
    quote = read_quote(thing)
    content = _content(thing, quotes=quote is not None)
    parent_uri = thing.in_reply_to or ""
    links, files = _links(thing), files_of(thing)
    title, derived = _title(thing, content)
    poll = read_poll(thing)
    if not content and not links and not files and not title and poll is None and quote is None:
        return None
    warning, content = _warning(thing, content)
    return Claimed(
        uri=thing.id,
        author_uri=thing.author,
        parent_uri=parent_uri,
        kind=_kind(thing, title, links),
        title=title,
        title_derived=derived,
        content=content,
        language=(thing.language or "")[:10],
        versions=_versions(thing, content, quotes=quote is not None),
        sensitive=thing.sensitive,
        warning=warning,
        is_public=any(is_public(name) for name in (*thing.to, *thing.cc)),
        recipients=tuple(name for name in thing.recipients if not is_public(name)),
        audience=thing.audience,
        owners=_owners(thing),
        mentioned=_mentioned(thing),
        tags=_tags(thing),
        links=links,
        files=files,
        published=thing.published,
        updated=thing.updated,
        # Whoever is led to the page of a post comes to the server that it is from.
        url=thing.url if thing.url and same_origin(thing.url, thing.id) else thing.id,
        context_uri=thing.context or "",
        locked=thing.comments_enabled is False,
        read_by=str(thing.extra.get(READ_BY) or "")[:40],
        read_by_since=read_date(thing.extra.get(SINCE)),
        anonymous=says_anonymous(thing),
        poll=poll,
        quote=quote,
        thing=thing,
    )


def says_anonymous(thing: Object) -> bool:
    """Tell whether its author took their name from it."""
    return thing.extra.get(ANONYMOUS) is True


def _owners(thing: Object) -> tuple[str, ...]:
    return tuple(name for name in ids_of(thing.attributed_to) if name != thing.author)


def _content(thing: Object, *, quotes: bool) -> str:
    text = _as_html(thing, thing.content or "")
    if not text and thing.summary and not thing.sensitive:
        text = thing.summary  # an event or a film says here what it is
    if quotes:
        text = without_fallback(text)
    text = with_words_for_faces(text)
    return when_and_where(thing) + clean_html(_MENTION_PARAGRAPH.sub("", _beheaded(thing, text, thing.name), count=1))


def read_quote(thing: Object) -> FoundQuote | None:
    """Read what a document quotes: as FEP-044f says it, or as was usual before, also in a Link (FEP-e232)."""
    linked = (tag.href for tag in thing.tag if isinstance(tag, Link) and tag.rel in QUOTES)
    said = (thing.quote, thing.quote_url, thing.quote_uri, thing.misskey_quote, *linked)
    uri = next((one for one in said if one and is_http(one) and len(one) <= 2048), None)
    if uri is None:
        return None
    stamp = thing.quote_authorization if thing.quote == uri else None
    return FoundQuote(uri, stamp if stamp and is_http(stamp) and len(stamp) <= 2048 else "")


def without_fallback(text: str) -> str:
    """Take out the words that stand for a quote where nobody knows quotes: one paragraph with the address, marked as such."""
    opening = _FALLBACK.search(text)
    if opening is None:
        return text
    link_ends = text.find("</a>", opening.end(), opening.end() + MOST_FALLBACK)
    closing = f"</{opening[1]}>"
    ends = text.find(closing, link_ends) if link_ends != -1 else -1
    return text[: opening.start()] + text[ends + len(closing) :] if ends != -1 else text


def _beheaded(thing: Object, text: str, title: str | None) -> str:
    """Take the title off the text of a poll, at whose head fedcop and PieFed put it for microblogs."""
    if not isinstance(thing, Question) or not title:
        return text
    head, end, rest = text.removeprefix(headed(title, "")).partition("</p>")
    begins = head.lower().startswith("<p>") and len(head) <= MOST_TITLE
    return rest if end and begins and _plain(head) == _plain(title) else head + end + rest


def _plain(text: str) -> str:
    return " ".join(plain(to_text(text)).split())


def _as_html(thing: Object, text: str) -> str:
    if thing.media_type == "text/markdown":
        return to_html(text)
    if thing.media_type == "text/plain":
        return "".join(f"<p>{html.escape(line)}</p>" for line in text.splitlines() if line.strip())
    return text


def _versions(thing: Object, content: str, *, quotes: bool) -> tuple[Version, ...]:
    """What the author says in other languages: nothing without a title where the first has one, nor what only repeats it."""
    first = short(thing.language or "")
    found: dict[str, Version] = {}
    for code, text in islice(thing.content_map.items(), 5 * MOST):
        title = " ".join(plain(to_text(thing.name_map.get(code) or "")).split())[:300]
        text = _beheaded(thing, text, thing.name_map.get(code) or thing.name)
        text = without_fallback(text) if quotes else text
        said = clean_html(_MENTION_PARAGRAPH.sub("", _as_html(thing, text), count=1))
        known = not first or short(code) in (first, "und") or short(code) in map(short, found)
        if known or said == content or not _CODE.fullmatch(code) or (thing.name and not title):
            continue
        found[code] = Version(code, title, "", said)
    return tuple(found.values())[:MOST]


def _title(thing: Object, content: str) -> tuple[str, bool]:
    if thing.in_reply_to:
        return "", False
    if name := _plain(thing.name or ""):
        return name[:300], False
    return derive_title(to_text(content)), True


def _warning(thing: Object, content: str) -> tuple[str, str]:
    """A summary is a content warning where posts have no title; where they do, it is an excerpt, and told already."""
    if thing.summary and (thing.sensitive or thing.name is None) and thing.content:
        return _plain(thing.summary)[:300], content
    return "", content


def _kind(thing: Object, title: str, links: tuple[dict[str, str], ...]) -> str:
    said = thing.extra.get(KIND)
    if isinstance(said, str) and said in ROOT_KINDS:
        return said
    if title.rstrip().endswith("?"):
        return "question"
    return "news" if links else FROM_ELSEWHERE


def _mentioned(thing: Object) -> tuple[str, ...]:
    found = (tag.href for tag in thing.tag if isinstance(tag, Mention) and tag.href)
    return tuple(dict.fromkeys(found))[:MAX_MENTIONED]


def _tags(thing: Object) -> tuple[str, ...]:
    found = (clean_tag(tag.name) for tag in thing.tag if isinstance(tag, Hashtag) and tag.name)
    return tuple(dict.fromkeys(tag for tag in found if tag))[:MAX_TAGS]


def _links(thing: Object) -> tuple[dict[str, str], ...]:
    found = []
    for item in thing.attachment:
        if not isinstance(item, Link) or isinstance(item, Mention | Hashtag) or is_linked_picture(item, thing):
            continue
        if item.href and is_http(item.href):
            found.append(
                {"href": item.href, "name": plain(item.name or "")[:300], "media_type": (item.media_type or "")[:100]}
            )
    return tuple(found[:MAX_LINKS])


def names(thing: Object, group_uri: str, followers_uri: str = "") -> bool:
    """Tell whether a document speaks to a group: in its audience, among its recipients, or by a mention."""
    wanted = {group_uri, followers_uri} - {""}
    mentioned = {tag.href for tag in thing.tag if isinstance(tag, Mention)}
    return bool(wanted & {*thing.recipients, *mentioned, *(id_of(owner) or "" for owner in thing.attributed_to)})
