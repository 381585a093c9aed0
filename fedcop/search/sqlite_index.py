"""How words are looked for with FTS5. Knows the syntax of its queries and nothing of rights."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from fedcop.search.words import Term, mark_of

FROM = "search_words CROSS JOIN search_entry e ON e.id = search_words.rowid"  # in this order: the words give their entries newest first
ID = "search_words.rowid"


def titled(wanted: Sequence[Term], kinds: Collection[str]) -> tuple[str, list[Any]]:
    """Give the condition for entries of some kinds whose title has all terms."""
    return "search_words MATCH ? AND e.kind IN (?)", [f"{{folded_title}} : ({_expression(wanted, kinds)})", list(kinds)]


def told(wanted: Sequence[Term], kinds: Collection[str]) -> tuple[str, list[Any]]:
    """Give the condition for entries of some kinds in which all terms stand, but not all in the title."""
    terms = _expression(wanted, kinds)
    return (
        "search_words MATCH ? AND e.kind IN (?)",
        [f"({{folded}} : ({terms})) NOT ({{folded_title}} : ({terms}))", list(kinds)],
    )


def in_turn(parts: Sequence[str]) -> str:
    """Put statements one after the other, up to a number of rows: SQLite does not begin one that is not needed any more."""
    return f"{' UNION ALL '.join(parts)} LIMIT ?"


def _expression(wanted: Sequence[Term], kinds: Collection[str]) -> str:
    # Folded words hold letters and digits only: nothing in them can end the quotes.
    def one(term: Term) -> str:
        forms = (
            [f'"{term.word}" *', *(f'"{form}"' for form in term.forms)]
            if term.prefix
            else [f'"{form}"' for form in term.forms]
        )
        return f"({' OR '.join(forms)})"

    # Few things among very many are found by the word of their kind, without looking at the others.
    marks = [mark_of(kind) for kind in kinds]
    among = [f"({' OR '.join(marks)})"] if marks and all(marks) else []
    return " AND ".join([*(one(term) for term in wanted), *among])
