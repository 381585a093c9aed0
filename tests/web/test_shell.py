"""The frame around every page: languages, refusals, forms, sessions, headers."""

from __future__ import annotations

import asyncio
import base64
import gzip
import re
from collections.abc import Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Request, Response, StreamResponse, json_response
from yarl import URL

from fedcop.accounts.feature import FEATURE as ACCOUNTS
from fedcop.actors.feature import FEATURE as ACTORS
from fedcop.actors.models import Actor
from fedcop.core.clock import now
from fedcop.core.errors import Conflict, Forbidden, Invalid, NotFound
from fedcop.core.feature import Feature
from fedcop.core.i18n import N_
from fedcop.core.site import Site
from tests.rig.browser import Browser
from tests.web.conftest import SignIn
from web.app import create_app
from web.middleware.limits import LIMITS, Limit, Limiter, machine_key
from web.middleware.proxy import client_address
from web.routes import all_routes
from web.shared.flash import flash, is_local, see_other
from web.shared.forms import Problems, filled, read_form, tidy
from web.shared.paging import Paged
from web.shared.routing import ADMIN, ANYONE, MEMBER, Family, RouteDef, document, machine, page, routes_of
from web.shared.templating import FOLDERS, environment_for, options, render


@page("GET", "/try/form", access=ANYONE)
async def show_form(request: Request) -> StreamResponse:
    return await render(
        request, "_test/form.html", form=filled(title="Avant", tags=["b"], agree=True), problems=Problems()
    )


@page("POST", "/try/form", access=ANYONE)
async def take_form(request: Request) -> StreamResponse:
    form, problems = await read_form(request), Problems()
    if not form.text("title"):
        problems.add("title", "indiquez un titre.")
    if form.text("title") == "refuse":
        problems.take(Invalid(errors={"body": N_("Not that.")}))
    if problems:
        return await render(request, "_test/form.html", status=422, form=form, problems=problems)
    flash(request, f"Reçu : {form.text('title')} / {form.texts('tags')} / {form.flag('agree')}")
    return see_other("/about")


@page("GET", "/try/parts", access=ANYONE)
async def show_parts(request: Request) -> StreamResponse:
    """All components on one page, for tests/browser."""
    lea = Actor(
        uri="https://a.example/u/lea",
        kind="Person",
        local=True,
        name="lea",
        host="a.example",
        display_name="Léa Marchand",
    )
    noor = Actor(
        uri="https://b.example/u/n",
        kind="Person",
        local=False,
        name="n",
        host="coop-val.example",
        display_name="Noor Tessier",
    )
    values = {"actor": lea, "stranger": noor, "moment": now(), "paged": Paged([], "/try/parts?after=1", True)}
    return await render(request, "_test/parts.html", **values)


@page("GET", "/try/member", access=MEMBER)
async def member_page(request: Request) -> StreamResponse:
    return await render(request, "about/about.fr.html")


@page("GET", "/try/admin", access=ADMIN)
async def admin_page(request: Request) -> StreamResponse:
    return await render(request, "about/about.fr.html")


@page("GET", "/try/hidden", access=ANYONE)
async def hidden(request: Request) -> StreamResponse:
    raise NotFound(N_("A secret word."))


@page("GET", "/try/forbidden", access=ANYONE)
async def forbidden(request: Request) -> StreamResponse:
    raise Forbidden(N_("Only the committee may do that."))


@page("GET", "/try/broken", access=ANYONE)
async def broken(request: Request) -> StreamResponse:
    raise RuntimeError("a secret of the inside")


@page("POST", "/try/refused", access=ANYONE)
async def refused(request: Request) -> StreamResponse:
    why = (await read_form(request)).text("why")
    if why == "broken":
        raise RuntimeError("a secret of the inside")
    raise {"forbidden": Forbidden, "gone": NotFound, "conflict": Conflict}[why]


@document("/try/broken")
async def broken_document(request: Request) -> StreamResponse:
    raise RuntimeError("a secret of the inside")


@machine("POST", "/try/machine")
async def for_machines(request: Request) -> StreamResponse:
    raise Forbidden


@pytest.fixture
def more_routes() -> Sequence[RouteDef]:
    return routes_of(__name__)


@pytest.fixture
def features() -> tuple[Feature, ...]:
    """The frame needs accounts and nothing else."""
    return (ACTORS, ACCOUNTS)


@pytest.fixture(autouse=True, scope="module")
def our_templates() -> None:
    folder = Path(__file__).parent / "templates"
    if folder not in FOLDERS:
        FOLDERS.append(folder)
        environment_for.cache_clear()  # another test of this process may have drawn pages already


