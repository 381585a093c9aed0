"""Who likes, takes it back and likes again under the same id, as NodeBB's people do, is counted again; an old word brought once more is not."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from activitypub.client.transport import HttpRequest
from activitypub.signatures import Scheme
from fedcop.discussions import service
from fedcop.discussions.models import Post, Reaction
from fedcop.federation.models import InboxItem
from tests.rig.fakeserver import Stranger
from tests.rig.interop import INBOX, Coop, open_coop, post
from tests.rig.manners import LEMMY, NODEBB
from tests.rig.world import World, outcomes


@pytest.fixture
async def coop(world: World) -> Coop:
    return await open_coop(world)


@pytest.fixture
async def lia(coop: Coop) -> Stranger:
    return await coop.joined_by("lia@forum.example", NODEBB)


@pytest.fixture
async def tip(coop: Coop, lia: Stranger) -> Post:
    found = await service.write(coop.ana, coop.community, kind="tip", title="Un truc", source="Voilà")
    await coop.settle()
    return found


async def count(coop: Coop, tip: Post) -> int:
    await coop.settle()
    thanks = (await post(tip.uri)).thanks_count
    assert thanks == await Reaction.filter(post_id=tip.id).count()
    coop.world.clock.advance(2)
    return thanks


def bytes_of(activity: dict[str, Any]) -> bytes:
    return json.dumps(activity, ensure_ascii=False).encode()


async def brings(who: Stranger, body: bytes, headers: dict[str, str]) -> int:
    return (await who.server.transport.send(HttpRequest("POST", INBOX, headers, body))).status


@pytest.mark.parametrize("scheme", [Scheme.CAVAGE, Scheme.RFC9421])
async def test_liking_again_counts_again(coop: Coop, lia: Stranger, tip: Post, scheme: Scheme) -> None:
    like = lia.activity("Like", tip.uri)
    for _ in range(3):
        assert await lia.sends(like, INBOX, scheme=scheme) == 202
        assert await count(coop, tip) == 1
        await lia.undoes(like, INBOX)
        assert await count(coop, tip) == 0
    assert {outcome for outcome, _reason in await outcomes(coop.site)} == {"done"}


async def test_others_hear_of_it_again(coop: Coop, lia: Stranger, tip: Post) -> None:
    max_ = await coop.joined_by("max@lemmy.example", LEMMY)
    await coop.settle()
    coop.new(max_.server)
    like = lia.activity("Like", tip.uri)
    for _ in range(2):
        await lia.sends(like, INBOX)
        assert await count(coop, tip) == 1
        await lia.undoes(like, INBOX)
        assert await count(coop, tip) == 0
    inner = [one["object"] for one in coop.new(max_.server)]
    assert [one["type"] for one in inner] == ["Like", "Undo"] * 2


async def test_an_old_request_brought_again_does_nothing(coop: Coop, lia: Stranger, tip: Post) -> None:  # A10
    body, requests = bytes_of(lia.activity("Like", tip.uri)), []
    for _ in range(2):
        requests.append(lia.signs(INBOX, body))
        assert await brings(lia, body, requests[-1]) == 202
        assert await count(coop, tip) == 1
        await lia.undoes(json.loads(body), INBOX)
        assert await count(coop, tip) == 0
    before = await InboxItem.all().count()
    for headers in (*requests, *requests[::-1]):
        assert await brings(lia, body, headers) == 202
        assert await count(coop, tip) == 0
    assert await InboxItem.all().count() == before


async def test_what_is_brought_with_a_clock_that_is_fast_or_slow_is_told_by_that_clock(  # A10
    coop: Coop, lia: Stranger, tip: Post
) -> None:
    body, skew = bytes_of(lia.activity("Like", tip.uri)), 3000
    for ahead in (skew, -skew):
        coop.world.clock.advance(2 * skew + 9)
        first = lia.signs(INBOX, body, now=coop.world.clock.now() + timedelta(seconds=ahead))
        assert await brings(lia, body, first) == 202
        assert await count(coop, tip) == 1
        undo = bytes_of(lia.activity("Undo", json.loads(body)))
        taken_back = lia.signs(INBOX, undo, now=coop.world.clock.now() + timedelta(seconds=ahead))
        assert await brings(lia, undo, taken_back) == 202
        assert await count(coop, tip) == 0
        assert await brings(lia, body, first) == 202
        assert await count(coop, tip) == 0


async def test_the_same_id_for_another_post_or_by_somebody_else_is_no_new_like(
    coop: Coop, lia: Stranger, tip: Post
) -> None:
    other = await service.write(coop.ana, coop.community, kind="tip", title="Deux", source="Voilà")
    like = await lia.likes(tip.uri, INBOX)
    assert await count(coop, tip) == 1
    eve = lia.server.person("eve")
    assert await eve.sends({**like, "actor": eve.uri}, INBOX) == 202
    assert await lia.sends({**like, "object": other.uri}, INBOX) == 202
    await coop.settle()
    assert [one.actor_id for one in await Reaction.all()] == [(await Reaction.get()).actor_id]
    assert (await post(other.uri)).thanks_count == 0


async def test_a_like_that_is_told_twice_is_one(coop: Coop, lia: Stranger, tip: Post) -> None:
    like = await lia.likes(tip.uri, INBOX)
    coop.world.clock.advance(2)
    assert await lia.sends(like, INBOX) == 202
    assert await count(coop, tip) == 1
    await lia.undoes(like, INBOX)
    assert await count(coop, tip) == 0
