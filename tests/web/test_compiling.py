"""What a template says every time alike is settled while it is compiled; all else is asked for each page."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest
from jinja2 import DictLoader, Template, TemplateAssertionError, UndefinedError, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from web.shared.compiling import SettlingEnvironment, shown

asked: list[str] = []


def say(text: str, **params: str) -> str:
    asked.append(text)
    return f"<{text}>" % params


def draw(name: str, label: str = "") -> Markup:
    asked.append(name)
    return Markup("<b>{}{}</b>").format(name, label)


def twice(value: int) -> int:
    return 2 * value


@pass_context
def known_by(context: Context, name: str) -> str:
    return f"{name}: {context[name]}"


def environment(**templates: str) -> SettlingEnvironment:
    asked.clear()
    return SettlingEnvironment(
        {"say": say, "draw": draw},
        {"twice": twice, "known_by": known_by},
        ("ask",),
        loader=DictLoader(templates),
        autoescape=True,
    )


def test_what_is_known_beforehand_is_asked_once_and_escaped_as_ever() -> None:
    template = environment(
        page='{{ say("A & B") }} {{ draw("x", say("<y>")) }} {% set z = say("Z") %}{{ z }}'
    ).get_template("page")
    settled = list(asked)
    assert settled == ["A & B", "<y>", "x", "Z"]
    for _ in range(2):
        assert template.render() == "&lt;A &amp; B&gt; <b>x&lt;&lt;y&gt;&gt;</b> &lt;Z&gt;"
    assert asked == settled


def test_what_a_page_knows_alone_is_asked_then() -> None:
    template = environment(page='{{ draw(one) }} {{ say("by %(name)s", name=one) }} {{ say(*several) }}').get_template(
        "page"
    )
    assert asked == []
    assert template.render(one="<i>", several=["s"]) == "<b>&lt;i&gt;</b> &lt;by &lt;i&gt;&gt; &lt;s&gt;"


def test_a_name_that_a_template_gives_to_something_else_is_not_the_function() -> None:
    template = environment(page='{% macro say(text) %}mine {{ text }}{% endmacro %}{{ say("A") }}').get_template("page")
    assert template.render() == "mine A"


@pytest.mark.parametrize("value", ["a", "<&>\"'", "", 3, 2.5, True, None, Markup("<b>"), ["<"], draw("<x>")])
def test_what_is_shown_is_escaped_as_jinja_does(value: object) -> None:  # G01
    assert shown(value) == str(escape(value))


def test_functions_are_called_with_what_they_ask_for() -> None:
    template = environment(
        page="{{ twice(n) }}{{ twice(value=n) }}{% for n in (3,) %}{{ twice(n) }}{{ known_by('n') }}{% endfor %}{{ ask() }}"
    ).get_template("page")
    assert template.render(n=2, ask=lambda: "<asked>") == "446n: 2&lt;asked&gt;"


def test_macros_of_another_template_are_made_when_the_first_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str | None] = []
    make = Template.make_module
    monkeypatch.setattr(
        Template, "make_module", lambda self, *args, **more: made.append(self.name) or make(self, *args, **more)
    )
    templates = environment(
        parts="{% macro bold(text) %}<b>{{ text }}, {{ who }}</b>{% endmacro %}{% macro plain(text) %}{{ text }}{% endmacro %}",
        page='{% import "parts" as parts with context %}{% set who = "x" %}{{ parts.plain("a") }}'
        '{% if call %}{% set kept = parts.bold("b") %}{{ kept }}{{ (parts.bold)("c") }}{% endif %}{% if wrong %}{{ parts.nothing() }}{% endif %}',
    )
    templates.auto_reload = False  # else nothing stands in the place of a call
    loaded = templates.get_template("page")
    assert loaded.render(who="Léa", call=False) == "a" and made == []
    assert loaded.render(who="Léa", call=True) == "a<b>b, Léa</b><b>c, Léa</b>" and made == ["parts"]
    with pytest.raises(UndefinedError, match="nothing"):
        loaded.render(who="Léa", call=False, wrong=True)


class Thing:
    """Something that a page shows."""

    def __str__(self) -> str:
        return "thing"


@pytest.fixture
def uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


PARTS = {
    "base": '<{% block main %}{% endblock %}>{% include "more" %}',
    "more": '{% import "parts" as others with context %}{{ others.tell(others.name) }}{{ others.name }}',
    "parts": "{% set name = one ~ '!' %}{% macro tell(text) %}{{ text }}, {{ again(text) | upper }}{% endmacro %}"
    "{% macro empty(text) %}{{ text }}{% endmacro %}{% macro again(text) %}{{ tell(text) if not text else one }}{% endmacro %}",
    "page": '{% extends "base" %}{% import "parts" as parts with context %}{% macro own() %}{{ one }} {{ own }}{% endmacro %}{% macro empty(text) %}{% endmacro %}'
    "{% block main %}{{ parts.tell(one) }}{{ parts.again(one) | length }}{% endblock %}",
    "wrong": '{% extends "base" %}{% import "parts" as parts with context %}{% block main %}{{ parts.tell(one) }}{{ two.three }}{% endblock %}',
}


@pytest.mark.parametrize("name", ["empty", "forget", "write", "note", "close", "items"])
def test_macros_may_have_any_name(name: str) -> None:
    made = environment(
        parts=f"{{% macro {name}(text) %}}[{{{{ text }}}}]{{% endmacro %}}",
        page=f'{{% import "parts" as parts with context %}}{{{{ parts.{name}("a") }}}}',
    )
    assert made.write("page", {}) == "[a]"


@pytest.mark.usefixtures("uncollected")
def test_what_a_page_was_made_of_goes_with_it() -> None:
    made = environment(**PARTS)
    for _ in range(2):
        one = Thing()
        gone = weakref.ref(one)
        assert made.write("page", {"one": one}) == "<thing, THING5>thing!, THINGthing!"
        del one
        assert gone() is None


@pytest.mark.usefixtures("uncollected")
def test_what_a_page_was_made_of_goes_with_one_that_fails() -> None:
    made, one = environment(**PARTS), Thing()
    gone = weakref.ref(one)
    with pytest.raises(UndefinedError):
        made.write("wrong", {"one": one})
    assert made._open is None
    del one
    gc.collect()
    assert gone() is None
    assert made.write("page", {"one": "x"}) == "<x, X1>x!, Xx!"


def test_a_page_within_a_page_leaves_the_outer_one_what_it_knows() -> None:
    made = environment(inner="{{ one }}", page="{{ one }}{{ within() }}{{ one }}")
    assert made.write("page", {"one": "a", "within": lambda: made.write("inner", {"one": "b"})}) == "aba"


def test_an_attribute_is_what_it_is_in_jinja() -> None:
    made = environment(
        page="{{ one.name.first }} {{ one.items }} {{ one.get('items') }} {{ two[0].real }}{{ two.none is defined }}"
        "{% for each in many if each.good %} {{ each.good.real }}{% endfor %} {{ none.x is defined }}",
        wrong="{{ one.nothing.more }}",
    )
    usual = SettlingEnvironment.__mro__[1](loader=made.loader, autoescape=True, undefined=made.undefined)
    given = {
        "one": {"name": {"first": "L&a"}, "items": "own"},
        "two": [True],
        "many": [{"good": 3}, {"good": 0}, {"good": False}],
    }
    said = made.write("page", given)
    assert said.startswith("L&amp;a ") and said.endswith(" 1False 3 False")
    assert (
        said.partition("function items")[0] == usual.get_template("page").render(given).partition("function items")[0]
    )
    with pytest.raises(UndefinedError, match="has no attribute 'nothing'"):
        made.write("wrong", given)


def test_nothing_is_imported_for_all_pages() -> None:
    made = environment(page='{% import "parts" as parts %}{{ parts.tell(1) }}', parts=PARTS["parts"])
    with pytest.raises(TemplateAssertionError, match="import it with context"):
        made.get_template("page")
