"""Takes out of pictures what cameras and programs hang on them, without drawing them anew: moving ones would suffer. Pure.

Not for: JPEG, and pictures that lie on their side until somebody turns them as they say (preview_process.py draws those anew).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

PNG_WORDS = (b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME")
WEBP_WORDS = (b"EXIF", b"XMP ")
WEBP_FLAGS = 0x04 | 0x08  # that there is XMP, and EXIF
COMMENT, APPLICATION, EXTENSION, IMAGE = 0xFE, 0xFF, 0x21, 0x2C


def png(content: bytes) -> bytes:
    """Keep of a PNG what is drawn; what hangs behind its end goes too."""
    kept, at = content[:8], 8
    while at + 12 <= len(content):
        end = at + 12 + int.from_bytes(content[at : at + 4], "big")
        kind = content[at + 4 : at + 8]
        if kind not in PNG_WORDS:
            kept += content[at:end]
        if kind == b"IEND":
            break
        at = end
    return kept


def webp(content: bytes) -> bytes:
    """Keep of a WebP what is drawn."""
    kept, at = bytearray(), 12
    last = min(len(content), 8 + int.from_bytes(content[4:8], "little"))
    while at + 8 <= last:
        kind, size = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "little")
        end = at + 8 + size + size % 2
        if kind not in WEBP_WORDS:
            chunk = bytearray(content[at:end])
            if kind == b"VP8X" and len(chunk) > 8:
                chunk[8] &= ~WEBP_FLAGS & 0xFF
            kept += chunk
        at = end
    return b"RIFF" + (len(kept) + 4).to_bytes(4, "little") + b"WEBP" + bytes(kept)


def gif(content: bytes) -> bytes:
    """Keep of a GIF what is drawn, and how often it moves."""
    kept = bytearray()
    for begin, end in _blocks(content):
        block = content[begin:end]
        words = block[:2] == bytes([EXTENSION, COMMENT]) or (
            block[:2] == bytes([EXTENSION, APPLICATION]) and block[3:11] == b"XMP Data"
        )
        kept += b"" if words else block
    return bytes(kept)


def _blocks(content: bytes) -> Iterator[tuple[int, int]]:
    """Say where each block begins and ends; the first one is what stands at the head of all."""
    at = 13 + _colours(content, 10)
    yield 0, at
    while at < len(content):
        begin = at
        if content[at] == IMAGE:
            at += 11 + _colours(content, at + 9)
        elif content[at] == EXTENSION:
            at += 2
        else:  # its end
            yield begin, begin + 1
            return
        while at < len(content) and content[at]:
            at += 1 + content[at]
        at += 1
        yield begin, at


def _colours(content: bytes, at: int) -> int:
    said = content[at] if at < len(content) else 0
    return 3 * 2 ** ((said & 0x07) + 1) if said & 0x80 else 0


BARE: Mapping[str, Callable[[bytes], bytes]] = {"PNG": png, "WEBP": webp, "GIF": gif}
