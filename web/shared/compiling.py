"""How templates become code: once per language, so that what does not change from page to page is settled beforehand.

`_("A text")` and `icon("lock")` are two thirds of all calls that a page makes. Where what they are given stands in the
template, their answer is put in its place when the template is compiled; `_("by %(name)s", name=…)` stays a call. Macros
stand in the place of their calls (`inlining.py`), and those of another template are made only if a call of one is left. What is left is written so that showing a number or a short text, and
calling one of our functions, does not pass through what Jinja needs for the general case: a third of a long thread's time.

A macro holds the context that it was made in, and the context holds the macro, and all that the page was made of: once it is written they are emptied, or
the collector would look through hundreds of objects of every page again and again, a tenth of all that pages cost.
"""

from __future__ import annotations

from collections.abc import Callable
from keyword import iskeyword
from re import compile as pattern
from typing import Any

from jinja2 import Environment, Template, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context, Macro
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from web.shared.inlining import Inlining, given_in

SPECIAL = pattern("[&<>\"']").search


def shown(value: Any) -> str:
    """Give what stands in a page for a value: escaped, unless it is markup."""
    kind = type(value)
    if kind is Markup:
        return value  # type: ignore[no-any-return]
    if kind is int:
        return str(value)
    if kind is str and not SPECIAL(value):
        return value  # type: ignore[no-any-return]
    return escape(value)


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


class Imported:
    """The macros of another template, made when the first one is asked for, of what the page knew when it was imported."""

    def __init__(self, template: Template, known: dict[str, Any], own: dict[str, Any]) -> None:
        self._made_of: tuple[Template, dict[str, Any], dict[str, Any]] | None = (template, known, own)

    def __getattr__(self, name: str) -> Any:
        """Make them; from then on they are found without this."""
        if self._made_of is None:
            raise AttributeError(name)
        template, known, own = self._made_of
        self._made_of = None
        self.__dict__.update(template.make_module(known, True, own).__dict__)
        return getattr(self, name)


def _empty(one: Imported) -> None:
    """Forget the macros of another template. No method, so that they may be called anything."""
    one.__dict__.clear()
    one._made_of = None  # noqa: SLF001 - its own


class PageContext(Context):
    """What a template knows; noted where a page is being written, so that it can be emptied."""

    def __init__(self, environment: SettlingEnvironment, *args: Any, **kwargs: Any) -> None:
        super().__init__(environment, *args, **kwargs)
        environment.note(self)

    def empty(self) -> None:
        """Forget it all; macros that call each other hold what they took from around them."""
        for one in self.vars.values():
            if type(one) is Macro:
                one._func = None  # type: ignore[assignment]  # noqa: SLF001 - there is no other way to let go of it
        self.vars.clear()
        self.parent.clear()


class SettlingGenerator(CodeGenerator):
    """Writes the code of a template for an environment that says in `settled` which functions never change their answer."""

    def visit_Template(self, node: nodes.Template, frame: Any = None) -> None:
        """Settle what can be, then write the code."""
        known: dict[str, Callable[..., str]] = getattr(self.environment, "settled", {})
        inlined = Inlining(self.environment, node).visit(node)
        own = set(given_in(inlined.body))
        self._direct: set[str] = getattr(self.environment, "direct", set()) - own
        super().visit_Template(Settling({name: known[name] for name in known.keys() - own}).visit(inlined), frame)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.shown(")

    def _import_common(self, node: nodes.Import | nodes.FromImport, frame: Frame) -> None:
        """Import what is there for its macros when the first of them is called: most stand in the place of their calls."""
        if not node.with_context:
            self.fail("import it with context: a module for all pages would be emptied with the first one", node.lineno)
        self.write("environment.imported(environment.get_template(")
        self.visit(node.template, frame)
        self.write(f", {self.name!r}), context.get_all(), {self.dump_local_context(frame)})")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        """Call what asks for nothing of the page without looking whether it does."""
        plain = isinstance(node.node, nodes.Name) and node.node.name in self._direct and not forward_caller
        if not plain or node.dyn_args or node.dyn_kwargs or any(iskeyword(one.key) for one in node.kwargs):
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        self.write("(")
        for one in node.args:
            self.visit(one, frame)
            self.write(", ")
        for word in node.kwargs:
            self.write(f"{word.key}=")
            self.visit(word.value, frame)
            self.write(", ")
        self.write(")")


class SettlingEnvironment(Environment):
    """An environment with functions, by the names that templates know them by, that are asked when a template is compiled.

    They answer the same to the same arguments for as long as the environment lives, with text (which is escaped where
    it is shown) or with Markup. They are also called as usual where an argument is known only when the page is shown.
    `known` are functions that are asked each time; `brought` the names of those that each page brings itself.
    """

    code_generator_class = SettlingGenerator
    context_class = PageContext
    shown = staticmethod(shown)

    def __init__(
        self,
        settled: dict[str, Callable[..., str]],
        known: dict[str, Callable[..., Any]],
        brought: tuple[str, ...] = (),
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.settled = settled
        self.direct = {name for name, one in {**settled, **known}.items() if not hasattr(one, "jinja_pass_arg")}
        self.direct.update(brought)
        self.globals.update(settled, **known)
        self._open: list[PageContext | Imported] | None = None

    def write(self, name: str, values: dict[str, Any]) -> str:
        """Write a page, and let go at once of all that it was made of."""
        before, self._open = self._open, []
        try:
            return self.get_template(name).render(values)
        finally:
            for one in self._open:
                if isinstance(one, Imported):
                    _empty(one)
                else:
                    one.empty()
            self._open = before

    def note(self, one: PageContext | Imported) -> None:
        """Remember what is to be emptied, if it is of a page that is being written."""
        if self._open is not None:
            self._open.append(one)

    def imported(self, template: Template, known: dict[str, Any], own: dict[str, Any]) -> Imported:
        """Import the macros of another template."""
        found = Imported(template, known, own)
        self.note(found)
        return found
