"""Says to push services who sends (RFC 8292): one key pair per instance, made at first need and kept in its database for ever.

Each subscription is bound to it: with another key, all of them are refused.
"""

from __future__ import annotations

from datetime import timedelta

from joserfc import jwt
from joserfc.jwk import ECKey

from fedcop.core import addresses, clock
from fedcop.core.database import atomic
from fedcop.core.models import InstanceSetting
from fedcop.core.site import Site, site
from fedcop.push.sealing import LEGACY, pack, unpack

KEY = "push_key"
LIFETIME = timedelta(hours=12)  # of what a push service may repeat to itself; at most a day


async def public_key() -> str:
    """Give the key that browsers bind a subscription to."""
    return _shown(await _key())


async def prove(origin: str, encoding: str) -> tuple[str, dict[str, str]]:
    """Give the header Authorization for the push service at an origin, and what the header Crypto-Key says of it."""
    key = await _key()
    claims = {"aud": origin, "exp": int((clock.now() + LIFETIME).timestamp()), "sub": addresses.origin()}
    token = jwt.encode({"typ": "JWT", "alg": "ES256"}, claims, key)
    if encoding == LEGACY:
        return f"WebPush {token}", {"p256ecdsa": _shown(key)}
    return f"vapid t={token}, k={_shown(key)}", {}


def _shown(key: ECKey) -> str:
    point = key.as_dict(private=False)
    return pack(b"\x04" + unpack(str(point["x"])) + unpack(str(point["y"])))


class _Kept:
    """The key of one running instance, read once."""

    def __init__(self, _site: Site) -> None:
        self.value: ECKey | None = None


async def _key() -> ECKey:
    found = site().part(_Kept)
    if found.value is None:
        found.value = await _load()
    return found.value


async def _load() -> ECKey:
    kept = await InstanceSetting.get_or_none(key=KEY)
    if kept is None:
        await _make_key()
        kept = await InstanceSetting.get(key=KEY)
    if not isinstance(kept.value, dict):
        raise LookupError(f"the setting {KEY} is damaged")
    return ECKey.import_key(kept.value)


@atomic
async def _make_key() -> None:
    made = ECKey.generate_key("P-256").as_dict(private=True)
    await InstanceSetting.bulk_create([InstanceSetting(key=KEY, value=made)], ignore_conflicts=True)
