"""Moments as apps parse them: three digits and a Z, a day at midnight, or a bare date. Anything else breaks one of them."""

from __future__ import annotations

from datetime import UTC, datetime


def stamp(moment: datetime) -> str:
    """Write a moment: 2026-11-21T19:10:00.000Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def stamp_or_none(moment: datetime | None) -> str | None:
    """Write a moment, or null; never an empty text."""
    return stamp(moment) if moment else None


def midnight(moment: datetime) -> str:
    """Write the day of a moment as its first instant."""
    return f"{moment.astimezone(UTC).date().isoformat()}T00:00:00.000Z"


def day_or_none(moment: datetime | None) -> str | None:
    """Write the day of a moment, or null."""
    return moment.astimezone(UTC).date().isoformat() if moment else None
