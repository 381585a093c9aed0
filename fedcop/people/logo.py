"""The logo of this instance: the portrait of the actor that speaks for it, so that other servers see it too."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fedcop.accounts import instance
from fedcop.accounts.models import Account
from fedcop.accounts.rules import may_administer
from fedcop.actors import service as actors
from fedcop.media import service as files
from fedcop.people import portraits


async def choose(by: Account, file_name: str, chunks: AsyncIterator[bytes]) -> None:
    """Take an upload for the logo; raise Invalid where it is no picture."""
    may_administer(by, "admin")
    speaker = await actors.instance_actor()
    picture = await files.accept(speaker, file_name, chunks, largest=portraits.LARGEST)
    await portraits.choose(speaker, picture)
    await instance.change(by, logo=f"/media/actor/{speaker.id}/{picture.id}")


async def remove(by: Account) -> None:
    """Show our mark again."""
    may_administer(by, "admin")
    await portraits.remove(await actors.instance_actor())
    await instance.change(by, logo="")
