"""What apps read of this instance and of oneself before anything else: golden files, letter for letter."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from fedcop.accounts import instance
from fedcop.actors.models import Actor
from fedcop.communities.models import Community
from fedcop.core.clock import EPOCH
from fedcop.core.i18n import set_language
from fedcop.discussions.faces import former_member
from fedcop.media import films
from fedcop.media.models import Media
from tests.rig.apps import Phone
from tests.rig.described import described
from tests.rig.golden import Golden
from tests.rig.people import make_member
from tests.web.mastodon.conftest import Connect
from web.mastodon.entities.around import Around
from web.mastodon.entities.media import media_json


def test_films_and_sounds(golden: Golden) -> None:
    common: dict[str, Any] = {"id": 1, "token": "t", "key": "k", "audience": "public", "bit_rate": 120_000, "blurhash": "L00000fQfQfQfQfQfQfQfQfQfQfQ"}  # fmt: skip
    film = Media(
        **common, media_type="video/mp4", file_name="verger.mp4", width=1920, height=1080, duration=12.5, frame_rate="30000/1001",
        preview_key="p", description="Le verger",
    )  # fmt: skip
    sound = Media(**common, media_type="audio/mpeg", file_name="bourdon.mp3", duration=61.02)
    loop = Media(id=2, token="u", media_type="video/mp4", width=64, height=48, is_silent=True, state="waiting")
    around = Around("https://atelier.example")
    golden("mastodon/films", [media_json(one, around) for one in (film, sound, loop)])


async def test_this_instance_and_oneself(
    client: TestClient, connect: Connect, golden: Golden, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(films, "programs", lambda: ("/ffmpeg", "/ffprobe"))
    zoe = await make_member(
        "zoe", "owner", display_name="Zoé", profession="Agronome", summary_source="J'aime *le lin*.",
        links=[{"name": "Site", "value": "https://zoe.example"}], language="en-CA",
    )  # fmt: skip
    await instance.change(zoe, name="Atelier", slogan="Apprendre ensemble", rules=["Be kind."])
    guest, phone = Phone(client), await connect(zoe)
    told = (await guest.get("/api/v2/instance")).json
    vapid = told["configuration"]["vapid"]
    assert len(vapid["public_key"]) == 87
    vapid["public_key"] = "…"
    golden("mastodon/instance_v2", told)
    monkeypatch.setattr(films, "programs", lambda: None)
    golden("mastodon/instance_v1", (await guest.get("/api/v1/instance/")).json)
    golden("mastodon/account_own", (await phone.get("/api/v1/accounts/verify_credentials")).json)
    golden("mastodon/authorization_server", (await guest.get("/.well-known/oauth-authorization-server")).json)
    info = (await phone.get("/oauth/userinfo")).json["error"]  # its scopes do not say so
    assert info and (await (await connect(zoe, "profile")).get("/oauth/userinfo")).json["sub"] == zoe.actor.uri
    for empty in ("instance/translation_languages", "instance/peers", "timelines/link"):
        assert not (await guest.get(f"/api/v1/{empty}")).json
    for said in ("privacy_policy", "languages", "extended_description", "rules", "activity"):
        assert (await guest.get(f"/api/v1/instance/{said}")).status == 200
    assert (await phone.get("/api/v1/annual_reports")).json["annual_reports"] == []
    told = (await guest.get("/api/openapi.json")).json
    ways = told["paths"]["/api/v1/markers"]["post"]
    assert told == described() and ways["security"] == [{"token": ["write:statuses"]}]
    words = ways["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert words["home"]["properties"]["last_read_id"]["type"] == "string"
    refs = set(re.findall(r"#/components/schemas/(\w*)", json.dumps(told)))
    assert refs == set(told["components"]["schemas"])  # each is there, and used


async def test_how_far_one_has_read(connect: Connect) -> None:
    phone, other = await connect(await make_member("lea")), await connect(await make_member("tom"))
    path = "/api/v1/markers"
    asked = f"{path}?timeline[]=home&timeline[]=notifications"
    zero: dict[str, Any] = {"last_read_id": "0", "version": 0, "updated_at": "1970-01-01T00:00:00.000Z"}
    assert (await phone.get(asked)).json == {"home": zero, "notifications": zero}
    assert (await phone.post(path, {"home[last_read_id]": "103"})).json["home"]["version"] == 1
    moved = await phone.post(path, json={"home": {"last_read_id": "104"}, "notifications": {"last_read_id": 7}})
    assert [(name, mark["last_read_id"], mark["version"]) for name, mark in moved.json.items()] == [
        ("home", "104", 2), ("notifications", "7", 1),
    ]  # fmt: skip
    assert (await phone.get(asked)).json == moved.json
    assert (await other.get(f"{path}?timeline=home")).json == {"home": zero}


def test_who_wrote_several_things_is_written_once_in_each_language() -> None:
    ana = Actor(id=5, uri="https://atelier.example/u/ana", name="ana", local=True, region="Bretagne", links=[])
    ana.created_at = EPOCH
    around = Around("https://atelier.example")
    set_language("fr-CA")
    french = around.account(ana)
    assert french["fields"][0]["name"] == "Région"
    assert around.account(ana) is french
    set_language("en-CA")
    assert around.account(ana)["fields"][0]["name"] == "Region"
    assert replace(around, reader_id=7).account(ana)["fields"][0]["name"] == "Region"


def test_who_may_not_look_inside_a_community_is_told_less_beside_who_may() -> None:
    group = Actor(id=6, uri="https://atelier.example/c/bois", name="bois", kind="Group", local=True, links=[])
    group.created_at = EPOCH
    place = Community(id=7, actor_id=6, threads_count=3, members_count=2)
    around = Around("https://atelier.example")
    counts = [around.account(group, place, inside=inside)["statuses_count"] for inside in (True, False, True)]
    assert counts == [3, 0, 3]


def test_former_members_are_not_taken_for_one_another() -> None:
    around = Around("https://atelier.example")
    assert around.account(former_member("a.example")) is not around.account(former_member("b.example"))
