"""Files on S3 are judged and given as those on the disk: the same tests, on an S3-compatible server; and its address is shown to nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from fedcop.core.s3_storage import S3Storage
from fedcop.core.site import Site
from tests.rig.s3 import place_of, s3, s3_server  # noqa: F401 - fixtures
from tests.rig.samples import picture
from tests.web.conftest import SignIn
from tests.web.pages import test_media as on_disk
from tests.web.pages.test_media import hang, lea  # noqa: F401 - a fixture

pytestmark = pytest.mark.once


@pytest.fixture
async def site(make_site: Any, s3: str) -> AsyncIterator[Site]:  # noqa: F811
    """An instance whose files lie in a bucket."""
    async with make_site(files=s3) as opened:
        assert isinstance(opened.storage, S3Storage)
        yield opened


test_a_part_of_a_file = on_disk.test_a_part_of_a_file
test_absent_and_forbidden_are_one_answer = on_disk.test_absent_and_forbidden_are_one_answer
test_a_file_of_a_private_community_goes_with_the_membership = (
    on_disk.test_a_file_of_a_private_community_goes_with_the_membership
)
test_a_picture_of_oneself = on_disk.test_a_picture_of_oneself


async def test_nobody_is_sent_to_the_bucket(lea: Any, browser: Any, site: Site, sign_in: SignIn) -> None:  # noqa: F811
    media = await hang(lea, "verger.png", picture("PNG"))
    place = place_of(site.settings.files)
    page = await browser.get("/c/fruitiers")
    assert page.status == 200 and place not in page.text and "s3" not in page.headers.get("Content-Security-Policy", "")
    async with browser.client.get(media.path, allow_redirects=False) as answer:
        assert answer.status == 200 and "Location" not in answer.headers
        assert place not in str(answer.headers)
