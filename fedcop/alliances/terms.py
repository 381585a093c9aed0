"""The text of an agreement as one value: what both sides must hold alike. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from fedcop.alliances.models import Alliance
from fedcop.core.errors import Invalid, too_long
from fedcop.core.i18n import N_
from fedcop.core.sanitise import plain

MAX_SIGNATURE = 200
MAX_PLACE = 500
MAX_ASSESSMENT = 20_000
MAX_COMMUNITIES = 50


@dataclass(frozen=True)
class Terms:
    """What one side proposes to the other."""

    shares_public: bool
    shares_directory: bool
    communities: tuple[str, ...]  # "name@host"
    from_at: datetime
    until_at: datetime | None  # the moment after the last day
    signed_by: str
    data_at: str
    assessment: str

    def columns(self) -> dict[str, Any]:
        """Give the columns that hold it."""
        return {**asdict(self), "communities": list(self.communities)}


def of(alliance: Alliance) -> Terms:
    """Give the text of a stored agreement."""
    held = {field.name: getattr(alliance, field.name) for field in fields(Terms)}
    return Terms(**{**held, "communities": tuple(alliance.communities)})


def typed(values: Mapping[str, str], *, here: str, there: str, today: date) -> Terms:
    """Read what somebody in charge typed; raise Invalid with every field that cannot be accepted."""
    errors: dict[str, str] = {}
    first = _day(values, "from_on", errors) or today
    last = _day(values, "until_on", errors)
    if last is not None and (last < first or last < today):
        errors["until_on"] = N_("The last day lies before the first one, or has passed.")
    shares = values.get("shares", "").split()
    communities = _communities(values.get("communities", ""), here, there, errors)
    if not shares and not communities:
        errors["shares"] = N_("Choose at least one thing that you share, or name a community.")
    signed_by, data_at = signature(values, errors)
    assessment = plain(values.get("assessment", ""), lines=True).strip()
    if len(assessment) > MAX_ASSESSMENT:
        errors["assessment"] = too_long(MAX_ASSESSMENT)
    if errors:
        raise Invalid(errors=errors)
    return Terms(
        shares_public="public" in shares,
        shares_directory="directory" in shares,
        communities=communities,
        from_at=_midnight(first),
        until_at=_midnight(last + timedelta(days=1)) if last is not None else None,
        signed_by=signed_by,
        data_at=data_at,
        assessment=assessment,
    )


def signature(values: Mapping[str, str], errors: dict[str, str]) -> tuple[str, str]:
    """Read who signs for one side and where its data lie; what is missing is noted in `errors`."""
    signed_by, data_at = plain(values.get("signed_by", "")).strip(), plain(values.get("data_at", "")).strip()
    if not signed_by or len(signed_by) > MAX_SIGNATURE:
        errors["signed_by"] = N_("Write who signs, with the function: Ana Roy, general manager.")
    if not data_at or len(data_at) > MAX_PLACE:
        errors["data_at"] = N_("Write where the data lie: city, country, and with whom.")
    return signed_by, data_at


def _day(values: Mapping[str, str], name: str, errors: dict[str, str]) -> date | None:
    text = values.get(name, "").strip()
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = date.min
    if not 2000 <= found.year <= 2200:
        errors[name] = N_("Write the date as year-month-day, like 2027-03-31.")
        return None
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _communities(text: str, here: str, there: str, errors: dict[str, str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for line in text.split():
        name, _, host = line.lstrip("!@").lower().partition("@")
        host = host or here
        if not name or host not in (here, there):
            errors["communities"] = N_("Name only communities of the two organisations, one per line, like name@host.")
            return ()
        found[f"{name}@{host}"] = None
    if len(found) > MAX_COMMUNITIES:
        errors["communities"] = N_("Name at most 50 communities.")
    return tuple(found)
