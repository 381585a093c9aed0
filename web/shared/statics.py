"""Our style sheets, scripts and icons, held in memory under an address that changes with their content."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from aiohttp.web import AppKey, HTTPNotFound, Request, Response, StreamResponse

from web.shared.routing import machine

FOLDER = Path(__file__).parent.parent / "static"
KINDS = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".ico": "image/x-icon",
    ".png": "image/png",
    ".txt": "text/plain",
}
TEXTS = (".css", ".js", ".svg", ".txt")


@dataclass(frozen=True)
class _File:
    body: bytes
    zipped: bytes
    kind: str


class Statics:
    """All static files; `address("css/app.css")` is good for ever, since it names the content."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files: dict[str, _File] = {}
        digest = hashlib.sha256()
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix in KINDS:
                name, body = path.relative_to(folder).as_posix(), path.read_bytes()
                digest.update(name.encode() + b"\0" + body)
                zipped = gzip.compress(body, 9, mtime=0) if path.suffix in TEXTS else b""
                kind = KINDS.get(path.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
                self._files[name] = _File(body, zipped, kind)
        self.version = digest.hexdigest()[:12]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Statics) and other.version == self.version

    def __hash__(self) -> int:
        return hash(self.version)

    def address(self, name: str) -> str:
        """Give the path of a file; an unknown name is our mistake."""
        if name not in self._files:
            raise LookupError(f"there is no static file {name!r}")
        return f"/static/{self.version}/{name}"

    def get(self, name: str) -> _File | None:
        """Give a file by its name."""
        return self._files.get(name)


STATICS: AppKey[Statics] = AppKey("statics", Statics)


@machine("GET", "/static/{version}/{name:[a-z0-9_./-]+}", limit="static")
async def show(request: Request) -> StreamResponse:
    """Serve one file."""
    statics = request.app[STATICS]
    found = statics.get(request.match_info["name"])
    if found is None:
        raise HTTPNotFound
    current = request.match_info["version"] == statics.version
    headers = {
        "Content-Type": f"{found.kind}; charset=utf-8" if found.kind.startswith("text/") else found.kind,
        "Cache-Control": "public, max-age=31536000, immutable" if current else "no-cache",
        "Vary": "Accept-Encoding",
    }
    if found.zipped and "gzip" in request.headers.get("Accept-Encoding", ""):
        return Response(body=found.zipped, headers={**headers, "Content-Encoding": "gzip"})
    return Response(body=found.body, headers=headers)
