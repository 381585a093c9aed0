"""Backups that only the holder of a key can read: age (age-encryption.org/v1), by the well-kept library pyrage; the program `age` opens them too.

The server knows the public key only, so whoever takes the machine cannot read what was written before.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import IO, Any

import pyrage

from fedcop.core.errors import Unavailable

BEGINS = b"age-encryption.org/"


def new_key(path: Path) -> str:
    """Write a new secret key into a file that only its owner can read; gives the public one."""
    key = pyrage.x25519.Identity.generate()
    public = str(key.to_public())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"# public key: {public}\n{key}\n")
    return public


def recipient(key: str) -> Any:
    """Read a public key. Raises Unavailable."""
    try:
        return pyrage.x25519.Recipient.from_str(key)
    except pyrage.RecipientError as error:
        raise Unavailable(f"backup_key is no public key of age: {error}", code="backup-key") from None


def secret(path: Path | None) -> list[Any]:
    """Read the secret keys in a file. Raises Unavailable."""
    if path is None:
        raise Unavailable("this backup is sealed: name the file with its secret key, --key FILE", code="backup-sealed")
    try:
        lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
        found = [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except (OSError, UnicodeDecodeError, pyrage.IdentityError) as error:
        raise Unavailable(f"{path} holds no secret key of age: {error}", code="backup-key") from None
    if not found:
        raise Unavailable(f"{path} holds no secret key of age", code="backup-key")
    return found


def is_sealed(path: Path) -> bool:
    """Whether a file is sealed."""
    with path.open("rb") as file:
        return file.read(len(BEGINS)) == BEGINS


@contextmanager
def sealing(target: IO[bytes], key: str) -> Iterator[IO[bytes]]:
    """Step into a file: what is written into it reaches `target` sealed. Nothing is kept in memory."""
    to = [recipient(key)]
    reading, writing = os.pipe()
    with _beside(lambda: _sealed(reading, target, to)), os.fdopen(writing, "wb") as file:
        yield file


def _sealed(reading: int, target: IO[bytes], to: list[Any]) -> None:
    with os.fdopen(reading, "rb") as source:
        try:
            pyrage.encrypt_io(source, target, to)
        except pyrage.EncryptError as error:
            raise Unavailable(f"the backup could not be written: {error}", code="backup-unwritten") from None


@contextmanager
def opening(path: Path, key: Path | None) -> Iterator[IO[bytes]]:
    """Step into a backup to read it from the beginning to the end, opened with its key if it is sealed."""
    if not is_sealed(path):
        with path.open("rb") as file:
            yield file
        return
    keys = secret(key)
    reading, writing = os.pipe()
    with _beside(lambda: _opened(path, writing, keys)), os.fdopen(reading, "rb") as file:
        yield file
        while file.read(1 << 20):  # to the end: only there is it certain that nothing is missing
            pass


def _opened(path: Path, writing: int, keys: list[Any]) -> None:
    with os.fdopen(writing, "wb") as target, path.open("rb") as source:
        try:
            pyrage.decrypt_io(source, target, keys)
        except BrokenPipeError:  # who reads has gone, and knows why
            raise
        except (pyrage.DecryptError, OSError) as error:
            raise Unavailable(
                f"{path} cannot be opened with this key, or it was changed or cut short: {error}", code="backup-key"
            ) from None


@contextmanager
def _beside(work: Callable[[], None]) -> Iterator[None]:
    """Let something work in a thread at the other end of a pipe; what it raises is raised here, rather than that the pipe broke."""
    failed: list[Exception] = []

    def run() -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - handed over
            failed.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    except Exception as error:  # noqa: BLE001 - raised again, or what it came from
        thread.join()
        mine = [one for one in failed if isinstance(one, Unavailable)]
        raise (mine[0] if mine else error) from None
    except BaseException:
        thread.join()
        raise
    thread.join()
    if failed:
        raise failed[0]
