"""Days and times that people type: "2026-03-01" or "01/03/2026", "14:30" or "14 h 30"; by their own clock."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from fedcop.core.formats import in_zone, local
from fedcop.core.i18n import _
from web.shared.forms import FormData, Problems

YEARS = range(1000, 3000)
TIME = re.compile(r"(\d{1,2})\s*(?:[:hH]\s*(\d{2})?)?")


def read_day(text: str) -> date | None:
    """Read a day; None when it is none, or so far away that counting from it would leave the calendar."""
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            found = datetime.strptime(text, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
        return found if found.year in YEARS else None
    return None


def read_date(text: str, problems: Problems, field: str = "until") -> datetime | None:
    """Read a day as the end of it; nothing is no date."""
    if not text:
        return None
    found = read_day(text)
    if found is None:
        problems.add(field, _("Write a date like 2026-03-01 or 01/03/2026."))
        return None
    return datetime.combine(found, time(), UTC) + timedelta(days=1)


def read_moment(form: FormData, problems: Problems) -> datetime | None:
    """Read the fields "on" and "at" as a moment by the reader's clock; what is wrong is said at its field."""
    day = read_day(form.text("on"))
    if day is None:
        problems.add("on", _("Write a date like 2026-03-01 or 01/03/2026."))
    found = TIME.fullmatch(form.text("at"))
    hour, minute = (int(found[1]), int(found[2] or 0)) if found else (24, 0)
    if hour > 23 or minute > 59:
        problems.add("at", _("Write a time like 14:30."))
        return None
    return in_zone(day, time(hour, minute)) if day is not None else None


def typed(moment: datetime) -> dict[str, str]:
    """The fields "on" and "at" of a moment, as a form begins with them."""
    at = local(moment)
    return {"on": f"{at:%Y-%m-%d}", "at": f"{at:%H:%M}"}
