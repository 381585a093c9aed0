"""What comes from people whom one does not know: chosen in the settings, looked at on a page of its own, without JavaScript."""

from __future__ import annotations

from typing import Any

import pytest

from fedcop.accounts.models import Account, Session
from fedcop.communities import service as communities
from fedcop.core.site import Site
from fedcop.discussions import service
from fedcop.notifications import policy, requests
from fedcop.notifications.models import Notification
from fedcop.push import service as push
from tests.rig.pushservice import Device
from tests.rig.queries import counted
from tests.web.conftest import SignIn

SETTINGS, WAITING = "/settings/notifications", "/notifications/requests"


@pytest.fixture
async def lea(sign_in: SignIn) -> Any:
    """The responsible person of a public community, at her browser."""
    browser = await sign_in("lea")
    browser.community = await communities.found(
        browser.actor, title="Fruitiers nordiques", name="fruitiers", purpose="Faire pousser ce qui tient l’hiver"
    )
    browser.said = await service.write(
        browser.actor, browser.community, kind="question", title="Quelle toile ?", source="Contre le gel."
    )
    return browser


async def thank(site: Site, browser: Any, lea: Any) -> None:
    """Somebody who belongs to none of her communities thanks her."""
    await service.react(browser.actor, lea.said, "thanks")
    await site.runner.settle()


async def chosen(browser: Any) -> dict[str, str]:
    return policy.answers((await Account.get(actor_id=browser.actor.id)).preferences)


def answer(page: Any, name: str, said: str) -> None:
    for one in page.main.all("input", type="radio", name=name):
        page.typed[id(one)] = [said] if one["value"] == said else []


async def test_the_choice_is_made_in_the_settings(site: Site, lea: Any) -> None:
    page = await lea.get(SETTINGS)
    legends = [one.text for one in page.root.all("legend")]
    assert "Les personnes que je ne suis pas" in legends and "Les comptes qui disent être des programmes" in legends
    answer(page, "for_not_following", "filter")
    answer(page, "for_new_accounts", "drop")
    page = await lea.press("Enregistrer")
    assert page.path == SETTINGS and page.messages == ["Votre choix est enregistré."]
    expected = dict(policy.DEFAULTS) | {"not_following": "filter", "new_accounts": "drop"}
    assert await chosen(lea) == expected
    ticked = {
        one["name"]: one["value"]
        for one in page.main.all("input", type="radio")
        if "checked" in one and one["name"].startswith("for_")
    }
    assert ticked == {f"for_{name}": said for name, said in expected.items()}
    # An answer that there is not changes nothing.
    await lea.post(SETTINGS, for_not_following="maybe", weekday="1", hour="8")
    assert await chosen(lea) == expected


async def test_saving_one_thing_of_what_one_receives_loses_no_other(site: Site, lea: Any) -> None:
    (session,) = await Session.filter(account_id=lea.account.id)
    phone = await push.subscribe(lea.account, session, **Device("https://push.example/send/0").fields)
    rhythm, shown = f"rhythm_{lea.community.id}", f"shown_{phone.id}"
    page = await lea.get(SETTINGS)
    saves = [one for one in page.main.all("button") if one.text == "Enregistrer"]
    assert len(saves) == 2 and {one["form"] or one.within("form")["id"] for one in saves} == {"choices"}
    answer(page, "for_not_following", "drop")
    page.fill(rhythm, "day").fill("hour", "18")
    for one in page.main.all("input", name=shown):
        page.typed[id(one)] = [one["value"]] if one["value"] == "follow" else []
    page.typed[id(page.field("weekday"))] = ["9"]
    page = await lea.press("Enregistrer")
    assert page.status == 422 and page.problems
    page.fill("weekday", "3")
    page = await lea.press("Enregistrer")
    assert page.messages == ["Votre choix est enregistré."]
    assert (await chosen(lea))["not_following"] == "drop"
    assert [page.value(name) for name in (rhythm, "weekday", "hour")] == ["day", "3", "18"]
    await phone.refresh_from_db()
    assert phone.topics == ["follow"]


async def test_who_waits_is_looked_at_and_accepted_or_dismissed(site: Site, lea: Any, sign_in: SignIn) -> None:
    tom, nic = await sign_in("tom"), await sign_in("nic")
    page = await lea.get(WAITING)
    assert "Rien n’est mis de côté." in page.main.text
    await requests.choose(await Account.get(actor_id=lea.actor.id), {"not_following": "filter"})
    for browser in (tom, nic):
        await thank(site, browser, lea)
    await service.react(tom.actor, lea.said, "useful")
    await site.runner.settle()
    page = await lea.get("/notifications")
    assert "Mercis" not in page.main.text and not page.root.all("span", class_="count")
    page = await lea.click("2 personnes attendent votre regard")
    assert page.path == WAITING and "2 notifications" in page.main.text and "Quelle toile" in page.main.text
    page = await lea.press("Accepter tom")
    assert page.messages == ["C’est dans vos notifications. Ce que fait tom vous arrivera désormais."]
    assert "Réaction de tom" not in page.main.text and "Réaction de nic" in page.main.text
    page = await lea.press("Écarter nic")
    assert page.messages == ["C’est supprimé. nic n’en saura rien."] and "Rien n’est mis de côté." in page.main.text
    page = await lea.get("/notifications")
    assert "Réaction de tom" in page.main.text and "nic" not in page.main.text and "attend" not in page.main.text


async def test_nobody_decides_for_somebody_else(site: Site, lea: Any, sign_in: SignIn) -> None:
    tom = await sign_in("tom")
    await requests.choose(await Account.get(actor_id=lea.actor.id), {"not_following": "filter"})
    await thank(site, tom, lea)
    (one,) = await requests.page(await Account.get(actor_id=lea.actor.id))
    await tom.get(WAITING)
    for number in (one.id, 12, "x"):
        for act in ("accept", "dismiss"):
            assert (await tom.post(f"{WAITING}/{number}/{act}")).status == 404
    assert await Notification.filter(filtered=True).count() == 1
    # The last of it is about what is not there any more; who waits stays.
    await Notification.filter(filtered=True).update(post_id=12)
    page = await lea.get(WAITING)
    assert "tom" in page.main.text and "1 notification" in page.main.text and "Quelle toile" not in page.main.text


async def test_the_centre_asks_no_more_where_nothing_waits(site: Site, lea: Any, sign_in: SignIn) -> None:
    tom = await sign_in("tom")
    with counted() as before:
        await lea.get("/notifications")
    assert not any("notification_request" in one for one in before)
    await requests.choose(await Account.get(actor_id=lea.actor.id), {"not_following": "filter"})
    await thank(site, tom, lea)
    with counted() as after:
        await lea.get("/notifications")
    after.at_most(len(before) + 1)
