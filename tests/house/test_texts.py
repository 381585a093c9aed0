"""Every text for people exists in French and in English, and both have the same places for values."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2 import Environment
from jinja2.ext import babel_extract

ROOT = Path(__file__).parents[2]
CATALOGUES = sorted((ROOT / "web" / "locales" / "fr_CA" / "LC_MESSAGES").glob("*.po"))
PLACES = re.compile(r"%\((\w+)\)s")
ONE = {"_", "N_", "translate"}
SEVERAL = {"ngettext", "translate_plural"}


def in_one_go(find: Callable[[], Iterator[tuple[str, str]]]) -> Callable[[], tuple[tuple[str, str], ...]]:
    """Read the tree once for all tests of this module."""
    return cache(lambda: tuple(find()))


@in_one_go
def texts_in_code() -> Iterator[tuple[str, str]]:
    """Give (file, msgid) of every text that Python code says."""
    for folder in ("fedcop", "web"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if not isinstance(node, ast.Call) or not node.args:
                    continue
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                first = node.args[0]
                if name in ONE | SEVERAL and isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield path.relative_to(ROOT).as_posix(), first.value


@in_one_go
def texts_in_templates() -> Iterator[tuple[str, str]]:
    """Give (file, msgid) of every text that templates say."""
    options = {
        "extensions": "jinja2.ext.do,jinja2.ext.loopcontrols",
        "trimmed": "false",
        "newstyle_gettext": "false",
        "silent": "false",
    }
    for path in sorted((ROOT / "web" / "templates").rglob("*.*")):
        if path.suffix not in (".html", ".txt", ".xml"):
            continue
        with path.open("rb") as source:
            for _line, name, message, _comments in babel_extract(source, ["_", "ngettext", "N_"], [], options):
                first = message[0] if isinstance(message, tuple) else message
                if name in ONE | SEVERAL and isinstance(first, str):
                    yield path.relative_to(ROOT).as_posix(), first


def french() -> dict[str, list[str]]:
    """Give the French of every msgid."""
    found: dict[str, list[str]] = {}
    for path in CATALOGUES:
        with path.open("rb") as source:
            for message in read_po(source):
                if message.id:
                    key = message.id[0] if isinstance(message.id, (tuple, list)) else message.id
                    found[key] = list(message.string) if isinstance(message.string, (tuple, list)) else [message.string]
    return found


def test_every_text_has_its_french() -> None:
    known = french()
    missing = {
        text: place
        for place, text in (*texts_in_code(), *texts_in_templates())
        if text and not all(known.get(text, [""]))
    }
    assert not missing, "no French for:\n" + "\n".join(
        f"{place}: {text!r}" for text, place in sorted(missing.items(), key=lambda one: one[1])
    )


def test_one_text_has_one_french() -> None:
    seen: dict[object, tuple[str, object]] = {}
    for path in CATALOGUES:
        with path.open("rb") as source:
            for message in read_po(source):
                if message.id:
                    before = seen.setdefault(_first(message.id), (path.name, message.string))
                    assert before[1] == message.string, (
                        f"{_first(message.id)!r}: {before} and {(path.name, message.string)}"
                    )


def test_the_french_has_the_same_places() -> None:
    wrong = [
        text
        for text, forms in french().items()
        for form in forms
        if form and not set(PLACES.findall(form)) <= set(PLACES.findall(text)) | {"count"}
    ]
    assert not wrong


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.name)
def test_no_french_is_left_over(path: Path) -> None:
    used = {text for _place, text in (*texts_in_code(), *texts_in_templates())}
    with path.open("rb") as source:
        unused = [message.id for message in read_po(source) if message.id and _first(message.id) not in used]
    assert not unused, f"{path.name} translates what nobody says any more: {unused}"


def _first(msgid: object) -> object:
    return msgid[0] if isinstance(msgid, (tuple, list)) else msgid


def test_templates_can_be_read() -> None:
    environment = Environment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"], autoescape=True)
    for path in sorted((ROOT / "web" / "templates").rglob("*.html")):
        environment.parse(path.read_text("utf-8"), filename=str(path))


def test_french_pages_keep_their_signs_with_their_words() -> None:
    """Catalogues are typeset when they are read; pages of prose are not."""
    loose = re.compile(r"« | »|(?<=[\w»>]) :(?=\s)")
    for path in sorted((ROOT / "web" / "templates").rglob("*.fr.html")):
        told = re.sub(r"{[%{#].*?[#%}]}", "", path.read_text("utf-8"))
        assert not loose.findall(told), f"{path.name}: a space that breaks beside « » or before :"
