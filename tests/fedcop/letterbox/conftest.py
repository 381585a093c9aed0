"""An instance that takes letters."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from fedcop.core.site import Site
from tests.rig.lmtp import taking_letters
from tests.rig.villages import Village, make_village


@pytest.fixture
async def village(site: Site) -> AsyncIterator[Village]:
    """A community in it."""
    async with taking_letters(site):
        yield await make_village()