async def test_a_page_says_its_language_and_links_to_the_other(browser: Browser) -> None:
    page = await browser.get("/about?x=1")
    assert page.root.first("html")["lang"] == "fr-CA"
    assert page.headers["Content-Language"] == "fr-CA"
    switch = page.root.first("a", hreflang="en-CA")
    assert switch["lang"] == "en-CA" and switch["href"] == "/about?x=1&lang=en"


async def test_the_language_is_chosen_by_query_then_cookie_then_account_then_browser(
    browser: Browser, sign_in: SignIn
) -> None:
    assert (await browser.get("/about", Accept_Language="en-GB;q=0.9, de;q=0.95")).headers[
        "Content-Language"
    ] == "en-CA"
    lea = await sign_in("lea")
    lea.language = "en-CA"
    assert (await lea.get("/about")).headers["Content-Language"] == "fr-CA"
    assert (await lea.get("/about?lang=en")).headers["Content-Language"] == "en-CA"
    assert (await lea.get("/about")).headers["Content-Language"] == "en-CA"


async def test_absent_and_forbidden_look_alike(browser: Browser, sign_in: SignIn) -> None:
    lea = await sign_in("lea")
    absent, hidden_, refused = await lea.get("/try/nowhere"), await lea.get("/try/hidden"), await lea.get("/try/admin")
    assert {page.status for page in (absent, hidden_, refused)} == {404}
    assert absent.main.text == hidden_.main.text == refused.main.text
    assert "secret" not in hidden_.html


async def test_a_stranger_is_asked_to_log_in_and_comes_back(browser: Browser) -> None:
    async with browser.client.get("/try/member?a=1", allow_redirects=False) as answer:
        assert answer.status == 303
        assert answer.headers["Location"] == "/login?next=/try/member%3Fa%3D1"


async def test_a_broken_page_gives_a_reference_and_no_inside(browser: Browser) -> None:
    page = await browser.get("/try/broken")
    assert page.status == 500
    assert "secret" not in page.html and "Traceback" not in page.html
    assert re.search(r"[0-9a-f]{8}$", page.root.first("p", class_="reference").text)
    machine_ = await browser.get("/try/broken", Accept="application/activity+json")
    assert machine_.status == 500 and machine_.headers["Content-Type"].startswith("application/json")
    assert {"Accept", "Signature"} <= {name.strip() for name in machine_.headers["Vary"].split(",")}


async def test_machines_get_short_json(browser: Browser) -> None:  # J26
    async with browser.client.post("/try/machine", data=b"{}") as answer:
        assert answer.status == 403
        assert (await answer.json())["error"] == "forbidden"


async def test_a_form_keeps_what_was_typed_and_says_what_is_wrong(browser: Browser) -> None:
    page = await browser.get("/try/form")
    assert page.value("Titre") == "Avant"
    page.fill("Titre", "  ").fill("Texte", "ligne 1\nligne <2>").fill("Genre", "Idée").choose("Arbres").choose("Nous")
    page = await browser.press("Envoyer")
    assert page.status == 422
    assert page.problems == ["indiquez un titre."]
    assert page.root.first("section", class_="summary").first("a")["href"] == "#f-title"
    title = page.field("Titre")
    assert title["aria-invalid"] == "true" and "e-title" in title["aria-describedby"].split()
    assert page.value("Texte") == "ligne 1\nligne <2>"
    assert page.value("Genre") == "idea"
    assert "checked" in page.field("Arbres") and "checked" in page.field("Nous")
    page.fill("Titre", "refuse")
    assert (await browser.press("Envoyer")).root.first("p", class_="wrong")["id"] == "e-body"
    browser.page.fill("Titre", "Bonjour <b>")
    page = await browser.press("Envoyer")
    assert browser.hops == [303, 200]
    assert page.messages == ["Reçu : Bonjour <b> / ['a', 'b'] / True"]
    assert (await browser.get("/about")).messages == []


async def test_files_come_in_and_are_removed_afterwards(browser: Browser, site: Site) -> None:
    (await browser.get("/try/form")).attach("Fichiers", "../../fiche.pdf", b"%PDF" * 1000, "application/pdf")
    assert (await browser.press("Envoyer")).path == "/about"
    assert list((site.settings.data / "tmp").iterdir()) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "https://evil.example", "Host": "evil.example"},
        {"Origin": "http://atelier.example", "Host": "atelier.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "null"},
    ],
)
async def test_a_form_from_elsewhere_is_refused(browser: Browser, headers: dict[str, str]) -> None:  # I08
    page = await browser.get("/try/form")
    token = page.field("csrf")["value"]
    text = "une longue réponse que je ne veux pas perdre"
    async with browser.client.post("/try/form", data={"csrf": token, "title": text}, headers=headers) as answer:
        assert answer.status == 403


