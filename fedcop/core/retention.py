"""How long what is over is kept: periods that features declare, chosen by those in charge, read by the jobs that delete.

Not for: what is kept for hours by technical need (codes, forms), nor for what people wrote, which they delete themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from fedcop.core import clock
from fedcop.core.database import atomic
from fedcop.core.errors import Invalid
from fedcop.core.feature import Period
from fedcop.core.i18n import N_
from fedcop.core.models import InstanceSetting
from fedcop.core.site import site

KEY = "retention"


def periods() -> tuple[Period, ...]:
    """List what is kept for a time, in the order of features."""
    return tuple(period for feature in site().features for period in feature.keeps)


async def chosen() -> dict[str, int]:
    """Give the days of each period, by its key."""
    kept = await InstanceSetting.get_or_none(key=KEY)
    said = kept.value if kept is not None and isinstance(kept.value, dict) else {}
    return {one.key: _within(one, said.get(one.key)) for one in periods()}


def _within(period: Period, said: object) -> int:
    # A later version may need more than what was chosen before it.
    return min(period.most, max(period.least, said)) if isinstance(said, int) else period.days


async def border(period: Period) -> datetime:
    """Give the moment before which things of a kind are to be deleted."""
    return clock.now() - timedelta(days=(await chosen())[period.key])


@atomic
async def choose(days: Mapping[str, int | None]) -> None:
    """Keep what was chosen; raises Invalid with the periods that cannot be so. Who may do it is asked elsewhere."""
    wanted = {one: days.get(one.key) for one in periods()}
    errors = {
        one.key: N_("Choose a number of days between the two that are named.")
        for one, number in wanted.items()
        if number is None or not one.least <= number <= one.most
    }
    if errors:
        raise Invalid(errors=errors)
    await InstanceSetting.update_or_create(
        key=KEY, defaults={"value": {one.key: number for one, number in wanted.items() if number != one.days}}
    )
