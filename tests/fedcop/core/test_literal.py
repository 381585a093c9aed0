"""Plain text stays plain, whatever Markdown would make of it."""

from __future__ import annotations

import html
import re

import pytest

from fedcop.core.literal import literal, plain_of
from fedcop.core.markup import mentions_in, tags_in, to_html

ODD = (
    "5*3*2 et a_b_c, _là_ et __là__, ~~non~~", "# Titre\n## Autre", "#gel et #_gel_", "> cité\n>> deux", "- un\n* deux\n+ trois\n1. quatre\n2) cinq",
    "Titre\n===\nAutre\n---\n***\n___", "`code` et ```\nbloc\n```", "[lien](https://a.example/b_c_d) ![image](x) [x]: y", "[x]: https://a.example", "<b>gras</b> &amp; &#65; <https://a.example>",
    "a | b\n--|--\n1 | 2", "| a | b |\n|:--|--|\n| 1 | 2 |", "fin\\\n\\* C:\\dossier\\_nom", "https://a.example/_b_/c*d*e?f=[g]&amp;h", "@ana_b_ !fruits_rouges @a@b.example *@ana*",
    "    retrait\n\tautre", "2026. Une année", "!! [non]", ":-) :--|", "Une ligne,\nune autre.\n\nUn paragraphe.",
)  # fmt: skip


@pytest.mark.parametrize("text", ODD)
def test_what_is_plain_is_read_as_it_is(text: str) -> None:
    made = to_html(literal(text))
    assert not re.search(r"<(?!/?(p|br|a)\b)", made), made
    shown = html.unescape(re.sub(r"<br ?/?>\n?|</p>\s*<p>", "\n", made).replace("<p>", "").replace("</p>", ""))
    shown = re.sub(r"<a [^>]*>|</a>", "", shown)
    assert [line.strip() for line in shown.split("\n") if line.strip()] == [
        line.strip() for line in text.split("\n") if line.strip()
    ]
    back = plain_of(literal(text))
    assert back in (None, text) and (back == text or text.startswith("    ") or literal(text) == text)
    assert (mentions_in(literal(text)), tags_in(literal(text))) == (mentions_in(text.replace("*", " ")), tags_in(text))


def test_what_was_formatted_is_no_plain_text() -> None:
    assert plain_of("Du **gras** et \\*") is None and plain_of("Rien.") is None
