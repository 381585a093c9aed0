"""What somebody says in one box, as apps have it: in which community, under which title. Not for forms that ask for each of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from fedcop.actors.models import Actor
from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.core.errors import NotFound
from fedcop.core.literal import literal
from fedcop.core.markup import mentions_in, to_html
from fedcop.core.sanitise import to_text
from fedcop.discussions import text as texts
from fedcop.discussions.models import Post

LONGEST = 120  # a first line that is longer is no title
BEGINNING = 2_000  # characters in which a text has said how it begins
ADDRESSED = re.compile(r"^\s*(?:[@!][\w!.-]+(?:@[\w.:-]+)?[,:]?\s*)+")
HEADING = re.compile(r"^#{1,6}\s+")
BOLD = re.compile(r"(\*\*|__)(?=\S)((?:(?!\1).)+)(?<=\S)\1")


@dataclass(frozen=True)
class Spoken:
    """A text in its parts. `derived`: nobody wrote the title, it is how the text begins."""

    title: str
    text: str
    derived: bool = False


def parted(said: str, *, title: str = "", plain: bool = False) -> Spoken:
    """Part what was said: the first line is the title if it is short and an empty line follows, or if it is a heading.

    Bold as a whole, as apps show titles, it is a title without its marks.
    `title` is one that was given apart, or the one that the text had before: then it is no part of the text.
    With `plain` nothing in it is formatting: the text becomes Markdown that says the same.
    """
    found = _parted(said, title, plain)
    return replace(found, text=literal(found.text)) if plain else found


def _parted(said: str, title: str, plain: bool) -> Spoken:
    said = said.replace("\r\n", "\n").strip()
    if title:
        first, _, rest = said.partition("\n")
        return Spoken(title, rest.strip() if first.strip() == title else said)
    first, _, rest = said.partition("\n")
    line = ADDRESSED.sub("", first if plain else unmarked(first.strip())).strip()
    is_heading = not plain and HEADING.match(line)
    is_title = is_heading or not rest.partition("\n")[0].strip()
    line = HEADING.sub("", line) if is_heading else line
    line = line if plain else unmarked(line)
    if line and rest.strip() and is_title and len(line) <= LONGEST:
        return Spoken(texts.clean_title(line), rest.strip())
    return Spoken(texts.derive_title(said if plain else to_text(to_html(said[:BEGINNING]))), said, derived=True)


def unmarked(line: str) -> str:
    """Give a line without the marks that make the whole of it bold."""
    found = BOLD.fullmatch(line)
    return found[2] if found else line


def whole(title: str, text: str, *, derived: bool) -> str:
    """Put the parts together again, to be corrected in one box."""
    return text if derived or not title else f"{title}\n\n{text}"


def source_title(post: Post) -> str:
    """Give the title that stands above a text in one box, "" where none does."""
    return "" if post.title_derived or post.depth else post.title


async def place_named(author: Actor, said: str) -> Community | None:
    """Give the first community that a text names and its author may know of."""
    for handle in mentions_in(said)[: texts.MAX_MENTIONS]:
        actor = await texts.find_mentioned(handle)
        if actor is not None and actor.kind == "Group":
            try:
                return await communities.visible_group(author, actor)
            except NotFound:
                continue
    return None
