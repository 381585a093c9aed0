"""A village for each test."""

from __future__ import annotations

import pytest

from fedcop.core.site import Site
from tests.rig.villages import Village, make_village


@pytest.fixture
async def village(site: Site) -> Village:
    """The village of a site."""
    return await make_village()
