"""Answers that are given again: only while nothing was committed, to nobody else, and never what is for one request alone. See decisions/0036-kept-answers.md."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Request, Response, StreamResponse

import web
from fedcop.accounts.models import Account
from fedcop.core import budgets, metrics
from fedcop.core.errors import NotFound
from fedcop.core.ids import new_token
from fedcop.core.models import InstanceSetting
from fedcop.core.siblings import forget_everywhere
from fedcop.core.site import Site
from fedcop.core.sql.asyncpg_engine import PostgresEngine
from fedcop.core.sql.sqlite_engine import SqliteEngine
from fedcop.core.versions import Versions
from tests.rig.apps import connect
from tests.rig.clock import StandingClock
from tests.rig.people import make_member
from tests.web.answers import commit_elsewhere, said
from web.middleware.kept import KEPT, UNREAD
from web.middleware.limits import LIMITS, Limit, Limiter
from web.routes import all_routes
from web.shared.routing import ANYONE, Access, Asks, Family, RouteDef, machine, page, routes_of
from web.shared.tokens import csrf_token

# PostgreSQL tells of the commits of a whole server, and other tests commit on this one: there it says too often that something changed. Its
# versions alone are looked at in tests/fedcop/core/test_postgres.py.
ON_ITS_OWN = pytest.mark.once
PUBLIC = "/api/v1/timelines/public"


@dataclass
class Made:
    """How often the handlers of this module made an answer, and what stops them meanwhile."""

    times: int = 0
    gate: asyncio.Event | None = None
    breaks: bool = False

    async def text(self) -> str:
        self.times += 1
        mine, gate = self.times, self.gate
        if gate is not None:
            await gate.wait()
        if self.breaks and mine == 1:
            raise NotFound
        return f"made {mine}"


made = Made()


@pytest.fixture(autouse=True)
def nothing_made_yet() -> None:
    made.times, made.gate, made.breaks = 0, None, False


@page("GET", "/try/page", access=ANYONE, kept=True)
async def a_page(request: Request) -> StreamResponse:
    return Response(text=await made.text(), content_type="text/html")


@page("GET", "/try/form", access=ANYONE, kept=True)
async def a_form(request: Request) -> StreamResponse:
    return Response(text=f"{await made.text()} {csrf_token(request)}", content_type="text/html")


@page("GET", "/try/plain", access=ANYONE)
async def not_kept(request: Request) -> StreamResponse:
    return Response(text=await made.text(), content_type="text/html")


@page("GET", "/try/large/{size}", access=ANYONE, kept=True)
async def large(request: Request) -> StreamResponse:
    return Response(body=(await made.text()).encode().ljust(int(request.match_info["size"])))


async def for_apps(request: Request) -> StreamResponse:
    return Response(text=await made.text())


@machine("GET", "/try/machine", kept=True)
async def for_machines(request: Request) -> StreamResponse:
    return Response(text=await made.text())


async def a_document(request: Request) -> StreamResponse:
    return Response(text=await made.text(), content_type="application/activity+json")


# Not declared: what is declared for apps stands in the description of the whole API, also for tests that follow.
APPS = RouteDef(
    "GET",
    "/api/try",
    for_apps,
    Family.API,
    Access.ANYONE,
    "machine",
    asks=Asks.PERSON,
    scopes=("read:statuses",),
    kept=True,
)
DOCUMENT = RouteDef("GET", "/try/document", a_document, Family.DOCUMENT, Access.ANYONE, "document", kept=True)


@pytest.fixture
def more_routes() -> Sequence[RouteDef]:
    return (*routes_of(__name__), DOCUMENT, APPS)


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[TestClient]:
    async with TestClient(server) as opened:
        yield opened


async def commit() -> None:
    """Let this process commit."""
    await InstanceSetting.create(key=new_token(6), value={})


@ON_ITS_OWN
@pytest.mark.parametrize("path", ["/try/page", "/try/machine", "/try/document"])
async def test_an_answer_is_given_again_until_anybody_commits(site: Site, client: TestClient, path: str) -> None:
    assert [await said(client, path) for _ in range(3)] == ["made 1"] * 3
    await commit()
    assert [await said(client, path) for _ in range(2)] == ["made 2"] * 2
    await asyncio.to_thread(commit_elsewhere, site, "INSERT INTO instance_setting (key, value) VALUES ('x', '{}')")
    assert [await said(client, path) for _ in range(2)] == ["made 3"] * 2


@ON_ITS_OWN
async def test_and_for_a_second_because_of_the_clock(client: TestClient, clock: StandingClock) -> None:
    await said(client, "/try/page")
    clock.advance(budgets.KEPT_SECONDS - 0.01)
    assert await said(client, "/try/page") == "made 1"
    clock.advance(0.02)
    assert await said(client, "/try/page") == "made 2"
    clock.advance(-3600)  # a clock that is set back makes nothing new
    assert await said(client, "/try/page") == "made 3"


async def test_what_is_not_declared_is_made_each_time(client: TestClient) -> None:
    assert [await said(client, "/try/plain") for _ in range(2)] == ["made 1", "made 2"]
    with pytest.raises(ValueError, match="changes something"):
        page("POST", "/try/post", access=ANYONE, kept=True)(a_page)


@ON_ITS_OWN
@pytest.mark.parametrize(
    "headers",
    [
        {"Accept_Language": "en"},
        {"Accept": "text/html"},
        {"Accept_Encoding": "gzip"},
        {"Cookie": "fedcop-language=en-CA; __Host-language=en-CA"},
        {"Authorization": "Bearer x"},
        {"Host": "elsewhere.example"},
        {"Sec_Fetch_Site": "cross-site"},
        {"If_None_Match": '"x"'},
        {"X_Nobody_Knows": "1"},
    ],
)
async def test_a_request_that_differs_gets_its_own_answer(client: TestClient, headers: dict[str, str]) -> None:
    assert await said(client, "/try/page") == "made 1"
    assert [await said(client, "/try/page", **headers) for _ in range(2)] == ["made 2"] * 2
    assert await said(client, "/try/page?a=1") == "made 3"
    assert await said(client, "/try/page") == "made 1"


@pytest.mark.parametrize(
    "headers",
    [
        {"Signature": "x"},
        {"Signature_Input": "x"},
        {"Range": "bytes=0-1"},
        {"Content_Length": "0"},
        {"Cookie": "__Host-session=x"},
        {"Cookie": "fedcop-session=x"},
        {"Cookie": "__Host-guest=x"},
        {"Cookie": "__Host-flash=W10="},
        {"Cookie": "anything=x"},
    ],
)
async def test_what_is_for_one_request_alone_is_made_each_time(client: TestClient, headers: dict[str, str]) -> None:
    assert [await said(client, "/try/page", **headers) for _ in range(2)] == ["made 1", "made 2"]


@ON_ITS_OWN
async def test_a_signed_request_for_a_document_neither_gets_nor_leaves_an_answer(client: TestClient) -> None:
    assert await said(client, "/try/document", Signature="x") == "made 1"
    assert await said(client, "/try/document") == "made 2"
    assert await said(client, "/try/document", Signature="x") == "made 3"


async def test_what_has_a_form_sets_a_cookie_or_is_refused_is_not_kept(client: TestClient) -> None:
    first, second = [await said(client, "/try/form") for _ in range(2)]
    assert first.startswith("made 1 ") and second.startswith("made 2 ")
    client.session.cookie_jar.clear()
    assert [await said(client, "/try/page?lang=en") for _ in range(2)] == ["made 3", "made 4"], "it sets the language"
    client.session.cookie_jar.clear()
    made.times, made.breaks = 0, True
    assert "made" not in await said(client, "/try/page", 404)
    assert await said(client, "/try/page") == "made 2"


async def test_a_head_is_answered_anew(client: TestClient) -> None:
    await said(client, "/try/page")
    async with client.head("/try/page") as answer:
        assert answer.status == 200
    assert made.times == 2


@ON_ITS_OWN
async def test_one_person_never_gets_the_answer_of_another(site: Site, client: TestClient) -> None:
    lea, tom = [await connect(client, await make_member(name)) for name in ("lea", "tom")]
    again = await connect(client, await Account.get(actor__name="lea"))
    for times, phone in enumerate((lea, tom, again), 1):
        assert (await phone.get("/api/try")).json == f"made {times}".encode()
    assert (await lea.get("/api/try")).json == b"made 1"
    assert await said(client, "/api/try", 401) and await said(client, "/api/try", 401, Authorization="Bearer x")


# What has changed, and what cannot be told


async def test_what_is_kept_in_memory_is_forgotten_after_the_commit_and_counts_as_one(
    site: Site, client: TestClient
) -> None:
    """Between the commit and the forgetting somebody may have been told of what was there before."""
    await said(client, "/try/page")
    before = await site.part(Versions).now()
    await forget_everywhere("instance", lambda: None)
    assert await site.part(Versions).now() != before
    assert await said(client, "/try/page") == "made 2"


async def test_where_it_cannot_be_told_whether_anything_changed_nothing_is_kept(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unknown(_self: object) -> None:
        return None

    for engine in (SqliteEngine, PostgresEngine):
        monkeypatch.setattr(engine, "version", unknown)
    assert [await said(client, "/try/page") for _ in range(2)] == ["made 1", "made 2"]


# Many at one moment


async def all_at_once(client: TestClient, count: int, path: str = "/try/page") -> list[str]:
    """Ask so many times at one moment; the first answer is made only once all have asked."""
    made.gate = asyncio.Event()
    asking = [asyncio.ensure_future(said(client, path)) for _ in range(count)]
    await asyncio.sleep(0.1)
    made.gate.set()
    return list(await asyncio.gather(*asking))


@ON_ITS_OWN
async def test_who_asks_while_an_answer_is_made_waits_for_it(client: TestClient) -> None:
    assert await all_at_once(client, 20) == ["made 1"] * 20


@ON_ITS_OWN
async def test_who_asks_after_a_commit_does_not_get_what_was_begun_before(client: TestClient) -> None:
    made.gate = gate = asyncio.Event()
    first = asyncio.ensure_future(said(client, "/try/page"))
    while not made.times:
        await asyncio.sleep(0.01)
    await commit()
    made.gate = None
    assert await said(client, "/try/page") == "made 2"
    gate.set()
    assert await first == "made 1"
    assert await said(client, "/try/page") == "made 2", "what is older is not kept"


@ON_ITS_OWN
async def test_where_the_first_is_refused_the_others_try_themselves(client: TestClient) -> None:
    made.breaks, made.gate = True, asyncio.Event()
    asking = [asyncio.ensure_future(client.get("/try/page")) for _ in range(3)]
    await asyncio.sleep(0.1)
    made.gate.set()
    answers: list[ClientResponse] = await asyncio.gather(*asking)
    assert sorted(answer.status for answer in answers) == [200, 200, 404]


# What every request counts for


@ON_ITS_OWN
async def test_each_request_is_counted(client: TestClient) -> None:
    counted = metrics.requests.labels("page", "200")._value
    before = counted.get()
    await all_at_once(client, 3)
    assert made.times == 1 and counted.get() == before + 3


@ON_ITS_OWN
class TestLimits:
    """What is given again takes as much of the limits."""

    @pytest.fixture
    def limiter(self) -> Limiter:
        return Limiter({name: Limit(4, 0.001) for name in LIMITS})

    async def test_of_machines(self, client: TestClient) -> None:
        for _ in range(4):
            assert await said(client, "/try/page") == "made 1"
        await said(client, "/try/page", 429)

    async def test_of_people_who_are_told_what_is_left(self, client: TestClient) -> None:
        lea = await make_member("lea")
        phone = await connect(client, lea)
        answers = [await phone.get("/api/try") for _ in range(5)]
        assert [answer.status for answer in answers] == [200] * 4 + [429] and made.times == 1
        assert [answer.headers["X-RateLimit-Remaining"] for answer in answers[:4]] == ["3", "2", "1", "0"]


@pytest.fixture
def behind_a_proxy(site: Site) -> Iterator[None]:
    site.settings.__dict__["trusted_proxies"] = ("127.0.0.1",)
    yield
    site.settings.__dict__["trusted_proxies"] = ()


@ON_ITS_OWN
class TestAddresses:
    """Visitors share an answer, and each uses up their own."""

    @pytest.fixture
    def limiter(self, behind_a_proxy: None) -> Limiter:
        return Limiter({name: Limit(2, 0.001) for name in LIMITS})

    @pytest.mark.parametrize("path", ["/try/page", PUBLIC])
    async def test_each_address_has_its_own(self, client: TestClient, path: str) -> None:
        statuses = []
        for address in ("192.0.2.1", "192.0.2.2"):
            for _ in range(3):
                async with client.get(path, headers={"X-Forwarded-For": address}) as answer:
                    statuses.append(answer.status)
        assert statuses == [200, 200, 429] * 2 and made.times <= 1


@ON_ITS_OWN
async def test_what_is_too_large_is_not_kept_and_all_together_have_a_bound(
    server: TestServer, client: TestClient
) -> None:
    path = f"/try/large/{budgets.KEPT_ANSWER + 1}"
    assert [await said(client, path) for _ in range(2)] == ["made 1", "made 2"]
    most = budgets.KEPT_BYTES // budgets.KEPT_ANSWER
    for number in range(2 * most):
        await said(client, f"/try/large/{budgets.KEPT_ANSWER}?n={number}")
    kept = server.app[KEPT]
    weights = sum(one.weight for one in kept._answers.values())
    assert kept._bytes == weights <= budgets.KEPT_BYTES and len(kept._answers) >= most - 1
    await said(client, "/try/page", X_Long="x" * 4_000)
    assert list(kept._answers.values())[-1].weight > 4_000, "what a stranger makes long counts"


def test_what_may_differ_is_read_by_nothing_that_is_kept() -> None:
    """Headers that are left out of the key may be read only where no answer comes of it."""
    allowed = {
        "user-agent": {"web/pages/entering.py", "web/pages/push.py"},  # forms
        "referer": {"web/middleware/errors.py"},  # refusals
        "x-forwarded-for": {"web/middleware/proxy.py"},  # limits
    }
    root = Path(web.__file__).parents[1]
    for path in sorted((root / "web").rglob("*.py")):
        text = path.read_text("utf-8").lower()
        for name in (header.decode() for header in UNREAD):
            used = re.search(rf"""(?<!b)["']{name}["']""", text)
            assert not used or str(path.relative_to(root)) in allowed.get(name, ()), f"{path} reads {name}"


def test_only_what_asks_is_kept_and_never_what_asks_for_more_than_a_member() -> None:
    kept = [route for route in all_routes() if route.kept]
    assert len(kept) > 10
    for route in kept:
        assert route.method == "GET" and route.access is ANYONE, route.path
        assert route.family is not Family.PAGE or not re.search("settings|admin|login|signup|visit", route.path)
