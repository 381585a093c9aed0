"""Which mailboxes are served next, and that looking for them costs little however many inboxes are known."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from fedcop.core.clock import now
from fedcop.core.database import atomic, dialect, rows
from fedcop.core.site import Site
from fedcop.federation.models import Destination, MailboxEntry, OutgoingActivity, Server
from fedcop.federation.sending import destinations


@atomic
async def inboxes(**what: bool) -> dict[str, int]:
    """Make an inbox for each name; True: something waits there."""
    activity = await OutgoingActivity.create(
        uri="https://atelier.example/activities/1", sender_id=1, body=b"x", created_at=now()
    )
    made = await destinations.destinations_for(f"https://{name}.example/inbox" for name in what)
    ids = {one.host.partition(".")[0]: one.id for one in made}
    for name, waits in what.items():
        if waits:
            await MailboxEntry.create(destination_id=ids[name], outgoing_id=activity.id)
    return ids


async def change(inbox_id: int, **columns: Any) -> None:
    await Destination.filter(id=inbox_id).update(**columns)


@pytest.mark.parametrize("failed", [False, True, None])
async def test_a_mailbox_is_served_once_by_one_and_in_its_time(site: Site, failed: bool | None) -> None:
    ids = await inboxes(
        well=True,
        other=True,
        empty=False,
        ran_down=True,
        later=True,
        leased=True,
        abandoned=True,
        running=True,
        paused=True,
    )
    await change(ids["ran_down"], retry_at=now() - timedelta(seconds=1))
    await change(ids["later"], retry_at=now() + timedelta(seconds=1))
    await change(ids["leased"], leased_until=now() + timedelta(seconds=1))
    await change(ids["abandoned"], leased_until=now() - timedelta(seconds=1))
    await Server.create(host="paused.example", created_at=now(), paused_since=now())
    healthy = {ids["well"], ids["other"], ids["abandoned"]}
    expected = {False: healthy, True: {ids["ran_down"]}, None: healthy | {ids["ran_down"]}}[failed]
    assert set(await destinations.claim_due(50, running=[ids["running"]], failed=failed)) == expected
    assert await destinations.claim_due(50, running=[ids["running"]], failed=failed) == {}


async def test_no_more_are_taken_than_are_wanted(site: Site) -> None:
    await inboxes(**{f"h{n}": True for n in range(9)})
    taken = [await destinations.claim_due(4, failed=False) for _ in range(3)]
    assert [len(some) for some in taken] == [4, 4, 1] and len({one for some in taken for one in some}) == 9


async def test_looking_does_not_walk_through_all_inboxes(site: Site) -> None:
    await inboxes(**{f"h{n}": n % 50 == 0 for n in range(400)})
    await rows("ANALYZE")
    explained = "EXPLAIN QUERY PLAN " if dialect() == "sqlite" else "EXPLAIN "
    arguments = (now(), now(), [0], 256)
    plan = await rows(explained + destinations.due_sql(False, dialect()), *arguments)
    said = [str(list(row.values())[-1]) for row in plan]
    if dialect() == "sqlite":
        of_inboxes = [line for line in said if " d " in f"{line} "]
        assert of_inboxes == ["SEARCH d USING INTEGER PRIMARY KEY (rowid=?)"], said
    else:
        assert not [line for line in said if "Sort Key: d.retry_at" in line], (
            "all that wait would be looked at for each wave"
        )
