"""To which members of a community a call goes: all, those of a role, those of an organisation. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from fedcop.communities.roles import ROLES

ALL = "all"
HOST = re.compile(r"[a-z0-9_.:\[\]-]{1,255}")


@dataclass(frozen=True)
class Segment:
    """Some members of a community."""

    role: str = ""
    host: str = ""

    def __str__(self) -> str:
        """Write it as the row, the form and the wire have it."""
        if self.role:
            return f"role:{self.role}"
        return f"organisation:{self.host}" if self.host else ALL

    def holds(self, role: str, host: str) -> bool:
        """Tell whether a member with a role, of an organisation, is among them."""
        return self.role in ("", role) and self.host in ("", host)

    @property
    def sql(self) -> tuple[str, list[Any]]:
        """Give the condition on `m` (membership) and `a` (actor) that keeps those members, with its parameters."""
        if self.role:
            return "m.role = ?", [self.role]
        return ("a.host = ?", [self.host]) if self.host else ("1 = 1", [])


def read(text: object) -> Segment | None:
    """Read a segment as it is written; None if it is none that we know."""
    if not isinstance(text, str):
        return None
    kind, _, what = text.partition(":")
    if text == ALL:
        return Segment()
    if kind == "role" and what in ROLES:
        return Segment(role=what)
    return Segment(host=what) if kind == "organisation" and HOST.fullmatch(what) else None
