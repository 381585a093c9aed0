"""One spelling for what can be written in several: letters with their accents composed, or taken apart. Pure.

Python sorts the marks above and below a letter by moving each past all others: a minute for the marks that one form holds. Of a row of
them no more are kept than any writing has; all that is composed here, is composed by this.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

MARKS = 30  # in a row: more need not be kept together (Unicode Standard Annex 15, "Stream-Safe Text Format")
FAR = re.compile(
    rf"[\u0300-\U0010ffff]{{{MARKS + 1},}}"
)  # no mark stands before these; few texts have so many of them together


def composed(text: str) -> str:
    """Give a text with its accents in its letters (NFC)."""
    return text if text.isascii() else unicodedata.normalize("NFC", FAR.sub(_thinned, text))


def apart(text: str) -> str:
    """Give a text with its accents beside its letters, and of letters that only look different the plain one (NFKD)."""
    return text if text.isascii() else unicodedata.normalize("NFKD", FAR.sub(_thinned, text))


def _thinned(found: re.Match[str]) -> str:
    kept, row = list[str](), 0
    for sign in found[0]:
        row = row + 1 if _is_mark(sign) else 0
        if row <= MARKS:
            kept.append(sign)
    return "".join(kept)


@lru_cache(maxsize=1 << 12)
def _is_mark(sign: str) -> bool:
    """Some are marks only once they are taken apart."""
    return unicodedata.combining(unicodedata.normalize("NFKD", sign)[0]) > 0