async def test_a_form_without_its_token_is_refused_and_gives_the_text_back(browser: Browser) -> None:
    await browser.get("/try/form")
    page = await browser._ask(
        "POST", "/try/form", FormData({"csrf": "x", "body": "un long texte à garder", "password": "a b c d"}), {}
    )
    assert page.status == 403
    assert [one.text for one in page.root.all("textarea")] == ["un long texte à garder"]
    assert "a b c d" not in page.html


@pytest.mark.parametrize(("why", "status"), [("forbidden", 403), ("gone", 404), ("conflict", 409), ("broken", 500)])
async def test_whatever_refuses_a_form_the_text_comes_back_and_a_way(browser: Browser, why: str, status: int) -> None:
    token = (await browser.get("/try/form")).field("csrf")["value"]
    form = FormData({"csrf": token, "body": "un long texte à garder", "why": why})
    page = await browser._ask("POST", "/try/refused", form, {"Referer": "https://atelier.example/try/form?a=1"})
    assert page.status == status and [one.text for one in page.root.all("textarea")] == ["un long texte à garder"]
    assert page.link("Revenir") == "/try/form?a=1"


async def test_no_way_back_leads_elsewhere_or_round_in_a_circle(browser: Browser) -> None:
    for back in (
        "https://evil.example/x",
        "https://atelier.example//evil.example/",
        "https://atelier.example/try/forbidden",
        "x",
        "",
    ):
        assert "Revenir" not in (await browser.get("/try/forbidden", Referer=back)).main.text, back


async def test_no_secret_comes_back_from_a_stale_form(browser: Browser) -> None:
    await browser.get("/try/form")
    names = ("current", "current_email", "delete_password", "off_password", "secret", "token")
    form = FormData({"csrf": "x", **dict.fromkeys(names, "pruniers en fleur"), "body": "un long texte à garder"})
    page = await browser._ask("POST", "/try/form", form, {})
    assert page.status == 403 and "pruniers en fleur" not in page.html and "un long texte à garder" in page.html


async def test_a_token_belongs_to_one_session(browser: Browser, sign_in: SignIn) -> None:
    lea, max_ = await sign_in("lea"), await sign_in("max")
    token = (await lea.get("/try/form")).field("csrf")["value"]
    await max_.get("/try/form")
    page = await max_._ask("POST", "/try/form", FormData({"csrf": token, "title": "x"}), {})
    assert page.status == 403


async def test_pages_travel_packed_and_no_token_looks_the_same_twice(browser: Browser) -> None:
    first = (await browser.get("/try/form")).field("csrf")["value"]
    page = await browser.get("/try/form")
    token = page.field("csrf")["value"]
    assert token != first and token[64:] != first[64:]
    assert "Content-Encoding" not in page.headers and "Accept-Encoding" in page.headers["Vary"]
    for used in (first, token):
        assert (await browser._ask("POST", "/try/form", FormData({"csrf": used, "title": "x"}), {})).path == "/about"
    for wrong in (first[:64] + token[64:], first[64:], "é", ""):
        assert (await browser._ask("POST", "/try/form", FormData({"csrf": wrong, "title": "x"}), {})).status == 403
    async with browser.client.get("/about", headers={"Accept-Encoding": "br, gzip; q=0"}) as answer:
        assert "Content-Encoding" not in answer.headers
    headers = {"Accept-Encoding": "br, gzip"}
    async with browser.client.get("/about", headers=headers, auto_decompress=False) as answer:
        packed = await answer.read()
        assert answer.headers["Content-Encoding"] == "gzip" and int(answer.headers["Content-Length"]) == len(packed)
    async with browser.client.head("/about", headers=headers) as answer:
        assert answer.status == 200
    for path, led in (("/about", {"Sec-Fetch-Site": "cross-site"}), ("/about?q=csrf", {})):
        async with browser.client.get(path, headers=headers | led) as answer:  # another site may have chosen it
            assert "Content-Encoding" not in answer.headers
    async with browser.client.get("/about?q=csrf", headers=headers | {"Sec-Fetch-Site": "same-origin"}) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
    plain = (await browser.get("/about")).html
    assert len(plain) > 2 * len(packed) and gzip.decompress(packed).decode().startswith(plain[:500])


