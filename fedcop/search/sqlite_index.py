"""How words are looked for with FTS5. Knows the syntax of its queries and nothing of rights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fedcop.search.words import Term

FROM = "search_words JOIN search_entry e ON e.id = search_words.rowid"


def found(wanted: Sequence[Term]) -> tuple[str, list[Any]]:
    """Give the condition for entries in which all terms stand."""
    return "search_words MATCH ?", [f"{{folded}} : ({_expression(wanted)})"]


def titled(wanted: Sequence[Term]) -> tuple[str, list[Any]]:
    """Give the condition for entries whose title has all terms."""
    inner = "SELECT rowid FROM search_words WHERE search_words MATCH ?"
    return f"e.id IN ({inner})", [f"{{folded_title}} : ({_expression(wanted)})"]


def _expression(wanted: Sequence[Term]) -> str:
    # Folded words hold letters and digits only: nothing in them can end the quotes.
    def one(term: Term) -> str:
        forms = (
            [f'"{term.word}" *', *(f'"{form}"' for form in term.forms)]
            if term.prefix
            else [f'"{form}"' for form in term.forms]
        )
        return f"({' OR '.join(forms)})"

    return " AND ".join(one(term) for term in wanted)
