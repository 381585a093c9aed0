"""Plain text as Markdown that says the same, and back: for who writes without formatting. Addresses, names and tags stay what they are."""

from __future__ import annotations

import re

from fedcop.core.markup import HASHTAG, MENTION

_KEPT = re.compile(rf"https?://[^\s<]+[^<.,:;\"')\]\s]|{MENTION}|{HASHTAG}")
_INSIDE = re.compile(r"[\\`*\[<~]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)")
_FIRST = re.compile(r"^([ \t]*)(?:(#{1,6}(?=[ \t]|$))|([>+=|:-])|(\d{1,9})([.)](?=[ \t]|$)))")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def literal(text: str) -> str:
    """Write plain text as Markdown: what would be read as formatting is read as itself."""
    return "\n".join(_line(line) for line in text.replace("\r\n", "\n").split("\n"))


def _line(line: str) -> str:
    at, parts = 0, []
    for found in _KEPT.finditer(line):
        parts += [_INSIDE.sub(r"\\\g<0>", line[at : found.start()]), found.group()]
        at = found.end()
    said = "".join([*parts, _INSIDE.sub(r"\\\g<0>", line[at:])])
    return _FIRST.sub(_mark, said.lstrip(" \t") if said[:1] in " \t" else said)


def _mark(found: re.Match[str]) -> str:
    return f"{found[4]}\\{found[5]}" if found[4] else f"\\{found[2] or found[3]}"


def plain_of(markdown: str) -> str | None:
    """Give the plain text that a text was written from, or None: it was formatted, or there is nothing to tell apart."""
    said = _ESCAPED.sub(r"\1", markdown)
    return said if said != markdown and literal(said) == markdown else None