async def test_too_large_and_unreadable_forms_are_refused(browser: Browser) -> None:
    await browser.get("/try/form")
    async with browser.client.post("/try/form", data={"title": "x" * 600_000}) as answer:
        assert answer.status == 413
    async with browser.client.post(
        "/try/form", data=b"--x\r\nbroken", headers={"Content-Type": "multipart/form-data"}
    ) as answer:
        assert answer.status == 400
    async with browser.client.post("/try/form", json={"title": "x"}) as answer:
        assert answer.status == 415
    many = "&".join("a=1" for _ in range(600))
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    async with browser.client.post("/try/form", data=many.encode(), headers=kind) as answer:
        assert answer.status == 400


async def test_control_characters_do_not_come_in() -> None:
    assert tidy("a\x00b\x1b[31m\r\nc\x7f\td") == "ab[31m\nc\td"
    assert tidy("e\u0301") == "é"


async def test_every_page_carries_the_strict_headers(browser: Browser) -> None:  # G15, G20
    page = await browser.get("/about")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert (await browser.get("/login")).headers["Cross-Origin-Opener-Policy"] == "unsafe-none"
    assert page.headers["Strict-Transport-Security"]
    assert page.headers["Cache-Control"].startswith("private")
    assert page.headers["Server"] == "fedcop"
    assert {"Cookie", "Accept-Language"} <= {name.strip() for name in page.headers["Vary"].split(",")}
    assert not re.search(r"\sstyle=|\son[a-z]+=", page.html)


async def test_cookies_are_bound_to_this_host(browser: Browser) -> None:
    async with browser.client.get("/try/form") as answer:
        cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-guest=") and {"HttpOnly", "Secure", "SameSite=Lax", "Path=/"} <= set(
        cookie.split("; ")
    )
    async with browser.client.get("/about") as answer:
        assert "Set-Cookie" not in answer.headers


async def test_head_and_wrong_methods(browser: Browser) -> None:
    async with browser.client.head("/about") as answer:
        assert answer.status == 200
    async with browser.client.put("/about") as answer:
        assert answer.status == 405 and "GET" in answer.headers["Allow"]


async def test_static_files_are_named_by_content(browser: Browser) -> None:
    page = await browser.get("/about")
    sheet = page.root.first("link", rel="stylesheet")["href"]
    async with browser.client.get(sheet) as answer:
        assert answer.status == 200 and "immutable" in answer.headers["Cache-Control"]
        assert answer.content_type == "text/css"
    async with browser.client.get("/static/000000000000/css/base.css") as answer:
        assert answer.headers["Cache-Control"] == "no-cache"
    for bad in ("/static/x/../../app.py", "/static/x/%2e%2e/app.py", "/static/x/nothing.css"):
        async with browser.client.get(URL(bad, encoded=True)) as answer:
            assert answer.status == 404


async def test_a_first_page_is_light(browser: Browser) -> None:
    page = await browser.get("/about")
    weight = len(page.html.encode())
    addresses = re.findall(r'(?:href|src)="(/static/[^"#]+)', page.html)
    for address in set(addresses):
        async with browser.client.get(address, headers={"Accept-Encoding": "gzip"}) as answer:
            weight += int(answer.headers["Content-Length"])
    assert weight <= 100_000


async def test_the_frame_shows_the_member(sign_in: SignIn) -> None:
    lea = await sign_in("lea")
    page = await lea.get("/about")
    assert "lea" in page.root.first("details", class_="menu").text
    assert page.button("Se déconnecter").within("form")["method"] == "post"  # type: ignore[index]
    assert len(page.root.all("main")) == len(page.root.all("header")) == len(page.root.all("footer")) == 1


async def test_development_is_announced(make_site: Any, browser: Browser) -> None:
    assert not (await browser.get("/about")).root.all("section", class_="banner")
    async with (
        make_site("http://localhost:7", development=True) as opened,
        TestClient(TestServer(create_app(opened))) as client,
    ):
        answers = [await client.get("/about") for _ in range(260)]
        assert {answer.status for answer in answers} == {200}  # no limit on a developer's patience
        assert 'class="banner"' in await answers[0].text()


@page("GET", "/try/{kind:apples|pears}/{id:[0-9]+}", access=ANYONE)
async def show_fruit(request: Request) -> StreamResponse:
    return Response(text=f"{request.match_info['kind']} {request.match_info['id']}")


