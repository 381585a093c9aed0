"""Strangers' texts made harmless: HTML through an allow-list, names without control characters. Not for Markdown: see markup.py."""

from __future__ import annotations

import html as entities
import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache
from urllib.parse import urlsplit

import nh3

from fedcop.core import budgets
from fedcop.core.spelling import composed

TAGS = frozenset(
    {
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "code",
        "del",
        "details",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "ins",
        "li",
    }
    | {
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "span",
        "strong",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "u",
        "ul",
    }
)
DROPPED_WHOLE = frozenset(
    {"script", "style", "noscript", "template", "iframe", "svg", "math", "title", "textarea", "object", "select"}
    | {"audio", "video"}
)
ATTRIBUTES = {
    "a": {"href", "hreflang"},
    "ol": {"start", "reversed"},
    "li": {"value"},
    "th": {"scope", "colspan", "rowspan"},
    "td": {"colspan", "rowspan"},
    **{tag: {"lang", "dir"} for tag in ("p", "span", "blockquote", "q")},
}
CLASSES = {
    "a": {"mention", "hashtag", "u-url", "ext"},
    "span": {"h-card", "mention", "hashtag", "invisible", "ellipsis", "p-author", "quote-inline"},
    "p": {"quote-inline"},
}
SCHEMES = {"http", "https", "mailto"}
REL = "nofollow noopener noreferrer ugc"

# Made once: to read these lists takes longer than to clean a text of some lines.
OF_HTML = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags=set(DROPPED_WHOLE),
    attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
    allowed_classes={tag: set(names) for tag, names in CLASSES.items()},
    url_schemes=set(SCHEMES),
    url_relative="deny",
    link_rel=REL,
    strip_comments=True,
)
OF_TEXT = nh3.Cleaner(tags=set(TAGS), clean_content_tags=set(DROPPED_WHOLE), link_rel=None)

# The page around a text has its own h1 and h2.
HEADINGS = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6", "h6": "h6"}
HEADING = re.compile(r"(</?)(h[1-6])(?=[ >])")
ANCHOR = re.compile(r'<a((?: [a-z-]+="[^"]*")*)>(.*?)</a>', re.DOTALL)
EMPTY_CLASS = re.compile(r'(<(?:a|p|span)(?: [a-z-]+="[^"]*")*?) class=""')
HREF = re.compile(r' href="([^"]*)"')
CLASS = re.compile(r' class="([^"]*)"')
TAG = re.compile(r'<(?:[^>"]|"[^"]*")*>')
LOOKS_LIKE_ADDRESS = re.compile(
    r"^(?:https?:/*)?(?:www\.)?([\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,})(?::\d+)?(?:[/?#\s]|$)", re.IGNORECASE
)
LOOKS_LIKE_HANDLE = re.compile(r"^[@!][\w.-]+(?:@([\w.:-]+))?$")

BIDI = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
INVISIBLE = dict.fromkeys([0x200B, 0x2060, 0xFEFF, 0x00AD, *range(0xE0000, 0xE0080)])
BLOCK_END = re.compile(r"</(?:p|h[1-6]|blockquote|pre|ul|ol|table|tr|details|summary)>|<hr>")
DETAILS = re.compile(r"(</?details>)")
PARAGRAPH_BREAK = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")
# Neither is read in two ways, nor anything twice: they are for texts that were made to take long.
WELL_FORMED = re.compile(r'<(/?)([A-Za-z][A-Za-z0-9]*+)(?:\s++[A-Za-z-]++="[^"<>]*+")*+\s*+(/?)>|<')
ANY_TAG = re.compile(r"<[^<>]*+>?")
WITHOUT_END = frozenset({"br", "hr", "img", "wbr"})
DEEPEST = 50
# however deep so many lie in each other, reading them takes a moment; the time grows with the square
MANY_TAGS = budgets.HTML_TAGS
ACCENT = r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
STACKED = re.compile(f"({ACCENT}{{4}}){ACCENT}+")


def clean_html(html: str, *, mentions: Collection[str] | None = None) -> str:
    """Keep what is text and structure, drop everything that acts, loads, positions or pretends.

    `mentions`: the addresses that the document's tags vouch for; a link that claims to be any other mention is shown
    as a plain link with its host. Without it, only texts that contradict their own link are marked.
    """
    cleaned = OF_HTML.clean(_shallow(html.translate(BIDI).replace("\x00", ""), MANY_TAGS))
    cleaned = EMPTY_CLASS.sub(r"\1", _shallow(cleaned, DEEPEST))
    cleaned = ANCHOR.sub(lambda found: _honest(found[0], found[1], found[2], mentions), cleaned)
    return HEADING.sub(lambda found: found[1] + HEADINGS[found[2]], cleaned)


def _shallow(html: str, harmless: int) -> str:
    """Leave of a text that lies too deep in itself, or of very many tags in no order, the words alone; `harmless` tags are not looked at."""
    if html.count("<") <= harmless:
        return html
    open_tags: list[str] = []
    for tag in WELL_FORMED.finditer(html):
        closes, name, alone = tag[1], (tag[2] or "").lower(), tag[3]
        if not name or (closes and (not open_tags or open_tags.pop() != name)) or len(open_tags) > DEEPEST:
            return ANY_TAG.sub(" ", html)
        if not closes and not alone and name not in WITHOUT_END:
            open_tags.append(name)
    return html


