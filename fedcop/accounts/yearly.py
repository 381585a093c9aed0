"""Once a year a member is asked whether what they say of themselves is still right. The day of the last answer is one of their choices."""

from __future__ import annotations

from datetime import datetime, timedelta

from fedcop.accounts import service
from fedcop.accounts.models import Account
from fedcop.core import clock

YEAR = timedelta(days=365)
_KEY = "details_right"


def is_due(account: Account) -> bool:
    """Tell whether it is a year since somebody came or last said that their details are right."""
    try:
        since = datetime.fromisoformat(str(account.preferences.get(_KEY, "")))
    except ValueError:
        since = account.created_at
    return clock.now() - since >= YEAR


async def confirm(account: Account) -> None:
    """Remember that somebody's details are right today."""
    await service.change_preferences(account, **{_KEY: clock.now().isoformat(timespec="seconds")})
