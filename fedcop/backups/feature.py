"""What backups plug in: the job that makes one, and the night."""

from __future__ import annotations

from datetime import timedelta

from fedcop.backups import service
from fedcop.core.feature import Feature

FEATURE = Feature(name="backups", jobs=(service.make,), timetable=((timedelta(days=1), service.nightly),))
