"""Texts in the reader's language, and dates and numbers as they are written there. Users' own texts are never translated."""

from __future__ import annotations

from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

DEFAULT = "fr-CA"
LOCALES = ("fr-CA", "en-CA")
FOLDER = Path(__file__).resolve().parents[2] / "web" / "locales"

current_language: ContextVar[str] = ContextVar("fedcop_language", default=DEFAULT)


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


@lru_cache(maxsize=None)
def catalogue(locale: str) -> dict[str, tuple[str, ...]]:
    """All texts of a language: every .po file of its folder, read once."""
    texts: dict[str, tuple[str, ...]] = {}
    for path in sorted((FOLDER / locale.replace("-", "_") / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as file:
            found: Catalog = read_po(file, locale=locale.replace("-", "_"))
        for message in found:
            if not message.id or message.fuzzy or not message.string:
                continue
            key = message.id[0] if isinstance(message.id, (tuple, list)) else message.id
            forms = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
            if all(forms):
                texts[str(key)] = tuple(str(form) for form in forms)
    return texts


def _(msgid: str, **params: object) -> str:
    """Say a text in the current language; `%(name)s` takes `name=`."""
    if not msgid:
        return ""
    forms = catalogue(language()).get(msgid)
    text = forms[0] if forms else msgid
    return text % params if params else text


def ngettext(one: str, many: str, count: int, **params: object) -> str:
    """Say a text about a number of things; `%(count)s` is the number, as it is written in the language."""
    code = language()
    forms = catalogue(code).get(one)
    singular = abs(count) < 2 if code.startswith("fr") else count == 1
    if forms and len(forms) > 1:
        text = forms[0] if singular else forms[-1]
    else:
        text = one if singular else many
    return text % {"count": count, **params}
