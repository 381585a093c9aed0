"""Colours that people choose for their organisation or community: whether they can be read (WCAG 2.2, 1.4.3), and their kin. Pure.

A colour is "#rrggbb", lower case.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from fedcop.core.formats import format_number
from fedcop.core.i18n import _

WHITE, NIGHT = "#ffffff", "#16171a"  # the paper by day and by night: base.css
ENOUGH = 4.5  # contrast of text, level AA
STEP = 0.02
_COLOUR = re.compile(r"#?([0-9a-f]{6}|[0-9a-f]{3})")


def read(text: str) -> str:
    """Read "#1F6F4A", "1f6f4a" or "#abc" as typed; "" if it is no colour."""
    found = _COLOUR.fullmatch(text.strip().lower())
    if found is None:
        return ""
    digits = found[1] if len(found[1]) == 6 else "".join(2 * digit for digit in found[1])
    return f"#{digits}"


def contrast(one: str, other: str) -> float:
    """Give the contrast of two colours, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mix(one: str, other: str, share: float) -> str:
    """Mix two colours; `share` is how much of the other is in it, 0 to 1."""
    parts = zip(_parts(one), _parts(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in parts)


def wash(colour: str, paper: str = WHITE) -> str:
    """Give the pale tone of a colour that lies behind a word in that colour."""
    return mix(paper, colour, 0.09 if paper == WHITE else 0.14)


def is_readable(colour: str) -> bool:
    """Tell whether a colour can be text on white and on its own wash, and lie under white text."""
    return contrast(colour, wash(colour)) >= ENOUGH


def nearest_readable(colour: str) -> str:
    """Give the nearest darker shade of a colour that can be read; the colour itself if it can."""
    return _towards(colour, "#000000", is_readable)


def complaint(typed: str) -> str:
    """Say what is wrong with a colour as typed, and which shade would do; "" if nothing is, or nothing was typed."""
    colour = read(typed)
    if not typed.strip() or (colour and is_readable(colour)):
        return ""
    if not colour:
        return _("Write a colour like #1f6f4a.")
    return _(
        "This colour cannot be read well enough: its contrast is %(ratio)s, and 4.5 is needed. The nearest shade that can: %(shade)s",
        ratio=format_number(round(contrast(colour, wash(colour)), 1)),
        shade=nearest_readable(colour),
    )


def by_night(colour: str) -> str:
    """Give the shade of a colour for dark pages: light enough on their paper and on its wash there."""
    return _towards(colour, WHITE, lambda one: contrast(one, wash(one, NIGHT)) >= ENOUGH + 1)


def _towards(colour: str, end: str, suits: Callable[[str], bool]) -> str:
    steps = round(1 / STEP)
    return next((one for n in range(steps + 1) if suits(one := mix(colour, end, n * STEP))), end)


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (
        part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4
        for part in _parts(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
