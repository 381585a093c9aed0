"""Guessing passwords: it is slowed down for each account, and tells nothing about who has one."""

from __future__ import annotations

import pytest

from fedcop.accounts import passwords, service
from fedcop.core.errors import Forbidden, TooMany
from fedcop.core.site import Site
from tests.rig.clock import StandingClock
from tests.rig.people import PASSWORD, make_member


async def test_unknown_and_wrong_get_the_same_answer(site: Site) -> None:
    await make_member("lea")
    answers = set()
    for who, password in (("lea", "wrong password"), ("nobody", PASSWORD), ("x@exemple.test", PASSWORD)):
        with pytest.raises(Forbidden) as caught:
            await service.log_in(who, password)
        answers.add((caught.value.text, caught.value.code))
    assert len(answers) == 1


async def test_unknown_names_cost_a_hash_too(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    await make_member("lea")
    tried: list[str] = []
    verify = passwords.Passwords._verify  # noqa: SLF001 - the cost is what this is about

    def counting(self: passwords.Passwords, password_hash: str, password: str) -> bool:
        tried.append(password_hash)
        return verify(self, password_hash, password)

    monkeypatch.setattr(passwords.Passwords, "_verify", counting)
    costs = []
    for who in ("nobody", "lea"):  # what waits for an account is asked too, whether there is one or not
        tried.clear()
        with pytest.raises(Forbidden):
            await service.log_in(who, "pas celle-ci")
        costs.append(len(tried))
    assert costs == [2, 2]


async def test_guessing_is_slowed_down(site: Site, clock: StandingClock) -> None:  # I04
    await make_member("lea")
    for _ in range(10):
        with pytest.raises(Forbidden):
            await service.log_in("lea", "guess guess guess")
    with pytest.raises(TooMany):
        await service.log_in("lea", PASSWORD)
    clock.advance(901)
    assert await service.log_in("lea", PASSWORD)


async def answer_to(who: str, password: str) -> str:
    try:
        await service.log_in(who, password)
    except (Forbidden, TooMany) as error:
        return error.code
    return "in"


async def test_all_names_of_an_account_are_guessed_at_together(site: Site, clock: StandingClock) -> None:  # I04
    lea = await make_member("lea")
    for who in ("lea", "@lea", " LEA ", lea.email, lea.email.upper()) * 2:
        assert await answer_to(who, "guess guess guess") == "wrong-password"
    for who in ("lea", "@Lea", lea.email):
        assert await answer_to(who, PASSWORD) == "wrong-password", f"{who}: ten were tried already"
    clock.advance(901)
    assert await answer_to(lea.email, PASSWORD) == "in"


async def test_who_comes_in_begins_anew(site: Site) -> None:
    lea = await make_member("lea")
    for who in ("lea", lea.email) * 3:
        for _ in range(4):
            assert await answer_to(who, "guess guess guess") == "wrong-password"
        assert await answer_to(lea.email, PASSWORD) == "in"


async def test_how_often_one_may_guess_tells_nothing(site: Site, clock: StandingClock) -> None:  # I04
    """Neither whether there is an account, nor which address belongs to a name."""
    lea, seen = await make_member("lea"), []
    pairs = [("lea", lea.email), ("nobody", "nobody@exemple.test"), ("lea", "somebody@exemple.test")]
    for name, email in pairs:
        clock.advance(901)
        guesses = [name] * 7 + [f"@{name}"] * 4 + [email] * 11
        seen.append([await answer_to(who, "guess guess guess") for who in guesses])
    assert seen[0] == seen[1] == seen[2] == [*["wrong-password"] * 10, TooMany.code] * 2
