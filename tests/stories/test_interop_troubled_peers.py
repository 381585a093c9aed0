"""Peers in trouble: down, slow, resetting, redirecting, throttling, gone. Nobody else waits, nothing is lost, the queue says why."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp.web import BaseRequest, Response

from fedcop.actors import queries as actors
from fedcop.cli import inspect
from fedcop.core.errors import Unavailable
from fedcop.discussions import service
from fedcop.discussions.models import Post
from fedcop.federation.models import Destination, MailboxEntry, Refusal, Server
from fedcop.federation.sending import destinations, parcels, sender
from fedcop.federation.sending.parcels import Parcel
from fedcop.federation.sending.wake import Bell
from tests.rig.fakeserver import FakeServer, Stranger
from tests.rig.interop import Coop, fix_keys, open_coop
from tests.rig.manners import LEMMY, MASTODON
from tests.rig.queries import counted
from tests.rig.world import World

pytestmark = pytest.mark.once  # How strangers speak is the same whatever we keep it in.

GOOD, BAD = "good.example", "bad.example"
PATIENT = 30.0  # seconds


@pytest.fixture
async def coop(world: World, monkeypatch: pytest.MonkeyPatch) -> Coop:
    """One peer that will be in trouble and one that never is."""
    fix_keys(monkeypatch)
    monkeypatch.setattr("activitypub.client.deliver.SECONDS", 1.0)
    monkeypatch.setattr("random.uniform", lambda low, high: (low + high) / 2)
    coop = await open_coop(world)
    for host in (GOOD, BAD):
        await coop.joined_by(f"lia@{host}", LEMMY)
        world.strangers[host].received.clear()
    return coop


@pytest.fixture
def bad(coop: Coop) -> FakeServer:
    return coop.world.strangers[BAD]


@pytest.fixture
def good(coop: Coop) -> FakeServer:
    return coop.world.strangers[GOOD]


async def say(coop: Coop, title: str) -> Post:
    made = await service.write(coop.ana, coop.community, kind="tip", title=title, source="Voilà")
    await coop.settle()
    return made


def titles(server: FakeServer) -> list[str]:
    """What reached a server and was taken, in order."""
    taken = [item.activity for item in server.received if item.status < 300]
    return [one["object"]["object"]["name"] for one in taken if one["type"] == "Announce"]


async def line() -> destinations.Waiting:
    """The one line of `fedcop queue`."""
    [found] = await destinations.waiting_lines()
    return found


def always(status: int, **headers: str) -> Callable[[BaseRequest], Awaitable[Response]]:
    async def answer(_request: BaseRequest) -> Response:
        return Response(status=status, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return answer


async def test_503_for_an_hour(coop: Coop, bad: FakeServer, good: FakeServer) -> None:
    bad.inbox_status = 503
    for number in range(4):
        await say(coop, f"n° {number}")
    assert titles(good) == ["n° 0", "n° 1", "n° 2", "n° 3"]
    waiting = await line()
    assert (waiting.host, waiting.waiting, waiting.why) == (
        BAD,
        4,
        "the other server answered that it is not available now (503)",
    )
    assert "root in sols" in waiting.oldest and waiting.failing_since and waiting.next_try
    shown = inspect._line(waiting)
    assert "4 waiting" in shown and "not available now (503)" in shown and "next try in" in shown
    # one clock for the whole mailbox: an hour costs the peer a handful of requests, however much waits
    before = len(bad.received)
    for _second in range(0, 3600, 5):
        coop.world.clock.advance(5)
        if (await Destination.get(inbox=f"https://{BAD}/inbox")).retry_at <= coop.world.clock.now():
            await sender.settle()
    assert len(bad.received) - before <= 7 and len(good.received) == 4
    bad.inbox_status = 202
    coop.world.clock.advance(3600)
    await coop.settle()
    assert titles(bad) == ["n° 0", "n° 1", "n° 2", "n° 3"], "in order, each once"
    assert not await destinations.waiting_lines()
    healed = await Destination.get(inbox=f"https://{BAD}/inbox")
    assert (healed.failures, healed.failing_since, healed.last_error) == (0, None, "")


async def hang(_request: BaseRequest) -> Response:
    await asyncio.sleep(1.3)
    return Response(status=202)


async def reset(request: BaseRequest) -> Response:
    assert request.transport is not None
    request.transport.abort()
    return Response(status=202)


async def nonsense(request: BaseRequest) -> Response:
    assert request.transport is not None
    request.transport.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")  # type: ignore[attr-defined]
    request.transport.close()
    return Response(status=202)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (hang, "no complete answer within 1 seconds"),
        (reset, "the connection was closed before an answer came"),
        (nonsense, "the answer is not valid HTTP, or has headers larger than allowed"),
        (always(429, Retry_After="120"), "the other server answered that it gets too many requests (429)"),
        (always(302, Location="https://bad.example/elsewhere"), "the other server sends us elsewhere for now (302)"),
        (always(307, Location="https://bad.example/elsewhere"), "the other server sends us elsewhere for now (307)"),
        (always(500), "the other server answered that it has an internal error (500)"),
        (always(408), "the other server answered 408"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
async def test_it_is_tried_again_in_order(  # noqa: PLR0913 - fixtures and parameters, by name
    coop: Coop,
    bad: FakeServer,
    good: FakeServer,
    monkeypatch: pytest.MonkeyPatch,
    answer: Callable[[BaseRequest], Awaitable[Response]],
    why: str,
) -> None:
    bad.inbox_answer = answer
    await say(coop, "premier")
    await say(coop, "second")
    assert titles(good) == ["premier", "second"]
    waiting = await line()
    assert (waiting.waiting, waiting.why) == (2, why)
    bad.inbox_answer = None
    bad.received.clear()
    coop.world.clock.advance(3600)
    monkeypatch.setattr(
        "activitypub.client.deliver.SECONDS", PATIENT
    )  # it is well again; a busy machine is not a sick peer
    await coop.settle()
    assert titles(bad) == ["premier", "second"] and not await destinations.waiting_lines()
    if answer is hang:
        await asyncio.sleep(1.3)  # its server is to end before the test


async def test_a_name_that_is_gone(coop: Coop, bad: FakeServer) -> None:
    coop.world.web.down.add(BAD)
    await say(coop, "un")
    assert (await line()).why == "the name bad.example is not known (DNS)"
    coop.world.web.down.discard(BAD)
    coop.world.clock.advance(3600)
    await coop.settle()
    assert titles(bad) == ["un"]


async def test_retry_after_is_kept(coop: Coop, bad: FakeServer) -> None:
    bad.inbox_answer = always(429, Retry_After="1800")
    at = coop.world.clock.now()
    await say(coop, "un")
    assert ((await line()).next_try - at).total_seconds() == 1800  # type: ignore[operator]
    tries = len(bad.received)
    coop.world.clock.advance(1700)
    await coop.settle()
    assert len(bad.received) == tries
    coop.world.clock.advance(100)
    await coop.settle()
    assert len(bad.received) == tries + 1


@pytest.mark.parametrize("status", [301, 308])
async def test_a_lasting_move_is_followed_and_remembered(coop: Coop, bad: FakeServer, status: int) -> None:
    async def moved(request: BaseRequest) -> Response:
        if request.path == "/inbox":
            return Response(status=status, headers={"Location": "https://bad.example/ap/inbox"})
        return Response(status=202)

    bad.inbox_answer = moved
    await say(coop, "premier")
    await say(coop, "second")
    assert [item.path for item in bad.received] == ["/inbox", "/ap/inbox", "/ap/inbox"]
    assert titles(bad) == ["premier", "second"]
    assert await Destination.filter(inbox="https://bad.example/ap/inbox").exists()


async def test_a_move_to_another_server_is_not_followed(coop: Coop, bad: FakeServer, good: FakeServer) -> None:
    bad.inbox_answer = always(301, Location="https://good.example/inbox")
    await say(coop, "premier")
    assert titles(good) == ["premier"] and len(good.received) == 1
    [refusal] = await Refusal.all()
    assert refusal.reason == "the inbox has moved to another server"
    assert not await destinations.waiting_lines()


@pytest.mark.parametrize("knows", ["cavage", "rfc9421"])
async def test_it_reads_one_form_of_signature_only(coop: Coop, bad: FakeServer, knows: str) -> None:
    await Server.filter(host=BAD).update(scheme="cavage" if knows == "rfc9421" else "rfc9421")

    async def choosy(request: BaseRequest) -> Response:
        form = "rfc9421" if "Signature-Input" in request.headers else "cavage"
        return Response(status=202 if form == knows else 401)

    bad.inbox_answer = choosy
    await say(coop, "premier")
    assert [item.status for item in bad.received] == [401, 202]
    await say(coop, "second")
    assert [item.status for item in bad.received] == [401, 202, 202], "it is remembered"
    assert titles(bad) == ["premier", "second"]


async def test_it_reads_no_signature_of_ours(coop: Coop, bad: FakeServer) -> None:
    bad.inbox_status = 401
    await say(coop, "un")
    [refusal] = await Refusal.all()
    assert refusal.status == 401
    assert refusal.reason.startswith("the other server answered that it does not accept our signature (401)")
    assert len(bad.received) == 2 and not await destinations.waiting_lines()


async def test_410_and_the_person_is_gone(coop: Coop, bad: FakeServer) -> None:
    lia = next(iter(bad.actors.values()))
    bad.inbox_status = 410
    bad.statuses["/u/lia"] = 410
    await say(coop, "un")
    [refusal] = await Refusal.all()
    assert (refusal.status, refusal.reason) == (410, "the inbox is gone (410)")
    gone = await actors.by_uri(lia.uri)
    assert gone is not None and gone.gone_at is not None
    bad.received.clear()
    await say(coop, "deux")
    assert not bad.received, "the dead get no mail"


async def test_410_by_mistake(coop: Coop, bad: FakeServer) -> None:
    bad.inbox_status = 410
    await say(coop, "un")
    bad.inbox_status = 202
    await say(coop, "deux")
    assert titles(bad) == ["deux"]


async def test_dormant_after_a_week_and_awake_at_the_first_word(coop: Coop, bad: FakeServer, good: FakeServer) -> None:
    lia: Stranger = next(iter(bad.actors.values()))
    bad.inbox_status = 503
    await say(coop, "avant 1")
    await say(coop, "avant 2")
    for _day in range(9):
        coop.world.clock.advance(days=1)
        await coop.settle()
    for _try in range(destinations.AWAKE_TRIES):  # it was looked at: it lives, and refuses all the same
        coop.world.clock.advance(minutes=6)
        await coop.settle()
    assert (await line()).dormant and "dormant, probed once a day" in inspect._line(await line())
    await say(coop, "pendant")
    waiting = await line()
    assert waiting.waiting == 2, "nothing piles up for who sleeps"
    tries = len(bad.received)
    coop.world.clock.advance(hours=2)
    await coop.settle()
    assert len(bad.received) == tries
    # it is back, and says something: at once all that waited goes, in order
    bad.inbox_status = 202
    await lia.likes(f"{coop.group}", "https://coop.example/inbox")
    await coop.settle()
    assert titles(bad) == ["avant 1", "avant 2"]
    await say(coop, "après")
    assert titles(bad) == ["avant 1", "avant 2", "après"]
    assert titles(good)[-2:] == ["pendant", "après"]


async def test_who_has_just_spoken_is_not_left_alone_for_a_day_by_one_lost_delivery(
    coop: Coop, bad: FakeServer
) -> None:
    lia: Stranger = next(iter(bad.actors.values()))
    bad.inbox_status = 503
    await say(coop, "avant")
    for _day in range(32):
        coop.world.clock.advance(days=1)
        await coop.settle()
        if _day in (8, 31):
            await say(coop, "l'un")
            await lia.likes(f"{coop.group}", "https://coop.example/inbox")
            await coop.settle()  # what is sent back at once is lost
            waiting = await line()
            assert not waiting.dormant and waiting.next_try is not None
            assert (waiting.next_try - coop.world.clock.now()).total_seconds() < 60
    bad.inbox_status = 202
    coop.world.clock.advance(60)
    await coop.settle()
    assert titles(bad), "nor is it forgotten for that"


async def test_a_forged_word_wakes_nobody(coop: Coop, bad: FakeServer) -> None:
    lia: Stranger = next(iter(bad.actors.values()))
    bad.inbox_status = 503
    await say(coop, "un")
    before = (await line()).next_try
    body = json.dumps(lia.activity("Like", coop.group)).encode()
    headers = lia.signs("https://coop.example/inbox", body)
    await coop.world.request("POST", "https://coop.example/inbox", headers, body.replace(b"Like", b"Fold"))
    assert (await line()).next_try == before is not None


async def test_asleep_for_months_and_never_a_word(coop: Coop, bad: FakeServer) -> None:
    bad.inbox_status = 503
    await say(coop, "il y a longtemps")
    for _step in range(40):
        coop.world.clock.advance(days=1)
        await coop.settle()
    assert await MailboxEntry.all().count() == 0, "after a month it is told nothing of the past"
    bad.inbox_status = 202
    await say(coop, "sonde")
    coop.world.clock.advance(days=1)
    await coop.settle()
    assert titles(bad) == ["sonde"], "who only listens is found again too"


async def test_the_loop_keeps_nobody_waiting(coop: Coop, bad: FakeServer) -> None:
    others = [await coop.joined_by(f"pia@peer{number}.example", MASTODON) for number in range(5)]
    held = asyncio.Event()

    async def never(_request: BaseRequest) -> Response:
        await held.wait()
        return Response(status=202)

    bad.inbox_answer = never
    await service.write(coop.ana, coop.community, kind="tip", title="Un", source="Voilà")
    await coop.site.runner.settle()
    async with sending(coop):
        async with asyncio.timeout(5):
            while not all(person.server.took("Announce") for person in others):
                await asyncio.sleep(0.01)
        assert not bad.received
        held.set()


async def test_however_many_are_slow_nobody_else_waits_for_their_end(
    coop: Coop, bad: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "AT_ONCE", 2)
    monkeypatch.setattr(sender, "SLOW", 0.05)
    held, others = asyncio.Event(), [await coop.joined_by(f"pia@peer{number}.example", MASTODON) for number in range(8)]

    async def never(_request: BaseRequest) -> Response:
        await held.wait()
        return Response(status=202)

    for person in others[:5]:
        person.server.inbox_answer = never
    await service.write(coop.ana, coop.community, kind="tip", title="Un", source="Voilà")
    await coop.site.runner.settle()
    async with sending(coop):
        async with asyncio.timeout(20):
            while not all(person.server.took("Announce") for person in others[5:]):
                coop.site.part(Bell).rung.set()
                await asyncio.sleep(0.01)
        assert not any(person.server.took("Announce") for person in others[:5])
        held.set()


async def test_what_goes_out_at_once_costs_as_many_statements_for_many_as_for_few(coop: Coop, bad: FakeServer) -> None:
    asked = []
    for number in range(12):
        await coop.joined_by(f"pia@peer{number}.example", MASTODON)
        if number in (3, 11):
            await service.write(coop.ana, coop.community, kind="tip", title=f"{number}", source="Voilà")
            await coop.site.runner.settle()
            ids = await destinations.claim_due(50)
            with counted() as statements:
                assert all(await asyncio.gather(*(sender.serve(one) for one in ids)))
            asked.append(statements)
            assert not await MailboxEntry.all().count() and not await Destination.filter(leased_until__not_isnull=True)
    few, many = asked
    many.at_most(3 * len(few))
    many.at_most(3 * 12)


@asynccontextmanager
async def sending(coop: Coop) -> Any:
    """The sender's own loop."""
    stop = asyncio.Event()
    async with coop.site.entered(), asyncio.TaskGroup() as group:
        group.create_task(sender.run(stop))
        try:
            yield
        finally:
            stop.set()


