"""Fixtures for the tests of the library."""

import pytest

from tests.activitypub.loopback import Strangers


@pytest.fixture
async def strangers():
    """Other servers on the loopback address, reached over TLS by invented names."""
    others = Strangers()
    await others.start()
    yield others
    await others.stop()


@pytest.fixture
async def transport(strangers):
    """A transport that finds the strangers."""
    made = strangers.transport()
    yield made
    await made.close()
