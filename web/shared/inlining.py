"""Puts the body of a macro in the place of its call, while a template is compiled.

A page of forty replies calls a thousand macros, each of which binds its arguments, joins what it says and marks it as safe:
more work than saying it. Here `{{ name(actor) }}` becomes `{% with actor=actor, link=true %}…{% endwith %}`, which says the
same. Only what surely says the same: a macro of this template, or of one imported with its context, that is called alone
between text. All other calls (as an argument, with `*args`, of a macro that asks for `caller`) stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import Environment, nodes
from jinja2.visitor import NodeTransformer

GIVING = (nodes.Name, nodes.Macro, nodes.Import, nodes.FromImport)
OF_MACROS = {"caller", "varargs", "kwargs"}  # what a macro has beside its arguments


@dataclass(frozen=True)
class Flat:
    """A macro that calls no other any more."""

    macro: nodes.Macro
    asked: frozenset[str]  # the names that it takes from around it

    @classmethod
    def of(cls, macro: nodes.Macro) -> Flat:
        """Look once at what a macro asks for."""
        own = {*(one.name for one in macro.args), *given_in(macro.body), "loop"}
        return cls(macro, frozenset(names_in(macro.body)) - own)


class Inlining(NodeTransformer):
    """Replaces calls of macros in the tree of one template."""

    def __init__(self, environment: Environment, tree: nodes.Template) -> None:
        self._environment = environment
        self._own = {one.name: one for one in tree.body if isinstance(one, nodes.Macro)}
        self._imports = {one.target: one for one in tree.body if isinstance(one, nodes.Import)}
        self._tops = set(given_in(tree.body))
        self._theirs: dict[str, dict[str, Flat]] = {}
        self._done: dict[str, Flat] = {}
        self._open: list[str] = []
        self._taken: set[str] = set()  # names that mean something of its own where we are

    def visit_Template(self, node: nodes.Template) -> nodes.Template:
        """Do the macros first, each after those it calls, then the rest of the template."""
        for name in self._own:
            self._flatten(name)
        self._within([one for one in node.body if not isinstance(one, nodes.Macro)])
        node.body = [one for part in node.body for one in self._visited(part)]
        return node

    def flat(self) -> dict[str, Flat]:
        """Give the macros that need nothing of this template, and so can stand in another."""
        for name in self._own:
            self._flatten(name)
        return {name: one for name, one in self._done.items() if not one.asked & self._tops}

    def visit_Macro(self, node: nodes.Macro) -> nodes.Macro:
        """Leave macros: `_flatten` has been there."""
        return node

    def visit_Block(self, node: nodes.Block) -> nodes.Block:
        """A block knows what it names itself, and what the whole page knows."""
        before, self._taken = self._taken, {*given_in(node.body), "loop"}
        node.body = [one for part in node.body for one in self._visited(part)]
        self._taken = before
        return node

    def visit_Output(self, node: nodes.Output) -> list[nodes.Node]:
        """Cut what is said where a macro is called."""
        said: list[nodes.Node] = []
        for part in node.nodes:
            body = self._said(part)
            if body is not None:
                said.append(body)
            elif said and isinstance(said[-1], nodes.Output):
                said[-1].nodes.append(part)
            else:
                said.append(nodes.Output([part], lineno=node.lineno))
        return said

    def _visited(self, node: nodes.Node) -> list[nodes.Node]:
        found: Any = self.visit(node)
        return found if isinstance(found, list) else [found]

    def _within(self, body: list[nodes.Node]) -> None:
        self._taken = {*given_in(body), "loop"}

    def _flatten(self, name: str) -> None:
        if name in self._done or name in self._open:
            return
        self._open.append(name)
        before, macro = self._taken, self._own[name]
        self._taken = {*(one.name for one in macro.args), *given_in(macro.body), "loop"}
        macro.body = [one for part in macro.body for one in self._visited(part)]
        self._taken = before
        self._open.pop()
        self._done[name] = Flat.of(macro)

    def _said(self, node: nodes.Node) -> nodes.Node | None:
        if isinstance(node, nodes.CondExpr) and node.expr2 is not None:
            yes, no = self._said(node.expr1), self._said(node.expr2)
            if yes is None and no is None:
                return None
            bodies = [[yes or nodes.Output([node.expr1])], [no or nodes.Output([node.expr2])]]
            return nodes.If(node.test, bodies[0], [], bodies[1], lineno=node.lineno)
        if not isinstance(node, nodes.Call) or node.dyn_args or node.dyn_kwargs:
            return None
        macro = self._called(node.node)
        return self._body(macro, node) if macro else None

    def _called(self, node: nodes.Node) -> Flat | None:
        if isinstance(node, nodes.Name):
            if node.name not in self._own or node.name in self._taken:
                return None
            self._flatten(node.name)
            return self._done.get(node.name)
        if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
            place = node.node.name
            if place in self._imports and place not in self._taken - {place}:
                return self._elsewhere(place).get(node.attr)
        return None

    def _elsewhere(self, place: str) -> dict[str, Flat]:
        if place not in self._theirs:
            self._theirs[place] = macros_of(self._environment, self._imports[place])
        return self._theirs[place]

    def _body(self, called: Flat, call: nodes.Call) -> nodes.Node | None:
        if called.asked & self._taken or called.asked & OF_MACROS:
            return None
        macro, given = called.macro, arguments(called.macro, call)
        if given is None:
            return None
        targets: list[nodes.Node] = [nodes.Name(name, "param") for name in given]
        body = [cloned(one) for one in macro.body]
        return nodes.With(targets, list(given.values()), body, lineno=call.lineno)


def macros_of(environment: Environment, imported: nodes.Import) -> dict[str, Flat]:
    """Give the macros of another template that can stand in the place of their calls."""
    if not imported.with_context or not isinstance(imported.template, nodes.Const) or environment.auto_reload:
        return {}  # while one develops, a change over there would not be seen
    return _flat_in(environment, imported.template.value)


@lru_cache(maxsize=128)
def _flat_in(environment: Environment, name: str) -> dict[str, Flat]:
    assert environment.loader
    source, path, _ = environment.loader.get_source(environment, name)
    tree = environment._parse(source, name, path)  # noqa: SLF001 - parse() gives the same, without where it stands
    return Inlining(environment, tree).flat()


def arguments(macro: nodes.Macro, call: nodes.Call) -> dict[str, nodes.Expr] | None:
    """Give what each argument of a macro is at a call; nothing where the macro would have to find that out itself."""
    names = [one.name for one in macro.args]
    given: dict[str, nodes.Expr] = dict(zip(names, call.args, strict=False))
    if len(call.args) > len(names):
        return None
    for one in call.kwargs:
        if one.key not in names or one.key in given:
            return None
        given[one.key] = one.value
    usual = dict(zip(names[len(names) - len(macro.defaults) :], macro.defaults, strict=True))
    for name in names:
        if name not in given:
            if name not in usual or list(names_in([usual[name]])):
                return None
            given[name] = cloned(usual[name])
    return given


def given_in(body: list[nodes.Node]) -> Iterator[str]:
    """Give the names that a part of a template gives to something of its own."""
    for part in body:
        for one in (part, *part.find_all(nodes.Node)):
            if isinstance(one, nodes.Name) and one.ctx != "load" or isinstance(one, nodes.Macro):
                yield one.name
            elif isinstance(one, nodes.Import):
                yield one.target
            elif isinstance(one, nodes.FromImport):
                yield from (name if isinstance(name, str) else name[1] for name in one.names)


def names_in(body: list[Any]) -> Iterator[str]:
    """Give the names that a part of a template asks for."""
    for part in body:
        for one in (part, *part.find_all(nodes.Name)):
            if isinstance(one, nodes.Name) and one.ctx == "load":
                yield one.name


def cloned(value: Any) -> Any:
    """Give the same part once more, so that it can stand in two places."""
    if isinstance(value, list):
        return [cloned(one) for one in value]
    if not isinstance(value, nodes.Node):
        return value
    made = type(value)(*(cloned(getattr(value, name)) for name in value.fields))
    for name in value.attributes:
        setattr(made, name, getattr(value, name, None))
    return made
