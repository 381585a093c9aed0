"""What is said of a picture before it is there and where it is cut: its blurred colours, and the point that matters in it."""

from __future__ import annotations

import math

from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"  # base 83
LONGEST_BLUR = 4 + 2 * 9 * 9

Point = tuple[float, float]


def blur_of(said: str | None) -> str:
    """Give a blurhash that others sent, "" if it is none: apps draw it, and some stumble over a broken one."""
    if not said or not 6 <= len(said) <= LONGEST_BLUR or set(said) - set(DIGITS):
        return ""
    down, across = divmod(DIGITS.index(said[0]), 9)
    return said if len(said) == 4 + 2 * (across + 1) * (down + 1) else ""


def focus_of(point: Point | None) -> Point | None:
    """Give a point between the edges of the picture (-1 to 1, from left to right and from bottom to top), or None."""
    if point is None or not all(math.isfinite(number) for number in point):
        return None
    x, y = (round(max(-1.0, min(1.0, number)), 4) + 0.0 for number in point)  # 0.0: no minus before nothing
    return x, y


def columns(point: Point | None) -> dict[str, float | None]:
    """Give a point as the row of a file holds it."""
    x, y = point or (None, None)
    return {"focus_x": x, "focus_y": y}


def read_focus(said: str) -> Point | None:
    """Read "x,y" as apps send it; None where nothing is said. Raises Invalid."""
    if not said.strip():
        return None
    try:
        x, y = map(float, said.split(","))
        found = focus_of((x, y))
    except ValueError:
        found = None
    if found is None:
        raise Invalid(errors={"focus": N_("A point in a picture is two numbers from -1 to 1, such as 0.5,-0.2.")})
    return found
