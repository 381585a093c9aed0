"""Every setting stands, with its default, in the example file that people copy."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path

from fedcop.core.settings import Settings, load_settings

EXAMPLE = Path(__file__).parents[2] / "deploy" / "fedcop.example.toml"
DERIVED = {"name", "database", "mail_from"}  # empty in the file, worked out from others at the start


def test_the_example_names_every_setting_and_no_other() -> None:
    text = EXAMPLE.read_text("utf-8")
    named = set(re.findall(r"^(?:# )?([a-z_]+) = ", text, re.MULTILINE))
    assert named == {field.name for field in fields(Settings)}


def test_the_example_shows_the_defaults() -> None:
    written = tomllib.loads(EXAMPLE.read_text("utf-8"))
    default = load_settings({})
    parsed = load_settings({}, **written)
    for name in written.keys() - DERIVED:
        assert getattr(parsed, name) == getattr(default, name), name
