"""What a charter says, as one value: checked, suggested, written as Markdown, compared. Pure but for the language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_, _
from fedcop.core.markup import to_html
from fedcop.core.sanitise import plain, to_text

MOST_LINES = 10
MAX_LINE = 200
MAX_EXPECTED = 300
MAX_TEXT = 15_000  # Mastodon takes at most 20 kB of summary; the purpose and both lists stand there too

PARTS: Mapping[str, str] = {
    "may": N_("One may"),
    "may_not": N_("One may not"),
    "expected": N_("What is expected of members"),
    "text": N_("In our own words"),
}
"""The parts of a charter by their names in `Charter`, in the order in which they are read."""

_MAY = (
    N_("Ask questions, also simple ones"),
    N_("Share what was tried, whether it worked or not"),
    N_("Disagree, and say why"),
    N_("Use elsewhere what one learned here, and name the source"),
    N_("Ask the people in charge for help"),
)
_MAY_NOT = (
    N_("Attack people"),
    N_("Advertise or sell"),
    N_("Repeat elsewhere what was said in confidence"),
    N_("Share what belongs to others without permission"),
    N_("Post the same thing again and again"),
)
_EXPECTED = N_("One contribution a year: a question, an answer, a resource.")
_WELCOME = N_(
    "Disagreement is explicitly welcome here: it is about ideas and practice, never about people. Whoever is of another"
    " opinion helps us learn."
)


@dataclass(frozen=True)
class Charter:
    """The words of one version."""

    may: tuple[str, ...] = ()
    may_not: tuple[str, ...] = ()
    expected: str = ""
    text: str = ""  # Markdown

    @property
    def is_empty(self) -> bool:
        """Tell whether it says nothing at all."""
        return not (self.may or self.may_not or self.expected or self.text)


NONE = Charter()


def suggested() -> Charter:
    """Give what a new community may begin with, in the reader's language."""
    return Charter(tuple(map(_, _MAY)), tuple(map(_, _MAY_NOT)), _(_EXPECTED), _(_WELCOME))


def typed(may: str, may_not: str, expected: str, text: str) -> Charter:
    """Make a charter of what a form says: a list has one entry on each line."""
    return Charter(_lines(may.splitlines()), _lines(may_not.splitlines()), _line(expected), text.strip())


def check(charter: Charter) -> Charter:
    """Give a charter back, or raise Invalid with an error per field of its form."""
    errors: dict[str, str] = {}
    for name, lines in (("may", charter.may), ("may_not", charter.may_not)):
        if len(lines) > MOST_LINES:
            errors[name] = N_("Ten lines at most: few lines are read, many are not.")
        elif any(len(line) > MAX_LINE for line in lines):
            errors[name] = N_("One of these lines is too long: 200 characters at most.")
    if len(charter.expected) > MAX_EXPECTED:
        errors["expected"] = N_("This sentence is too long: 300 characters at most.")
    if len(charter.text) > MAX_TEXT:
        errors["charter"] = N_("This charter is too long: 15,000 characters at most.")
    if errors:
        raise Invalid(errors=errors)
    return charter


def clipped(may: Iterable[object], may_not: Iterable[object], expected: str, text: str) -> Charter:
    """Make a charter of what another server says: what is too much is left out."""
    first, second = (
        tuple(line[:MAX_LINE] for line in _lines(str(one) for one in said)[:MOST_LINES]) for said in (may, may_not)
    )
    return Charter(first, second, _line(expected)[:MAX_EXPECTED], plain(text).strip()[:MAX_TEXT])


def _lines(said: Iterable[str]) -> tuple[str, ...]:
    """Tidy a list; who typed it as a list in Markdown meant no signs."""
    found = (_line(one.strip().removeprefix("- ").removeprefix("* ")) for one in said)
    return tuple(dict.fromkeys(line for line in found if line))


def _line(text: str) -> str:
    return " ".join(plain(text).split())


def as_markdown(charter: Charter) -> str:
    """Write all of a charter as one text, in the reader's language: for other software, and for the record of consent."""
    parts = []
    for name, lines in (("may", charter.may), ("may_not", charter.may_not)):
        if lines:
            parts.append(f"**{_(PARTS[name])}**\n\n" + "\n".join(f"- {line}" for line in lines))
    if charter.expected:
        parts.append(f"**{_(PARTS['expected'])}**\n\n{charter.expected}")
    return "\n\n".join([*parts, charter.text] if charter.text else parts)


def text_html(charter: Charter, first: int) -> str:
    """Show the free text under a heading: its own headings begin at level `first` and leave none out."""
    shown = to_html(charter.text) if charter.text else ""
    levels = sorted(set(re.findall(r"<h([1-6])>", shown)))
    fitted = {level: str(min(first + place, 6)) for place, level in enumerate(levels)}
    return re.sub(r"<(/?)h([1-6])>", lambda tag: f"<{tag[1]}h{fitted[tag[2]]}>", shown)


@dataclass(frozen=True)
class Difference:
    """What became of one part of a charter: pieces that came, pieces that went."""

    part: str
    added: tuple[str, ...]
    removed: tuple[str, ...]


def compare(before: Charter, after: Charter) -> list[Difference]:
    """Tell part by part what came and what went; a part that only changed its order says nothing."""
    found = []
    for part in PARTS:
        old, new = _pieces(before, part), _pieces(after, part)
        added, removed = (tuple(one for one in a if one not in b) for a, b in ((new, old), (old, new)))
        if added or removed:
            found.append(Difference(part, added, removed))
    return found


def _pieces(charter: Charter, part: str) -> tuple[str, ...]:
    said = getattr(charter, part)
    if isinstance(said, tuple):
        return said
    return tuple(piece for line in to_text(to_html(said)).splitlines() if (piece := line.strip().removeprefix("- ")))
