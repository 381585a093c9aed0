"""How words are looked for with a tsvector. Knows the syntax of its queries and nothing of rights."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from fedcop.search.words import Term

FROM = "search_entry e"
ID = "e.id"


def titled(wanted: Sequence[Term], kinds: Collection[str]) -> tuple[str, list[Any]]:
    """Give the condition for entries of some kinds whose title has all terms."""
    return "e.words @@ to_tsquery('simple', ?) AND e.kind IN (?)", [_expression(wanted, "A"), list(kinds)]


def told(wanted: Sequence[Term], kinds: Collection[str]) -> tuple[str, list[Any]]:
    """Give the condition for entries of some kinds in which all terms stand, but not all in the title."""
    terms = "to_tsquery('simple', ?)"
    return (
        f"e.words @@ {terms} AND NOT e.words @@ {terms} AND e.kind IN (?)",
        [_expression(wanted, ""), _expression(wanted, "A"), list(kinds)],
    )


def in_turn(parts: Sequence[str]) -> str:
    """Put statements one after the other, up to a number of rows."""
    return f"SELECT h.* FROM ({' UNION ALL '.join(parts)}) AS h ORDER BY h.weight DESC, h.id DESC LIMIT ?"  # noqa: S608 - our own words


def _expression(wanted: Sequence[Term], weight: str) -> str:
    # Folded words hold letters and digits only: nothing in them can end the quotes.
    def one(term: Term) -> str:
        mark = f":{weight}" if weight else ""
        forms = [f"'{form}'{mark}" for form in term.forms]
        if term.prefix:
            forms.append(f"'{term.word}':*{weight}")
        return f"({' | '.join(forms)})"

    return " & ".join(one(term) for term in wanted)
