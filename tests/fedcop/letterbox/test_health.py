"""Whether our mail is believed: judged by what a resolver says, never asked of the network here."""

from __future__ import annotations

from typing import Any

import pytest

from fedcop.core.settings import load_settings
from fedcop.letterbox import health

SETTINGS = load_settings({}, url="https://a.example", mail_from="fedcop@a.example", smtp="smtp://mx.a.example:25")


class Said:
    """A resolver that says what it was told; of all else it knows nothing, or that there is none."""

    def __init__(self, answers: dict[tuple[str, str], list[str]], otherwise: list[str] | None) -> None:
        self.answers, self.otherwise = answers, otherwise

    async def ask(self, name: str, kind: str) -> list[str] | None:
        return self.answers.get((name, kind), self.otherwise)


GOOD = {
    ("a.example", "TXT"): ["something=else", "v=spf1 a:mx.a.example -all"],
    ("mail._domainkey.a.example", "TXT"): ["v=DKIM1; k=rsa; p=MIG"],
    ("_dmarc.a.example", "TXT"): ["v=DMARC1; p=quarantine"],
    ("mx.a.example", "A"): ["9.9.9.9"],
    ("9.9.9.9", "PTR"): ["mx.a.example"],
}
BAD = {
    ("a.example", "TXT"): ["v=spf1 +all"],
    ("mail._domainkey.a.example", "TXT"): ["v=DKIM1; p="],
    ("_dmarc.a.example", "TXT"): ["v=DMARC1; p=none", "v=DMARC1; p=reject"],
    ("mx.a.example", "A"): ["9.9.9.9"],
    ("9.9.9.9", "PTR"): ["other.example"],
}
NOT_THERE = {("mx.a.example", "A"): ["9.9.9.9"]}


@pytest.mark.parametrize(
    ("answers", "otherwise", "states"),
    [
        (GOOD, [], "good good good good"),
        (BAD, [], "wrong wrong wrong wrong"),
        (NOT_THERE, [], "missing unknown missing missing"),
        ({}, None, "unknown unknown unknown unknown"),
        ({("mx.a.example", "A"): ["10.0.0.1"]}, None, "unknown unknown unknown unknown"),
    ],
)
async def test_what_the_records_mean(answers: dict[Any, Any], otherwise: Any, states: str) -> None:
    found = await health.findings(SETTINGS, Said(answers, otherwise))
    assert " ".join(one.state for one in found) == states
    assert all(one.copy for one in found if one.state == health.MISSING)
