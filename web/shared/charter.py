"""The charter on other pages: at the door, beside a form that one writes in, before one writes again. Its own pages are pages/charter.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp.web import Request

from fedcop.communities import queries, rules, service
from fedcop.communities.charter import versions, words
from fedcop.communities.charter.models import CharterVersion
from fedcop.communities.models import Community
from fedcop.core.errors import Conflict
from fedcop.core.i18n import _
from fedcop.discussions import queries as discussions
from web.keys import looker, member
from web.shared.forms import FormData, Problems

UNASKED: Mapping[str, Any] = {"charter": None, "charter_owed": False}
"""What a form needs to know where the charter is not shown in it."""


@dataclass(frozen=True)
class Shown:
    """One version as templates show it; see communities/_charter.html."""

    number: int
    at: datetime
    changed: str
    words: words.Charter
    html: str  # the free text
    language: str


def shown(version: CharterVersion, community: Community, first: int) -> Shown:
    """Make a version ready to be shown, its headings from level `first` on."""
    said = versions.words_of(version)
    html = words.text_html(said, first)
    return Shown(version.number, version.created_at, version.changed, said, html, community.language)


async def current(community: Community, first: int) -> Shown | None:
    """Give the charter that holds now; None if there is none."""
    version = await versions.current(community)
    return shown(version, community, first) if version is not None else None


async def beside_form(request: Request, community: Community | None, level: int) -> Mapping[str, Any]:
    """What "communities/_charter.html" shows in a form that one writes in: to be accepted, or to be read the first time; `level` is that of its headings."""
    who = looker(request)
    if who is None or community is None or not community.charter_version:
        return UNASKED
    if rules.owes_acceptance(await queries.membership(community, who), community):
        return {"charter": await current(community, level + 1), "charter_owed": True}
    version = await discussions.charter_for_newcomers(who, community)
    return {"charter": shown(version, community, level) if version else None, "charter_owed": False}


async def accept_in_form(request: Request, community: Community, form: FormData, problems: Problems) -> None:
    """Accept the charter if somebody ticks it above what they write; whoever has to and does not is told at the box."""
    who = member(request).actor
    if not rules.owes_acceptance(await queries.membership(community, who), community):
        return
    if not form.flag("agreed"):
        problems.add("agreed", _(rules.CHARTER_FIRST))
        return
    try:
        await service.accept_charter(who, community, form.number("charter_version") or 0)
    except Conflict as error:
        problems.add("agreed", error.for_people())
