"""A language that marks what is translated: whatever people read between no marks was written into a template or a handler.

What members write here is Greek, so that Latin letters outside the marks are ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import pytest
from babel import Locale

from fedcop.accounts import instance
from fedcop.communities import service as communities
from fedcop.core import i18n
from fedcop.discussions import service
from tests.rig.browser import Element
from tests.web.conftest import SignIn
from web.pages.visit import CAST
from web.routes import all_routes
from web.shared import templating
from web.shared.routing import Family
from web.shared.templating import initials

BEGIN, END = "⟦", "⟧"
# Prose in one file per language, what browsers and hosts give their names to, and this test's own words.
PROSE = (
    "/about",
    "/privacy",
    "/accessibility",
    "/help",
    "/whats-new",
    "/a-propos",
    "/confidentialite",
    "/accessibilite",
    "/aide",
    "/quoi-de-neuf",
)
SILENT = ("script", "style", "template", "time", "code", "kbd", "textarea", "svg")
READ_OUT = (
    "alt",
    "placeholder",
    "aria-label",
    "title",
    "data-confirm",
    "data-send-later",
    "data-show",
    "data-keep-saved",
)
NO_WORDS = re.compile(r"\S*[@/:.]\S*|\b(?:FR|EN|RSS|PDF|CSV|TIME)\b|#\w+")
WORD = re.compile(r"[A-Za-zÀ-ÿ]{2,}")
FRENCH = Locale("fr")
GIVEN = {  # by Babel, by licences, by the session that a test opens, to the people of the guided visit
    *(word.casefold() for name in FRENCH.languages.values() for word in WORD.findall(name)),
    *(name.casefold() for names in (FRENCH.months, FRENCH.days) for name in names["format"]["wide"].values()),
    *(word.casefold() for one in CAST.values() for word in WORD.findall(f"{one.display_name} {initials(one)}")),
    *("er", "english", "by", "cc", "nc", "nd", "sa", "test"),
}


class Marked(dict[str, tuple[str, ...]]):
    """A catalogue that knows every text, and says it between marks."""

    def get(self, key: str, default: Any = None) -> Any:
        """Give the text itself, marked, as singular and as plural."""
        return (f"{BEGIN}{key}{END}", f"{BEGIN}{key}{END}")


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Speak the marked language in place of the others."""
    monkeypatch.setattr(i18n, "catalogue", lambda _locale: Marked())
    fresh = lru_cache(templating.environment_for.__wrapped__)  # what others compiled speaks the true languages
    monkeypatch.setattr(templating, "environment_for", fresh)


def unmarked(root: Element) -> Iterator[str]:
    """Give what is read on a page and stands between no marks."""
    for element in (root, *root.walk()):
        for name in READ_OUT if element.within("a") is None else ():
            yield from bare(element[name])
    yield from bare("".join(_pieces(root)))


def _pieces(element: Element) -> Iterator[str]:
    for child in element.children:
        if isinstance(child, str):
            yield child
        elif child.tag not in SILENT and "hreflang" not in child and child["name"] != "time_zone":
            yield " "
            yield from _pieces(child)
            yield " "


def bare(text: str) -> Iterator[str]:
    """Give the words of a text that no marks enclose."""
    depth, outside = 0, []
    for letter in text:
        depth += (letter == BEGIN) - (letter == END)
        outside.append(" " if depth or letter == END else letter)
    yield from (word for word in WORD.findall(NO_WORDS.sub(" ", "".join(outside))) if word.casefold() not in GIVEN)


@pytest.mark.usefixtures("marked")
async def test_no_page_says_what_is_not_translated(sign_in: SignIn) -> None:
    lea = await sign_in("lea", role="owner")
    await instance.change(lea.account, name="Δίκτυο", slogan="Μαζί", about="Εμείς", contact="")
    lea.actor.display_name = "Λεία"
    await lea.actor.save()
    community = await communities.found(lea.actor, title="Δέντρα", name="dentra", purpose="Καλλιέργεια")
    thread = await service.write(lea.actor, community, kind="question", title="Πανί;", source="Για το κρύο")
    await service.reply(lea.actor, thread, source="Λινό")
    fixed = {
        route.path
        for route in all_routes()
        if route.method == "GET" and route.family is Family.PAGE and "{" not in route.path and route.path not in PROSE
    }
    inside = (
        "",
        "/about",
        "/members",
        "/new",
        "/settings",
        "/requests",
        "/moderation",
        "/charter",
        "/invite",
        "/stage",
        "/split",
    )
    paths = [
        *sorted(fixed),
        *(f"/c/dentra{path}" for path in inside),
        f"/p/{thread.id}",
        f"/p/{thread.id}/edit",
        "/u/lea",
        "/absent",
    ]
    found = {path: words for path in paths if (words := sorted(set(unmarked((await lea.get(path)).root))))}
    assert not found, "\n".join(f"{path}: {words}" for path, words in found.items())


@pytest.mark.parametrize(
    ("text", "words"),
    [("⟦Save⟧", []), ("Save", ["Save"]), ("⟦in ⟦Save⟧⟧ now", ["now"]), ("lea@here.example Λεία", [])],
)
def test_marks_enclose_what_is_translated(text: str, words: list[str]) -> None:
    assert list(bare(text)) == words
