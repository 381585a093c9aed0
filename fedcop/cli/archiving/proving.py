"""What proves that a database is whole: our keys sign and verify, files are those that rows speak of."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from activitypub.errors import BadSignature
from activitypub.signatures.keys import is_signed, load_private, load_public, sign_bytes
from fedcop.cli.archiving.shape import Says
from fedcop.core.database import rows

AT_ONCE = 1000


async def keys_that_fail(says: Says) -> tuple[int, list[str]]:
    """Sign with every private key and verify with its public one; gives how many there are, and the ids of those that fail."""
    count, wrong, last = 0, [], -1
    progress = says("keys tried")
    while batch := await rows(
        "SELECT id, key_id, public, private FROM actor_key WHERE private IS NOT NULL AND id > ? ORDER BY id LIMIT ?",
        last,
        AT_ONCE,
    ):
        last = int(batch[-1]["id"])
        for row in batch:
            count += 1
            if not _fits(str(row["private"]), str(row["public"])):
                wrong.append(str(row["key_id"]))
        progress.step(len(batch))
    progress.end()
    return count, wrong


def _fits(private: str, public: str) -> bool:
    message = secrets.token_bytes(32)
    try:
        return is_signed(load_public(public), sign_bytes(load_private(private), message), message)
    except (BadSignature, ValueError, TypeError):
        return False


async def files_that_differ(found: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Compare the SHA-256 of files with what rows say; gives the keys of those that are missing and of those that differ."""
    missing: list[str] = []
    changed: list[str] = []
    last = -1
    while batch := await rows(
        "SELECT id, key, sha256 FROM media WHERE key <> '' AND id > ? ORDER BY id LIMIT ?", last, AT_ONCE
    ):
        last = int(batch[-1]["id"])
        for row in batch:
            if row["key"] not in found:
                missing.append(row["key"])
            elif row["sha256"] and found[row["key"]] != row["sha256"]:
                changed.append(row["key"])
    return missing, changed
