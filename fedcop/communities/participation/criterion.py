"""So many contributions in so many months: checked, sent, read. Pure."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeGuard

from fedcop.communities.models import Community
from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_

MOST_CONTRIBUTIONS = 50
MOST_MONTHS = 36


@dataclass(frozen=True)
class Criterion:
    """At least so many posts, answers or resources in so many months."""

    contributions: int
    months: int

    def begin(self, now: datetime) -> datetime:
        """Tell from when on is counted: the same day so many months ago, or the last one of that month."""
        months = now.year * 12 + now.month - 1 - self.months
        year, month = months // 12, months % 12 + 1
        return now.replace(year=year, month=month, day=min(now.day, monthrange(year, month)[1]))


def of(community: Community) -> Criterion | None:
    """Give what a community counts; None if it counts nothing."""
    count, months = community.participation_count, community.participation_months
    return Criterion(count, months) if count and months else None


def typed(contributions: str, months: str) -> Criterion | None:
    """Make one of what a form says, None of two empty fields; raise Invalid with an error per field."""
    if not contributions.strip() and not months.strip():
        return None
    count, length = _number(contributions, MOST_CONTRIBUTIONS), _number(months, MOST_MONTHS)
    errors = {}
    if not count:
        errors["contributions"] = N_("Write a number between 1 and 50, or leave both fields empty.")
    if not length:
        errors["months"] = N_("Write a number between 1 and 36, or leave both fields empty.")
    if errors:
        raise Invalid(errors=errors)
    return Criterion(count, length)


def _number(text: str, most: int) -> int:
    text = text.strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 0
    return number if number <= most else 0


def columns(criterion: Criterion | None) -> dict[str, int | None]:
    """Give what the community's row keeps of it."""
    return {
        "participation_count": criterion.contributions if criterion else None,
        "participation_months": criterion.months if criterion else None,
    }


def served(community: Community) -> dict[str, Any]:
    """Give what a Group's document says of it; nothing where nothing is counted."""
    found = of(community)
    if found is None:
        return {}
    return {"fc:participation": {"fc:contributions": found.contributions, "fc:months": found.months}}


def read(said: Any) -> Criterion | None:
    """Read what another server says of a community of its own; what is odd counts nothing."""
    if not isinstance(said, Mapping):
        return None
    count, months = said.get("fc:contributions"), said.get("fc:months")
    return Criterion(count, months) if _within(count, MOST_CONTRIBUTIONS) and _within(months, MOST_MONTHS) else None


def _within(said: Any, most: int) -> TypeGuard[int]:
    return isinstance(said, int) and not isinstance(said, bool) and 1 <= said <= most
