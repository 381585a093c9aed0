"""A text that its author wrote in several languages, and which of them somebody reads. Pure; nothing is translated here.

The first is the post's own `title`, `source`, `content` and `language`: what servers get that know no languages. The others
lie beside it, in `versions`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from activitypub.vocab.languages import NAMES
from fedcop.core import i18n
from fedcop.core.database import dialect

SECOND = ("language2", "title2", "source2")  # the fields of a form that hold a second version
MOST = 4  # beside the first; what comes from elsewhere may have more than our own form offers


@dataclass(frozen=True)
class Version:
    """What a post says in one language."""

    language: str
    title: str = ""
    source: str = ""
    content: str = ""

    @property
    def name(self) -> str:
        """What the language calls itself."""
        return NAMES.get(short(self.language), self.language)


def short(code: str) -> str:
    """Give a language without its country."""
    return code.split("-")[0].lower()


def beside(thing: Any) -> list[Version]:
    """Give the versions of a post (or of what it said before) beside the first."""
    return [
        Version(*(str(one.get(name) or "") for name in ("language", "title", "source", "content")))
        for one in thing.versions or ()
    ]


def all_of(post: Any) -> list[Version]:
    """Give what a post says, in each of its languages, the first first."""
    return [Version(post.language, post.title, post.source, post.content), *beside(post)]


def best(post: Any, chosen: str = "") -> Version:
    """Give the version in the language that was chosen, else in the reader's own, else the first."""
    if not post.versions:
        return Version(post.language, post.title, post.source, post.content)
    found = all_of(post)
    if len(found) == 1:
        return found[0]
    for wanted in (chosen, i18n.language()):
        for one in found:
            if wanted and short(one.language) == short(wanted):
                return one
    return found[0]


def kept(versions: Iterable[Version]) -> list[dict[str, str]]:
    """Give versions as a row keeps them."""
    return [asdict(one) for one in versions]


def typed(language: str, title: str, source: str) -> tuple[Version, ...]:
    """Give the second version that somebody typed into a form, if they did."""
    return (Version(language, title, source),) if title.strip() or source.strip() else ()


def speaks_sql(alias: str, language: str) -> tuple[str, list[Any]]:
    """Give the SQL condition for posts of which there is a version in a language."""
    wanted = f"{short(language)}%"
    condition = f"EXISTS (SELECT 1 FROM {_each(alias)} WHERE {_of('language')} LIKE ?)"  # noqa: S608 - our own words, values are parameters
    return f"({alias}.language LIKE ? OR {condition})", [wanted, wanted]


def unwanted_sql(post: Any, column: str) -> tuple[str, list[Any]]:
    """Give the SQL condition for rows whose wanted languages ("fr,en"; "" is all) are none of a post's; what says no language is wanted."""
    if not post.language:
        return "(1 = 0)", []
    spoken = sorted({short(one.language) for one in all_of(post) if one.language})
    among = " AND ".join(f"',' || {column} || ',' NOT LIKE ?" for _code in spoken)
    return f"({column} <> '' AND {among})", [f"%,{code},%" for code in spoken]


def words_sql(alias: str) -> str:
    """Give the SQL expression of all that a post says in other languages than its first."""
    together = "string_agg" if dialect() == "postgres" else "group_concat"
    said = f"{together}({_of('title')} || ' ' || {_of('content')}, ' ')"
    return f"COALESCE((SELECT {said} FROM {_each(alias)}), '')"  # noqa: S608 - our own words


def _each(alias: str) -> str:
    if dialect() == "postgres":
        return f"jsonb_array_elements({alias}.versions::jsonb) v"
    return f"json_each({alias}.versions) v"


def _of(name: str) -> str:
    return f"(v ->> '{name}')" if dialect() == "postgres" else f"json_extract(v.value, '$.{name}')"
