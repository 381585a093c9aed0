"""Signing in from an app, as apps and people do it: register, consent, token, who am I, and the end of it."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pyotp
from aiohttp.test_utils import TestClient

from fedcop.accounts import service
from fedcop.accounts.signin import codes
from fedcop.apps import exporting, tokens
from fedcop.apps.models import App, AppCode, AppToken
from fedcop.core.site import Site
from tests.rig.apps import Phone
from tests.rig.browser import Browser, Page
from tests.rig.clock import StandingClock
from tests.rig.people import PASSWORD, make_member
from tests.web.conftest import SignIn
from tests.web.mastodon.conftest import Connect

OOB = "urn:ietf:wg:oauth:2.0:oob"
ELK = "https://elk.example/api/atelier.example/oauth/https%3A%2F%2Felk.example"
IVORY = "com.tapbots.Ivory.10217:/request_token"
SCOPES = "read write follow push"
STATE = "a b+c/é=&%2F~"


async def register(phone: Phone, *uris: str, **options: Any) -> dict[str, str]:
    form = [("client_name", "Poche"), ("scopes", SCOPES), *(("redirect_uris[]", uri) for uri in uris)]
    answer = await phone.post("/api/v1/apps", form, **options)
    assert answer.status == 200, answer.json
    return answer.json


def door(app: dict[str, str], uri: str, **more: str) -> str:
    asked = {"response_type": "code", "client_id": app["client_id"], "redirect_uri": uri, "scope": SCOPES, **more}
    return f"/oauth/authorize?{urlencode(asked, quote_via=quote)}"


async def press(browser: Browser, do: str) -> str:
    """Press a button of the consent page; give where the browser is sent, which may be no page of ours."""
    form = browser.page.main.first("form")
    fields = {"csrf": form.first("input", name="csrf")["value"], "do": do}
    async with browser.client.post(form["action"], data=fields, allow_redirects=False) as answer:
        assert answer.status == 303, await answer.text()
        return answer.headers["Location"]


async def redeem(phone: Phone, app: dict[str, str], code: str, **more: str) -> Any:
    form = {"grant_type": "authorization_code", "code": code, "client_id": app["client_id"], **more}
    return await phone.post("/oauth/token", {"client_secret": app["client_secret"], **form})


async def log_in(browser: Browser) -> Page:
    browser.page.fill("E-mail or name", "lea").fill("Password", PASSWORD)
    return await browser.press("Log in")


async def test_an_app_is_let_in_and_out(site: Site, client: TestClient, browser: Browser, clock: StandingClock) -> None:
    lea, phone = await make_member("lea", language="en-CA"), Phone(client)
    browser.language = "en-CA"
    app = await register(phone, ELK, IVORY, OOB)
    assert (app["name"], app["redirect_uris"], app["client_secret_expires_at"]) == ("Poche", [ELK, IVORY, OOB], 0)
    # A stranger logs in first, by two steps, and comes to the question that the app asked.
    await codes.begin(lea)
    secret = (await codes.pending(lea)).secret
    await codes.confirm(lea, PASSWORD, pyotp.TOTP(secret).at(int(clock.now().timestamp())), keep="")
    page = await browser.get(door(app, ELK, state=STATE))
    assert page.h1 == "Log in"
    clock.advance(60)
    page = await log_in(browser)
    page.fill("Code", pyotp.TOTP(secret).at(int(clock.now().timestamp())))
    page = await browser.press("Log in")
    assert (page.h1, page.status) == ("Let Poche in?", 200)
    assert "elk.example" in page.main.text and "private communities included" in page.main.text
    assert "form-action" not in page.headers["Content-Security-Policy"]
    where = await press(browser, "allow")
    assert where.startswith(f"{ELK}?code=")  # letter by letter
    said = dict(parse_qsl(urlsplit(where).query))
    assert said["state"] == STATE
    answer = await redeem(phone, app, said["code"], redirect_uri=ELK, scope="read")  # a scope here says nothing
    assert answer.status == 200
    assert answer.json | {"access_token": ""} == {
        "access_token": "", "token_type": "Bearer", "scope": SCOPES, "created_at": int(clock.now().timestamp()),
    }  # fmt: skip
    mine = Phone(client, answer.json["access_token"])
    me = await mine.get("/api/v1/accounts/verify_credentials/")  # with a slash, without a redirect
    assert (me.status, me.json["acct"], me.json["source"]["language"]) == (200, "lea", "en")
    assert me.headers["Access-Control-Allow-Origin"] == "*" and "Link" in me.headers["Access-Control-Expose-Headers"]
    # One sees it beside one's devices, and ends it.
    page = await browser.get("/settings/devices")
    assert "Poche" in page.main.text
    [(name, told)] = [part async for part in exporting.connected(lea.actor_id)]
    assert name == "apps.json" and told["apps"][0]["name"] == "Poche" and "token" not in str(told)
    assert "no access any more" in (await browser.press("End access")).messages[0]
    answer = await mine.get("/api/v1/accounts/verify_credentials")
    assert (answer.status, answer.json) == (401, {"error": "Le jeton d’accès n’est pas valide"})


async def test_the_ways_of_apps(client: TestClient, sign_in: SignIn) -> None:  # I05
    lea, phone = await sign_in(await make_member("lea", language="en-CA")), Phone(client)
    app = await register(phone, IVORY, OOB)
    # A program of a phone, with proof (PKCE), and no redirect_uri when it comes for its token.
    verifier = "v" * 50
    proof = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    await lea.get(door(app, IVORY))  # the challenge was taken out on the way
    code = dict(parse_qsl((await press(lea, "allow")).partition("?")[2]))["code"]
    assert (await redeem(phone, app, code, code_verifier=verifier)).json["error"] == "invalid_grant"
    asked = door(app, IVORY, code_challenge=proof, code_challenge_method="S256")
    for wrong in ({"code_verifier": "w" * 50}, {}):
        await lea.get(asked)
        code = dict(parse_qsl((await press(lea, "allow")).partition("?")[2]))["code"]
        assert (await redeem(phone, app, code, **wrong)).json["error"] == "invalid_grant"
    await lea.get(asked)
    where = await press(lea, "allow")
    assert where.startswith(f"{IVORY}?code=") and "state" not in where
    token = await redeem(phone, app, where.partition("code=")[2], code_verifier=verifier)
    assert token.status == 200
    # A code that comes again is known to two: the token that it gave ends (RFC 6749, 4.1.2).
    held = Phone(client, token.json["access_token"])
    assert (await held.get("/api/v1/preferences")).status == 200
    code = where.partition("code=")[2]
    assert (await redeem(phone, app, code, code_verifier=verifier)).json["error"] == "invalid_grant"
    assert (await held.get("/api/v1/preferences")).status == 401
    # One that shows the code to be copied; Basic and body together.
    await lea.get(door(app, OOB))
    page = await lea.get(await press(lea, "allow"))
    code = page.main.first("code").text
    basic = base64.b64encode(f"{app['client_id']}:{app['client_secret']}".encode()).decode()
    json = {"grant_type": "authorization_code", "code": code, "redirect_uri": OOB, "client_id": app["client_id"]}
    token = await phone.post("/oauth/token", json=json, Authorization=f"Basic {basic}")
    assert token.status == 200 and (await phone.post("/oauth/token/", json=json)).json["error"] == "invalid_client"
    # It may be refused, in both ways.
    await lea.get(door(app, IVORY, state="s"))
    assert await press(lea, "deny") == f"{IVORY}?error=access_denied&state=s"
    await lea.get(door(app, OOB))
    assert await press(lea, "deny") == "/"
    # An app may ask for another person, though somebody is logged in here.
    page = await lea.get(door(app, IVORY, force_login="true", state=STATE))
    assert page.h1 == "Log in" and "force_login" not in page.field("next")["value"]
    assert (await log_in(lea)).h1 == "Let Poche in?"
    where = await press(lea, "other")
    assert dict(parse_qsl(urlsplit(dict(parse_qsl(urlsplit(where).query))["next"]).query))["state"] == STATE
    # Live codes of one app are few, however often it is asked.
    await lea.log_in(lea.account)
    for _ in range(7):
        await lea.get(door(app, IVORY))
        await press(lea, "allow")
    assert await AppCode.all().count() == 5


async def test_what_is_wrong_is_said_here_and_sent_nowhere(client: TestClient, sign_in: SignIn) -> None:  # G18, I05
    lea, phone = await sign_in(await make_member("lea", language="en-CA")), Phone(client)
    app = await register(phone, IVORY)
    for path in (
        door({"client_id": "nobody"}, IVORY),
        door(app, "https://evil.example/"),
        door(app, IVORY, scope="admin:read"),
        door(app, IVORY, scope="nonsense"),
        door(app, IVORY, response_type="token"),
        door(app, IVORY, code_challenge="c" * 43, code_challenge_method="plain"),
    ):
        page = await lea.get(path)
        assert (page.status, page.path, lea.hops) == (400, path, [400])
    shams = [
        f"https:{rest}" for rest in ("//elk.example@evil.example/x", "//evil.example\\.elk.example/x", "/login", "//")
    ]
    for uris in (["javascript:alert(1)"], ["data:text/html,x"], ["https://a.example/#x"], ["nothing"], [], *zip(shams)):
        answer = await phone.post("/api/v1/apps", json={"client_name": "x", "redirect_uris": uris})
        assert answer.status == 422 and "redirect_uris" in answer.json["details"], uris
    answer = await phone.post("/api/v1/apps", {"client_name": "x", "redirect_uris": IVORY, "scopes": "read sing"})
    assert answer.status == 422 and "scopes" in answer.json["details"]
    for form, status, error in (
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "client_id": "nobody", "client_secret": "x"}, 401, "invalid_client"),
        ({"client_id": app["client_id"], "client_secret": app["client_secret"]}, 400, "invalid_request"),
        ({"client_id": app["client_id"], "client_secret": "x", "grant_type": "client_credentials"}, 401, "invalid_client"),
    ):  # fmt: skip
        answer = await phone.post("/oauth/token", form, Accept_Language="en")
        assert (answer.status, answer.json["error"]) == (status, error)
        assert answer.json["error_description"]


async def test_apps_speak_in_queries_forms_and_json(client: TestClient) -> None:
    phone, uris = Phone(client), ["poche://back", "https://poche.example/back"]
    query = urlencode({"client_name": "Poche", "redirect_uris": "\n".join(uris)})
    lists = [
        ("client_name", "Poche"),
        *(("redirect_uris[]", uri) for uri in uris),
        ("website", "https://poche.example"),
    ]
    made = [
        await phone.post(f"/api/v1/apps?{query}"),
        await phone.post("/api/v1/apps", lists),
        await phone.post("/api/v1/apps", json={"client_name": "Poche", "redirect_uris": uris, "scopes": ["read", "write"]}),
    ]  # fmt: skip
    assert [one.json["redirect_uris"] for one in made] == [uris] * 3
    assert [one.json["scopes"] for one in made] == [["read"], ["read"], ["read", "write"]]
    assert {app.secret_hash for app in await App.all()}.isdisjoint(one.json["client_secret"] for one in made)
    # A token in nobody's name, for what strangers may read.
    app = made[0].json
    form = {"grant_type": "client_credentials", "client_id": app["client_id"], "client_secret": app["client_secret"]}
    token = (await phone.post("/oauth/token", form)).json["access_token"]
    nobody = Phone(client, token)
    assert (await nobody.get("/api/v1/apps/verify_credentials")).json["name"] == "Poche"
    assert (await nobody.get("/api/v1/accounts/verify_credentials")).status == 401
    assert (await phone.post("/oauth/revoke", {**form, "token": token})).json == {}
    assert (await nobody.get("/api/v1/apps/verify_credentials")).status == 401


async def test_tokens_end_with_the_password_and_the_account(connect: Connect, site: Site) -> None:  # I02
    boss, lea, tom = await make_member("zoe", "owner"), await make_member("lea"), await make_member("tom")
    of_lea, of_tom = await connect(lea), await connect(tom)
    path = "/api/v1/accounts/verify_credentials"
    assert [(await one.get(path)).status for one in (of_lea, of_tom)] == [200, 200]
    await service.change_password(lea, PASSWORD, "une autre phrase de passe")
    await service.suspend(boss, tom)
    assert (await of_tom.get(path)).status == 401  # at once, whatever waits
    await site.runner.settle()
    assert (await of_lea.get(path)).status == 401
    assert not await AppToken.all().exists() and await tokens.list_(lea) == []
