"""A hidden community and all that is in it answer as if they had never been: every route, every way to ask.

The names and numbers compared have the same length, so that not even the length of an answer may differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from activitypub.client.transport import HttpResponse
from fedcop.communities import queries, service
from fedcop.communities.models import Membership
from fedcop.core.ids import new_id, new_token
from fedcop.discussions import service as discussions
from fedcop.features import FEATURES
from fedcop.media import service as media
from fedcop.media.models import Media
from fedcop.people.models import Follow
from fedcop.resources import service as resources
from fedcop.resources.service import Card
from tests.rig.browser import Browser
from tests.rig.fakeserver import PUBLIC
from tests.rig.people import make_member
from tests.rig.samples import picture
from tests.rig.world import World
from tests.web.conftest import SignIn
from web.federation.objects import document_routes
from web.routes import all_routes

HIDDEN, ABSENT = "cellule", "absente"
PAGE, DOCUMENT = "text/html", "application/activity+json"
CHANGING = re.compile(rb"[0-9a-f]{64}")  # the tokens of forms
VARIES = ("Date", "Set-Cookie", "ETag")
MORE = {"digest": "0" * 64, "membership": "1", "person": "ana"}


def community_paths(method: str) -> list[str]:
    """Every path below a community that takes this method, and some that nobody declared."""
    declared = {route.path for route in (*all_routes(), *document_routes(FEATURES)) if route.method == method}
    below = sorted(path for path in declared if path.startswith("/c/{name}"))
    return [*below, "/c/{name}/inbox", "/c/{name}/nothing", "/c/{name}@v.example"]


def filled_in(path: str, name: str) -> str:
    for key, value in {**MORE, "name": name}.items():
        path = path.replace(f"{{{key}}}", value)
    return path


def plain(body: bytes, *names: object) -> bytes:
    for name in names:
        body = body.replace(str(name).encode(), b"NAME")
    return CHANGING.sub(b"TOKEN", body)


async def asked(client: TestClient, method: str, path: str, accept: str, *names: object) -> tuple[Any, ...]:
    """The whole answer but for its date, its cookies and the names that were asked for."""
    token = ""
    if method == "POST":
        async with client.get("/about", headers={"Accept": PAGE}) as about:
            token = next(iter(re.findall(r'name="csrf" value="(\w+)"', await about.text())), "")
    data = {"csrf": token, "text": "x"} if method == "POST" else None
    headers = {"Accept": accept, "Accept-Language": "fr-CA", "Accept-Encoding": "identity"}
    async with client.request(method, path, headers=headers, data=data, allow_redirects=False) as answer:
        body = plain(await answer.read(), *names)
        found = {name: plain(value.encode(), *names) for name, value in answer.headers.items() if name not in VARIES}
        return answer.status, body, found


async def hide(founder: Any) -> dict[str, tuple[object, object]]:
    """Found a hidden community with something of every kind in it; give pairs of what is there and what never was."""
    found = await service.found(
        founder,
        title="Cellule",
        name=HIDDEN,
        purpose="Entre nous.",
        visibility="private",
        join_policy="invitation",
    )
    community = await queries.by_id(found.id)
    assert community is not None
    image = await media.accept(founder, "verger.png", _pieces(picture("PNG")), description="Un verger")
    post = await discussions.write(
        founder, community, kind="idea", title="Mystérieux", source="Chuchoté.", media=[image.id]
    )
    resource = await resources.deposit(
        founder, community, Card(licence="CC-BY-4.0", link="https://x.example/"), title="Mystérieuse"
    )
    kept = await Media.get(id=image.id)
    return {
        "name": (HIDDEN, ABSENT),
        "post": (post.id, new_id()),
        "resource": (resource.post_id, new_id()),
        "token": (kept.token, new_token()[: len(kept.token)].ljust(len(kept.token), "x")),
    }


async def _pieces(content: bytes) -> Any:
    yield content


def things(pairs: dict[str, tuple[object, object]]) -> Iterator[tuple[str, str, tuple[object, ...]]]:
    """Addresses of what is there beside addresses of what never was."""
    posts = ["", "/replies", "/likes", "/shares", "/answers", "/history", "/edit", "/delete", "/remove", "/title"]
    for kind, pattern in (
        *(("post", "/p/{}" + end) for end in posts),
        *(("resource", "/r/{}" + end) for end in ("", "/edit", "/replies", "/likes")),
        ("resource", "/p/{}"),
        ("post", "/r/{}"),
        ("token", "/media/{}"),
        ("token", "/media/{}/verger.png"),
        ("token", "/media/{}/preview/1.webp"),
    ):
        there, never = pairs[kind]
        yield pattern.format(there), pattern.format(never), (there, never)


@pytest.mark.parametrize("accept", [PAGE, DOCUMENT])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_hidden_community_is_not_there_for_strangers_and_members_of_others(
    sign_in: SignIn, browser: Browser, method: str, accept: str
) -> None:
    ana, ben = await sign_in("ana"), await sign_in("ben")
    pairs = await hide(ana.actor)
    compared = [
        (filled_in(path, HIDDEN), filled_in(path, ABSENT), (HIDDEN, ABSENT)) for path in community_paths(method)
    ]
    if method == "GET":
        compared += things(pairs)
    else:
        acts = ("reply", "react", "share", "accept", "edit", "delete", "remove", "title", "pin", "lock", "publish")
        there, never = pairs["post"]
        compared += [(f"/p/{there}/{act}", f"/p/{never}/{act}", (there, never)) for act in acts]
    for who in (browser, ben):
        for there_path, never_path, names in compared:
            first = await asked(who.client, method, there_path, accept, *names)
            second = await asked(who.client, method, never_path, accept, *names)
            assert first == second, f"{method} {there_path} ({accept}) tells that it is there"


async def test_nothing_hidden_is_counted_found_or_listed(sign_in: SignIn, browser: Browser) -> None:  # H05, H09
    ana, ben = await sign_in("ana"), await sign_in("ben")
    pages = ("/", "/about", "/communities", "/resources", "/search?q=Myst%C3%A9rieux", "/search?q=cellule", "/u/ana",
             "/tags/mystere", "/nodeinfo/2.1", "/robots.txt", "/search?q=!cellule@atelier.example",
             "/search?q=https://atelier.example/c/cellule")  # fmt: skip
    asked_by = [(who, path) for who in (browser, ben) for path in pages]
    before = [(await asked(who.client, "GET", path, PAGE))[:2] for who, path in asked_by]
    await hide(ana.actor)
    for (who, path), (status, body) in zip(asked_by, before, strict=True):
        assert (await asked(who.client, "GET", path, PAGE))[:2] == (status, body), f"{path} tells of what is hidden"


def seen(answer: HttpResponse, *names: object) -> tuple[Any, ...]:
    headers = {name: plain(value.encode(), *names) for name, value in answer.headers.items() if name.lower() != "date"}
    return answer.status, plain(answer.body, *names), headers


async def test_a_hidden_community_is_not_there_for_servers_of_strangers(world: World) -> None:  # H04
    site = await world.fedcop("https://v.example")
    eve = await world.stranger("eve@evil.example")
    async with site.entered():
        pairs = await hide((await make_member("ana")).actor)
    compared = [(filled_in(path, HIDDEN), filled_in(path, ABSENT), (HIDDEN, ABSENT)) for path in community_paths("GET")]
    compared += things(pairs)
    for there_path, never_path, names in compared:
        for query in ("", "?page=1", f"?is_follower={eve.uri}"):
            there, never = f"https://v.example{there_path}{query}", f"https://v.example{never_path}{query}"
            assert seen(await eve.gets(there), *names) == seen(await eve.gets(never), *names), there_path
            assert seen(await world.get(there), *names) == seen(await world.get(never), *names), there_path


async def test_an_inbox_does_not_tell_whether_its_community_is_hidden(world: World) -> None:
    site = await world.fedcop("https://v.example")
    eve = await world.stranger("eve@evil.example")
    there, never = (f"https://v.example/c/{name}/inbox" for name in (HIDDEN, ABSENT))
    async with site.entered():
        await hide((await make_member("ana")).actor)

    async def both(body: bytes, signed: bool, **headers: str) -> list[tuple[Any, ...]]:
        found = []
        for inbox in (there, never):
            given = eve.signs(inbox, body) if signed else {"Content-Type": DOCUMENT}
            found.append(seen(await world.request("POST", inbox, given | headers, body), HIDDEN, ABSENT))
        return found

    for signed in (False, True):
        for body in (b"{}", b"junk", b""):
            first, second = await both(body, signed)
            assert first == second, (body, signed)
    assert (await world.request("POST", "https://v.example/c/ana/inbox", {}, b"{}")).status == 404, "a person's name"


async def test_who_may_not_know_of_a_community_gets_no_answer_from_it(world: World) -> None:  # H27
    site = await world.fedcop("https://v.example")
    eve = await world.stranger("eve@evil.example")
    async with site.entered():
        await hide((await make_member("ana")).actor)
    for name in (HIDDEN, ABSENT):
        group = f"https://v.example/c/{name}"
        root = eve.note("<p>Tell me</p>", to=[PUBLIC], cc=[group], audience=group)
        for activity in (
            eve.activity("Follow", group),
            eve.activity("Join", group),
            eve.activity("Leave", group),
            eve.activity("Create", root),
            eve.activity("Flag", group),
            eve.activity("Undo", eve.activity("Follow", group)),
        ):
            assert await eve.sends(activity, f"{group}/inbox") == 202
    await world.settle()
    assert eve.server.kept() == [], "nothing was sent back"
    async with site.entered():
        assert await Follow.all().count() == 0
        assert await Membership.filter(actor__host="evil.example").count() == 0


async def test_what_no_database_can_hold_is_not_there(browser: Browser) -> None:  # F19
    for path in ("/c/%00", "/c/sols/i/%00aaaaaaaaaaaaaaaaaaaaaaaaa", "/communities?q=a%00b"):
        assert (await browser.get(path)).status == 404, path
