"""The one table of the client API, walked: with no token, a dead one, one of the wrong scope, one in nobody's name, of a suspended member."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient

from fedcop.accounts.models import Account
from fedcop.apps import scopes
from fedcop.communities import service as communities
from fedcop.core import clock
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.media import service as files
from tests.rig.apps import Phone
from tests.rig.people import make_member
from tests.rig.samples import picture
from tests.web.mastodon.conftest import Connect
from tests.web.pages.test_media import pieces
from web import mastodon
from web.mastodon.entities.status import turn
from web.middleware.limits import LIMITS, Limit, Limiter
from web.routes import all_routes
from web.shared.routing import Asks, Family

TABLE = [route for route in all_routes() if route.family is Family.API]
BLANK = re.compile(r"(\{)\w+(?::([^{}]*))?\}")
README = Path(mastodon.__file__).with_name("README.md")


async def test_each_route_asks_for_the_right_token(client: TestClient, connect: Connect) -> None:  # I01
    lea, tom = await make_member("lea"), await make_member("tom")
    nobody, dead = Phone(client), Phone(client, "dead")
    narrow, itself, shut = (
        await connect(lea, "write:conversations"),
        await connect(None, " ".join(scopes.KNOWN)),
        await connect(tom),
    )
    wide = await connect(lea, " ".join(scopes.KNOWN))
    await Account.filter(id=tom.id).update(suspended_at=clock.now())
    wrong = []
    for route in TABLE:
        path = BLANK.sub(lambda blank: blank[2].partition("|")[0] if blank[2] else "1", route.path)
        told = {
            name: (await phone.ask(route.method, path)).status
            for name, phone in {
                "nobody": nobody, "dead": dead, "narrow": narrow, "itself": itself, "shut": shut,
            }.items()
        }  # fmt: skip
        expected = {
            "nobody": route.asks is not Asks.NOBODY,
            "dead": route.asks is not Asks.NOBODY or bool(route.scopes),
            "narrow": False,
            "itself": route.asks is Asks.PERSON,
            "shut": route.asks is not Asks.NOBODY or bool(route.scopes),
        }
        found = {name: status == 401 for name, status in told.items()}
        if path == "/oauth/token":
            found = expected  # there nobody shows one; the application was missing
        refused = (told["narrow"] == 403) == bool(route.scopes) and (
            not route.access or (await wide.ask(route.method, path)).status == 404
        )
        if found != expected or not refused or max(told.values()) >= 500:
            wrong.append((route.method, path, told))
    assert not wrong, "\n".join(map(str, wrong))


async def test_what_every_answer_bears(client: TestClient, connect: Connect) -> None:
    lea = await connect(await make_member("lea"))
    answer = await lea.get("/api/v1/nothing/here?lang=en")
    assert (answer.status, answer.json) == (404, {"error": "Record not found"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    answer = await lea.get("/api/v1/preferences")
    assert answer.headers["X-RateLimit-Limit"] == "100000" and answer.headers["X-RateLimit-Reset"].endswith("Z")
    assert "Set-Cookie" not in answer.headers and answer.headers["Cache-Control"] == "private, no-store"
    answer = await lea.ask("HEAD", "/api/v1/preferences")
    assert answer.status == 200 and "Date" in answer.headers
    for path in ("/api/v1/timelines/home", "/oauth/token", "/.well-known/nodeinfo", "/api/v1/nothing"):
        asked = {"Access_Control_Request_Headers": "authorization,content-type", "Origin": "https://elk.example"}
        answer = await Phone(client).ask("OPTIONS", path, **asked)
        assert answer.status == 204 and answer.headers["Access-Control-Allow-Headers"] == "authorization,content-type"
    assert "Access-Control-Allow-Origin" in (await Phone(client).get("/static/app/icons/app-192.png")).headers
    assert "Access-Control-Allow-Origin" not in (await Phone(client).get("/about")).headers
    assert "Access-Control-Allow-Origin" not in (await Phone(client).get("/oauth/authorize")).headers


@pytest.mark.once
async def test_no_odd_body_breaks_a_route(connect: Connect) -> None:  # I09
    lea, broken = await connect(await make_member("lea"), " ".join(scopes.KNOWN)), []
    keys = ["id", "status", "media_ids", "poll", "title", "account_ids", "display_name", "fields_attributes", "keywords_attributes",
            "scheduled_at", "in_reply_to_id", "spoiler_text", "language", "home", "data", "subscription", "context", "client_name",
            "redirect_uris", "scopes", "file", "choices", "comment", "status_ids", "visibility", "expires_in", "tags"]  # fmt: skip
    for odd in ({"$ne": None}, [[1], {"x": None}], 1e300, True):
        for route in TABLE:
            if route.method in ("POST", "PUT", "PATCH") and "revoke" not in route.path:
                path = BLANK.sub(lambda blank: blank[2].partition("|")[0] if blank[2] else "1", route.path)
                answer = await lea.ask(route.method, path, json=dict.fromkeys(keys, odd))
                if answer.status >= 500 and answer.status != 503:
                    broken.append((route.method, path, odd, answer.status))
    assert not broken, "\n".join(map(str, broken))


class TestLimits:
    @pytest.fixture
    def limiter(self) -> Limiter:
        return Limiter({**{name: Limit(1000, 10) for name in LIMITS}, "write": Limit(2, 0.01)})

    async def test_changes_are_counted_by_person(self, connect: Connect) -> None:
        lea = await make_member("lea")
        one, other, tom = await connect(lea), await connect(lea), await connect(await make_member("tom"))
        path = "/api/v1/lists/1/accounts"
        assert [(await who.ask(way, path)).status for who, way in ((one, "POST"), (other, "DELETE"), (one, "POST"), (tom, "POST"))] == [404, 404, 429, 404]  # fmt: skip


def test_the_table_is_the_one_that_people_read() -> None:
    text = README.read_text("utf-8").replace("\\|", "|")
    missing = [f"{route.method} {route.path}" for route in TABLE if f"`{route.method} {route.path}`" not in text]
    named = set(re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) /[^`]+)`", text))
    stale = named - {f"{route.method} {route.path}" for route in TABLE}
    assert not missing and not stale, (missing, stale)


async def test_ids_of_hidden_things_open_nothing(client: TestClient, connect: Connect) -> None:  # I06
    """Every route with an id, knocked at by somebody who may not know of a thing, and by a stranger: as if it had never been."""
    lea, nic = await make_member("lea"), await make_member("nic")
    hidden = await communities.found(
        lea.actor, title="Caché", name="cache", purpose="Rien", visibility="private", join_policy="invitation"
    )
    file = await files.accept(lea.actor, "fleur.jpg", pieces(picture()))
    root = await discussions.write(lea.actor, hidden, kind="tip", title="Rien", source="Rien #rien", media=[file.id])
    answer = await discussions.reply(lea.actor, root, source="Rien")
    things = [hidden.actor_id, hidden.id, root.id, turn(root.id), answer.id, file.id]
    told, knocks = [], 0
    for who in (await connect(nic, "read write follow"), Phone(client)):
        for route in TABLE:
            if "{" not in route.path or "{tag}" in route.path or route.access:
                continue
            if not who.token and route.asks is not Asks.NOBODY:
                continue  # whatever it is about: no token, no answer
            fill = lambda number, path=route.path: BLANK.sub(  # noqa: E731
                lambda blank: blank[2].partition("|")[0] if blank[2] else str(number), path
            )
            never = await who.ask(route.method, fill(1))
            for number in things:
                found = await who.ask(route.method, fill(number))
                knocks += 1
                if (found.status, found.json) != (never.status, never.json):
                    told.append((route.method, route.path, number, found.status, found.json))
    assert not told, told
    assert knocks > 200 and await Post.all().count() == 2
