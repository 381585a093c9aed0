"""Codes of an app and recovery codes: each accepted once, within a minute and a half, and not guessed."""

from __future__ import annotations

import json
import zipfile

import pyotp
import pytest

from fedcop.accounts import service, sessions
from fedcop.accounts.models import Account
from fedcop.accounts.signin import codes, journal, second, steps
from fedcop.accounts.signin.models import Authenticator, RecoveryCode, SignInChange, SignInStep
from fedcop.core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from fedcop.core.site import Site
from fedcop.people import export
from tests.rig.clock import StandingClock
from tests.rig.people import PASSWORD, make_member


async def code_of(account: Account, clock: StandingClock, later: int = 0) -> str:
    """What the person's app shows, `later` seconds from now."""
    app = await codes.of(account)
    return pyotp.TOTP(app.secret).at(int(clock.now().timestamp()) + later)


async def switch_on(account: Account, clock: StandingClock, keep: str = "") -> list[str]:
    await codes.begin(account)
    return await codes.confirm(account, PASSWORD, await code_of(account, clock), keep=keep)


async def test_nothing_is_asked_before_a_first_code_was_seen(site: Site, clock: StandingClock) -> None:
    lea = await make_member("lea")
    here, there = await sessions.open_session(lea), await sessions.open_session(lea)
    await codes.begin(lea)
    assert not await second.is_asked(lea)
    for password, code, field in (("wrong", await code_of(lea, clock), "password"), (PASSWORD, "000000", "code")):
        with pytest.raises(Invalid) as caught:
            await codes.confirm(lea, password, code, keep=here)
        assert set(caught.value.errors) == {field}
    shown = await code_of(lea, clock)
    made = await codes.confirm(lea, PASSWORD, f"{shown[:3]} {shown[3:]}", keep=here)
    assert await second.is_asked(lea)
    assert len(set(made)) == 10
    kept = {row.code_hash for row in await RecoveryCode.all()}
    assert len(kept) == 10 and not kept & set(made)
    assert await sessions.viewer_of(here) and not await sessions.viewer_of(there)
    with pytest.raises(Conflict):
        await codes.begin(lea)
    await site.runner.settle()
    assert "Vos autres appareils ont été déconnectés." in site.mailer.to(lea.email)[-1].text


async def test_a_code_is_accepted_once_and_half_a_minute_early_or_late(site: Site, clock: StandingClock) -> None:
    lea = await make_member("lea")
    await switch_on(lea, clock)
    with pytest.raises(Invalid):  # it was shown to switch on
        await codes.check(lea, await code_of(lea, clock))
    clock.advance(300)
    early, late = await code_of(lea, clock, 30), await code_of(lea, clock, -30)
    for stale in (-60, 60):
        with pytest.raises(Invalid):
            await codes.check(lea, await code_of(lea, clock, stale))
    await codes.check(lea, late)
    await codes.check(lea, early)
    for seen in (late, early, await code_of(lea, clock)):  # what is older than the last one counts as seen
        with pytest.raises(Invalid):
            await codes.check(lea, seen)
    with pytest.raises(Invalid):
        await codes.check(await make_member("sam"), early)


async def test_codes_are_not_guessed(site: Site, clock: StandingClock) -> None:  # I04
    lea = await make_member("lea")
    made = await switch_on(lea, clock)
    for number in range(10):
        with pytest.raises(Invalid):
            await (codes.check(lea, "nonsense") if number % 2 else codes.check_recovery(lea, "nonsense"))
    clock.advance(60)
    with pytest.raises(TooMany):
        await codes.check(lea, await code_of(lea, clock))
    with pytest.raises(TooMany):
        await codes.check_recovery(lea, made[0])
    clock.advance(900)
    await codes.check(lea, await code_of(lea, clock))


