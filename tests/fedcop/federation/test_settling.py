"""Deliveries that end at one moment are put away together, in two processes at once too."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import cycle

from fedcop.core import clock
from fedcop.core.ids import new_id
from fedcop.core.site import Site
from fedcop.federation.models import Destination, MailboxEntry, OutgoingActivity
from fedcop.federation.sending import copies, destinations

HOST = "sable.example"
POSTS = range(1, 9)


async def an_activity(sender_id: int, post_id: int, effect: str) -> OutgoingActivity:
    number = new_id()
    return await OutgoingActivity.create(
        id=number, uri=f"https://atelier.example/activities/{number}", sender_id=sender_id, body=b"{}", post_id=post_id, effect=effect, created_at=clock.now()
    )  # fmt: skip


async def test_two_workers_put_away_what_one_server_took(site: Site) -> None:
    """Each has inboxes of its own there, and they stand at the same posts in another order: a server without a shared inbox, of which much is deleted."""
    inboxes = [await Destination.create(id=new_id(), inbox=f"https://{HOST}/u/{n}/inbox", host=HOST) for n in range(16)]
    for kind in (copies.ENDS, "both"):
        for _ in range(6):
            kinds = cycle([copies.ENDS] if kind == copies.ENDS else [copies.BRINGS, copies.ENDS])
            sent = [
                (box, await an_activity(1, post, effect))
                for box, post, effect in zip(inboxes, [*POSTS, *reversed(POSTS)], kinds, strict=False)
            ]
            for box, outgoing in sent:
                await MailboxEntry.create(destination_id=box.id, outgoing_id=outgoing.id)
            for post in POSTS:
                await copies._note([(post, HOST)])
            said = await asyncio.gather(
                *(destinations.settle_delivered(half) for half in (sent[:8], sent[8:])), return_exceptions=True
            )
            assert said == [[False] * 8] * 2
            assert not await MailboxEntry.all().count()


async def test_who_answers_comes_before_who_did_not(site: Site) -> None:
    """After a night without a worker thousands of clocks have run down: those that failed before do not hold up all others."""
    one = await an_activity(1, 1, copies.BRINGS)
    made = []
    for number, retry_at in enumerate((clock.now() - timedelta(hours=2), None, clock.now() - timedelta(hours=1))):
        box = await Destination.create(
            id=new_id(), inbox=f"https://{HOST}/u/{number}/inbox", host=HOST, retry_at=retry_at
        )
        await MailboxEntry.create(destination_id=box.id, outgoing_id=one.id)
        made.append(box.id)
    assert [list(await destinations.claim_due(1)) for _ in made] == [[made[1]], [made[0]], [made[2]]]
