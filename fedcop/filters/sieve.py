"""Tells which filters match what one is about to read. Knows nothing of posts but a number and their words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from fedcop.core import clock
from fedcop.core.spelling import composed
from fedcop.filters.words import Filter, Keyword

STRENGTH = ("blur", "warn", "hide")


@dataclass(frozen=True)
class Match:
    """One filter that matches, by which of its words, and whether by the post itself."""

    filter: Filter
    words: tuple[str, ...] = ()
    post: bool = False


def folded(text: str) -> str:
    """Give a text as words are compared: capitals and small letters alike."""
    return composed(text).casefold()


_said = lru_cache(maxsize=10_000)(folded)


def _is_in(word: Keyword, text: str) -> bool:
    """Look first whether a word is there at all: of thousands of words few are, and patterns take fifty times as long."""
    said = _said(word.keyword)
    if said not in text:
        return False
    before = r"(?<!\w)" if word.whole_word and re.match(r"\w", said) else ""
    after = r"(?!\w)" if word.whole_word and re.search(r"\w\Z", said) else ""
    return re.search(before + re.escape(said) + after, text) is not None


class Sieve:
    """The filters of one person that have not ended."""

    def __init__(self, filters: Iterable[Filter] = ()) -> None:
        now = clock.now()
        self._filters = [one for one in filters if not one.is_over(now)]

    def __bool__(self) -> bool:
        return bool(self._filters)

    def is_for(self, context: str) -> bool:
        """Tell whether something is filtered there."""
        return any(context in one.contexts for one in self._filters)

    def matches(self, post_id: int, words: Callable[[], str], context: str = "") -> tuple[Match, ...]:
        """Give the filters that match a post, of all contexts or of one; `words` gives its text where it is needed."""
        mine = [one for one in self._filters if not context or context in one.contexts]
        if not mine:
            return ()
        text = folded(words())
        found: list[Match] = []
        for one in mine:
            said = tuple(word.keyword for word in one.keywords if _is_in(word, text))
            named = any(post.post_id == post_id for post in one.posts)
            if said or named:
                found.append(Match(one, said, named))
        return tuple(found)


def strongest(matches: Iterable[Match]) -> str:
    """Say what becomes of what several filters match: "" where none does."""
    return max((match.filter.action for match in matches), key=STRENGTH.index, default="")