def _honest(whole: str, attributes: str, inner: str, mentions: Collection[str] | None) -> str:
    """Name the real host of a link whose text claims another one."""
    found = HREF.search(attributes)
    if found is None:
        return inner
    href = entities.unescape(found[1])
    host = host_of(href)
    if not host:
        return whole
    text = " ".join(entities.unescape(TAG.sub("", inner)).split())
    claimed = CLASS.search(attributes)
    if mentions is not None and claimed and "mention" in claimed[1].split() and "hashtag" not in claimed[1].split():
        if href in mentions:
            return whole
        return f"<a{CLASS.sub('', attributes)}>{inner}</a>{_named(host)}"
    if handle := LOOKS_LIKE_HANDLE.match(text):
        return whole if handle[1] in (None, host) else whole + _named(host)
    if (address := LOOKS_LIKE_ADDRESS.match(text)) and not _same_site(address[1], host):
        return whole + _named(host)
    return whole


def _named(host: str) -> str:
    return f" [{entities.escape(host)}]"


def _same_site(claimed: str, host: str) -> bool:
    bare = host.rpartition(":")[0] if ":" in host else host
    return claimed.lower().removeprefix("www.") == bare.removeprefix("www.")


def host_of(url: str) -> str:
    """`host` or `host:port` of a web address, as people should see it; empty when there is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    usual = {"http": 80, "https": 443}[parts.scheme]
    return parts.hostname if port in (None, usual) else f"{parts.hostname}:{port}"


def to_text(html: str) -> str:
    """What a text says, without its markup: paragraphs apart, list items with a dash."""
    if not html:
        return ""
    clean = OF_TEXT.clean(_shallow(html, MANY_TAGS))
    text = " ".join(line for one in clean.split("\n") if (line := one.strip()))  # a pattern takes ages over many blanks
    text = text.replace("<br>", "\n").replace("<li>", "\n- ").replace("</td>", " ").replace("</th>", " ")
    text = TAG.sub("", BLOCK_END.sub("\n\n", text))
    lines = (line.strip() for line in plain(entities.unescape(text), lines=True).split("\n"))
    return PARAGRAPH_BREAK.sub("\n\n", "\n".join(lines)).strip()


ENDING = frozenset(".:!?…;,")


def _listed_in_line(text: str) -> str:
    """Make of a list what one would write in a sentence: its items apart by semicolons, or by what ends them."""
    lines: list[str] = []
    in_list = False
    for line in filter(None, text.split("\n")):
        item = line.startswith("- ")
        said = line.removeprefix("- ") if item else line
        if lines and (item or in_list) and lines[-1][-1:] not in ENDING:
            lines[-1] += ";" if item and in_list else ":" if item else "."
        starts = not lines or lines[-1][-1:] in ".!?…"
        lines.append(said[:1].upper() + said[1:] if item and starts else said)
        in_list = item
    return " ".join(lines)


def _closed(html: str) -> str:
    """Leave of what is shown to whoever asks for it (the spoilers of Lemmy and PieFed) its heading alone."""
    if "<details>" not in html:
        return html
    kept, depth = [], 0
    for part in DETAILS.split(html):
        if part == "</details>":
            depth -= 1
        elif part == "<details>":
            kept += ["<p>…</p>"] if depth == 0 else []
            depth += 1
        elif depth <= 0:
            kept.append(part)
        elif depth == 1 and kept[-1] == "<p>…</p>" and part.lstrip().startswith("<summary>"):
            kept[-1] = f"<p>{part.partition('<summary>')[2].partition('</summary>')[0]}…</p>"
    return "".join(kept)


SHORT = 2_000  # characters: most texts are, and a list shows the same ones again and again


def excerpt(html: str, n: int = 280) -> str:
    """The beginning of a text on one line, cut between words."""
    return _begun(html, n) if len(html) <= SHORT else _begin(html, n)


def _begin(html: str, n: int) -> str:
    html = _closed(html)
    text = " ".join(_listed_in_line(to_text(html)).split())
    if len(text) <= n:
        return text
    cut = text[: n - 1]
    space = len(cut) if text[n - 1] == " " else cut.rfind(" ")
    return (cut[:space] if space > n // 2 else cut).rstrip(" ,;:.–-") + "…"


_begun = lru_cache(maxsize=2_000)(_begin)


def plain(text: str, *, lines: bool = False) -> str:
    """A text without control, direction and invisible characters or towers of accents, on one line unless `lines`."""
    if text.isascii() and text.isprintable():  # has none of them
        return text if lines else " ".join(text.split())
    text = composed(text.replace("\r\n", "\n").replace("\r", "\n"))
    text = STACKED.sub(r"\1", text.translate(BIDI).translate(INVISIBLE))
    if not lines:
        text = " ".join(text.split())
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs", "Cn", "Co"))
