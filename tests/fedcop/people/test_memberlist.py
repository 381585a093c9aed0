"""The organisation's list of members: what it means is shown first, then done once; nobody's own words are lost, nobody is enrolled."""

from __future__ import annotations

from typing import Any

import pytest

from fedcop.accounts import signup
from fedcop.accounts.models import Account, Invite
from fedcop.core import sheets
from fedcop.core.errors import Conflict, Forbidden, Invalid
from fedcop.core.site import Site
from fedcop.people import service as people
from fedcop.people.memberlist import applying, ending, reading
from fedcop.people.models import Listed, UploadedList
from tests.rig.clock import StandingClock
from tests.rig.people import make_member

LIST = "Courriel;Prénom;Nom;Métier;Promo\n{}"


@pytest.fixture
async def ada(site: Site) -> Account:
    return await make_member("ada", role="admin")


async def take(by: Account, *lines: str, **more: Any) -> applying.Done:
    await applying.upload(by, LIST.format("\n".join(lines)))
    kept = await UploadedList.get(by_id=by.id)
    return await applying.apply(by, seen=kept.id, **more)


def test_a_file_is_read_as_spreadsheets_write_it() -> None:
    assert sheets.lines_of(sheets.told_in("a;é\r\n\r\n1;2".encode("cp1252"))) == [(1, ("a", "é")), (3, ("1", "2"))]
    assert sheets.lines_of(sheets.told_in("\ufeffa\té, b".encode("utf-16")))[0][1] == ("a", "é, b")


async def test_who_is_new_is_invited_once_and_begins_with_what_the_list_says(site: Site, ada: Account) -> None:
    done = await take(
        ada, "noor@atelier.example;Noor;Amrani;Arboricultrice;2008", "non;;;;", "noor@atelier.example;;;;"
    )
    assert (done.invited, await Account.filter(email="noor@atelier.example").exists()) == (1, False), (
        "never without their yes"
    )
    invite = await Invite.get(email="noor@atelier.example")
    again = await applying.upload(ada, LIST.format("noor@atelier.example;Noor;Amrani;Arboricultrice;2008"))
    assert [line.state for line in again.lines] == [reading.ASKED]
    noor = await make_member("noor")
    await applying.begin(signup.AccountOpened(account_id=noor.id))
    await noor.actor.refresh_from_db()
    assert noor.actor.profession == "Arboricultrice" and (await Listed.get()).said["cohort"] == "2008"
    await people.change_profile(noor.actor, profession="Pépiniériste")
    line = (await applying.upload(ada, LIST.format("noor@atelier.example;Noor;Amrani;Cheffe;2008"))).lines[0]
    assert (line.state, line.kept, line.changes) == (reading.SAME, ["profession"], {}), "their own words stay"
    await people.change_profile(noor.actor, profession="Arboricultrice")
    line = (await applying.upload(ada, LIST.format("noor@atelier.example;Noor;Amrani;Cheffe;2008"))).lines[0]
    assert (line.state, line.changes) == (reading.CHANGED, {"profession": "Cheffe"})
    kept = await UploadedList.get()
    assert (await applying.apply(ada, seen=kept.id)).changed == 1
    with pytest.raises(Conflict):
        await applying.apply(ada, seen=kept.id)
    assert await Invite.all().count() == 1 and (await Invite.get()).code == invite.code


async def test_who_left_keeps_everything_unless_chosen(site: Site, ada: Account, clock: StandingClock) -> None:
    noor, sacha = await make_member("noor"), await make_member("sacha")
    await take(ada, "noor@atelier.example;;;;", "sacha@atelier.example;;;;", "lu@x.example;;;;")
    found = await applying.upload(ada, LIST.format("reste@x.example;;;;"))
    assert len(found.gone) == 3
    chosen = [one.id for one in found.gone if one.account_id == sacha.id]
    done = await applying.apply(ada, seen=(await UploadedList.get()).id, ending=chosen, days=30)
    assert done.ending == 1 and (await Invite.get(email="lu@x.example")).uses_left == 0
    clock.advance(days=29)
    await ending.turn()
    await sacha.refresh_from_db()
    assert sacha.suspended_at is None
    clock.advance(days=2)
    await ending.turn()
    await sacha.refresh_from_db()
    await noor.refresh_from_db()
    assert sacha.suspended_at is not None and noor.suspended_at is None
    assert not await Listed.filter(account_id=sacha.id).exists() and await Listed.filter(account_id=noor.id).exists()


async def test_columns_are_named_once_and_a_list_without_addresses_does_nothing(site: Site, ada: Account) -> None:
    found = await applying.upload(ada, "Contact,Nom\nnoor@atelier.example,Noor")
    assert not found.readable and found.columns == [("Contact", ""), ("Nom", "name")]
    with pytest.raises(Invalid):
        await applying.apply(ada, seen=(await UploadedList.get()).id)
    with pytest.raises(Invalid):
        await applying.name_columns(ada, {"Contact": "email", "Nom": "email"})
    await applying.name_columns(ada, {"Contact": "email", "Nom": "name"})
    assert (await applying.upload(ada, "CONTACT,Nom\nnoor@atelier.example,Noor")).count(reading.NEW) == 1
    with pytest.raises(Invalid):
        await applying.upload(ada, "noor@atelier.example,Noor")
    with pytest.raises(Forbidden):
        await applying.upload(await make_member("mo", role="moderator"), "Courriel\nnoor@atelier.example")
