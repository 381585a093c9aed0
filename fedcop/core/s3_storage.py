"""Files on S3-compatible storage: the same promises as on the disk, for machines that share no folder. Optional: `pip install fedcop[s3]`.

Nobody but fedcop reads the bucket: each file is judged and passed on as before, and no address of the storage is ever shown.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from fedcop.core.errors import NotFound, Unavailable
from fedcop.core.i18n import N_
from fedcop.core.settings import SettingsError
from fedcop.core.storage import CHUNK, check_key
from fedcop.core.transactions import refuse_in_transaction

if TYPE_CHECKING:
    from obstore.store import S3Store

AWAY = N_("The storage for files does not answer. Nothing was lost; please tell the people who run this server.")
PART = 8 << 20  # bytes sent at a time: the smallest that all of them take is 5 MiB
SECONDS = "30s"


class S3Storage:
    """Keys are names in one bucket."""

    def __init__(self, url: str) -> None:
        self._store = _opened(url)
        self._at = urlsplit(url).netloc.rpartition("@")[2]

    async def put(self, key: str, source: bytes | AsyncIterator[bytes]) -> None:
        """Send it, in parts if it is long: the storage shows nothing of it before the last word."""
        import obstore  # noqa: PLC0415 - optional

        refuse_in_transaction()
        check_key(key)
        broken = _Source(source) if not isinstance(source, bytes) else None
        try:
            with _in_words():
                await obstore.put_async(self._store, key, broken or source, chunk_size=PART)
        except NotFound:  # the bucket itself; `trouble` says it to who hosts
            raise Unavailable(AWAY, code="storage-away") from None
        except Unavailable:
            if broken is not None and broken.error is not None:
                raise broken.error from None
            raise

    async def open(self, key: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """Read in pieces."""
        import obstore  # noqa: PLC0415 - optional

        check_key(key)
        size = await self.size(key)
        end = size if length is None else min(size, start + length)
        if start >= end:
            return
        with _in_words():
            found = await obstore.get_async(self._store, key, options={"range": (start, end)})
            async for piece in found.stream(min_chunk_size=CHUNK):
                yield bytes(piece)

    async def size(self, key: str) -> int:
        """Count its bytes."""
        import obstore  # noqa: PLC0415 - optional

        check_key(key)
        with _in_words():
            return int((await obstore.head_async(self._store, key))["size"])

    def path(self, key: str) -> Path | None:
        """Nowhere on this machine."""
        check_key(key)
        return None

    async def delete(self, key: str) -> None:
        """Forget a file."""
        import obstore  # noqa: PLC0415 - optional

        refuse_in_transaction()
        check_key(key)
        try:
            with _in_words():
                await obstore.delete_async(self._store, key)
        except NotFound:
            pass

    async def exists(self, key: str) -> bool:
        """Whether it is there."""
        try:
            await self.size(key)
        except NotFound:
            return False
        return True

    async def trouble(self) -> str:
        """Ask for the names of a few files, which needs the bucket and the right to list it."""
        import obstore  # noqa: PLC0415 - optional
        from obstore.exceptions import BaseError  # noqa: PLC0415 - optional

        bucket = self._store.config.get("bucket", "")
        try:
            await obstore.list_with_delimiter_async(self._store, "of-no-file")
        except (BaseError, OSError) as error:
            said = str(
                error
            )  # the library has one kind of error for all of these; what the server answered stands in it
            if "NoSuchBucket" in said:
                return f"there is no bucket {bucket} at {self._at}"
            if re.search(r"\b40[13]\b|AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch", said):
                return f"{self._at} does not let this key list the bucket {bucket}"
            return f"{self._at} does not answer, or not as S3 does"
        return ""


class _Source:
    """What is sent, and why it broke off if it did: the library tells that in words of its own."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces
        self.error: Exception | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            return await anext(self._pieces)
        except StopAsyncIteration:
            raise
        except Exception as error:
            self.error = error
            raise


def _opened(url: str) -> S3Store:
    try:
        from obstore.store import S3Store  # noqa: PLC0415 - optional
    except ImportError:
        raise SettingsError(
            "files is on S3, and the library for it is not installed: pip install 'fedcop[s3]'."
        ) from None
    parts = urlsplit(url)
    bucket, _, prefix = parts.path.strip("/").partition("/")
    secure = parts.scheme == "s3"
    where = parts.netloc.rpartition("@")[2]
    return S3Store(
        bucket,
        prefix=prefix or None,
        endpoint=f"{'https' if secure else 'http'}://{where}",
        region=parse_qs(parts.query).get("region", ["us-east-1"])[0],
        access_key_id=unquote(parts.username or ""),
        secret_access_key=unquote(parts.password or ""),
        virtual_hosted_style_request=False,
        retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=10)},
        client_options={"allow_http": not secure, "timeout": SECONDS, "connect_timeout": "5s"},
    )


@contextmanager
def _in_words() -> Iterator[None]:
    from obstore.exceptions import BaseError, NotFoundError  # noqa: PLC0415 - optional

    try:
        yield
    except (FileNotFoundError, NotFoundError):
        raise NotFound() from None
    except (BaseError, OSError) as error:
        raise Unavailable(AWAY, code="storage-away") from error
