"""The features up to communities: nothing here depends on what stands above."""

from __future__ import annotations

import pytest

from fedcop.accounts.feature import FEATURE as ACCOUNTS
from fedcop.actors.feature import FEATURE as ACTORS
from fedcop.actors.models import Actor
from fedcop.communities.feature import FEATURE as COMMUNITIES
from fedcop.core.feature import Feature
from fedcop.core.site import Site
from fedcop.federation.feature import FEATURE as FEDERATION
from fedcop.notifications.feature import FEATURE as NOTIFICATIONS
from fedcop.people.feature import FEATURE as PEOPLE
from tests.rig.people import make_member


@pytest.fixture
def features() -> tuple[Feature, ...]:
    """The features of `site`."""
    return (ACTORS, FEDERATION, ACCOUNTS, NOTIFICATIONS, PEOPLE, COMMUNITIES)


@pytest.fixture
async def ana(site: Site) -> Actor:
    """Who founds communities."""
    return (await make_member("ana")).actor


@pytest.fixture
async def ben(site: Site) -> Actor:
    """Who joins them."""
    return (await make_member("ben")).actor
