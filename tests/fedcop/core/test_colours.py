"""Colours of organisations: what can be read is taken, for what cannot the nearest shade is offered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcop.core import colours

anything = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("typed", "colour"),
    [("#1F6F4A", "#1f6f4a"), (" 1f6f4a ", "#1f6f4a"), ("#abc", "#aabbcc"), ("green", ""), ("#12345", ""), ("", "")],
)
def test_colours_are_read_as_people_type_them(typed: str, colour: str) -> None:
    assert colours.read(typed) == colour


def test_contrast_is_that_of_wcag() -> None:
    assert colours.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colours.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert colours.contrast("#ffffff", "#767676") == colours.contrast("#767676", "#ffffff")


def test_our_own_green_can_be_read_and_yellow_cannot() -> None:
    assert colours.is_readable("#1f6f4a") and not colours.is_readable("#ffd60a")
    assert colours.nearest_readable("#1f6f4a") == "#1f6f4a"


@given(anything)
def test_there_is_always_a_shade_that_can_be_read(colour: str) -> None:
    shade = colours.nearest_readable(colour)
    assert colours.contrast(shade, "#ffffff") >= 4.5 and colours.contrast(shade, colours.wash(shade)) >= 4.5


@given(anything)
def test_by_night_too(colour: str) -> None:
    shade = colours.by_night(colour)
    assert colours.contrast(shade, colours.NIGHT) >= 4.5
    assert colours.contrast(shade, colours.wash(shade, colours.NIGHT)) >= 4.5
