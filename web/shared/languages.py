"""The languages that people write in here, and the fields of a form that hold a second version of a text."""

from __future__ import annotations

from fedcop.core.i18n import N_, _
from fedcop.discussions import versions
from fedcop.discussions.models import Post
from fedcop.discussions.versions import SECOND, Version
from web.shared.forms import FormData

LANGUAGES = {"fr": N_("French"), "en": N_("English"), "es": N_("Spanish")}


def language_options(first: str) -> list[tuple[str, str]]:
    """The languages that one can write in, the community's first."""
    order = sorted(LANGUAGES, key=lambda code: code != first)
    return [(code, _(LANGUAGES[code])) for code in order]


def second_after(first: str) -> str:
    """The language in which a second version most likely is."""
    return "en" if first.startswith("fr") else "fr"


def versions_of(form: FormData) -> tuple[Version, ...]:
    """What was typed in a second language."""
    return versions.typed(form.chosen("language2", LANGUAGES), form.text("title2"), form.raw("source2"))


def second_of(post: Post) -> dict[str, str]:
    """The fields of a form that hold what a post says in a second language."""
    second = next(iter(versions.beside(post)), None)
    return dict(zip(SECOND, (second.language, second.title, second.source), strict=True)) if second else {}