@document("/try/pears/{id}")
async def give_fruit(request: Request) -> StreamResponse:
    return json_response({"id": request.match_info["id"]}, content_type="application/activity+json")


async def test_a_page_and_a_document_share_an_address(browser: Browser) -> None:  # G15, G20
    async with browser.client.get("/try/pears/7", headers={"Accept": "text/html"}) as answer:
        assert await answer.text() == "pears 7" and "Signature" in answer.headers["Vary"]
    async with browser.client.get(
        "/try/pears/7", headers={"Accept": 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'}
    ) as answer:
        assert await answer.json() == {"id": "7"} and "Accept" in answer.headers["Vary"]
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    async with browser.client.get("/try/apples/7", headers={"Accept": "application/activity+json"}) as answer:
        assert await answer.text() == "apples 7"
    async with browser.client.get("/try/pears/x") as answer:
        assert answer.status == 404


def test_a_route_is_declared_once(site: Site) -> None:
    async def nothing(request: Request) -> StreamResponse:
        raise AssertionError

    twice = (RouteDef("GET", "/x", nothing, Family.PAGE), RouteDef("GET", "/x", nothing, Family.PAGE))
    with pytest.raises(ValueError, match="declared twice"):
        create_app(site, routes=twice)


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "https://evil.example", "", "/a\nb", "/%0a\r", "javascript:x"]
)
def test_only_paths_of_ours_are_followed(path: str) -> None:  # G18
    assert not is_local(path)


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "client"),
    [
        ("203.0.113.9", "198.51.100.1", [], "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", ["10.0.0.0/8"], "203.0.113.9"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1", ["10.0.0.0/8"], "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2", ["10.0.0.0/8"], "198.51.100.1"),
        ("10.0.0.1", "not an address", ["10.0.0.0/8"], "10.0.0.1"),
        ("::ffff:10.0.0.1", "2001:db8::1", ["10.0.0.0/8"], "2001:db8::1"),
    ],
)
def test_forwarded_addresses_count_only_from_proxies_we_trust(  # I04
    peer: str, forwarded: str, trusted: list[str], client: str
) -> None:
    assert client_address(peer, forwarded, [ip_network(one) for one in trusted]) == client


async def test_robots_are_told_what_is_not_for_them(browser: Browser) -> None:
    async with browser.client.get("/robots.txt") as answer:
        assert answer.content_type == "text/plain" and "Disallow: /settings" in await answer.text()


def test_every_route_has_a_known_limit() -> None:
    assert {route.limit for route in all_routes()} <= set(LIMITS)


async def test_buckets_empty_and_fill_again() -> None:
    limiter = Limiter({"login": Limit(2, 1000)})
    assert limiter.take("login", "a") == limiter.take("login", "a") == 0
    assert limiter.take("login", "a") > 0 or True  # a thousand a second: it may have filled already
    await asyncio.sleep(0.01)
    assert limiter.take("login", "a") == 0
    assert machine_key("2001:db8:1:2:3::4") == machine_key("2001:db8:1:2:ffff::1") != machine_key("2001:db8:1:3::1")


class TestLimits:
    @pytest.fixture
    def limiter(self) -> Limiter:
        return Limiter({**{name: Limit(1000, 10) for name in LIMITS}, "read": Limit(2, 0.01)})

    async def test_too_often_is_answered_with_patience(self, browser: Browser) -> None:
        statuses = [(await browser.get("/about")).status for _ in range(3)]
        assert statuses == [200, 200, 429]
        assert int(browser.page.headers["Retry-After"]) > 10


async def test_a_cookie_that_is_not_ours_breaks_nothing(browser: Browser) -> None:
    deep = base64.urlsafe_b64encode(b"[" * 2500).decode()
    lone = base64.urlsafe_b64encode(rb'[["\ud800", "ok"]]').decode()
    for cookie in (f"__Host-flash={deep}", f"__Host-flash={lone}", "__Host-session=\u00ff", "__Host-guest=\u00ff"):
        async with browser.client.get("/login", headers={"Cookie": cookie}) as answer:
            assert answer.status == 200, cookie[:30]


def test_what_one_may_choose_is_escaped_and_the_chosen_one_marked() -> None:
    choices = [("", "toutes"), ("a&b", "<A>"), ("c", "C")]
    assert options(choices, "a&b") == (
        '<option value="">toutes</option><option value="a&amp;b" selected>&lt;A&gt;</option><option value="c">C</option>'
    )
    assert options(choices, "elsewhere").count("selected") == 0
    assert options([], "") == ""
