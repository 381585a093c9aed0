"""Says where in a thing the words stand that somebody looked for. Pure; not for what may be found, nor for the words around it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fedcop.search import words
from fedcop.search.service import Hit
from fedcop.search.words import Piece, Term

TITLE = "title"
TEXT = "text"


@dataclass(frozen=True)
class Reason:
    """A part in which something that was looked for stands; `said` is that part itself, where it is short."""

    part: str
    said: str = ""


def reasons(text: str, hit: Hit, parts: Iterable[tuple[str, str]]) -> list[Reason]:
    """Name the parts of a result in which words of a search stand: title, text, then `parts` (a name, and what it says)."""
    wanted = words.terms(text)
    found = [Reason(part) for part, pieces in ((TITLE, hit.title), (TEXT, hit.excerpt)) if is_marked(pieces)]
    found += [Reason(part, said) for part, said in parts if _speaks_of(said, wanted)]
    # The passage is cut from the beginning of a long text: what is in no other part is further on in it.
    return list(dict.fromkeys(found)) or [Reason(TEXT)]


def is_marked(pieces: Sequence[Piece]) -> bool:
    """Tell whether something that was looked for stands there."""
    return any(marked for _text, marked in pieces)


def _speaks_of(said: str, wanted: Sequence[Term]) -> bool:
    return any(term.fits(word) for word in words.tokens(said) for term in wanted)
