"""HTML that apps show: they know what Mastodon writes, and some leave out all else with what it says. Not for our pages, which show everything."""

from __future__ import annotations

import re
from functools import lru_cache

SHORT = 2_000  # characters: most texts are, and lists show the same ones again and again
INSIDE = r'(?:[^>"]|"[^"]*")*'
UNKNOWN = re.compile(r"<(?:h[1-6]|table|s|ins|q)\b")
HEADING = re.compile(rf"<(/?)h[1-6]\b{INSIDE}>")
RENAMED = re.compile(rf"<(/?)(s|ins|q)\b{INSIDE}>")
NAMES = {"s": ("<del>", "</del>"), "ins": ("<u>", "</u>"), "q": ("“", "”")}
PIECE = re.compile(rf"<(/?)(table|thead|tbody|tr|th|td)\b{INSIDE}>\s*")
BETWEEN = " | "
AS_TYPED = re.compile(r"(<pre\b.*?</pre>)", re.DOTALL)
BLOCK = re.compile(rf"</?(?:p|h[1-6]|ul|ol|li|blockquote|pre|hr|br)\b{INSIDE}>")


def plainer(html: str) -> str:
    """Write headings as bold paragraphs, each table as a paragraph with a line for each row, and no line breaks but `<br>`: some apps show them."""
    if "\n" not in html and UNKNOWN.search(html) is None:
        return html
    return _known(html) if len(html) <= SHORT else _plainer(html)


def _plainer(html: str) -> str:
    pieces = AS_TYPED.split(_in_known_words(html))
    return "".join(piece if at % 2 or "\n" not in piece else _in_one_line(piece) for at, piece in enumerate(pieces))


_known = lru_cache(maxsize=500)(_plainer)


def _in_one_line(html: str) -> str:
    """Join lines: words by a space, what begins or ends a paragraph by nothing. A pattern takes ages over many blanks."""
    said: list[str] = []
    for line in filter(None, (one.strip() for one in html.split("\n"))):
        apart = said and not (BLOCK.fullmatch(said[-1][said[-1].rfind("<") :]) or BLOCK.match(line))
        said += [" ", line] if apart else [line]
    return "".join(said)


def _in_known_words(html: str) -> str:
    if UNKNOWN.search(html) is None:
        return html
    html = HEADING.sub(lambda found: "</strong></p>" if found[1] else "<p><strong>", html)
    html = RENAMED.sub(lambda found: NAMES[found[2]][bool(found[1])], html)
    return _lines(html) if "<table" in html else html


def _lines(html: str) -> str:
    first_row = first_cell = True

    def line(found: re.Match[str]) -> str:
        nonlocal first_row, first_cell
        ends, name = bool(found[1]), found[2]
        if name == "table":
            first_row = first_cell = True
            return "</p>" if ends else "<p>"
        if name == "tr" and not ends:
            begin, first_row, first_cell = "" if first_row else "<br>", False, True
            return begin
        if name not in ("th", "td"):
            return ""
        if ends:
            return "</strong>" if name == "th" else ""
        before, first_cell = "" if first_cell else BETWEEN, False
        return before + ("<strong>" if name == "th" else "")

    return PIECE.sub(line, html)
