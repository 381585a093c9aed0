"""Films from apps: taken in, waited for, posted, and played by whoever may read what they hang on; as on the pages."""

from __future__ import annotations

import io
from base64 import b64encode
from urllib.parse import urlsplit

from aiohttp import FormData
from aiohttp.test_utils import TestClient
from PIL import Image
from yarl import URL

from fedcop.core.site import Site
from fedcop.discussions.activities.attaching import document_of
from fedcop.media import service
from fedcop.media.models import Media
from tests.rig.apps import Phone
from tests.rig.films import film, needs_ffmpeg, sound
from tests.rig.samples import picture
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


def with_poster(content: bytes, name: str, poster: bytes) -> FormData:
    found = form(content, name)
    found.add_field("thumbnail", poster, filename="mien.png")
    return found


async def seen(client: TestClient, address: str) -> tuple[tuple[int, int], str]:
    """The size of a picture at an address, and its tag."""
    found = urlsplit(address)
    async with client.get(URL(f"{found.path}?{found.query}", encoded=True)) as answer:
        assert (answer.status, answer.content_type) == (200, "image/webp"), address
        return Image.open(io.BytesIO(await answer.read())).size, answer.headers["ETag"]


@needs_ffmpeg
async def test_a_picture_of_ones_own_stands_for_it(
    village: Village, connect: Connect, client: TestClient, site: Site
) -> None:
    lea, tom = await connect(village.lea), await connect(village.tom)
    upload = with_poster(film(), "verger.mov", picture("PNG", (90, 30)))
    taken = (await lea.post("/api/v2/media", upload)).json
    mine = f"/api/v1/media/{taken['id']}"
    assert (taken["url"], taken["preview_url"]) == (None, None)
    await site.runner.settle()  # what comes out of the film does not take its place
    ready = (await lea.get(mine)).json
    size, tag = await seen(client, ready["preview_url"])
    assert size == (90, 30) and "small" not in ready["meta"] and ready["meta"]["original"]["width"] != 90
    media = await Media.get()
    assert not await site.storage.exists(f"{media.key}.preview")
    before, other = media.preview_key, FormData()
    other.add_field("thumbnail", picture("JPEG", (60, 80), place=True), filename="autre.jpg")
    changed = (await lea.ask("PUT", mine, form=other)).json
    assert changed["preview_url"] != ready["preview_url"]
    assert (await seen(client, changed["preview_url"]))[0] == (60, 80)
    assert (await seen(client, changed["preview_url"]))[1] != tag
    await site.runner.settle()
    assert not await site.storage.exists(before)
    status = (await lea.post(PATH, {"status": "@clos Vu\n\nIci.", "media_ids[]": taken["id"]})).json
    [shown] = (await tom.get(f"{PATH}/{status['id']}")).json["media_attachments"]
    assert (await seen(client, shown["preview_url"]))[0] == (60, 80)
    assert document_of(await Media.get()).icon.url.endswith((await Media.get()).preview_path)
    sound_ = (await lea.post("/api/v1/media", with_poster(sound(), "chant.mp3", picture("PNG", (40, 40))))).json
    assert sound_["type"] == "audio" and (await seen(client, sound_["preview_url"]))[0] == (40, 40)
    # What is no picture, or hangs on a picture, is refused, and nothing stays.
    kept = await Media.all().count()
    for wrong in (
        with_poster(picture("PNG"), "photo.png", picture("PNG")),
        with_poster(sound(), "chant.mp3", b"<svg/>"),
    ):
        assert (await lea.post("/api/v2/media", wrong)).status == 422
    assert await Media.all().count() == kept


@needs_ffmpeg
async def test_another_picture_stands_for_it_when_the_text_is_corrected(
    village: Village, connect: Connect, client: TestClient, site: Site
) -> None:
    lea, tom = await connect(village.lea), await connect(village.tom)
    taken = (await lea.post("/api/v1/media", form(film(), "verger.mov"))).json["id"]
    photo = (await lea.post("/api/v1/media", form(picture(), "photo.jpg"))).json["id"]
    status = (await lea.post(PATH, {"status": "@clos Vu\n\nIci.", "media_ids[]": taken})).json
    await site.runner.settle()
    mine, before = f"{PATH}/{status['id']}", (await Media.get(id=int(taken))).preview_key

    def said(content: bytes) -> dict[str, object]:
        """As Mastodon.py sends it."""
        return {
            "id": taken,
            "description": "Un pommier",
            "thumbnail": f"data:image/png;base64,{b64encode(content).decode()}",
        }

    small = picture("PNG", (90, 30))
    changed = await lea.ask("PUT", mine, json={"status": "Vu\n\nLà.", "media_attributes": [said(small)]})
    [shown] = (await tom.get(mine)).json["media_attachments"]
    assert changed.status == 200 and shown["description"] == "Un pommier" and "Là." in changed.json["content"]
    assert (await seen(client, shown["preview_url"]))[0] == (90, 30)
    await site.runner.settle()
    key = (await Media.get(id=int(taken))).preview_key
    assert not await site.storage.exists(before) and await site.storage.exists(key)
    sent = FormData()
    for name, value in (("media_attributes[0][id]", taken), ("media_attributes[0][focus]", "0,0")):
        sent.add_field(name, value)
    sent.add_field("media_attributes[0][thumbnail]", picture("PNG", (60, 80)), filename="autre.png")
    changed = await lea.ask("PUT", mine, form=sent)
    assert changed.status == 200 and (await seen(client, changed.json["media_attachments"][0]["preview_url"]))[0] == (
        60,
        80,
    )
    # What is refused changes nothing, neither the text nor the picture, and leaves nothing behind.
    await site.runner.settle()
    kept, files = await Media.get(id=int(taken)), {one for one in (site.settings.data / "files").rglob("*poster*")}
    for wrong in (
        {"status": "Rien", "media_attributes": [said(b"<svg/>")]},
        {"status": "Rien", "media_attributes": [said(small) | {"thumbnail": "data:image/png;base64,é"}]},
        {"status": "Rien", "media_attributes": [said(small)], "quoted_status_id": "12"},
    ):
        assert (await lea.ask("PUT", mine, json=wrong)).status == 422
    await site.runner.settle()
    assert (
        "Là." in (await lea.get(mine)).json["content"]
        and (await Media.get(id=int(taken))).preview_key == kept.preview_key
    )
    assert {one for one in (site.settings.data / "files").rglob("*poster*")} == files
    # Of a picture there is none, and of what hangs elsewhere nothing is said.
    other = (await lea.post(PATH, {"status": "@clos Photo\n\nIci.", "media_ids[]": photo})).json["id"]
    one = said(small) | {"id": photo}
    assert (await lea.ask("PUT", f"{PATH}/{other}", json={"media_attributes": [one]})).status == 422
    assert (await lea.ask("PUT", f"{PATH}/{other}", json={"media_attributes": [said(small)]})).status == 200
    assert (await Media.get(id=int(taken))).preview_key == kept.preview_key
    assert (await tom.ask("PUT", mine, json={"media_attributes": [said(small)]})).status in (403, 404)
