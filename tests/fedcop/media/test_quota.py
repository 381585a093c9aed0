"""Room for others' files: the longest unopened public copies go, never what is private or ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from fedcop.core.clock import now
from fedcop.core.ids import new_id, new_token
from fedcop.core.models import Job
from fedcop.core.site import Site
from fedcop.media import quota
from fedcop.media.models import AWAY, Media


@pytest.fixture
async def shelf(site: Site) -> dict[str, Media]:
    """Files of 100 bytes, one of each kind."""
    kinds: dict[str, dict[str, Any]] = {
        "old": {}, "older": {}, "opened": {"used_at": now()}, "new": {"created_at": now()},
        "private": {"audience": "community"}, "ours": {"local": True, "remote_url": ""}, "changed": {"state": "changed", "sha256": "ab" * 32, "signed_sha256": "cd" * 32, "created_at": now()},
        "portrait": {"post_id": None},
    }  # fmt: skip
    made = {}
    for number, (name, columns) in enumerate(kinds.items()):
        days = 40 if name == "older" else 30
        usual: dict[str, Any] = {
            "id": new_id(), "token": new_token(), "local": False, "media_type": "text/plain", "audience": "public", "post_id": 1,
            "remote_url": f"https://b.example/{name}", "size": 100, "state": "verified", "key": f"media/00/{number}",
            "preview_key": f"media/00/{number}.preview", "created_at": now() - timedelta(days=days),
        }  # fmt: skip
        made[name] = await Media.create(**(usual | columns))
        for key in (made[name].key, made[name].preview_key):
            await site.storage.put(key, b"x" * 100)
    return made


async def away(shelf: dict[str, Media]) -> list[str]:
    found = {media.id for media in await Media.filter(state=AWAY)}
    return [name for name, media in shelf.items() if media.id in found]


async def test_the_longest_unopened_go_until_the_rest_fits(site: Site, shelf: dict[str, Media]) -> None:
    assert await quota.held() == 700
    await quota.keep_within()
    assert await away(shelf) == [], "without a limit everything stays"
    site.settings = replace(site.settings, remote_media=700)
    await quota.keep_within()
    assert await away(shelf) == []
    site.settings = replace(site.settings, remote_media=550)
    await quota.keep_within()
    assert await away(shelf) == ["old", "older"] and await quota.held() == 500
    await site.runner.settle()
    assert not await site.storage.exists(shelf["old"].key) and await site.storage.exists(shelf["old"].preview_key)
    site.settings = replace(site.settings, remote_media=1)
    await quota.keep_within()
    await site.runner.settle()
    assert await away(shelf) == ["old", "older", "opened", "new", "changed"]
    for name in ("private", "ours", "portrait"):
        assert (await Media.get(id=shelf[name].id)).key and await site.storage.exists(shelf[name].key), name


async def test_who_signs_wrongly_takes_no_room_for_ever(site: Site, shelf: dict[str, Media]) -> None:  # E29
    """Else all that others published would go, and what somebody signed wrongly on purpose would stay."""
    site.settings = replace(site.settings, remote_media=1)
    await quota.keep_within()
    changed = await Media.get(id=shelf["changed"].id)
    assert changed.state == AWAY and not changed.key and changed.has_changed
    assert not (await Media.get(id=shelf["old"].id)).has_changed


async def test_what_is_opened_is_fetched_again_once_and_counts_as_used(
    site: Site, shelf: dict[str, Media], clock: Any
) -> None:
    site.settings = replace(site.settings, remote_media=650)
    await quota.note_use(shelf["older"])
    await quota.note_use(shelf["ours"])
    assert (await Media.get(id=shelf["ours"].id)).used_at is None
    await quota.keep_within()
    assert await away(shelf) == ["old"], "the older one was opened just now"
    gone = await Media.get(id=shelf["old"].id)
    await quota.bring_again(gone)
    await quota.bring_again(gone)
    assert await Job.filter(name__endswith="files:fetch_named").count() == 1
    assert (await Media.get(id=gone.id)).state == "waiting"
    opened = await Media.get(id=shelf["older"].id)
    clock.advance(3600)
    await quota.note_use(opened)
    assert (await Media.get(id=opened.id)).used_at == opened.used_at, "once a day is enough"
    clock.advance(2 * 86_400)
    await quota.note_use(opened)
    assert (await Media.get(id=opened.id)).used_at == now()
