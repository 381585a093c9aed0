"""A private community lives on A; its member on B is told by their own server what comes from it, as far as they may read it at that moment."""

from __future__ import annotations

import pytest

from fedcop.accounts.models import Account
from fedcop.communities import moderation
from fedcop.core import clock as time
from fedcop.core.mail import Mail
from fedcop.digests import queries, sending, service
from fedcop.digests.models import Plan
from fedcop.discussions import service as discussions
from fedcop.federation.fetching import resolver
from tests.rig.behind_doors import SECRETS, A, B, Doors
from tests.rig.world import World


@pytest.fixture
async def doors(world: World) -> Doors:
    """Ana's private community on A, with Bob of B in it."""
    made = Doors(world, await world.fedcop(A), await world.fedcop(B))
    await made.people()
    await made.community("invitation")
    return made


async def _next_letters(doors: Doors) -> list[Mail]:
    """Let time pass until Bob's next summaries are due, and give those that he gets."""
    async with doors.b.entered():
        plan = await Plan.get(account_id=doors.bob.id)
        doors.b.mailer.sent.clear()
        doors.world.clock.advance((plan.next_at - time.now()).total_seconds())
        await sending.find_due()
    await doors.settle()
    return [mail for mail in doors.b.mailer.to(doors.bob.email) if mail.subject.startswith("Résumé")]


async def test_a_member_elsewhere_gets_summaries_until_they_are_removed(doors: Doors) -> None:
    async with doors.b.entered():
        bob = await Account.get(id=doors.bob.id)
        assert [(one.id, rhythm) for one, rhythm in await queries.homes(bob)] == [(doors.there.id, "week")]
    async with doors.a.entered():
        await discussions.write(
            doors.ana.actor, doors.home, kind="question", title="La Mirabelle cachée", source="Chez Serpentine ?"
        )
    await doors.settle()
    (mail,) = await _next_letters(doors)
    assert "La Mirabelle cachée" in mail.text and "Serpentine" not in mail.text + mail.html
    assert f"{B}/c/zirconium@coop.example" in mail.text
    async with doors.a.entered():
        await discussions.write(
            doors.ana.actor, doors.home, kind="question", title="Une autre Mirabelle", source="Où est-elle ?"
        )
    await doors.settle()
    async with doors.b.entered():
        await service.choose_one(bob, doors.there, "day")
    async with doors.a.entered():
        await moderation.remove_member(
            ana := doors.ana.actor, doors.home, await resolver.actor(doors.bob.actor.uri), ""
        )
        assert ana.local
    await doors.settle()
    assert await _next_letters(doors) == []
    said = "".join(mail.subject + mail.text for mail in doors.b.mailer.to(doors.bob.email))
    assert not [word for word in SECRETS[3:] if word in said]
