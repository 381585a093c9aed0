"""How long what is over is kept: chosen by those in charge, told to everybody, kept to by the jobs that delete."""

from __future__ import annotations

from typing import Any

import pytest

from fedcop.core import clock as time
from fedcop.core import retention
from fedcop.core.models import InstanceSetting
from fedcop.core.site import Site
from fedcop.discussions import drafts
from fedcop.federation import jobs
from fedcop.federation.models import InboxItem
from tests.rig.clock import StandingClock
from tests.web.conftest import SignIn

RECEIVED = "Les activités des autres serveurs, telles que reçues"
DRAFTS = "Les brouillons que personne n’a repris"


async def received(uri: str) -> None:
    said = {"actor_uri": "https://good.example/u/gus", "host": "good.example", "genuine": True, "body": b"{}"}
    await InboxItem.create(uri=uri, received_at=time.now(), outcome="done", **said)


async def test_those_in_charge_choose_and_everybody_is_told(
    site: Site, sign_in: SignIn, browser: Any, clock: StandingClock
) -> None:
    ada = await sign_in("ada", role="admin")
    page = await ada.get("/admin/retention")
    assert page.value(RECEIVED) == "30" and "En jours, de 7 à 3650. D’ordinaire 30." in page.main.text
    page.fill(RECEIVED, "8")
    page = await ada.press("Enregistrer")
    assert page.messages == ["Les durées sont enregistrées."] and page.value(RECEIVED) == "8"
    said = (await browser.get("/privacy")).main.text
    assert "Les activités des autres serveurs, telles que reçues : 8 jours" in said
    assert "Les notifications lues, ou mises de côté et jamais regardées : 180 jours" in said
    await received("https://good.example/activities/1")
    clock.advance(days=7)
    await received("https://good.example/activities/2")
    clock.advance(days=2)
    await jobs.prune_inbox()
    assert [item.uri.rpartition("/")[2] for item in await InboxItem.all()] == ["2"]


@pytest.mark.parametrize("number", ["6", "", "0", "-30", "4000", "bald", "9" * 30])
async def test_what_cannot_be_is_said_at_its_field_and_changes_nothing(
    site: Site, sign_in: SignIn, number: str
) -> None:
    ada = await sign_in("ada", role="admin")
    page = await ada.get("/admin/retention")
    page.fill(RECEIVED, number).fill(DRAFTS, "90")
    page = await ada.press("Enregistrer")
    assert page.status == 422 and (page.value(DRAFTS), page.value(RECEIVED)) == ("90", number), "nothing typed is lost"
    assert page.main.text.count("Choisissez un nombre de jours entre les deux") == 2  # above, and at the field
    assert (await retention.chosen()) == {one.key: one.days for one in retention.periods()}


async def test_members_and_moderators_do_not_choose(sign_in: SignIn) -> None:
    for name, role in (("lea", "member"), ("max", "moderator")):
        person = await sign_in(name, role=role)
        assert (await person.get("/admin/retention")).status == (await person.get("/admin/nothing")).status == 404


async def test_less_than_the_software_needs_is_never_kept_to(site: Site) -> None:
    await InstanceSetting.create(key=retention.KEY, value={"received": 1, "drafts": "soon", "reports": 10**9})
    found = await retention.chosen()
    assert (found["received"], found["drafts"], found["reports"]) == (7, drafts.KEPT.days, 3650)
    assert len({one.key for one in retention.periods()}) == len(retention.periods()) >= 7
