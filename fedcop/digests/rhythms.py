"""How often: the five rhythms, when a letter is due, which period it is of, and what one receives in a sentence. Pure but for the language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import get_day_names
from babel.lists import format_list

from fedcop.core.formats import DEFAULT_ZONE, current_zone, format_time
from fedcop.core.i18n import N_, _, language
from fedcop.notifications import topics

EACH = "each"
DAY = "day"
WEEK = "week"
MONTH = "month"
NEVER = "never"
BY_DEFAULT = WEEK
LABELS: Mapping[str, str] = {
    EACH: N_("Each publication"),
    DAY: N_("Every day"),
    WEEK: N_("Every week"),
    MONTH: N_("Every month"),
    NEVER: N_("Nothing"),
}
SPANS: Mapping[str, timedelta] = {DAY: timedelta(days=1), WEEK: timedelta(days=7), MONTH: timedelta(days=31)}
WEEKDAY, HOUR = 1, 8  # Tuesday at 8, unless one chooses


@dataclass(frozen=True)
class Hour:
    """A member's day and hour, where they live."""

    weekday: int = WEEKDAY
    hour: int = HOUR
    zone: str = DEFAULT_ZONE

    def after(self, moment: datetime, *, daily: bool) -> datetime:
        """Give the next such moment: of any day, if there are daily letters."""
        zone = _zone(self.zone)
        day = moment.astimezone(zone).date()
        while True:
            found = datetime.combine(day, time(self.hour), tzinfo=zone).astimezone(UTC)
            if found > moment and (daily or day.weekday() == self.weekday):
                return found
            day += timedelta(days=1)

    def due(self, moment: datetime) -> frozenset[str]:
        """Name the rhythms whose letters leave at a moment; none, if it is not (any more) the member's hour."""
        local = moment.astimezone(_zone(self.zone))
        if datetime.combine(local.date(), time(self.hour), tzinfo=local.tzinfo).astimezone(UTC) != moment:
            return frozenset()
        if local.weekday() != self.weekday:
            return frozenset({DAY})
        return frozenset({DAY, WEEK, MONTH} if local.day <= 7 else {DAY, WEEK})

    def period(self, rhythm: str, moment: datetime) -> str:
        """Name the day, week or month of a moment: the key by which there is never a second letter."""
        local = moment.astimezone(_zone(self.zone))
        year, week, _day = local.isocalendar()
        return {DAY: f"d{local:%Y-%m-%d}", WEEK: f"w{year}-{week:02d}", MONTH: f"m{local:%Y-%m}"}[rhythm]


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(DEFAULT_ZONE)


def day_name(weekday: int) -> str:
    """ "mardi", "Tuesday"."""
    return str(get_day_names("wide", locale=language().replace("-", "_"))[weekday])


def hour_name(hour: int) -> str:
    """ "8 h", "8 a.m."."""
    return format_time(datetime(2026, 1, 15, hour, tzinfo=_zone(current_zone.get())))


def sentence(rhythm: str, weekday: int, preferences: Mapping[str, object] | None, *, called: bool = False) -> str:
    """Say exactly what one receives of a community."""
    day = day_name(weekday)
    summary = {
        EACH: lambda: _("a message for each new discussion and for its answers"),
        DAY: lambda: _("a summary every day"),
        WEEK: lambda: _("a summary every %(day)s", day=day),
        MONTH: lambda: _("a summary on the first %(day)s of each month", day=day),
    }
    parts = [summary[rhythm]()] if rhythm in summary else []
    parts += [_("calls to all")] if called else []
    parts += _of_mentions(rhythm, topics.choices(preferences)["mention"], day)
    if not parts:
        return _("You will get no summary, and no message when someone mentions you.")
    return _("You will get %(what)s.", what=format_list(parts, locale=language().replace("-", "_")))


def _of_mentions(rhythm: str, way: str, day: str) -> list[str]:
    if way == topics.NOW:
        return [_("a message when someone mentions you")]
    if way == topics.SOON:
        return [_("a message when someone mentions you and you have not seen it after two hours")]
    if way == topics.DIGEST and rhythm in SPANS:
        return [_("with it, who mentions you")]
    if way == topics.DIGEST:
        return [_("every %(day)s, who mentions you", day=day)]
    return []
