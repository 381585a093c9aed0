"""Films from apps: taken in, waited for, posted, and played by whoever may read what they hang on; as on the pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import FormData
from aiohttp.test_utils import TestClient
from yarl import URL

from fedcop.core.site import Site
from fedcop.media import service
from fedcop.media.models import Media
from tests.rig.apps import Phone
from tests.rig.films import film, needs_ffmpeg
from tests.web.mastodon.conftest import Connect
from tests.web.mastodon.test_reading import Village, village

__all__ = ["village"]
PATH = "/api/v1/statuses"


def form(content: bytes, name: str) -> FormData:
    found = FormData()
    found.add_field("file", content, filename=name)
    found.add_field("description", "Le verger")
    return found


@needs_ffmpeg
async def test_a_film_from_its_upload_to_its_readers(
    village: Village, connect: Connect, client: TestClient, site: Site
) -> None:
    lea, tom = await connect(village.lea), await connect(village.tom)
    taken = await lea.post("/api/v2/media", form(film(), "verger.mov"))
    assert (taken.status, taken.json["url"], taken.json["type"]) == (202, None, "video"), taken.json
    mine, number = f"/api/v1/media/{taken.json['id']}", taken.json["id"]
    said = {"status": "@clos Vu\n\nIci.", "media_ids[]": number}
    assert [(await who.get(mine)).status for who in (lea, tom)] == [206, 404]
    assert (await lea.post(PATH, said)).status == 422
    await site.runner.settle()
    ready = await lea.get(mine)
    assert (ready.status, ready.json["meta"]["original"]["frame_rate"]) == (200, "10/1")
    await service.describe(village.lea.actor, await Media.get(), "Le verger", captions="00:00.000 --> 00:01.000\nBip")
    status = (await lea.post(PATH, said)).json
    [shown] = (await tom.get(f"{PATH}/{status['id']}")).json["media_attachments"]
    assert (shown["type"], shown["description"]) == ("video", "Le verger") and shown["blurhash"]
    played, still = (urlsplit(shown[name]) for name in ("url", "preview_url"))
    url = URL(f"{played.path}?{played.query}", encoded=True)
    async with client.get(url, headers={"Range": "bytes=4-7"}) as part:
        assert (part.status, await part.read(), part.content_type) == (206, b"ftyp", "video/mp4")
    for path in (played.path, still.path, (await Media.get()).captions_path):
        assert (await Phone(client).get(path)).status == 404
    gone = await lea.post("/api/v2/media", form(film()[:900], "verger.mov"))
    assert gone.status == 422 and "film" in gone.json["error"].lower()
    at_once = await lea.post("/api/v1/media", form(film("webm", "libvpx"), "verger.webm"))
    assert at_once.status == 200 and at_once.json["url"]
    broken = (await lea.post("/api/v2/media", form(film(), "verger.mov"))).json["id"]
    await site.storage.delete((await Media.get(id=int(broken))).raw_key)
    await site.runner.settle()
    assert (await lea.get(f"/api/v1/media/{broken}")).status == 422
