"""How an app says a text: with formatting or without, and whom it may name."""

from __future__ import annotations

from fedcop.actors.models import Actor
from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_
from fedcop.core.literal import literal
from fedcop.discussions import text as texts
from web.mastodon.entities.status import MARKDOWN, PLAIN, TYPES
from web.mastodon.params import Params

TYPE = "content_type"
ALLOWED = "allowed_mentions"
SAID = f"{TYPE} {ALLOWED}:ids"  # what `takes` says
NO_SUCH = N_("A text is text/plain or text/markdown.")
UNEXPECTED = N_("This text names people whom it was not to name.")


class Unexpected(Invalid):
    """A text names others than its author meant to."""

    def __init__(self, named: list[Actor]) -> None:
        super().__init__(UNEXPECTED, code="unexpected-mentions")
        self.named = named


def is_plain(given: Params, usual: str = MARKDOWN) -> bool:
    """Tell whether a text comes without formatting; `usual` is what it is where nothing is said. Raises Invalid."""
    said = given.text(TYPE).strip().lower() or usual
    if said not in TYPES:
        raise Invalid(errors={TYPE: NO_SUCH})
    return said == PLAIN


def worded(text: str, *, plain: bool) -> str:
    """Give a text as Markdown."""
    return literal(text) if plain else text


async def check_named(given: Params, markdown: str) -> None:
    """Refuse a text that names others than an app says. Raises Unexpected."""
    if not given.said(ALLOWED):
        return
    allowed = set(given.ids(ALLOWED))
    others = [actor for actor in await texts.named_in(markdown) if actor.id not in allowed]
    if others:
        raise Unexpected(others)
