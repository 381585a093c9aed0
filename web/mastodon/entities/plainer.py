"""HTML that apps show: they know what Mastodon writes, and some leave out all else with what it says. Not for our pages, which show everything."""

from __future__ import annotations

import re

INSIDE = r'(?:[^>"]|"[^"]*")*'
UNKNOWN = re.compile(r"<(?:h[1-6]|table|s|ins|q)\b")
HEADING = re.compile(rf"<(/?)h[1-6]\b{INSIDE}>")
RENAMED = re.compile(rf"<(/?)(s|ins|q)\b{INSIDE}>")
NAMES = {"s": ("<del>", "</del>"), "ins": ("<u>", "</u>"), "q": ("“", "”")}
PIECE = re.compile(rf"\s*<(/?)(table|thead|tbody|tr|th|td)\b{INSIDE}>\s*")
BETWEEN = " | "


def plainer(html: str) -> str:
    """Write headings as bold paragraphs, and each table as a paragraph with a line for each row."""
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
