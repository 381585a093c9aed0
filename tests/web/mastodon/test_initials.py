"""Who has no picture is told apart in apps all the same: by initials and a colour, as on the pages."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image

import web
from fedcop.actors.models import Actor
from fedcop.media.initials import OF_COMMUNITIES, TINTS, drawable
from fedcop.people import service as people
from tests.rig.apps import Phone
from tests.rig.people import make_stranger
from tests.web.mastodon.conftest import Connect
from tests.web.mastodon.test_reading import Village, village
from web.mastodon.entities.account import FACE, picture

__all__ = ["village"]
ORIGIN = "https://atelier.example"


def test_letters_are_drawn_without_accents_or_not_at_all() -> None:
    for letters, drawn in (
        ("ÉÇ", "EC"),
        ("L", "L"),
        ("Œ8", "O8"),
        ("ØŁ", "OL"),
        ("ЖЮ", ""),
        ("?", ""),
        ("", ""),
        ("ABC", ""),
    ):
        assert drawable(letters) == drawn, letters
    assert drawable("E" + "\u0301" * 50_000) == "E"


def test_the_colours_are_those_of_the_pages() -> None:
    sheet = (Path(web.__file__).parent / "static" / "css" / "parts.css").read_text("utf-8")
    assert tuple(re.findall(r"\.tint-\d \{ background: (#\w{6}); \}", sheet)) == TINTS[:OF_COMMUNITIES]


async def test_people_and_communities_have_a_face(village: Village, connect: Connect) -> None:
    await people.change_profile(village.tom.actor, display_name="Tom Élie-Blé")
    phone = await connect(village.lea)
    tom, fruit = [
        (await phone.get(f"/api/v1/accounts/{number}")).json["avatar"]
        for number in (village.tom.actor_id, village.open.actor_id)
    ]
    assert re.fullmatch(rf"{ORIGIN}/media/initials/[0-7]/TB\.png", tom), tom
    assert fruit == f"{ORIGIN}/media/initials/8/F.png"
    seen = []
    for address in (tom, fruit):
        answer = await Phone(phone.client).get(urlsplit(address).path)
        assert (answer.status, answer.headers["Content-Type"]) == (200, "image/png")
        assert answer.headers["Access-Control-Allow-Origin"] == "*" and "immutable" in answer.headers["Cache-Control"]
        image = Image.open(BytesIO(answer.json)).convert("RGB")
        assert image.size == (192, 192) and len(image.getcolors() or ()) > 2 and len(answer.json) < 4_000
        seen.append("#" + image.crop((2, 2, 3, 3)).tobytes().hex())
    assert seen == [TINTS[int(tom.rpartition("/")[0][-1])], TINTS[8]]


async def test_what_no_letter_stands_for_has_the_sign_of_the_instance(village: Village) -> None:
    stranger = await make_stranger("jun", display_name="Юн")
    assert picture(stranger, ORIGIN) == picture(Actor(id=0, name="x", uri="x"), ORIGIN) == ORIGIN + FACE


async def test_nothing_else_is_drawn(village: Village, connect: Connect) -> None:
    phone = await connect(village.lea)
    for name in (
        "9/AB.png",
        "0/ABC.png",
        "0/ab.png",
        "0/%C3%89.png",
        "0/.png",
        "0/AB",
        "0/AB.png.png",
        "x/A.png",
        "00/A.png",
    ):
        assert (await phone.get(f"/media/initials/{name}")).status == 404, name