async def test_a_database_that_is_away_ends_no_sender(
    coop: Coop, bad: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, claim_due, served, load = [], destinations.claim_due, [], parcels._load

    async def away(room: int, **which: Any) -> list[int]:
        looked.append(room)
        if len(looked) < 3:
            raise Unavailable(code="database-away")
        return await claim_due(room, **which)

    async def away_too(ids: list[int]) -> list[Parcel | None]:
        served.append(ids)
        if len(served) == 1:
            raise Unavailable(code="database-away")
        return await load(ids)

    await service.write(coop.ana, coop.community, kind="tip", title="Un", source="Voilà")
    await coop.site.runner.settle()
    monkeypatch.setattr(destinations, "claim_due", away)
    monkeypatch.setattr(parcels, "_load", away_too)
    async with sending(coop), asyncio.timeout(20):
        while not served:
            coop.site.part(Bell).rung.set()
            await asyncio.sleep(0.01)
        while await MailboxEntry.all().count():
            coop.world.clock.advance(60)  # until the lease of what could not be put away has run out
            coop.site.part(Bell).rung.set()
            await asyncio.sleep(0.01)
    assert bad.took("Announce") and len(served) > 1


async def test_a_clock_that_is_set_forward_lets_nobody_begin_what_is_under_way(coop: Coop, bad: FakeServer) -> None:
    """The lease of what this very process was sending had run out: it sent the same once more beside it, and what came after before it."""
    arrived, go_on, at_once = list[bytes](), asyncio.Event(), 0

    async def slow(request: BaseRequest) -> Response:
        nonlocal at_once
        arrived.append(await request.read())
        at_once += 1
        assert at_once == 1, "two deliveries to one inbox at the same moment"
        await go_on.wait()
        at_once -= 1
        return Response(status=202)

    bad.inbox_answer = slow
    await service.write(coop.ana, coop.community, kind="tip", title="Un", source="Voilà")
    await coop.site.runner.settle()
    async with sending(coop), asyncio.timeout(20):
        coop.site.part(Bell).rung.set()
        while not arrived:
            await asyncio.sleep(0.01)
        coop.world.clock.advance(3600)
        coop.site.part(Bell).rung.set()
        await asyncio.sleep(0.2)
        assert len(arrived) == 1
        go_on.set()
        while await MailboxEntry.all().count():
            await asyncio.sleep(0.01)
    assert len(arrived) == len(set(arrived))


async def test_a_poisoned_activity_is_refused_alone(coop: Coop, bad: FakeServer) -> None:
    async def picky(request: BaseRequest) -> Response:
        return Response(status=400 if b"poison" in await request.read() else 202)

    bad.inbox_answer = picky
    for title in ("premier", "poison", "dernier"):
        await say(coop, title)
    assert titles(bad) == ["premier", "dernier"]
    [refusal] = await Refusal.all()
    assert (refusal.status, refusal.reason) == (400, "the other server answered that it does not understand this (400)")


async def test_one_word_that_a_server_always_stumbles_over(coop: Coop, bad: FakeServer) -> None:
    """Seen at a GoToSocial: what it thinks wrong is answered with 500, as if it could come right."""

    async def stumbles(request: BaseRequest) -> Response:
        return Response(status=500 if b"poison" in await request.read() else 202)

    bad.inbox_answer = stumbles
    for title in ("premier", "poison", "dernier"):
        await say(coop, title)
    assert titles(bad) == ["premier"] and (await line()).waiting == 2
    for _try in range(8):
        coop.world.clock.advance(600)
        await coop.settle()
    assert titles(bad) == ["premier", "dernier"] and not await destinations.waiting_lines()
    [refusal] = await Refusal.all()
    assert refusal.status == 500 and refusal.reason.endswith("again and again, and took what came after")


def test_the_command_says_it_in_words() -> None:
    waiting = destinations.Waiting(
        inbox="https://bad.example/inbox",
        host=BAD,
        waiting=3,
        failing_since=None,
        failures=0,
        why="connection refused",
        next_try=None,
        dormant=False,
        oldest="",
    )
    assert inspect._line(waiting) == "https://bad.example/inbox: 3 waiting; connection refused"
