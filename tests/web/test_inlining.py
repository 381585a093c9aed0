"""A macro's body in the place of its call says what the call would have said; where it might not, the call stays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jinja2 import DictLoader, Environment

from web.shared.compiling import SettlingEnvironment

PEOPLE = """{% macro name(one, link=true) %}{% if link %}<a>{% endif %}{{ one }}{{ site }}{% if link %}</a>{% endif %}{% endmacro %}
{% macro row(one) %}{{ name(one) }}{{ caller() }}{% endmacro %}{% set K = "k" %}{% macro kept(one) %}{{ K }}{{ one }}{% endmacro %}"""

PAGES = {
    "arguments by place, by name and left out": "{{ people.name(a) }}{{ people.name(a, link=false) }}{{ people.name(a, false) }}",
    "one of two": "{% for x in (1, 2) %}{{ people.name(x) if x > 1 else people.kept(x) }}{% endfor %}",
    "one or a text": "{{ people.name(a) if b else a }}{{ people.name(a) if not b else a }}",
    "macros in macros": "{% macro two(one) %}({{ one }}{{ people.name(one) }}){% endmacro %}{% macro all(many) %}{% for one in many %}{{ two(one) }}{% endfor %}{% endmacro %}{{ all(['x', a]) }}",
    "what a macro sets stays in it": "{% macro sets(one) %}{% set c = one ~ '!' %}{{ c }}{% endmacro %}{% macro outer(c) %}{{ sets(c) }}{{ c }}{% endmacro %}{{ outer(a) }}",
    "a name that means something else where it is called": "{% macro shows() %}{{ b }}{% endmacro %}{% macro outer(b) %}{{ shows() }}{{ b }}{% endmacro %}{{ outer('mine') }}",
    "a site of one's own": "{% macro outer(site) %}{{ people.name(site) }}{% endmacro %}{{ outer('own') }}",
    "arguments swapped": "{% macro pair(x, y) %}{{ x }}-{{ y }}{% endmacro %}{% macro outer(x, y) %}{{ pair(y, x) }}{% endmacro %}{{ outer(a, b) }}",
    "itself": "{% macro down(n) %}{{ n }}{% if n %}{{ down(n - 1) }}{% endif %}{% endmacro %}{{ down(3) }}",
    "each other": "{% macro odd(n) %}o{{ n }}{% if n %}{{ even(n - 1) }}{% endif %}{% endmacro %}{% macro even(n) %}e{{ n }}{% if n %}{{ odd(n - 1) }}{% endif %}{% endmacro %}{{ odd(3) }}",
    "as an argument and through a filter": "{% macro b1(x) %}<i>{{ x }}</i>{% endmacro %}{% macro b2(x) %}[{{ x }}]{% endmacro %}{{ b2(b1(a)) }}{{ b1(a) | upper }}{{ b1(a) ~ b1(b) }}",
    "with a caller": "{% call people.row(a) %}said{% endcall %}",
    "several at once": "{% macro b1(x, y=2) %}{{ x }}{{ y }}{% endmacro %}{{ b1(*[a]) }}{{ b1(**{'x': a}) }}",
    "in a block": "{% macro b1(x) %}{{ K }}{{ x }}{% endmacro %}{% set K = 7 %}{% block one %}{% set x = 3 %}{{ b1(a) }}{{ people.name(x) }}{% endblock %}",
    "loops in loops": "{% macro each(xs) %}{% for x in xs %}{{ loop.index }}{{ x }}{% if x == 'stop' %}{% break %}{% endif %}{% endfor %}{% endmacro %}{% for i in (1, 2) %}{{ each([a, 'stop', b]) }}{{ loop.index }}{% endfor %}",
    "whether a name is known": "{% macro b1() %}{{ 'yes' if thread is defined else 'no' }}{% endmacro %}{% macro outer(thread) %}{{ b1() }}{% endmacro %}{{ outer(1) }}{{ b1() }}",
}


def environments() -> Iterator[Environment]:
    for page in PAGES.values():
        templates = {"people": PEOPLE, "page": '{% import "people" as people with context %}' + page}
        options: Any = {"loader": DictLoader(templates), "autoescape": True, "extensions": ["jinja2.ext.loopcontrols"]}
        yield SettlingEnvironment({}, {}, auto_reload=False, **options)
        yield Environment(**options)  # noqa: S701 - it escapes: see options


BOTH = list(environments())


@pytest.mark.parametrize("number", range(len(PAGES)), ids=list(PAGES))
def test_a_page_says_what_it_would_have_said(number: int) -> None:
    ours, usual = (one.get_template("page") for one in BOTH[2 * number : 2 * number + 2])
    values = {"a": "<A>", "b": 'B & "b"', "site": "é"}
    assert ours.render(values) == usual.render(values)


def test_calls_between_texts_are_gone() -> None:
    ours = BOTH[0]
    assert ours.loader
    code = ours.compile(ours.loader.get_source(ours, "page")[0], "page", raw=True)
    assert "context.call" not in code


def test_a_change_in_another_template_is_seen_while_one_develops() -> None:
    templates = {"people": PEOPLE, "page": '{% import "people" as people with context %}{{ people.name("x") }}'}
    environment = SettlingEnvironment({}, {}, loader=DictLoader(templates), autoescape=True, auto_reload=True)
    assert environment.get_template("page").render(site="s") == "<a>xs</a>"
    templates["people"] = "{% macro name(one) %}other{% endmacro %}"
    assert environment.get_template("page").render(site="s") == "other"
