"""Devices that show notifications, as the page of what one receives lists them: begun by a script, all else by plain forms."""

from __future__ import annotations

from dataclasses import replace

from fedcop.apps import registering, tokens
from fedcop.core import clock
from fedcop.core.models import Job
from fedcop.core.site import Site
from fedcop.push import service
from fedcop.push.models import PushSubscription
from tests.rig.pushservice import Device
from tests.web.conftest import SignIn

HOME = "/settings/notifications"
FIREFOX = "Mozilla/5.0 (Android 15; Mobile; rv:142.0) Gecko/142.0 Firefox/142.0"


async def test_a_device_is_begun_tried_chosen_for_and_ended(site: Site, sign_in: SignIn) -> None:
    kept, site.settings = site.settings, replace(site.settings, url="http://atelier.example")
    page = await (await sign_in("noor")).get(HOME)
    assert "les navigateurs ne le font qu’en https" in page.text and not page.root.all("form", data_push_when="off")
    site.settings = kept
    lea, tom = await sign_in("lea"), await sign_in("tom")
    page = await lea.get(HOME)
    given = await lea.ask(f"{HOME}/push")  # as the service worker does
    place = page.root.first("div", data_push=given["key"])
    form = place.first("form", data_push_when="off")
    assert "hidden" in form and "hidden" not in place.first("p", data_push_when="absent")

    said = Device("https://push.example/send/0").fields
    wrong = {**said, "endpoint": "https://localhost/", "csrf": given["token"]}
    page = await lea.send(form, [*wrong.items()])
    assert page.status == 422 and "adresse https publique" in page.problems[0] and page.root.first("p", id="f-endpoint")
    lea.client.session.headers["User-Agent"] = FIREFOX
    page = await lea.post(f"{HOME}/push", **said)
    assert page.messages == ["Vos notifications arrivent désormais sur cet appareil."]
    row = page.root.first("section", aria_labelledby="devices").first("li")
    assert "Firefox, Android Cet appareil" in row.text and "rien affiché pour l’instant" in row.text
    assert page.root.first("div", data_push_here=said["endpoint"])
    assert "Firefox, Android" not in (await tom.get(HOME)).text

    (one,) = await service.listed(lea.account)
    await lea.press("Essayer")
    assert await Job.filter(name="fedcop.push.sending:send_trial").count() == 1
    boxes = row.all("input", name=f"shown_{one.id}", form="choices")
    assert [box["value"] for box in boxes if "checked" in box] == list(service.BY_DEFAULT)
    chosen = {"weekday": "1", "hour": "8", "device": str(one.id), f"shown_{one.id}": "follow"}
    await tom.get(HOME)
    for who in (tom, lea):  # what somebody else sends of a device changes nothing
        await one.refresh_from_db()
        assert one.topics == list(service.BY_DEFAULT)
        assert (await who.post(HOME, **chosen)).messages == ["Votre choix est enregistré."]
    await one.refresh_from_db()
    assert one.topics == ["follow"]
    made = await registering.register("Poche", [registering.OUT_OF_BAND], "push")
    holder = await tokens.holder_of((await tokens.issue(made.app, lea.account, "push")).text)
    assert holder is not None
    wish = Device("https://push.example/send/1").fields
    app = await service.subscribe_app(holder, "x", **wish, encoding="aesgcm", alerts=["mention"], policy="all")
    page = await lea.get(HOME)
    assert "Poche" in page.text and "ce qu’elle affiche se choisit dans celle-ci" in page.text
    assert (await lea.post(f"{HOME}/push/{app.id}/try")).status == 404
    before = app.topics
    await lea.post(HOME, **chosen | {"device": str(app.id), f"shown_{app.id}": "follow"})
    await app.refresh_from_db()
    assert app.topics == before
    await tokens.end(lea.account, holder.token.id)
    for act in ("try", "end"):
        assert (await tom.post(f"{HOME}/push/{one.id}/{act}")).status == 404
    await PushSubscription.filter(id=one.id).update(stopped_at=clock.now())
    page = await lea.get(HOME)
    assert "son service de notifications refuse nos envois" in page.text and "Essayer" not in page.text
    await lea.press("Arrêter Firefox, Android")
    assert await service.listed(lea.account) == []
