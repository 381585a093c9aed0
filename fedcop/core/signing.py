"""Short signatures under what we say to ourselves by way of others: links in letters, addresses that letters are answered to.

In letters and digits of one case, since some programs write an address in small letters. Not for secrets, nor for other servers.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable

from fedcop.core.database import atomic
from fedcop.core.ids import new_token
from fedcop.core.models import InstanceSetting

KEY = "signing_key"
LENGTH = 15  # bytes: 24 letters


async def sign(purpose: str, said: str) -> str:
    """Give the signature of a text for one purpose; for any other it is worth nothing."""
    return (await signer(purpose))(said)


async def signer(purpose: str) -> Callable[[str], str]:
    """Give what signs many texts for one purpose."""
    key = await secret(KEY)

    def made(said: str) -> str:
        digest = hmac.new(key, f"{purpose}\n{said}".encode(), hashlib.sha256).digest()
        return base64.b32encode(digest[:LENGTH]).decode().lower()

    return made


async def is_signed(purpose: str, said: str, signature: str) -> bool:
    """Tell whether a signature is ours, of this text and for this purpose."""
    return hmac.compare_digest((await sign(purpose, said)).encode(), signature.lower().encode())


async def secret(name: str) -> bytes:
    """Give a secret of this instance, made when it is first asked for; `name` is the setting that keeps it."""
    kept = await InstanceSetting.get_or_none(key=name)
    if kept is None:
        await _make(name)
        kept = await InstanceSetting.get(key=name)
    if not isinstance(kept.value, dict):
        raise LookupError(f"the setting {name} is damaged")
    return str(kept.value["key"]).encode()


@atomic
async def _make(name: str) -> None:
    await InstanceSetting.bulk_create([InstanceSetting(key=name, value={"key": new_token()})], ignore_conflicts=True)
