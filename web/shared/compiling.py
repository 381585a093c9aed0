"""How templates become code: once per language, so that what does not change from page to page is settled beforehand.

`_("A text")` and `icon("lock")` are two thirds of all calls that a page makes. Where what they are given stands in the
template, their answer is put in its place when the template is compiled; `_("by %(name)s", name=…)` stays a call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from jinja2 import Environment, nodes
from jinja2.compiler import CodeGenerator
from jinja2.visitor import NodeTransformer
from markupsafe import Markup


class Settling(NodeTransformer):
    """Puts the answers of some functions in the place of the calls whose arguments are all known."""

    def __init__(self, settled: dict[str, Callable[..., str]]) -> None:
        self._settled = settled

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        """Look at what is called with, then at the call itself."""
        self.generic_visit(node)
        if not isinstance(node.node, nodes.Name) or node.dyn_args or node.dyn_kwargs or node.kwargs:
            return node
        answer = self._settled.get(node.node.name)
        given = [one.value for one in node.args if isinstance(one, nodes.Const)]
        if answer is None or not given or len(given) < len(node.args):
            return node
        said = answer(*given)
        text = nodes.Const(str(said), lineno=node.lineno)
        return nodes.MarkSafe(text, lineno=node.lineno) if isinstance(said, Markup) else text


class SettlingGenerator(CodeGenerator):
    """Writes the code of a template for an environment that says in `settled` which functions never change their answer."""

    def visit_Template(self, node: nodes.Template, frame: Any = None) -> None:
        """Settle what can be, then write the code."""
        known: dict[str, Callable[..., str]] = getattr(self.environment, "settled", {})
        settled = {name: answer for name, answer in known.items() if name not in set(given_in(node))}
        super().visit_Template(Settling(settled).visit(node), frame)


def given_in(tree: nodes.Template) -> Iterator[str]:
    """Give the names that a template gives to something of its own."""
    yield from (one.name for one in tree.find_all(nodes.Name) if one.ctx != "load")
    yield from (one.name for one in tree.find_all(nodes.Macro))
    yield from (one.target for one in tree.find_all(nodes.Import))
    for one in tree.find_all(nodes.FromImport):
        yield from (name if isinstance(name, str) else name[1] for name in one.names)


class SettlingEnvironment(Environment):
    """An environment with functions, by the names that templates know them by, that are asked when a template is compiled.

    They answer the same to the same arguments for as long as the environment lives, with text (which is escaped where
    it is shown) or with Markup. They are also called as usual where an argument is known only when the page is shown.
    """

    code_generator_class = SettlingGenerator

    def __init__(self, settled: dict[str, Callable[..., str]], **options: Any) -> None:
        super().__init__(**options)
        self.settled = settled
        self.globals.update(settled)
