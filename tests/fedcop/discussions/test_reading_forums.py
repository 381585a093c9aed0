"""What forums put into texts: pictures, faces, titles, and when an event is."""

from __future__ import annotations

import json
import time
from typing import Any, cast

import pytest

from activitypub.vocab import Object, parse
from fedcop.discussions.activities import reading
from fedcop.discussions.activities.reading import Claimed
from tests.fedcop.discussions.test_reading import read

PICTURE = "https://piefed.example/static/media/{}"


def page(content: str, **more: Any) -> Claimed:
    """A page as PieFed and Lemmy write it."""
    document = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": "https://piefed.example/c/sols/p/1/truc",
        "type": "Page",
        "name": "Truc",
        "attributedTo": "https://piefed.example/u/pia",
        "content": content,
        "source": {"content": "", "mediaType": "text/markdown"},
        **more,
    }
    found = reading.read(cast(Object, parse(json.dumps(document))))
    assert found is not None
    return found


def test_pictures_within_a_text_are_pictures_of_the_post() -> None:
    attached = {"type": "Image", "url": PICTURE.format("1.png"), "name": "Un"}
    within = '<p>Voyez <img alt="Deux &amp; deux" loading="lazy" src="{}"/> là</p><p><img src=\'{}\' alt></p>'
    found = page(within.format(PICTURE.format("2.png?a&amp;b"), PICTURE.format("1.png")), attachment=[attached])
    assert found.content == "<p>Voyez  là</p><p></p>"
    assert [(file.url, file.name, file.media_type) for file in found.files] == [
        (PICTURE.format("1.png"), "Un", "image/*"),
        (PICTURE.format("2.png?a&b"), "Deux & deux", "image/*"),
    ]
    # Who attaches pictures and writes HTML (WordPress) has the same ones in the text, in other sizes.
    assert len(page(within.format(PICTURE.format("2.png"), "x"), attachment=[attached], source=None).files) == 1
    assert page('<img src="data:image/png;base64,AAAA"><img src="javascript:x"><img alt="x">').files == ()


def test_faces_in_a_text_are_words_and_no_pictures() -> None:
    found = page(
        '<p>Oui <img class="emoji emoji-custom" alt=":joie &amp; paix:" src="https://piefed.example/e.png"></p>'
    )
    assert (found.content, found.files) == ("<p>Oui :joie &amp; paix:</p>", ())


def test_a_link_to_a_picture_of_ones_own_server_is_that_picture() -> None:
    mine, other = PICTURE.format("3.PNG"), "https://wiki.example/File:Prunier.jpg"
    found = page("<p>Voyez</p>", attachment=[{"type": "Link", "href": mine}, {"type": "Link", "href": other}])
    assert [file.url for file in found.files] == [mine]
    assert [link["href"] for link in found.links] == [other]
    assert page("<p>Voyez</p>", attachment=[{"type": "Link", "href": mine}]).kind == "discussion"


@pytest.mark.parametrize(
    "part", ['<img src="', "<img ", "<img alt='\"", "<img a=b ", '<img alt="<', "<img src='x' alt"]
)
def test_pictures_that_were_made_to_take_long_do_not(part: str) -> None:
    begun = time.process_time()
    page(part * 60_000)
    assert time.process_time() - begun < 2


def test_a_poll_that_begins_with_its_title_does_not_say_it_twice() -> None:
    choices = [{"type": "Note", "name": one, "replies": {"type": "Collection", "totalItems": 0}} for one in "AB"]
    asked = {"type": "Question", "oneOf": choices, "name": "Quand & où ?"}
    assert page("<p>Quand &amp; où ?</p><p>Dites</p>", **asked).content == "<p>Dites</p>"
    assert page("<p>Quand & où ?</p>", **asked).content == ""
    assert page("<p>Quand ?</p><p>Dites</p>", **asked).content == "<p>Quand ?</p><p>Dites</p>"
    assert page("<p>Truc</p><p>Dites</p>").content == "<p>Truc</p><p>Dites</p>"


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (
            "mobilizon-5/create_event",
            "2026-11-14, 09:00 – 12:00 (America/Montreal) · Le verger, 2 rang du Nord, Matane, Canada",
        ),
        ("piefed-1.2/create_event", "2026-11-14, 04:00 – 11:00 (America/Montreal) · Shed, Rimouski, CA"),
        ("wordpress-7/create_event", "2026-11-20, 13:00 – 15:00 (Europe/Paris) · Le champ, 3 chemin du Champ, Redon"),
        ("friendica-2026/event", "2026-11-14, 09:00 (UTC) · Hall"),
    ],
)
def test_an_event_says_first_when_and_where_it_is(where: str, said: str) -> None:
    assert read(where).content.startswith(f"<p>{said}</p>")


def event(**more: Any) -> str:
    return page("<p>Venez</p>", **{"type": "Event", "startTime": "2026-12-10T10:00:00Z", **more}).content


def test_events_that_say_odd_things_are_read_all_the_same() -> None:
    begins = "<p>2026-12-10, 10:00 (UTC)</p><p>Venez</p>"
    assert event() == event(timezone="../../etc/passwd") == event(timezone="Nowhere/At_All") == begins
    assert event(timezone=7, location=[7], endTime="2026-12-09T10:00:00Z") == begins
    assert event(endTime="2026-12-11T10:00:00Z", timezone="Europe/Paris").startswith(
        "<p>2026-12-10, 11:00 – 2026-12-11, 11:00 (Europe/Paris)</p>"
    )
    assert "<b>" not in event(location={"type": "Place", "name": "<b>Ici</b>", "address": "Ici"})
    assert page("<p>Venez</p>", startTime="2026-12-10T10:00:00Z").content == "<p>Venez</p>"
    assert event(startTime="0001-01-01T00:00:00Z", timezone="America/Montreal").endswith("<p>Venez</p>")
    assert event(startTime="9999-12-31T23:59:59Z", timezone="Europe/Paris").endswith("<p>Venez</p>")
