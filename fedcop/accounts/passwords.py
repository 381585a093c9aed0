"""Hashes and checks passwords with argon2id (OWASP: 19 MiB, two passes). Slow on purpose, so it works in threads, two at a time."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 10
COST: dict[str, Any] = {"time_cost": 2, "memory_cost": 19 * 1024, "parallelism": 1}  # of OWASP, as above
# argon2 reads any length; a megabyte of "password" would only be a way to keep the server busy.
MAX_LENGTH = 1000


class Passwords:
    """The hasher of one running instance."""

    def __init__(self, _site: object = None) -> None:
        self._hasher = PasswordHasher(**COST)
        self._turn = asyncio.Semaphore(2)
        self._nobody = ""

    async def hash(self, password: str) -> str:
        """Make the hash to keep."""
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, password_hash: str, password: str) -> bool:
        """Tell whether the password is right; with an empty hash, take the same time and say no."""
        if not self._nobody:
            self._nobody = await self.hash(secrets.token_urlsafe(16))
        async with self._turn:
            right = await asyncio.to_thread(self._verify, password_hash or self._nobody, password[:MAX_LENGTH])
        return right and bool(password_hash)

    def is_dated(self, password_hash: str) -> bool:
        """Tell whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False
