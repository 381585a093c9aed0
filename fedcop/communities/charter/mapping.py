"""A charter as other servers read it: `fc:charter` of a Group and back, and the version that somebody accepted. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeGuard

from activitypub.jsonld.normalise import read_date, write_date
from activitypub.vocab import Activity, Group, Object
from fedcop.communities.charter.models import CharterVersion
from fedcop.communities.charter.words import MAX_EXPECTED, MAX_TEXT, MOST_LINES, Charter, clipped
from fedcop.core.sanitise import plain

Json = dict[str, Any]
MOST_VERSIONS = 100_000


def served(version: CharterVersion, binding: int) -> Json:
    """Give the charter as a Group's document has it; `binding` is the version that members must have accepted at least."""
    found: Json = {
        "fc:version": version.number,
        "fc:binding": binding,
        "published": write_date(version.created_at),
        "fc:may": list(version.may),
        "fc:mayNot": list(version.may_not),
        "fc:expected": version.expected,
        "content": version.text,
        "mediaType": "text/markdown",
    }
    return found | ({"summary": version.changed} if version.changed else {})


@dataclass(frozen=True)
class Said:
    """What another server says of the charter of a community of its own."""

    number: int
    binding: int
    words: Charter
    changed: str
    at: datetime | None


def read(document: Group) -> Said | None:
    """Read the charter of another server's Group; None if it says none, or one that makes no sense."""
    said = document.extra.get("fc:charter")
    if not isinstance(said, Mapping):
        return None
    number: Any = said.get("fc:version")
    binding: Any = said.get("fc:binding")
    may, may_not = _texts(said.get("fc:may")), _texts(said.get("fc:mayNot"))
    if not _is_version(number) or not (binding == 0 or _is_version(binding)) or binding > number:
        return None
    words = clipped(may, may_not, _text(said.get("fc:expected")), _text(said.get("content")))
    changed = " ".join(plain(_text(said.get("summary"))).split())[:MAX_EXPECTED]
    return None if words.is_empty else Said(number, binding, words, changed, read_date(said.get("published")))


def accepted(number: int) -> Json:
    """Give what a Join, or the Accept of an Invite, says of the version that was accepted."""
    return {"fc:charterVersion": number} if number else {}


def read_accepted(said: Activity | Object) -> int:
    """Read the version that somebody accepted; 0 if their software knows no charters."""
    number: Any = said.extra.get("fc:charterVersion")
    return number if _is_version(number) else 0


def _is_version(number: Any) -> TypeGuard[int]:
    return isinstance(number, int) and not isinstance(number, bool) and 0 < number <= MOST_VERSIONS


def _texts(said: Any) -> list[str]:
    """Give the first lines of a list; tidying all of what a strange server sends would hold everybody up."""
    found = said if isinstance(said, list | tuple) else ()
    return [one[:MAX_TEXT] for one in found if isinstance(one, str)][:MOST_LINES]


def _text(said: Any) -> str:
    return said[: 2 * MAX_TEXT] if isinstance(said, str) else ""
