"""Files for tests, made here: pictures, a small PDF, and things that only look like them."""

from __future__ import annotations

import io

from PIL import Image


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48), *, place: bool = False) -> bytes:
    """Draw a picture; with `place` it says where it was taken."""
    image = Image.new("RGB", size, (40, 120, 60))
    exif = Image.Exif()
    if place:
        exif[0x0110] = "Camera 3000"
        gps = exif.get_ifd(0x8825)
        gps[1], gps[2] = "N", (45.0, 30.0, 0.0)
        exif[0x8825] = gps
    target = io.BytesIO()
    image.save(target, kind, exif=exif) if place else image.save(target, kind)
    return target.getvalue()


def pdf(words: str = "Fiche") -> bytes:
    """Write a PDF of one page."""
    stream = f"BT /F1 24 Tf 40 140 Td ({words}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 280] /Contents 4 0 R"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    body, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, text in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    start = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    body += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    body += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(body)
