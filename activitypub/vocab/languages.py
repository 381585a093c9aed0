"""How a language is said on the wire: an object with a code and a name, which Lemmy and PeerTube need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from activitypub.jsonld.normalise import as_list
from activitypub.vocab.terms import Build, Emit, Partly, Unreadable

#: Names of languages in themselves. Any other code stands for its own name.
NAMES = {
    "ar": "العربية", "ca": "Català", "cr": "Nēhiyawēwin", "cs": "Čeština", "da": "Dansk", "de": "Deutsch",
    "el": "Ελληνικά", "en": "English", "es": "Español", "eu": "Euskara", "fa": "فارسی", "fi": "Suomi",
    "fr": "Français", "he": "עברית", "hi": "हिन्दी", "ht": "Kreyòl ayisyen", "hu": "Magyar", "it": "Italiano",
    "iu": "ᐃᓄᒃᑎᑐᑦ", "ja": "日本語", "ko": "한국어", "nl": "Nederlands", "no": "Norsk", "oc": "Occitan",
    "pl": "Polski", "pt": "Português", "ro": "Română", "ru": "Русский", "sv": "Svenska", "tr": "Türkçe",
    "uk": "Українська", "vi": "Tiếng Việt", "wo": "Wolof", "zh": "中文",
}  # fmt: skip


def _code(value: Any) -> str | None:
    if isinstance(value, Mapping):
        value = value.get("identifier")
    # "und" is how Lemmy and Pleroma say that nobody chose a language.
    return value if isinstance(value, str) and 0 < len(value) <= 35 and value != "und" else None


def read_languages(value: Any, build: Build) -> tuple[str, ...]:
    """The codes of one or several languages."""
    items = as_list(value)
    found = tuple(code for code in map(_code, items) if code is not None)
    if not found and items:
        raise Unreadable
    return found


def read_language(value: Any, build: Build) -> str:
    """The code of the first language."""
    found = read_languages(value, build)
    if not found:
        raise Unreadable
    if len(found) > 1:
        raise Partly(found[0])
    return found[0]


def write_language(code: str, emit: Emit) -> dict[str, str]:
    """One language as an object, for posts."""
    return {"identifier": code, "name": NAMES.get(code.split("-")[0].lower(), code)}


def write_languages(codes: tuple[str, ...], emit: Emit) -> list[dict[str, str]]:
    """Several languages as a list, for groups."""
    return [write_language(code, emit) for code in codes]