async def test_a_recovery_code_works_once_and_new_ones_end_the_old(site: Site, clock: StandingClock) -> None:
    lea, sam = await make_member("lea"), await make_member("sam")
    made = await switch_on(lea, clock)
    with pytest.raises(Invalid):
        await codes.check_recovery(sam, made[0])
    await codes.check_recovery(lea, f" {made[0].upper().replace('-', ' ')} ")
    await site.runner.settle()
    assert "Codes restants\u00a0: 9." in site.mailer.to(lea.email)[-1].text
    with pytest.raises(Invalid):
        await codes.check_recovery(lea, made[0])
    with pytest.raises(Invalid):
        await codes.renew_recovery(lea, "wrong")
    fresh = await codes.renew_recovery(lea, PASSWORD)
    with pytest.raises(Invalid):
        await codes.check_recovery(lea, made[1])
    await codes.check_recovery(lea, fresh[1])
    with pytest.raises(NotFound):
        await codes.renew_recovery(sam, PASSWORD)


async def test_the_second_step_is_passed_once_in_time_and_with_the_same_password(
    site: Site, clock: StandingClock
) -> None:
    lea = await make_member("lea")
    made = await switch_on(lea, clock)
    token = await second.begin(lea, "/settings")
    account, path = await second.pass_recovery(token, made[0])
    assert (account.id, path) == (lea.id, "/settings")
    with pytest.raises(NotFound):
        await second.pass_recovery(token, made[1])
    slow, stolen = await second.begin(lea, "/"), await second.begin(lea, "/")
    await service.change_password(lea, PASSWORD, "une autre phrase longue")
    with pytest.raises(NotFound):
        await second.pass_recovery(stolen, made[1])
    clock.advance(601)
    with pytest.raises(NotFound):
        await second.pass_recovery(slow, made[1])
    await steps.forget_stale()
    assert await SignInStep.all().count() == 0
    closed = await second.begin(lea, "/")
    await service.suspend(await make_member("awa", "owner"), lea, "Publicité.")
    with pytest.raises(Forbidden):
        await second.pass_recovery(closed, made[1])


async def test_it_is_switched_off_by_its_owner_or_cleared_by_somebody_above(site: Site, clock: StandingClock) -> None:
    lea, admin, mod = (
        await make_member("lea"),
        await make_member("adam", "admin"),
        await make_member("mod", "moderator"),
    )
    await switch_on(lea, clock)
    with pytest.raises(Invalid):
        await codes.switch_off(lea, "wrong")
    await codes.switch_off(lea, PASSWORD)
    assert not await second.is_asked(lea)
    assert await RecoveryCode.all().count() == await Authenticator.all().count() == 0
    clock.advance(60)
    await switch_on(lea, clock)
    device = await sessions.open_session(lea)
    for by, whom in ((mod, lea), (admin, await make_member("awa", "owner")), (lea, lea)):
        with pytest.raises(Forbidden):
            await codes.clear(by, whom)
    assert await codes.clear(admin, lea)
    assert not await codes.clear(None, lea)  # once is enough
    assert await sessions.viewer_of(device) is None
    await site.runner.settle()
    assert "La deuxième étape" in site.mailer.to(lea.email)[-1].subject
    (cleared, *rest) = await journal.of(lea)
    assert (cleared.what, cleared.by.actor.name) == ("codes-cleared", "adam")
    assert [row.what for row in rest] == ["codes-on", "codes-off", "codes-on"]
    clock.advance(days=366)
    await journal.forget_old()
    assert await SignInChange.all().count() == 0


async def test_no_secret_is_in_the_copy_of_ones_data(site: Site, clock: StandingClock) -> None:
    lea = await make_member("lea")
    await switch_on(lea, clock)
    await export.ask(lea)
    await site.runner.settle()
    with zipfile.ZipFile(site.settings.data / "files" / (await export.latest(lea)).key) as copy:
        everything = b"".join(copy.read(name) for name in copy.namelist())
        assert json.loads(copy.read("sign_in.json"))["changes"][0]["what"] == "codes-on"
    assert (await codes.of(lea)).secret.encode() not in everything
