"""Every letter that accounts send, in both languages, compared with files that a person has read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import partial

import pytest

from fedcop.accounts import letters
from fedcop.accounts.letters import Letter
from fedcop.accounts.signin import journal, mailed
from fedcop.accounts.signin.facts import SignInChanged
from fedcop.core.mail import compose
from fedcop.core.site import Site
from tests.rig.golden import Golden

CHANGES = (
    "codes-on",
    "codes-off",
    "codes-cleared",
    "recovery-new",
    "recovery-used",
    "passkey-added",
    "passkey-removed",
    "identity-linked",
    "identity-unlinked",
)
LETTERS: dict[str, Callable[[], Letter]] = {
    "confirm": lambda: letters.confirm("TOKEN"),
    "known_address": letters.known_address,
    "invitation": lambda: letters.invitation("CODE", "Awa Diop", 14),
    "welcome": lambda: letters.welcome("lea"),
    "account_made": lambda: letters.account_made("lea", "TOKEN"),
    "declined": lambda: letters.declined("Nous sommes complets."),
    "somebody_asks": lambda: letters.somebody_asks("Léa Roy <lea@exemple.test>", "Je suis <b>agronome</b>.", 12),
    "reset": lambda: letters.reset("TOKEN"),
    "login_link": lambda: mailed.letter("TOKEN"),
    "password_changed": letters.password_changed,
    "new_address": lambda: letters.new_address("TOKEN"),
    "address_leaves": lambda: letters.address_leaves("neuve@exemple.test"),
    "suspended": lambda: letters.suspended("Publicité."),
    "restored": letters.restored,
    "export_ready": letters.export_ready,
    "deleted": lambda: letters.deleted("lea"),
    **{
        f"sign_in_{what.replace('-', '_')}": partial(journal.letter_of, SignInChanged(1, what, "Téléphone", left=9))
        for what in CHANGES
    },
}


@pytest.mark.parametrize("code", ["fr-CA", "en-CA"])
@pytest.mark.parametrize("name", LETTERS)
async def test_letters(site: Site, golden: Golden, name: str, code: str) -> None:
    with letters.speaking(code):
        mail = await letters.address(LETTERS[name](), to="lea@exemple.test", code=code)
    golden(f"mails/{name}.{code}", asdict(mail))
    assert compose(mail, site.settings)["To"] == "lea@exemple.test"


def test_no_change_is_without_a_letter() -> None:
    assert set(CHANGES) == set(journal.SAID)


async def test_what_people_wrote_is_no_markup(site: Site) -> None:  # G01
    with letters.speaking("fr-CA"):
        mail = await letters.address(LETTERS["somebody_asks"](), to="lea@exemple.test", code="fr-CA")
    assert "<b>agronome</b>" in mail.text
    assert "<b>" not in mail.html
