"""Passkeys: a question is answered once, by the device that has the key, for this very instance, unlocked."""

from __future__ import annotations

import pytest

from fedcop.accounts import service, sessions
from fedcop.accounts.models import Account
from fedcop.accounts.signin import passkeys
from fedcop.accounts.signin.models import Passkey
from fedcop.core.errors import Conflict, Forbidden, Invalid, NotFound
from fedcop.core.site import Site
from tests.rig.authenticator import PRESENT, Device
from tests.rig.clock import StandingClock
from tests.rig.people import PASSWORD, make_member

ORIGIN, HOST = "https://atelier.example", "atelier.example"


async def added(account: Account, device: Device, name: str = "Mon téléphone") -> Passkey:
    token = await passkeys.begin_new(account, PASSWORD, name)
    return await passkeys.add(account, token, device.make((await passkeys.wish(account, token))[0]))


async def refused(device: Device, question: tuple[str, str], **more: str) -> None:
    with pytest.raises(Forbidden) as caught:
        await passkeys.sign_in(question[0], device.answer(question[1], **more))
    assert caught.value.code == "passkey-refused"


async def test_a_passkey_is_added_with_the_password_and_lets_in_without_a_name(
    site: Site, clock: StandingClock
) -> None:
    lea, device = await make_member("lea"), Device(ORIGIN, HOST)
    for password, name, field in (("wrong", "x", "password"), (PASSWORD, " ", "name"), (PASSWORD, "x" * 61, "name")):
        with pytest.raises(Invalid) as caught:
            await passkeys.begin_new(lea, password, name)
        assert set(caught.value.errors) == {field}
    passkey = await added(lea, device)
    await site.runner.settle()
    mail = site.mailer.to(lea.email)[-1]
    assert mail.subject.startswith("Une clé d’accès") and "Mon téléphone" in mail.text
    clock.advance(60)
    token, question = await passkeys.begin("/settings")
    account, path = await passkeys.sign_in(token, device.answer(question))
    assert (account.id, path) == (lea.id, "/settings")
    seen = await passkeys.one(lea, passkey.id)
    assert (seen.sign_count, seen.used_at) == (1, clock.now())
    with pytest.raises(NotFound):  # the question was answered
        await passkeys.sign_in(token, device.answer(question))


async def test_what_does_not_fit_lets_nobody_in(site: Site, clock: StandingClock) -> None:
    lea, device = await make_member("lea"), Device(ORIGIN, HOST)
    await added(lea, device)
    await refused(Device(ORIGIN, HOST), await passkeys.begin("/"))  # nobody's
    await refused(device, ((await passkeys.begin("/"))[0], (await passkeys.begin("/"))[1]))  # another question
    await refused(device, await passkeys.begin("/"), userHandle="c2Ft")
    await refused(device, await passkeys.begin("/"), signature="AAAA")
    device.origin = "https://atelier.example.evil.test"
    await refused(device, await passkeys.begin("/"))
    device.origin, device.host = ORIGIN, "evil.test"
    await refused(device, await passkeys.begin("/"))
    device.host, device.flags = HOST, PRESENT  # touched, not unlocked
    await refused(device, await passkeys.begin("/"))
    device.flags |= 4
    other = Device(ORIGIN, HOST)
    other.id, other.user = device.id, device.user  # knows the name of the key, not the key
    await refused(other, await passkeys.begin("/"))
    for nonsense in ("", "[]", "{}", '{"id": 3}', "x" * 30_000, '{"id": "a", "response": null}'):
        with pytest.raises(Forbidden):
            await passkeys.sign_in((await passkeys.begin("/"))[0], nonsense)
    token, question = await passkeys.begin("/")
    await passkeys.sign_in(token, device.answer(question))
    device.count -= 1  # a copy of the device counts again from where it was copied
    await refused(device, await passkeys.begin("/"))
    late = await passkeys.begin("/")
    clock.advance(601)
    with pytest.raises(NotFound):
        await passkeys.sign_in(late[0], device.answer(late[1]))
    await service.suspend(await make_member("awa", "owner"), lea, "Publicité.")
    token, question = await passkeys.begin("/")
    with pytest.raises(Forbidden) as caught:
        await passkeys.sign_in(token, device.answer(question))
    assert caught.value.code == "account-suspended"


async def test_the_second_step_of_one_is_not_passed_by_the_passkey_of_another(site: Site) -> None:
    lea, sam, hers, his = await make_member("lea"), await make_member("sam"), Device(ORIGIN, HOST), Device(ORIGIN, HOST)
    await added(lea, hers)
    await added(sam, his)
    await refused(his, await passkeys.begin("/", lea))
    token, question = await passkeys.begin("/", lea)
    assert (await passkeys.sign_in(token, hers.answer(question)))[0].id == lea.id


async def test_what_a_device_made_for_somebody_else_or_wrongly_is_not_kept(site: Site) -> None:
    lea, sam, device = await make_member("lea"), await make_member("sam"), Device(ORIGIN, HOST)
    token = await passkeys.begin_new(lea, PASSWORD, "Clé")
    made = device.make((await passkeys.wish(lea, token))[0])
    with pytest.raises(NotFound):
        await passkeys.add(sam, token, made)
    elsewhere = Device("https://evil.test", HOST)
    with pytest.raises(Invalid):
        await passkeys.add(lea, token, elsewhere.make((await passkeys.wish(lea, token))[0]))
    with pytest.raises(NotFound):  # one question, one answer
        await passkeys.add(lea, token, made)
    locked = Device(ORIGIN, HOST)
    locked.flags = PRESENT
    with pytest.raises(Invalid):
        await added(lea, locked)
    await added(lea, device)
    with pytest.raises(Conflict):
        await added(sam, device)
    assert await Passkey.all().count() == 1


async def test_passkeys_are_renamed_and_removed_by_their_owner(site: Site) -> None:
    lea, sam, device = await make_member("lea"), await make_member("sam"), Device(ORIGIN, HOST)
    passkey = await added(lea, device)
    here, there = await sessions.open_session(lea), await sessions.open_session(lea)
    with pytest.raises(NotFound):
        await passkeys.rename(sam, passkey.id, "À moi")
    await passkeys.rename(lea, passkey.id, " Ma   clé ")
    assert [key.name for key in await passkeys.of(lea)] == ["Ma clé"]
    with pytest.raises(NotFound):
        await passkeys.remove(sam, passkey.id, PASSWORD, keep="")
    with pytest.raises(Invalid):
        await passkeys.remove(lea, passkey.id, "wrong", keep=here)
    await passkeys.remove(lea, passkey.id, PASSWORD, keep=here)
    assert await sessions.viewer_of(here) and not await sessions.viewer_of(there)
    await refused(device, await passkeys.begin("/"))
