"""Pictures with the initials of somebody who has none: for apps, which show a picture of each. Our pages write the letters themselves."""

from __future__ import annotations

import asyncio
import unicodedata
from functools import lru_cache
from io import BytesIO

from fedcop.core.spelling import apart

SIZE = 192  # pixels on a side, which leave room for letters of:
LETTERS_HIGH = 84
INK = "#1b1b1f"
#: The colours of the pages, by number; the last one is for communities.
TINTS = ("#dbe7f7", "#e6ddf3", "#d7efe2", "#f3ddc8", "#f7dbe4", "#d5edf0", "#ece8c9", "#e4e2de", "#1f6f4a")
OF_COMMUNITIES = len(TINTS) - 1
PAPER = "#ffffff"
KNOWN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
SPELT = str.maketrans("ÆŒØŁĐÞ", "AOOLDT")


def drawable(letters: str) -> str:
    """Give letters as they can be drawn, without accents; "" where they cannot."""
    plain = apart(letters[:4].translate(SPELT))
    found = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return found if 0 < len(found) <= 2 and KNOWN.issuperset(found) else ""


async def picture(letters: str, tint: int) -> bytes:
    """Draw one or two of the known letters on a colour, as PNG."""
    return await asyncio.to_thread(_drawn, letters, tint)


@lru_cache(maxsize=500)
def _drawn(letters: str, tint: int) -> bytes:
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415 - a server that no app asks does not load it

    image = Image.new("RGB", (SIZE, SIZE), TINTS[tint])
    font = ImageFont.load_default(LETTERS_HIGH)
    ink = PAPER if tint == OF_COMMUNITIES else INK
    ImageDraw.Draw(image).text(
        (SIZE / 2, SIZE / 2), letters, fill=ink, font=font, anchor="mm", stroke_width=1, stroke_fill=ink
    )
    made = BytesIO()
    image.quantize(16).save(made, "PNG", optimize=True)
    return made.getvalue()
