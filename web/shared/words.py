"""What a route of the client API reads, by name: said once, for reading (mastodon/params.py) and for describing (mastodon/openapi.py).

`"q limit:number ids:ids visibility:public|private file:file links:rows(name value)"`; a bare name is a text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What kind of thing a word is."""

    TEXT = "text"
    TEXTS = "texts"
    FLAG = "flag"
    NUMBER = "number"
    ID = "id"
    IDS = "ids"
    FILE = "file"
    ROWS = "rows"


@dataclass(frozen=True)
class Word:
    """One name in a query or a body."""

    name: str
    kind: Kind = Kind.TEXT
    choices: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()  # of rows: what is said of each


SAID = re.compile(r"(?P<name>[\w\[\].]+)(?::(?P<kind>[\w.|]+)(?:\((?P<inside>[^)]*)\))?)?(?:\s+|$)")


def words_of(said: str) -> tuple[Word, ...]:
    """Read a declaration; raise ValueError for one that nobody could mean."""
    found, at, text = [], 0, said.strip()
    while at < len(text):
        part = SAID.match(text, at)
        if part is None:
            raise ValueError(f"{text[at:]!r} declares nothing")
        kind, at = part["kind"] or Kind.TEXT, part.end()
        choices = tuple(kind.split("|")) if "|" in kind else ()
        inside = tuple((part["inside"] or "").split())
        found.append(Word(part["name"], Kind.TEXT if choices else Kind(kind), choices, inside))
    return tuple(found)
