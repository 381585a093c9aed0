"""Which files are taken and what each is called: told by the first bytes, never by what the sender says."""

from __future__ import annotations

import mimetypes
import re
import unicodedata

from fedcop.core.spelling import composed

# What a browser may show in place; everything else is a download (SECURITY.md G06).
INLINE = frozenset(
    {
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "application/pdf",
        "audio/mpeg",
        "audio/mp4",
        "audio/flac",
        "audio/ogg",
        "audio/wav",
        "audio/aac",
        "audio/webm",
        "video/mp4",
        "video/ogg",
        "video/webm",
    }
)
IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
PDF = "application/pdf"
UNKNOWN = "application/octet-stream"

SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", PDF),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xfa", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
    (b"\xff\xf1", "audio/aac"),
    (b"\xff\xf9", "audio/aac"),
    (b"OggS", "audio/ogg"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"fLaC", "audio/flac"),
)
BRANDS = {b"M4A ": "audio/mp4", b"M4B ": "audio/mp4", b"qt  ": "video/quicktime"}
# Containers whose inside only the name tells: a document of an office, a book, an archive.
ZIPPED = b"PK\x03\x04"
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BY_NAME_ONLY = re.compile(
    r"^(text/(plain|csv|markdown|tab-separated-values|calendar)|application/(json|x-ndjson|geo\+json|rtf|x-bibtex))$"
)
OFFICE = re.compile(
    r"^application/(vnd\.openxmlformats-officedocument\.|vnd\.oasis\.opendocument\.|vnd\.ms-|msword|epub\+zip|zip)"
)
DANGEROUS = frozenset({"text/html", "image/svg+xml", "application/xhtml+xml", "application/xml", "text/xml"})

ENDINGS = {
    "video/mp4": (".mp4", ".m4v"), "video/webm": (".webm",), "audio/mp4": (".m4a",), "audio/mpeg": (".mp3",), "audio/flac": (".flac",),
    "audio/ogg": (".ogg", ".oga", ".opus"),
}  # fmt: skip

mimetypes.add_type("text/markdown", ".md")
mimetypes.add_type("image/webp", ".webp")
mimetypes.add_type("audio/mp4", ".m4a")
mimetypes.add_type("audio/flac", ".flac")
mimetypes.add_type("audio/ogg", ".ogg")
mimetypes.add_type("application/geo+json", ".geojson")
mimetypes.add_type("application/epub+zip", ".epub")


def type_of(head: bytes, file_name: str) -> str:
    """Tell a file's media type from its first bytes; its name only decides between formats that look alike."""
    for signature, media_type in SIGNATURES:
        if head.startswith(signature):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "audio/wav"
    if head[4:8] == b"ftyp":
        return "video/3gpp" if head[8:10] == b"3g" else BRANDS.get(head[8:12], "video/mp4")
    if head[4:8] in (b"moov", b"wide", b"mdat"):
        return "video/quicktime"  # as cameras of long ago wrote it
    guessed = mimetypes.guess_type(file_name)[0] or UNKNOWN
    if head.startswith((ZIPPED, OLD_OFFICE)):
        return guessed if OFFICE.match(guessed) else "application/zip" if head.startswith(ZIPPED) else UNKNOWN
    if BY_NAME_ONLY.match(guessed) and b"\x00" not in head:
        return guessed
    return UNKNOWN


def safe_name(file_name: str, media_type: str) -> str:
    """Give a name that is safe in a header, on a disk and on a screen: no path, no control or bidi characters."""
    bare = file_name.replace("\\", "/").rsplit("/", 1)[-1]
    clean = "".join(c for c in composed(bare) if unicodedata.category(c)[0] != "C" and c not in '<>:"|?*')
    clean = clean.strip(" .")[-120:]
    if clean:
        return clean
    return "file" + (mimetypes.guess_extension(media_type) or "")


def is_played(media_type: str) -> bool:
    """Tell whether this is a film or a sound."""
    return media_type.startswith(("video/", "audio/"))


def may_be_inline(media_type: str) -> bool:
    """Tell whether a browser may show this in place."""
    return media_type in INLINE
