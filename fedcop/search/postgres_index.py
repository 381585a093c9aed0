"""How words are looked for with a tsvector. Knows the syntax of its queries and nothing of rights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fedcop.search.words import Term

FROM = "search_entry e"


def found(wanted: Sequence[Term]) -> tuple[str, list[Any]]:
    """Give the condition for entries in which all terms stand."""
    return "e.words @@ to_tsquery('simple', ?)", [_expression(wanted, "")]


def titled(wanted: Sequence[Term]) -> tuple[str, list[Any]]:
    """Give the condition for entries whose title has all terms."""
    return "e.words @@ to_tsquery('simple', ?)", [_expression(wanted, "A")]


def _expression(wanted: Sequence[Term], weight: str) -> str:
    # Folded words hold letters and digits only: nothing in them can end the quotes.
    def one(term: Term) -> str:
        mark = f":{weight}" if weight else ""
        forms = [f"'{form}'{mark}" for form in term.forms]
        if term.prefix:
            forms.append(f"'{term.word}':*{weight}")
        return f"({' | '.join(forms)})"

    return " & ".join(one(term) for term in wanted)
