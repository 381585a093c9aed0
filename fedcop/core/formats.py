"""How dates, times, numbers and punctuation are written in each language: the one place that knows."""

from __future__ import annotations

import re
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_date as babel_date
from babel.dates import format_timedelta, get_timezone_name
from babel.numbers import format_decimal

from fedcop.core.clock import now

NBSP = "\u00a0"
NARROW = "\u202f"
DEFAULT_ZONE = "America/Montreal"

current_language: ContextVar[str] = ContextVar("fedcop_language", default="fr-CA")
current_zone: ContextVar[str] = ContextVar("fedcop_time_zone", default=DEFAULT_ZONE)

Width = Literal["full", "long", "day", "month", "short"]

PATTERNS = {
    # "full" is what a sentence needs; "short" is the same in both, so that columns can be compared.
    "fr": {"full": "'le' EEEE d MMMM y", "long": "d MMMM y", "day": "d MMMM", "month": "MMMM y", "short": "y-MM-dd"},
    "en": {"full": "EEEE, MMMM d, y", "long": "MMMM d, y", "day": "MMMM d", "month": "MMMM y", "short": "y-MM-dd"},
}
JUST_NOW = {"fr": "à l’instant", "en": "just now"}
YESTERDAY = {"fr": "hier", "en": "yesterday"}
UNITS = {"fr": ("o", "ko", "Mo", "Go", "To"), "en": ("B", "kB", "MB", "GB", "TB")}


def set_time_zone(name: str) -> None:
    """Tell times as they are there, from here on in this task; an unknown name leaves it as it is."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return
    current_zone.set(name)


def local(moment: datetime) -> datetime:
    """A moment by the reader's clock."""
    return moment.astimezone(ZoneInfo(current_zone.get()))


def today() -> date:
    """The day that it is by the reader's calendar."""
    return local(now()).date()


def format_date(day: date | datetime, width: Width = "long") -> str:
    """ "3 mars 2026"; full: "le mardi 3 mars 2026"; day: "3 mars"; month: "mars 2026"; short: "2026-03-03"."""
    return _dated(local(day).date() if isinstance(day, datetime) else day, width, _code(), _locale())


@lru_cache(maxsize=4000)
def _dated(day: date, width: Width, code: str, locale: str) -> str:
    text = str(babel_date(day, PATTERNS[code][width], locale=locale))
    if code == "fr" and day.day == 1 and width != "short":
        text = re.sub(r"\b1 (?=[^\W\d_])", "1er ", text)
    return text


def format_time(moment: datetime) -> str:
    """ "14 h 02", "9 h" / "2:02 p.m.", "9 a.m."."""
    at = local(moment)
    if _code() == "fr":
        return f"{at.hour}{NBSP}h{NBSP}{at.minute:02d}" if at.minute else f"{at.hour}{NBSP}h"
    half = "a.m." if at.hour < 12 else "p.m."
    hour = at.hour % 12 or 12
    return f"{hour}:{at.minute:02d}{NBSP}{half}" if at.minute else f"{hour}{NBSP}{half}"


def format_datetime(moment: datetime, width: Width = "long") -> str:
    """ "3 mars 2026 à 14 h 02" / "March 3, 2026 at 2:02 p.m."."""
    joint = "à" if _code() == "fr" else "at"
    return f"{format_date(moment, width)} {joint} {format_time(moment)}"


def zone_in_words() -> str:
    """ "heure de l’Est" / "Eastern Time": by whose clock the reader's times are told."""
    zone = current_zone.get()
    if zone in ("UTC", "GMT", "Zulu", "Universal", "UCT") or zone.startswith("Etc/"):
        return zone.removeprefix("Etc/")
    return str(get_timezone_name(ZoneInfo(zone), "long", locale=_locale())).replace("'", "’")


def in_zone(day: date, at: time) -> datetime:
    """The moment when the reader's clock shows a day and a time."""
    return datetime.combine(day, at, ZoneInfo(current_zone.get())).astimezone(UTC)


def relative_time(moment: datetime) -> str:
    """ "à l’instant", "il y a 5 minutes", "hier", "dans 3 jours"; the date when it is more than a week away."""
    code = _code()
    passed = now() - moment.astimezone(UTC)
    if abs(passed) < timedelta(minutes=1):
        return JUST_NOW[code]
    if abs(passed) >= timedelta(days=7):
        return format_date(moment)
    days = (local(now()).date() - local(moment).date()).days
    if days == 1 and passed > timedelta(hours=12):
        return YESTERDAY[code]
    if abs(passed) >= timedelta(days=1):
        passed = timedelta(days=days)
    return _relative(_alike(-passed.total_seconds()), _locale())


def _alike(seconds: float) -> int:
    """Give a span that rounds to the same number of minutes, hours or days: the same for half a unit, so that it is said once."""
    length = abs(seconds)
    half = 30 if length < 3_600 else 1_800 if length < 86_400 else 43_200
    steps, rest = divmod(length, half)
    alike = int(steps) * half + (rest > 0)
    return -alike if seconds < 0 else alike


@lru_cache(maxsize=2000)
def _relative(seconds: int, locale: str) -> str:
    return str(format_timedelta(timedelta(seconds=seconds), add_direction=True, threshold=1, locale=locale))


def format_number(number: float) -> str:
    """ "50 000" / "50,000"."""
    return _numbered(number, _locale())


@lru_cache(maxsize=4000)
def _numbered(number: float, locale: str) -> str:
    return str(format_decimal(number, locale=locale)).replace(NARROW, NBSP)


def format_size(size: int) -> str:
    """ "1,4 Mo" / "1.4 MB"."""
    amount, unit = float(size), 0
    while amount >= 1000 and unit < len(UNITS["en"]) - 1:
        amount, unit = amount / 1000, unit + 1
    shown = format_number(round(amount, 1) if unit and amount < 100 else round(amount))
    return f"{shown}{NBSP}{UNITS[_code()][unit]}"


def format_lasting(seconds: float) -> str:
    """Say how long something plays: "1:05", "1:02:05"."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def typeset(text: str, locale: str | None = None) -> str:
    """Put the spaces and apostrophes that typography wants. Translators type ordinary ones."""
    locale = locale or current_language.get()
    if not locale.startswith("fr"):
        return text
    text = re.sub(r"(?<=\w)'(?=[\w%<«])", "’", text)
    colon, others = (NBSP, "") if locale != "fr-FR" else (NARROW, NARROW)
    text = re.sub(r"(?<=[^\s:/])[ \u00a0\u202f]?:(?=\s|$|<)", f"{colon}:", text)
    text = re.sub(r"(?<=[\w»)…])[ \u00a0\u202f]+([;!?]+)(?=\s|$|<|»)", rf"{others}\1", text)
    if others:
        text = re.sub(r"(?<=[\w»)])([;!?]+)(?=\s|$|<|»)", rf"{others}\1", text)
    text = re.sub(r"«[ \u00a0\u202f]*", f"«{NBSP}", text)
    text = re.sub(r"[ \u00a0\u202f]*»", f"{NBSP}»", text)
    text = re.sub(r"(?<=\d) h\b(?: (?=\d))?", lambda found: found[0].replace(" ", NBSP), text)
    return re.sub(r"(?<=\d) (?=\d{3}\b|[$€%])", NBSP, text)


def _code() -> str:
    return "fr" if current_language.get().startswith("fr") else "en"


def _locale() -> str:
    return current_language.get().replace("-", "_")
