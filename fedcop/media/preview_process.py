"""Decodes one untrusted file in a process of its own and writes a small WebP; run as `python -m`, never imported by the server.

Limits of memory and time are set before anything is opened; a file that breaks them costs this process only.
Prints one line of JSON: {"width", "height", "pages", "blurhash"} or {"error"}.
"""

from __future__ import annotations

import json
import resource
import sys
import warnings
from pathlib import Path

import blurhash
from PIL import Image, ImageOps

from fedcop.media.stripping import BARE

MEMORY = 1 << 30  # bytes of address space beyond what is loaded
SECONDS = 20
PIXELS = 64_000_000  # a 64 megapixel photograph passes, a decompression bomb does not
BLURRED = 32  # pixels on the longer side of what the blurred colours are computed from
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
JPEGS = ("JPEG", "MPO")  # many phones hang a second picture on a photograph; the first one is what people see


def limit() -> None:
    """Set the limits of this process; the rest of the machine is not ours to use."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 2))
    resource.setrlimit(resource.RLIMIT_AS, (3 * MEMORY, 3 * MEMORY))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def picture(source: Path, target: Path, largest: int, cleaned: Path | None) -> dict[str, int | str]:
    """Make a preview of an image, and where asked a copy without the place and the device that it carries."""
    Image.MAX_IMAGE_PIXELS = PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    with Image.open(source, formats=FORMATS) as image:
        image.load()
        upright = ImageOps.exif_transpose(image)
        size = upright.size
        if cleaned is not None:
            clean(image, upright, source, cleaned)
        small = upright.convert("RGBA" if "A" in upright.getbands() or upright.mode == "P" else "RGB")
        small.thumbnail((largest, largest), Image.Resampling.LANCZOS)
        small.save(target, "WEBP", quality=80, method=4)
    return {"width": size[0], "height": size[1], "blurhash": blur(small)}


def blur(image: Image.Image) -> str:
    """Say the colours of a picture in some thirty characters; what one can see through is white."""
    tiny = image.convert("RGBA")
    tiny.thumbnail((BLURRED, BLURRED))
    flat = Image.new("RGBA", tiny.size, "white")
    flat.alpha_composite(tiny)
    width, height, drawn = *flat.size, flat.convert("RGB").tobytes()
    rows = [[drawn[at : at + 3] for at in range(row, row + 3 * width, 3)] for row in range(0, len(drawn), 3 * width)]
    across, down = (4, 3) if width >= height else (3, 4)
    return str(blurhash.encode(rows, across, down))


def clean(image: Image.Image, upright: Image.Image, source: Path, target: Path) -> None:
    """Write the picture anew without what cameras and programs hang on it."""
    if image.format in JPEGS:
        profile = image.info.get("icc_profile") if image.mode == "RGB" else None
        upright.convert("RGB").save(target, "JPEG", quality=90, optimize=True, icc_profile=profile)
        return
    tells = (
        any(image.info.get(name) for name in ("exif", "xmp", "XML:com.adobe.xmp", "Raw profile type exif"))
        or image.getexif()
    )
    if not tells or getattr(image, "is_animated", False):
        content = source.read_bytes()
        bare = BARE[str(image.format)](content)
        if bare != content:
            target.write_bytes(bare)
        return
    profile = image.info.get("icc_profile")
    upright.info = {}
    if image.format == "PNG":
        upright.save(target, "PNG", exif=b"", icc_profile=profile)
    elif image.format == "WEBP":
        upright.save(target, "WEBP", quality=90, method=4, exif=b"", xmp=b"", icc_profile=profile or b"")


def first_page(source: Path, target: Path, largest: int) -> dict[str, int | str]:
    """Draw the first page of a PDF."""
    import pypdfium2  # noqa: PLC0415 - only this branch needs the renderer, and it is slow to load

    document = pypdfium2.PdfDocument(source)
    try:
        page = document[0]
        scale = min(largest / max(page.get_size()), 4.0)
        image = page.render(scale=scale).to_pil().convert("RGB")
        image.save(target, "WEBP", quality=80, method=4)
        return {"pages": len(document), "width": image.width, "height": image.height}
    finally:
        document.close()


def main(kind: str, source: str, target: str, largest: str, cleaned: str = "") -> int:
    """Do one file and say how it went."""
    limit()
    try:
        if kind == "pdf":
            told = first_page(Path(source), Path(target), int(largest))
        else:
            told = picture(Path(source), Path(target), int(largest), Path(cleaned) if cleaned else None)
    except Exception as error:  # noqa: BLE001 - whatever a hostile file provokes ends here, in words
        sys.stdout.write(json.dumps({"error": f"{type(error).__name__}: {error}"[:300]}))
        return 1
    sys.stdout.write(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
