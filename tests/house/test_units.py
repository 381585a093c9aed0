"""The units for systemd say alike what concerns all of them, and give the socket of the papers a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

UNITS = sorted((Path(__file__).parents[2] / "deploy" / "systemd").glob("*.service"))
ALIKE = [
    "User=fedcop",
    "Environment=FEDCOP_DATA=/var/lib/fedcop",
    "LimitNOFILE=16384",
    "Restart=always",
    "RestartSec=2",
    "RestartPreventExitStatus=2",
    "TimeoutStopSec=30",
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    "ProtectHome=yes",
    "PrivateTmp=yes",
    "StateDirectory=fedcop",
    "StateDirectoryMode=0700",
]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_says_what_all_say(unit: Path) -> None:
    said = unit.read_text().splitlines()
    assert [line for line in ALIKE if line not in said] == []
    listens = not unit.name.startswith("fedcop-web")  # what takes letters, at /run/fedcop/lmtp.sock for instance
    assert ("RuntimeDirectory=fedcop" in said) is listens, "of those that share it, one that stops would take it away"
