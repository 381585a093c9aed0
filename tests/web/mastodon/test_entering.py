"""Signing up in an app: open, on approval, by invitation, closed; the letter with the link; a token that comes alive."""

from __future__ import annotations

from typing import Any

import pytest

from fedcop.accounts import instance, invites, queries, service, signup
from fedcop.accounts.models import Account, SignUp
from fedcop.accounts.signup import Wish
from fedcop.core import clock
from fedcop.core.site import Site
from tests.rig.people import PASSWORD, make_member
from tests.web.mastodon.conftest import Connect
from tests.web.pages.test_account import last_link

PATH = "/api/v1/accounts"
WHO = "/api/v1/accounts/verify_credentials"
LEA = {"username": "lea", "email": "lea@exemple.test", "password": PASSWORD, "agreement": "true", "locale": "en"}


async def test_somebody_signs_up_in_an_app(site: Site, connect: Connect) -> None:
    zoe = await make_member("zoe", "owner")
    await instance.change(zoe, registration="open")
    app, reader = await connect(None), await connect(None, "read")
    wrong = (await app.post(PATH, {"username": "zoe", "email": "x", "password": "court", "agreement": "1"})).json
    assert {name: told[0]["error"] for name, told in wrong["details"].items()} == {
        "username": "ERR_TAKEN", "email": "ERR_INVALID", "password": "ERR_INVALID",
    }  # fmt: skip
    assert wrong["error"].count(".") >= 3
    for sent, name, code in (
        ({"agreement": "0"}, "agreement", "ERR_ACCEPTED"),
        ({"username": ""}, "username", "ERR_BLANK"),
    ):
        answer = await app.post(PATH, json=LEA | sent)
        assert (answer.status, answer.json["details"][name][0]["error"]) == (422, code)
    assert [(await who.post(PATH, LEA)).status for who in (reader, await connect(zoe))] == [403, 403]
    made = await app.post(PATH, json=LEA)
    app.token, itself = made.json["access_token"], app.token
    assert made.json["scope"] == "read write follow push"
    assert (await app.get("/api/v1/emails/check_confirmation")).json is False
    refused = await app.get(f"{WHO}?lang=en")
    assert (refused.status, refused.json["error"].partition(" e-mail")[0]) == (403, "Confirm your")
    assert (await app.post(PATH, LEA | {"username": "autre", "email": "b@exemple.test"})).status == 403
    first = await last_link(site, LEA["email"])
    assert (await app.post("/api/v1/emails/confirmations", {"email": "lea@ici.test"})).json == {}
    await service.confirm((await last_link(site, "lea@ici.test")).rpartition("/")[2])
    assert first.startswith("/confirm/") and await queries.by_email(LEA["email"]) is None
    await site.runner.settle()
    assert (await app.get(WHO)).json["acct"] == "lea" and (
        await app.get("/api/v1/emails/check_confirmation")
    ).json is True
    assert (await app.post("/api/v1/emails/confirmations")).status == 403
    # Whose address is known already learns it by a letter; the app is told nothing of it.
    app.token = itself
    again = await app.post(PATH, LEA | {"username": "autre", "email": "zoe@exemple.test"})
    assert again.status == 200 and again.json.keys() == made.json.keys()
    assert [(await app.get(path)).status for path in ("/api/v1/emails/check_confirmation", WHO)] == [403, 401]


async def test_an_address_is_not_changed_once_it_is_confirmed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    await instance.change(await make_member("zoe", "owner"), registration="open")
    made = await signup.sign_up(Wish("lea", LEA["email"], PASSWORD))
    assert made.sign_up_id is not None

    async def meanwhile(email: str) -> None:
        await SignUp.filter(id=made.sign_up_id).update(confirmed_at=clock.now())

    monkeypatch.setattr(queries, "by_email", meanwhile)
    await signup.mail_again(made.sign_up_id, "dune@autre.test")
    assert (await SignUp.get(id=made.sign_up_id)).email == LEA["email"]


async def test_who_may_sign_up(site: Site, connect: Connect) -> None:
    zoe = await make_member("zoe", "owner")
    app = await connect(None)

    async def ask(**more: Any) -> Any:
        return await app.post(PATH, json=LEA | more)

    await instance.change(zoe, registration="closed")
    assert (await ask()).status == 403
    await instance.change(zoe, registration="invitation")
    assert [(await ask(invite_code=code)).status for code in ("", "mort")] == [403, 403]
    invite = await invites.create(zoe)
    assert (await ask(username="ida", email="ida@exemple.test", invite_code=invite.code)).status == 200
    await instance.change(zoe, registration="approval")
    assert (await ask()).json["details"]["reason"][0]["error"] == "ERR_BLANK"
    app.token = (await ask(reason="Je greffe.")).json["access_token"]
    await service.confirm((await last_link(site, LEA["email"])).rpartition("/")[2])
    assert (await app.get("/api/v1/emails/check_confirmation")).json is True
    assert "waiting for an answer" in (await app.get(f"{WHO}?lang=en")).json["error"]
    [waiting] = await queries.waiting()
    assert waiting.reason == "Je greffe." and waiting.language == "en-CA"
    await service.approve(zoe, waiting)
    await site.runner.settle()
    assert (await app.get(WHO)).json["acct"] == "lea" and await Account.all().count() == 2
