"""How an app says a text: with formatting or without, whom it may name, and what it gives back of what it was shown."""

from __future__ import annotations

import re

from fedcop.actors.models import Actor
from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_
from fedcop.core.literal import literal
from fedcop.discussions import spoken
from fedcop.discussions import text as texts
from fedcop.discussions.models import Post
from web.mastodon.entities.status import MARKDOWN, PLAIN, TYPES, source_of
from web.mastodon.params import Params

TYPE = "content_type"
ALLOWED = "allowed_mentions"
SAID = f"{TYPE} {ALLOWED}:ids"  # what `takes` says
NO_SUCH = N_("A text is text/plain or text/markdown.")
QUOTING = re.compile(r"RE: https?://\S+(?=\n|$)")
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


def unframed(said: str, post: Post) -> str:
    """Give what an app says in the place of a text, without what it was shown around it: some never ask for what was typed.

    The line that stands for a quote, a title in bold, and links below, as `content` has them; not what its author typed.
    """
    typed, said = source_of(post).strip(), said.replace("\r\n", "\n").strip()
    line = QUOTING.match(said) if post.has_quote else None
    if line is not None and not typed.startswith(line[0]):
        said = said[line.end() :].lstrip()
    title, (first, _, rest) = spoken.source_title(post), said.partition("\n")
    if title and first.strip() != title and spoken.unmarked(first.strip()) == title:
        said = f"{title}\n{rest}".strip()
    for link in reversed(post.links):
        above, _, last = said.rpartition("\n")
        address, name = str(link["href"]), str(link.get("name") or "")
        if last not in (address, name, f"[{name}]({address})") or typed.endswith(last):
            break
        said = above.rstrip()
    return said


async def check_named(given: Params, markdown: str) -> None:
    """Refuse a text that names others than an app says. Raises Unexpected."""
    if not given.said(ALLOWED):
        return
    allowed = set(given.ids(ALLOWED))
    others = [actor for actor in await texts.named_in(markdown) if actor.id not in allowed]
    if others:
        raise Unexpected(others)
