"""What a template says every time alike is settled while it is compiled; all else is asked for each page."""

from __future__ import annotations

from jinja2 import DictLoader
from markupsafe import Markup

from web.shared.compiling import SettlingEnvironment

asked: list[str] = []


def say(text: str, **params: str) -> str:
    asked.append(text)
    return f"<{text}>" % params


def draw(name: str, label: str = "") -> Markup:
    asked.append(name)
    return Markup("<b>{}{}</b>").format(name, label)


def environment(**templates: str) -> SettlingEnvironment:
    asked.clear()
    return SettlingEnvironment({"say": say, "draw": draw}, loader=DictLoader(templates), autoescape=True)


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
