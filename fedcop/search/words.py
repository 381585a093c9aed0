"""Folds words so that what is written one way is found another: accents, case, elisions, inclusive writing, French and English endings.

Both databases get the same folded text; nothing here knows either.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import snowballstemmer

from fedcop.core import budgets
from fedcop.core.spelling import apart, composed

MAX_TERMS = budgets.SEARCH_TERMS
MAX_WORD = budgets.SEARCH_WORD
EXCERPT = 240
MARK = "\ufb01"  # one letter for both databases, and two for `bare`: no word that somebody looks for has it. Step 0066 wrote it too
MAX_KNOWN = 10_000  # words remembered for one search

WORD = re.compile(r"[^\W_]+")
# l'arrosage, qu'elle, jusqu'à; and the English possessive.
ELISION = re.compile(r"\b(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu|quelqu|presqu)['’ʼ](?=\w)", re.IGNORECASE)
POSSESSIVE = re.compile(r"['’ʼ]s\b", re.IGNORECASE)
_FEMININE = "e|es|ne|nes|le|les|te|tes|ve|ves|se|ses|ère|ères|rice|rices|trice|trices|euse|euses"
# participant·e·s, participant.e.s, participant(e)s, communauté(s), participant-e-s, participant/e/s: the first part is enough, stems do the rest.
INCLUSIVE = re.compile(
    rf"(?<=\w\w)(?:[·•‧∙⋅]\w{{1,6}}(?:[·•‧∙⋅]\w{{1,2}})?|\((?:{_FEMININE}|s|x)\)s?"
    rf"|\.(?:{_FEMININE})(?:\.s)?|-(?:e|es|rice|trice|euse)(?:-s)?|/(?:e|es|rice|trice|euse)(?:/s)?)(?!\w)",
    re.IGNORECASE,
)
LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "Œ": "oe", "Æ": "ae"})

# Words that say nothing of a subject, folded. A search made of nothing else looks for them all the same.
_SILENT = """
a ai ainsi an and are as at au aux avec avez avons be been but by ce ces cet cette chez dans de des do does du
elle en es est et eu for from had has have he how i if il ils in is it its je la le les leur leurs lui ma mais
mes moi mon ne nos not notre nous of on or ou our par pas pour qu que quel quelle quels quelles qui sa se ses
she si son sont sur ta tes that the their them there these they this to tu un une us vos votre vous was we
were what when which who why will with y you your
"""
SILENT = frozenset(_SILENT.split())


@dataclass(frozen=True)
class Term:
    """One word that somebody looks for, in all the forms under which it may be kept; a prefix is still being typed."""

    word: str
    forms: tuple[str, ...]
    prefix: bool = False

    def fits(self, word: str) -> bool:
        """Tell whether a folded word is what is looked for."""
        return (self.prefix and word.startswith(self.word)) or not set(self.forms).isdisjoint(stems(word))


@cache
def _stemmer(language: str) -> Any:
    return snowballstemmer.stemmer(language)


@lru_cache(maxsize=1 << 16)
def stems(word: str) -> tuple[str, ...]:
    """Give a folded word and its French and English stems, each once."""
    if len(word) < 3 or not word.isalpha():
        return (word,)
    return tuple(dict.fromkeys((word, _stemmer("french").stemWord(word), _stemmer("english").stemWord(word))))


def bare(text: str) -> str:
    """Give a text in small letters without accents."""
    if text.isascii():
        return text.lower()
    without = apart(text.translate(LIGATURES))
    return "".join(sign for sign in without if not unicodedata.combining(sign)).casefold()


def tokens(text: str) -> Iterator[str]:
    """Give the folded words of a text, one after the other."""
    text = INCLUSIVE.sub("", POSSESSIVE.sub("", ELISION.sub("", composed(text))))
    for found in WORD.finditer(bare(text)):
        yield found[0][:MAX_WORD]


def fold(text: str) -> str:
    """Give what is kept of a text for searching: every word with its stems."""
    return " ".join(form for word in tokens(text) for form in stems(word))


def mark_of(kind: str) -> str:
    """Give the word that is kept with all things of a kind, but for posts, which are most of what there is. Nobody can look for it."""
    return "" if kind == "post" else MARK + kind


def terms(text: str) -> tuple[Term, ...]:
    """Read what somebody types into the search; words that say nothing are left out, the last one may be unfinished."""
    words = list(dict.fromkeys(tokens(text[:400])))
    kept = [word for word in words if word not in SILENT] or words
    unfinished = words[-1] if words and text[-1:].isalnum() and len(words[-1]) > 1 else ""
    return tuple(Term(word, stems(word), prefix=word == unfinished) for word in kept[:MAX_TERMS])


Piece = tuple[str, bool]
"""A part of a text, and whether it is what was looked for."""


def mark(text: str, wanted: Sequence[Term]) -> list[Piece]:
    """Cut a text into parts that were looked for and parts that were not."""
    pieces: list[Piece] = []
    at = 0
    for start, end in _hits(text, wanted):
        if start > at:
            pieces.append((text[at:start], False))
        pieces.append((text[start:end], True))
        at = end
    return [*pieces, (text[at:], False)] if at < len(text) else pieces


def excerpt(text: str, wanted: Sequence[Term], length: int = EXCERPT) -> list[Piece]:
    """Give the passage where most of what was looked for stands together, marked."""
    text = " ".join(text.split())
    if len(text) <= length:
        return mark(text, wanted)
    hits = [start for start, _end in _hits(text, wanted)]
    together = [bisect_left(hits, start + length * 3 // 4) - place for place, start in enumerate(hits)]
    best = hits[together.index(max(together))] if hits else 0
    start = max(0, best - length // 4)
    if start:
        start = text.find(" ", start) + 1
    end = min(len(text), start + length)
    if end < len(text):
        end = max(text.rfind(" ", start, end), start + length // 2)
    pieces = mark(text[start:end], wanted)
    return [*([("… ", False)] if start else []), *pieces, *([(" …", False)] if end < len(text) else [])]


def _hits(text: str, wanted: Sequence[Term]) -> Iterator[tuple[int, int]]:
    known = _known(tuple(wanted))
    if len(known) > MAX_KNOWN:
        known.clear()
    for found in WORD.finditer(text):
        word = found[0]
        if word not in known:
            folded = bare(word)[:MAX_WORD]
            known[word] = any(term.fits(folded) for term in wanted)
        if known[word]:
            yield found.span()


@lru_cache(maxsize=64)
def _known(_wanted: tuple[Term, ...]) -> dict[str, bool]:
    """Give the words already looked at for a search, and whether they were what it wanted: texts repeat their words."""
    return {}
