"""Films and sounds for tests, made here by ffmpeg from its own test pictures; what needs them is left out by name where it is absent."""

from __future__ import annotations

import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

from fedcop.media import films

needs_ffmpeg = pytest.mark.skipif(films.programs() is None, reason="ffmpeg is not installed")
PICTURES = "testsrc=size={size}:rate=10:duration={seconds}"


@cache
def film(
    kind: str = "mp4", codec: str = "libx264", *, seconds: int = 1, size: str = "64x48", sound: bool = True
) -> bytes:
    """Make a film that says where and by whom it was taken."""
    words = ["-f", "lavfi", "-i", PICTURES.format(size=size, seconds=seconds)]
    if sound:
        words += ["-f", "lavfi", "-i", f"sine=duration={seconds}", "-shortest"]
    words += [
        "-c:v",
        codec,
        "-pix_fmt",
        "yuv420p",
        "-metadata",
        "location=+45.5017-073.5673/",
        "-metadata",
        "title=Camera 3000",
    ]
    return _made(kind, *words)


@cache
def sound(kind: str = "mp3", *, seconds: int = 1) -> bytes:
    """Make a sound that says who made it."""
    return _made(kind, "-f", "lavfi", "-i", f"sine=duration={seconds}", "-metadata", "artist=Camera 3000")


def _made(kind: str, *words: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"made.{kind}"
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", *words, str(target)], check=True)  # noqa: S603, S607
        return target.read_bytes()
