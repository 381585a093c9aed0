"""Only these four features: no test here asks the network, or depends on what stands above."""

from __future__ import annotations

import pytest

from fedcop.accounts.feature import FEATURE as ACCOUNTS
from fedcop.actors.feature import FEATURE as ACTORS
from fedcop.core.feature import Feature
from fedcop.notifications.feature import FEATURE as NOTIFICATIONS
from fedcop.people.feature import FEATURE as PEOPLE


@pytest.fixture
def features() -> tuple[Feature, ...]:
    """The features of `site`."""
    return (ACTORS, ACCOUNTS, NOTIFICATIONS, PEOPLE)
