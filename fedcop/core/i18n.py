"""Texts in the reader's language. Users' own texts are never translated. How dates and numbers are written: see formats.py."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

from fedcop.core.formats import (
    current_language,
    format_date,
    format_datetime,
    format_number,
    format_size,
    format_time,
    relative_time,
    set_time_zone,
    typeset,
)
from fedcop.core.spelling import apart

__all__ = [
    "DEFAULT",
    "LOCALES",
    "N_",
    "_",
    "catalogue",
    "closest",
    "current_language",
    "elide",
    "format_date",
    "format_datetime",
    "format_number",
    "format_size",
    "format_time",
    "language",
    "ngettext",
    "relative_time",
    "set_language",
    "set_time_zone",
    "typeset",
]

DEFAULT = "fr-CA"
LOCALES = ("fr-CA", "en-CA")
BEFORE_A_NAME = re.compile(r"\b([Dd]|[Qq]u)e %\((\w+)\)s")
FOLDER = Path(__file__).resolve().parents[2] / "web" / "locales"


def N_(msgid: str) -> str:
    """Mark a text that is translated later, where it is shown."""
    return msgid


def set_language(code: str) -> None:
    """Speak this language from here on, in this task."""
    current_language.set(closest(code))


def language() -> str:
    """The language spoken here."""
    return current_language.get()


def closest(code: str) -> str:
    """Which of our languages is nearest to a code such as "fr", "en-GB" or "de"."""
    wanted = code.replace("_", "-").lower()
    for locale in LOCALES:
        if locale.lower() == wanted:
            return locale
    for locale in LOCALES:
        if locale.split("-")[0].lower() == wanted.split("-")[0]:
            return locale
    return DEFAULT


@cache
def catalogue(locale: str) -> dict[str, tuple[str, ...]]:
    """All texts of a language: every .po file of its folder, read once, with the spaces that its typography wants."""
    texts: dict[str, tuple[str, ...]] = {}
    for path in sorted((FOLDER / locale.replace("-", "_") / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as file:
            found = read_po(file, locale=locale.replace("-", "_"))
        for message in found:
            if not message.id or message.fuzzy or not message.string:
                continue
            key = message.id[0] if isinstance(message.id, (tuple, list)) else message.id
            forms = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
            if all(forms):
                texts[str(key)] = tuple(typeset(str(form), locale) for form in forms)
    return texts


def _(msgid: str, **params: object) -> str:
    """Say a text in the current language; `%(name)s` takes `name=`."""
    if not msgid:
        return ""
    forms = catalogue(language()).get(msgid)
    text = forms[0] if forms else msgid
    return _stopped(elide(text, params) % params) if params else text


def _stopped(said: str) -> str:
    """In English a time may end in a full stop, and then ends its sentence too: "at 2:41 p.m."."""
    return said.replace(".m..", ".m.") if ".m.." in said else said


def elide(text: str, params: Mapping[str, object]) -> str:
    """In French "de %(name)s" is "d’%(name)s" where the name that it takes begins with a vowel."""
    if "e %(" not in text or not params or not language().startswith("fr"):
        return text
    return BEFORE_A_NAME.sub(
        lambda found: f"{found[1]}’%({found[2]})s" if _sounds(params.get(found[2], "")) else found[0], text
    )


def _sounds(value: object) -> bool:
    words = value.striptags() if hasattr(value, "striptags") else str(value)
    return apart(words[:1]).casefold()[:1] in tuple("aeiouœæ")


def ngettext(one: str, many: str, count: int, **params: object) -> str:
    """Say a text about a number of things; `%(count)s` is the number as the language writes it."""
    code = language()
    forms = catalogue(code).get(one)
    # French says "0 réponse"; English says "0 replies".
    singular = abs(count) < 2 if code.startswith("fr") else abs(count) == 1
    if forms and len(forms) > 1:
        text = forms[0] if singular else forms[-1]
    elif forms and one == many:
        text = forms[0]
    else:
        text = one if singular else many
    number: object = count if "%(count)d" in text else format_number(count)
    return _stopped(elide(text, params) % {"count": number, **params})
