"""Films and sounds, by ffmpeg where the host has it: what one is, what is written of it, and the picture that stands for it.

Each file is opened by the one reader that its first bytes ask for; only files are opened, only with the decoders named here, in a
process of its own with limits (cage.py). What browsers play is copied stream by stream, without what cameras hang on it; the rest is
written anew.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from fedcop.core import budgets
from fedcop.core.database import refuse_in_transaction
from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_
from fedcop.core.site import Site, site
from fedcop.media import previews
from fedcop.media.previews import Preview

LONGEST = budgets.FILM_SECONDS  # seconds
PIXELS = budgets.FILM_PIXELS
FRAMES = 120  # a second
QUICK, SLOW = 60, 900  # seconds of processor time: to read or copy, to write anew
PATIENCE = 2  # times that, by the clock
DECODERS = (
    "h264,hevc,vp8,vp9,libdav1d,av1,libaom-av1,mpeg4,h263,theora,mjpeg,png,aac,mp3,mp3float,opus,libopus,vorbis,flac,alac,amrnb,"
    "pcm_s16le,pcm_s16be,pcm_s24le,pcm_f32le"
)
READERS: Mapping[str, str] = {
    "video/mp4": "mov", "video/quicktime": "mov", "video/3gpp": "mov", "audio/mp4": "mov", "video/webm": "matroska", "audio/webm": "matroska",
    "video/x-matroska": "matroska", "audio/ogg": "ogg", "video/ogg": "ogg", "audio/mpeg": "mp3", "audio/aac": "aac", "audio/flac": "flac",
    "audio/wav": "wav",
}  # fmt: skip
SHOWN = "stream=codec_type,codec_name,width,height,pix_fmt,avg_frame_rate:stream_disposition=attached_pic:stream_side_data=rotation:format=duration,bit_rate"
CAGE = str(Path(__file__).with_name("cage.py"))  # by its path: it needs nothing of ours, and begins at once
EVEN = "scale=trunc(iw/2)*2:trunc(ih/2)*2"
PLAIN = ("yuv420p", "yuvj420p")
ABSENT = N_("Films and sounds are not accepted here: this server has nothing that prepares them. Put a link instead.")
BROKEN = N_("This film or sound cannot be read. Is the file whole?")
TOO_LONG = N_("This is too long: at most 3 hours.")
TOO_LARGE = N_("This film has too many pixels: at most 3840 × 2160.")
TOO_FAST = N_("This film has too many pictures a second: at most 120.")


@dataclass(frozen=True)
class Looks:
    """What a file is: a codec is "" where there is no such stream."""

    film: str = ""
    sound: str = ""
    pixels: str = ""
    width: int | None = None
    height: int | None = None
    rate: str = ""  # pictures a second, as a fraction
    duration: float | None = None
    bit_rate: int | None = None
    has_cover: bool = False


@dataclass(frozen=True)
class Cut:
    """How a file is written: the container, what it is called, and what becomes of each stream."""

    container: str
    media_type: str
    film: str = "copy"
    sound: str = "copy"

    @property
    def is_slow(self) -> bool:
        """Whether pictures are written anew."""
        return self.film not in ("", "copy")


@dataclass(frozen=True)
class Made:
    """What came out."""

    file: Path
    media_type: str
    looks: Looks
    drawn: Preview


class Bench:
    """How many films are worked at at once on this site: what is quick need not wait for what is slow."""

    def __init__(self, _site: Site) -> None:
        self.quick, self.slow = asyncio.Semaphore(2), asyncio.Semaphore(1)


@cache
def programs() -> tuple[str, str] | None:
    """Find ffmpeg and ffprobe, both or neither."""
    found = shutil.which("ffmpeg"), shutil.which("ffprobe")
    return (found[0], found[1]) if found[0] and found[1] else None


async def look(source: Path, media_type: str) -> Looks:
    """Read what a file is. Raises Invalid."""
    said = await _run(1, QUICK, *_reading(source, media_type), "-show_entries", SHOWN, "-of", "json")
    try:
        told = json.loads(said)
    except ValueError:
        raise Invalid(errors={"file": BROKEN}) from None
    found = _looks(told.get("streams", ()), told.get("format", {}))
    if not found.film and not found.sound:
        raise Invalid(errors={"file": BROKEN})
    if (found.duration or 0) > LONGEST:
        raise Invalid(errors={"file": TOO_LONG})
    if (found.width or 0) * (found.height or 0) > PIXELS:
        raise Invalid(errors={"file": TOO_LARGE})
    if found.rate and Fraction(found.rate) > FRAMES:
        raise Invalid(errors={"file": TOO_FAST})
    return found


def _looks(streams: Sequence[Mapping[str, Any]], whole: Mapping[str, Any]) -> Looks:
    films = [one for one in streams if one.get("codec_type") == "video" and one.get("width")]
    moving = [one for one in films if not one.get("disposition", {}).get("attached_pic")]
    film: Mapping[str, Any] = moving[0] if moving else {}
    sounds = [str(one.get("codec_name", "")) for one in streams if one.get("codec_type") == "audio"]
    width, height = film.get("width"), film.get("height")
    if any(abs(int(side.get("rotation", 0))) % 180 == 90 for side in film.get("side_data_list", ())):
        width, height = height, width
    rate = str(film.get("avg_frame_rate", ""))
    duration, bits = _number(whole.get("duration")), _number(whole.get("bit_rate"))
    return Looks(
        film=str(film.get("codec_name", "")),
        sound=sounds[0] if sounds else "",
        pixels=str(film.get("pix_fmt", "")),
        width=width,
        height=height,
        rate="" if rate.startswith("0/") or rate.endswith("/0") else rate[:20],
        duration=round(duration, 3) if duration is not None else None,
        bit_rate=int(bits) if bits is not None and bits < 1 << 31 else None,
        has_cover=len(films) > len(moving),
    )


def _number(said: Any) -> float | None:
    try:
        return float(said) if float(said) >= 0 else None
    except (TypeError, ValueError):
        return None


def cut_of(looks: Looks) -> Cut:
    """Decide how a file is written, so that every browser plays it."""
    if not looks.film:
        copied = {"mp3": ("mp3", "audio/mpeg"), "flac": ("flac", "audio/flac"), "opus": ("ogg", "audio/ogg")}
        copied["vorbis"], made = copied["opus"], ("mp4", "audio/mp4")
        return Cut(*copied.get(looks.sound, made), film="", sound="copy" if looks.sound in {*copied, "aac"} else "aac")
    if looks.film in ("vp8", "vp9", "av1") and looks.pixels == "yuv420p":
        sound = "copy" if looks.sound in ("opus", "vorbis") else "libopus"
        return Cut("webm", "video/webm", sound=sound if looks.sound else "")
    film = "copy" if looks.film == "h264" and looks.pixels in PLAIN else "libx264"
    sound = "copy" if looks.sound in ("aac", "mp3") else "aac"
    return Cut("mp4", "video/mp4", film, sound if looks.sound else "")


async def make(source: Path, media_type: str, looks: Looks, folder: Path) -> Made:
    """Write a film or sound for everybody, and draw the picture that stands for it. Raises Invalid."""
    cut, target = cut_of(looks), folder / "made"
    written = 4 * site().settings.max_upload
    words = _writing(looks, cut)
    await _run(0, SLOW if cut.is_slow else QUICK, *_reading(source, media_type), *words, f"file:{target}", most=written)
    if not target.exists() or not target.stat().st_size:
        raise Invalid(errors={"file": BROKEN})
    found = await look(target, cut.media_type)
    return Made(target, cut.media_type, found, await draw(source, media_type, found, folder))


async def draw(source: Path, media_type: str, looks: Looks, folder: Path) -> Preview:
    """Draw a picture out of a film, or the cover of a sound; none is not an error."""
    if not looks.film and not looks.has_cover and media_type not in ("audio/mpeg", "audio/mp4", "audio/flac"):
        return Preview()
    target = folder / "poster.png"
    start = ("-ss", str(min((looks.duration or 0) / 10, 3))) if looks.film else ()
    small = f"scale='min({previews.LARGEST},iw)':-2"
    words = ("-map", "0:v:0", "-frames:v", "1", "-vf", small, "-c:v", "png", "-f", "image2", "-update", "1")
    try:
        await _run(0, QUICK, *_reading(source, media_type, *start), *words, f"file:{target}", most=64 << 20)
    except Invalid:
        return Preview()
    return await previews.draw(target, folder, "image/png") if target.exists() else Preview()


def _reading(source: Path, media_type: str, *first: str) -> tuple[str, ...]:
    reader = READERS[media_type]
    safe = ("-protocol_whitelist", "file", "-format_whitelist", reader, "-codec_whitelist", DECODERS)
    return ("-v", "error", *safe, *first, "-f", reader, "-i", f"file:{source}")


def _writing(looks: Looks, cut: Cut) -> tuple[str, ...]:
    """Say what is written: the first film and the first sound, and nothing that is said of them."""
    words = ["-map_metadata", "-1", "-map_chapters", "-1", "-sn", "-dn", "-fflags", "+bitexact", "-t", str(LONGEST)]
    if cut.film:
        words += ["-map", "0:V:0", "-c:v", cut.film]
    if cut.film == "libx264":
        words += ["-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p", "-vf", EVEN, "-threads", "2"]
    elif looks.film == "h264":
        words += ["-bsf:v", "filter_units=remove_types=6"]  # where cameras say when and where, and with what
    if cut.sound:
        words += ["-map", "0:a:0", "-c:a", cut.sound, *(() if cut.sound == "copy" else ("-b:a", "128k", "-ac", "2"))]
    if cut.container == "mp3":
        words += ["-id3v2_version", "0", "-write_id3v1", "0"]
    if cut.container == "mp4":
        words += ["-movflags", "+faststart", "-flags:v", "+bitexact", "-flags:a", "+bitexact"]
    return (*words, "-f", cut.container)


async def _run(which: int, seconds: int, *words: str, most: int = 1 << 20) -> bytes:
    """Run one of the programs to its end, or end it. Raises Invalid."""
    refuse_in_transaction()
    found = programs()
    if found is None:
        raise Invalid(errors={"file": ABSENT})
    own = () if which else ("-nostdin", "-y", "-threads", "2")
    bench = site().part(Bench)
    async with bench.slow if seconds == SLOW else bench.quick:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", CAGE, str(seconds), str(most), found[which], *own, *words,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with asyncio.timeout(PATIENCE * seconds):
                said, _ = await process.communicate()
        except TimeoutError:
            said = b""
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    if process.returncode != 0:
        raise Invalid(errors={"file": BROKEN})
    return said
