"""Portraits and wide pictures of people and communities elsewhere: small copies here, and none of what is no picture."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from PIL import Image

from fedcop.actors import queries as actors
from fedcop.actors import service as actor_service
from fedcop.actors.models import Actor
from fedcop.core.site import Site
from fedcop.federation.fetching import remote_actors
from fedcop.media.models import Media
from fedcop.people.activities import likenesses
from tests.rig.fakeserver import Stranger
from tests.rig.manners import MASTODON
from tests.rig.people import make_member
from tests.rig.samples import pdf, picture
from tests.rig.world import World

A = "https://coop.example"
FACE, WIDE = "https://ailleurs.example/face.png", "https://ailleurs.example/wide.jpg"


@pytest.fixture
async def home(world: World) -> Site:
    """A fedcop with Ana on it."""
    site = await world.fedcop(A)
    await make_member("ana")
    return site


async def shown(world: World, who: Stranger, **properties: Any) -> Actor:
    """Let a stranger say something of themselves, have it read, and give what is known of them then."""
    who.properties |= properties
    who.publish()
    await remote_actors.refresh(who.uri)
    await world.settle()
    found = await actors.by_uri(who.uri)
    assert found is not None
    return found


async def lia_with_both(world: World) -> tuple[Stranger, Actor]:
    lia = await world.stranger("lia@ailleurs.example", MASTODON)
    lia.server.put(FACE, picture("PNG", (900, 900)), content_type="image/png")
    lia.server.put(WIDE, picture("JPEG", (3000, 1000), place=True), content_type="image/jpeg")
    said = {"icon": {"type": "Image", "url": FACE}, "image": {"type": "Image", "mediaType": "image/jpeg", "url": WIDE}}
    return lia, await shown(world, lia, **said)


async def test_both_pictures_are_copied_small_and_shown_from_here(world: World, home: Site) -> None:
    _lia, known = await lia_with_both(world)
    for number, size in ((known.icon_media_id, (400, 400)), (known.header_media_id, (1500, 500))):
        answer = await world.get(f"{A}/media/actor/{known.id}/{number}", accept="*/*")
        assert (answer.status, answer.headers["content-type"]) == (200, "image/webp")
        image = Image.open(io.BytesIO(answer.body))
        assert (image.size, dict(image.getexif())) == (size, {})
    page = (await world.get(f"{A}/u/lia@ailleurs.example", accept="text/html")).body.decode()
    assert f'src="/media/actor/{known.id}/{known.icon_media_id}"' in page
    assert f'class="vista" src="/media/actor/{known.id}/{known.header_media_id}"' in page
    assert "ailleurs.example/face.png" not in page and "ailleurs.example/wide.jpg" not in page
    account = await world.get(f"{A}/api/v1/accounts/{known.id}", accept="application/json")
    assert json.loads(account.body)["header"] == f"{A}/media/actor/{known.id}/{known.header_media_id}"


async def test_a_picture_is_fetched_once_and_again_when_it_is_another(world: World, home: Site) -> None:
    lia, known = await lia_with_both(world)
    asked = [url for _method, url in world.web.asked].count(FACE)
    again = await shown(world, lia)
    assert [url for _method, url in world.web.asked].count(FACE) == asked == 1
    assert again.icon_media_id == known.icon_media_id
    lia.server.put(f"{FACE}?2", picture("PNG"), content_type="image/png")
    other = await shown(world, lia, icon={"type": "Image", "url": f"{FACE}?2"})
    assert other.icon_media_id not in (None, known.icon_media_id)
    assert await Media.filter(owner_id=known.id).count() == 2
    assert (await world.get(f"{A}/media/actor/{known.id}/{known.icon_media_id}", accept="*/*")).status == 404
    none = await shown(world, lia, icon=None, image=None)
    assert (none.icon_media_id, none.header_media_id) == (None, None)
    assert not await Media.filter(owner_id=known.id).exists()


async def test_of_who_is_gone_no_picture_stays(world: World, home: Site) -> None:
    _lia, known = await lia_with_both(world)
    keys = [media.key for media in await Media.filter(owner_id=known.id)]
    await actor_service.mark_gone(known)
    await world.settle()
    assert not await Media.filter(owner_id=known.id).exists()
    assert [key for key in keys if await home.storage.exists(key)] == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"), (pdf(), "image/png"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\x89PNG\r\n\x1a\n" + b"x" * (9 << 20), "image/png")],
    ids=["drawing", "no picture", "broken", "too large"],
)  # fmt: skip
async def test_what_is_no_picture_is_not_shown(world: World, home: Site, body: bytes, kind: str) -> None:  # G06
    lia = await world.stranger("lia@ailleurs.example", MASTODON)
    lia.server.put(FACE, body, content_type=kind)
    known = await shown(world, lia, icon={"type": "Image", "url": FACE}, image={"type": "Image", "url": "javascript:1"})
    assert FACE in [url for _method, url in world.web.asked]
    assert (known.icon_media_id, known.header_media_id, known.header_url) == (None, None, "")
    assert not await Media.filter(owner_id=known.id).exists()


async def test_profiles_have_us_ask_no_server_for_thousands(
    world: World, home: Site, monkeypatch: pytest.MonkeyPatch
) -> None:  # E19
    monkeypatch.setattr(likenesses, "AT_ONCE", 3)
    victim = await world.server("visee.example")
    mal = await world.server("mal.example")
    for number in range(6):
        victim.put(f"https://visee.example/{number}.png", picture("PNG"), content_type="image/png")
        icon = {"type": "Image", "url": f"https://visee.example/{number}.png"}
        await remote_actors.refresh(mal.person(f"p{number}", icon=icon).uri)
    await world.settle()
    asked = [url for _method, url in world.web.asked if "visee.example" in url]
    assert len(asked) == 3
    world.clock.advance(minutes=11)
    await world.settle()
    assert len([url for _method, url in world.web.asked if "visee.example" in url]) == 6


async def test_a_silent_server_leaves_initials(world: World, home: Site) -> None:
    lia = await world.stranger("lia@ailleurs.example", MASTODON)
    known = await shown(world, lia, icon={"type": "Image", "url": "https://muet.example/face.png"})
    assert known.icon_media_id is None
    assert "https://muet.example/face.png" in [url for _method, url in world.web.asked]
