"""The questions that a community puts to who asks to join, and the answers. Pure but for the language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fedcop.communities.models import Community
from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_, language
from fedcop.core.sanitise import plain

MOST = 5
MAX_QUESTION = 200
MAX_ANSWER = 1000
LANGUAGES = ("fr", "en")

Answer = dict[str, str]  # "question" as it was put, "answer"


@dataclass(frozen=True)
class Question:
    """One question, in one language or two."""

    key: str
    texts: Mapping[str, str]
    required: bool = False

    @property
    def said(self) -> str:
        """Give it in the reader's language, else in the one it has."""
        return self.texts.get(language()[:2]) or next(iter(self.texts.values()))

    @property
    def field(self) -> str:
        """Name the field of its answer."""
        return f"answer-{self.key}"


def of(community: Community) -> tuple[Question, ...]:
    """Give the questions of a community, in order."""
    return tuple(Question(one["key"], one["texts"], bool(one.get("required"))) for one in community.questions or [])


def check(said: list[tuple[str, str, bool]]) -> list[dict[str, Any]]:
    """Make the column of questions from (French, English, required) as typed, or raise Invalid with an error per field."""
    errors: dict[str, str] = {}
    found: list[dict[str, Any]] = []
    for place, (french, english, required) in enumerate(said[:MOST], 1):
        typed = {"fr": _line(french), "en": _line(english)}
        for code, text in typed.items():
            if len(text) > MAX_QUESTION:
                errors[f"question-{place}-{code}"] = N_("This question is too long: 200 characters at most.")
        texts = {code: text for code, text in typed.items() if text}
        if texts:
            found.append({"key": f"q{place}", "texts": texts, "required": required})
    if errors:
        raise Invalid(errors=errors)
    return found


def read(said: Any) -> list[dict[str, Any]]:
    """Read the questions that another server serves; what is odd is left out."""
    found: list[dict[str, Any]] = []
    for one in said[:MOST] if isinstance(said, list | tuple) else ():
        if not isinstance(one, Mapping):
            continue
        key, names = str(one.get("fc:key") or ""), one.get("nameMap")
        names = names if isinstance(names, Mapping) else {"fr": one.get("name")}
        texts = {code: _line(str(names.get(code) or ""))[:MAX_QUESTION] for code in LANGUAGES}
        texts = {code: text for code, text in texts.items() if text}
        if texts and key.isalnum() and len(key) <= 12:
            found.append({"key": key, "texts": texts, "required": one.get("fc:required") is True})
    return found


def served(community: Community) -> list[dict[str, Any]]:
    """Give the questions as the Group document has them."""
    return [
        {
            "fc:key": one.key,
            "fc:required": one.required,
            "name": one.texts.get(community.language) or one.said,
            "nameMap": dict(one.texts),
        }
        for one in of(community)
    ]


def answers(community: Community, given: Mapping[str, str], *, strict: bool) -> list[Answer]:
    """Put the answers to their questions; `strict` raises Invalid where one is missing or too long."""
    errors: dict[str, str] = {}
    found: list[Answer] = []
    for one in of(community):
        text = plain(given.get(one.key, "")).strip()
        if one.required and not text:
            errors[one.field] = N_("Please answer this question.")
        elif len(text) > MAX_ANSWER:
            errors[one.field] = N_("This answer is too long: 1,000 characters at most.")
        if text:
            found.append({"key": one.key, "question": one.said, "answer": text[:MAX_ANSWER]})
    if errors and strict:
        raise Invalid(errors=errors)
    return found


def as_text(message: str, given: Sequence[Answer]) -> str:
    """Write a message and answers as plain text, for software that knows no questions."""
    parts = [message] if message else []
    return "\n\n".join([*parts, *(f"{one['question']}\n{one['answer']}" for one in given)])


def _line(text: str) -> str:
    return " ".join(plain(text).split())
