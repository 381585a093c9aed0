"""When and where an event of others is, as a first line of its text. Pure. Not for events of ours: there are none."""

from __future__ import annotations

import html
import re
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from activitypub.vocab import Event, Object, Place, PostalAddress
from fedcop.core.sanitise import plain

MOST = 300  # characters of a place
_ZONE = re.compile(r"[A-Za-z_]{1,30}(?:/[A-Za-z0-9_+-]{1,30}){0,2}")


def when_and_where(thing: Object) -> str:
    """Write day, hours and place in figures and the organiser's words: every language reads them alike. Empty for what is no event."""
    if not isinstance(thing, Event) or thing.start_time is None:
        return ""
    zone, name = _zone(thing)
    begins = thing.start_time.astimezone(zone)
    ends = thing.end_time.astimezone(zone) if thing.end_time and thing.display_end_time is not False else None
    said = f"{_until(begins, ends)} ({name})"
    place = _place(thing)
    return f"<p>{html.escape(f'{said} · {place}' if place else said)}</p>"


def _until(begins: datetime, ends: datetime | None) -> str:
    first = f"{begins:%Y-%m-%d, %H:%M}"
    if ends is None or ends <= begins:
        return first
    return f"{first} – {ends:%H:%M}" if ends.date() == begins.date() else f"{first} – {ends:%Y-%m-%d, %H:%M}"


def _zone(thing: Event) -> tuple[tzinfo, str]:
    """The zone of the event, by its name; else the one in which its beginning is written."""
    assert thing.start_time is not None
    if thing.timezone and _ZONE.fullmatch(thing.timezone):
        try:
            return ZoneInfo(thing.timezone), thing.timezone
        except (KeyError, ValueError, OSError):
            pass
    zone = thing.start_time.tzinfo
    assert zone is not None, "dates are read with their zone"
    return zone, f"{thing.start_time:%Z}"


def _place(thing: Event) -> str:
    where = thing.location
    if not isinstance(where, Place):
        return ""
    parts = [plain(where.name or "")]
    if isinstance(where.address, PostalAddress):
        address = where.address
        town = " ".join(filter(None, (address.postal_code, address.address_locality)))
        parts += [plain(part or "") for part in (address.street_address, town, address.address_country)]
    elif isinstance(where.address, str):
        parts.append(plain(where.address))
    said = ", ".join(dict.fromkeys(part for part in parts if part))
    return said if len(said) <= MOST else said[: MOST - 1] + "…"
