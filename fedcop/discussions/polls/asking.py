"""What somebody asks in a poll, as they typed it: cleaned, and refused at its field. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_
from fedcop.core.sanitise import plain

FEWEST, MOST = 2, 12
LONGEST = 100  # characters of an option
SHORTEST, FURTHEST = timedelta(minutes=5), timedelta(days=90)
DAYS = (1, 3, 7, 14, 30, 90)
USUAL_DAYS = 7
FIELDS = ("option", "poll_multiple", "poll_hides", "poll_days")
"""The fields of a form in which a poll is typed."""
SECONDS = "poll_seconds"  # how long it lasts, where an app says it more exactly than our form
KEPT = (*FIELDS, SECONDS)


@dataclass(frozen=True)
class Asked:
    """A poll that is not there yet: between what one chooses, and for how long."""

    options: tuple[str, ...]
    multiple: bool = False
    hides_totals: bool = False
    lasts: timedelta = timedelta(days=USUAL_DAYS)


def asked(
    options: Iterable[str], *, multiple: bool = False, hides_totals: bool = False, lasts: timedelta | None = None
) -> Asked | None:
    """Give what is asked; None where no option was typed."""
    typed = tuple(option for option in (plain(option).strip() for option in options) if option)
    return Asked(typed, multiple, hides_totals, lasts or timedelta(days=USUAL_DAYS)) if typed else None


def kept(content: Mapping[str, Any]) -> Asked | None:
    """Give the poll of a form as it was kept."""
    options = content.get("option") or ()
    days, seconds = (str(content.get(name) or "") for name in ("poll_days", SECONDS))
    lasts = timedelta(days=int(days)) if days.isdecimal() and len(days) < 4 else None
    if seconds.isdecimal() and len(seconds) < 11:
        lasts = timedelta(seconds=int(seconds))
    return asked(
        options if isinstance(options, list | tuple) else (str(options),),
        multiple=bool(content.get("poll_multiple")),
        hides_totals=bool(content.get("poll_hides")),
        lasts=lasts,
    )


def fields_of(poll: Asked | None) -> dict[str, object]:
    """Give a poll as a form would have it, so that it is kept; the days are the next ones that the form knows."""
    if poll is None:
        return {}
    days = next((days for days in DAYS if timedelta(days=days) >= poll.lasts), DAYS[-1])
    return {
        "option": list(poll.options),
        "poll_multiple": "1" if poll.multiple else "",
        "poll_hides": "1" if poll.hides_totals else "",
        "poll_days": str(days),
        SECONDS: str(int(poll.lasts.total_seconds())),
    }


def check(poll: Asked | None) -> None:
    """Refuse what cannot be asked, saying at which field."""
    if poll is None:
        return
    errors: dict[str, str] = {}
    if len(poll.options) < FEWEST:
        errors["option"] = N_("Write at least two choices, or none for no poll.")
    elif len(poll.options) > MOST:
        errors["option"] = N_("These are too many choices: 12 at most.")
    elif any(len(option) > LONGEST for option in poll.options):
        errors["option"] = N_("A choice is too long: 100 characters at most.")
    elif len({option.casefold() for option in poll.options}) < len(poll.options):
        errors["option"] = N_("Two choices are the same.")
    if not SHORTEST <= poll.lasts <= FURTHEST:
        errors["poll_days"] = N_("A poll lasts from 5 minutes to 90 days.")
    if errors:
        raise Invalid(errors=errors)
