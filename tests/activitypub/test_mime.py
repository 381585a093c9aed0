"""Content types: exactly ActivityPub when reading, so that an uploaded file never speaks for a server."""

import pytest

from activitypub import mime

PROFILE = "https://www.w3.org/ns/activitystreams"


@pytest.mark.parametrize(
    "value",
    [
        "application/activity+json",
        "Application/Activity+JSON; charset=UTF-8",
        "application/activity+json;charset=utf-8",
        'application/activity+json; charset="utf-8"',
        f'application/ld+json; profile="{PROFILE}"',
        f'application/ld+json;profile="https://other.example/ {PROFILE}"; charset=utf-8',
    ],
)
def test_activitypub_documents(value):
    assert mime.is_activity(value)
    assert mime.is_deliverable(value)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "application/json",
        f'application/json; profile="{PROFILE}"',
        "application/ld+json",
        'application/ld+json; profile="https://other.example/"',
        f'application/ld+json; profile="{PROFILE}x"',
        "text/html",
        "image/png",
        "application/octet-stream",
        "application/activity+json; charset=utf-16",
        "application/activity+json; charset=latin-1",
        "application/activity+json; charset=utf-8; charset=utf-16",
        "application/activity+json, text/html",
        "application/activity+jsonx",
        "x application/activity+json",
        "application/activity+json; =",
        'application/activity+json; charset="utf-8',
        "application/activity+json" + ";" * 2000,
    ],
)
def test_everything_else_is_not(value):
    assert not mime.is_activity(value)


def test_a_delivery_may_leave_the_profile_out():
    assert mime.is_deliverable("application/ld+json")
    assert not mime.is_deliverable("application/json")
    assert not mime.is_deliverable("application/activity+json; charset=utf-16")
    assert not mime.is_deliverable(None)


def test_json_of_discovery_documents():
    assert mime.is_json("application/jrd+json; charset=utf-8")
    assert mime.is_json("application/json")
    assert not mime.is_json("text/html")


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        (mime.ACCEPT_ACTIVITY, True),
        ("application/activity+json", True),
        ("application/ld+json", True),
        ('application/ld+json; profile="https://other.example/"', False),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False),
        ("text/html, application/activity+json;q=0.5", False),
        ("text/html;q=0.5, application/activity+json", True),
        ("application/activity+json;q=0", False),
        ("application/activity+json;q=x", False),
        ("*/*", False),
        ("", False),
        (None, False),
    ],
)
def test_who_asks_for_activitypub(accept, wanted):
    assert mime.prefers_activity(accept) is wanted
