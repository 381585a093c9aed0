"""What waited is judged again when it leaves: whose rights ended meanwhile gets no word of it, by no way."""

from __future__ import annotations

from typing import Any

import pytest

from fedcop.communities.models import Membership
from fedcop.core.jobs import Retry
from fedcop.core.mail import Mail, OutboxMailer
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.federation.models import InboxItem, MailboxEntry
from fedcop.notifications import letters
from fedcop.notifications.models import Notification
from tests.rig.behind_doors import A, Doors, open_doors
from tests.rig.world import World


@pytest.fixture
async def doors(world: World) -> Doors:
    found = await open_doors(world)
    await found.community("invitation")
    await found.thread()
    return found


async def test_a_mailbox_is_judged_when_it_is_emptied(doors: Doors) -> None:  # H15
    world = doors.world
    world.web.down.add("vallee.example")
    async with doors.a.entered():
        await discussions.write(doors.ana.actor, doors.home, kind="tip", title="Mirabelle tardive", source="Serpentine")
        gone = await discussions.reply(doors.ana.actor, doors.root, source="Serpentine, puis plus rien")
        await discussions.delete(doors.ana.actor, await Post.get(id=doors.root.id))
    await world.settle()
    async with doors.a.entered():
        assert await MailboxEntry.all().count() >= 3 and gone.audience == "community"
        # Ended by no act that would have told the mailboxes.
        await Membership.filter(actor__host="vallee.example").delete()
    world.web.down.clear()
    world.clock.advance(3600)
    await world.settle()
    async with doors.b.entered():
        came = b"\n".join([bytes(one.body) for one in await InboxItem.all().order_by("id")])
        assert b"tardive" not in came and b"puis plus rien" not in came and b"Serpentine" not in came
        root = await Post.get(uri=doors.root.uri)
        assert root.deleted_at is not None, "that something is gone is said to whoever has a copy"
    async with doors.a.entered():
        assert await MailboxEntry.all().count() == 0
    assert A in doors.root.uri


class BrokenMailer(OutboxMailer):
    """No letter leaves for now."""

    async def send(self, mail: Mail) -> None:
        raise OSError("no route to the mail server")


async def test_a_letter_is_judged_at_each_attempt(doors: Doors, monkeypatch: Any) -> None:  # H15
    async with doors.b.entered():
        about = await Notification.get(account_id=doors.bob.id, kind="mention")
        job = {"account_id": doors.bob.id, "ids": [about.id]}
        assert isinstance(doors.b.mailer, OutboxMailer)
        sent = doors.b.mailer.sent
        sent.clear()
        await letters.send(**job)
        assert "La Mirabelle cachée" in sent[-1].subject and "Où est" not in sent[-1].text + sent[-1].html
        with monkeypatch.context() as broken:
            broken.setattr(OutboxMailer, "send", BrokenMailer.send)
            with pytest.raises(Retry):
                await letters.send(**job)
        await Membership.filter(actor_id=doors.bob.actor_id).delete()
        await letters.send(**job)
        assert len(sent) == 1
